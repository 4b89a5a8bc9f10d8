"""A platform's download: each file to the student whose it is, none lost."""

import json
import zipfile
from datetime import UTC, datetime

import pytest

from coursekit.classroom.collect.archives import CollectError
from coursekit.classroom.collect.collecting import collect
from coursekit.classroom.course import submitted_at

NAME = "98_sample"
TWINS = (
    "id,name,canvas_id,moodle_id\n"
    "li1,Li Wei,{},{}\nli2,Wei Li,{},{}\nada,Ada Example,,\n"
)
FIRST = "liwei_1_10_98_sample.ipynb"
SECOND = "liwei_2_11_98_sample.ipynb"
ADA = "exampleada_3_12_98_sample.ipynb"


def place(course, student="ada"):
    return course / "submitted" / student / NAME


def tree(course, student="ada"):
    """What lies in a student's folder, but for the time: path -> text."""
    return {
        p.relative_to(place(course, student)).as_posix(): p.read_text()
        for p in place(course, student).rglob("*")
        if p.is_file() and p.name != "timestamp.txt"
    }


@pytest.mark.parametrize(
    "name",
    [
        "ada.ipynb",
        "ada_98_sample.ipynb",
        "ada/98_sample.ipynb",
        "submissions/ada/98_sample.ipynb",
        "exampleada_12345_678_98_sample.ipynb",
        "exampleada_LATE_12345_678_98_sample-2.ipynb",
        "submissions/exampleada_12345_678_homework.ipynb",
        "Ada Example_12345_assignsubmission_file_/98_sample.ipynb",
        "Ada Example_12345_assignsubmission_file_98_sample.ipynb",
        "Group 7-Ada Example_12345_assignsubmission_file_/my answers.ipynb",
    ],
)
def test_a_download_of_each_platform_is_sorted(course, zipped, name):
    found = collect(course, NAME, zipped({name: "{}"}))
    assert (found.collected, found.unknown, found.refused) == (["ada"], [], [])
    assert tree(course) == {"98_sample.ipynb": "{}"}
    when = submitted_at(course, "ada", NAME)
    assert when == datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def test_what_belongs_to_nobody_is_named(course, zipped):
    found = collect(course, NAME, zipped({"stranger.ipynb": "{}", "bo.ipynb": "{}"}))
    assert (found.collected, found.unknown) == (["bo"], ["stranger.ipynb"])


@pytest.mark.parametrize("platform", ["canvas", "moodle"])
def test_two_students_of_one_name_are_both_named_and_nothing_is_copied(
    course, zipped, platform
):
    (course / "students.csv").write_text(TWINS.format(*[""] * 4))
    names = [FIRST, SECOND]
    if platform == "moodle":
        names = ["Li Wei_1_assignsubmission_file_/98_sample.ipynb"]
        names += ["Wei Li_2_assignsubmission_file_/98_sample.ipynb"]
    found = collect(course, NAME, zipped(dict.fromkeys(names, "{}") | {ADA: "{}"}))
    assert found.collected == ["ada"]
    said = " ".join(found.refused)
    assert "Li Wei (li1)" in said and "Wei Li (li2)" in said and names[1] in said
    assert not place(course, "li1").exists() and not place(course, "li2").exists()


@pytest.mark.parametrize("numbers", [(1, "", 2, ""), (1, "", "", ""), ("", "", 2, "")])
def test_the_number_of_canvas_tells_students_of_one_name_apart(course, zipped, numbers):
    (course / "students.csv").write_text(TWINS.format(*numbers))
    found = collect(course, NAME, zipped({FIRST: "one", SECOND: "two"}))
    assert found.collected == ["li1", "li2"] and not found.refused
    assert tree(course, "li1") == {"98_sample.ipynb": "one"}
    assert tree(course, "li2") == {"98_sample.ipynb": "two"}


def test_the_number_of_moodle_tells_students_of_one_name_apart(course, zipped):
    (course / "students.csv").write_text(
        TWINS.format("", "Participant 41 51", "", "Participant 42 52")
    )
    names = [f"Li Wei_{n}_assignsubmission_file_/98_sample.ipynb" for n in (52, 51)]
    collect(course, NAME, zipped(dict(zip(names, ("two", "one"), strict=True))))
    assert tree(course, "li1") == {"98_sample.ipynb": "one"}
    assert tree(course, "li2") == {"98_sample.ipynb": "two"}


def test_a_number_that_is_anothers_outweighs_the_name(course, zipped):
    people = "id,name,canvas_id\nada,Ada Example,12\nbo,Bo Sample,13\n"
    (course / "students.csv").write_text(people)
    found = collect(
        course,
        NAME,
        zipped({"exampleada_13_1_a.ipynb": "{}", "exampleada_14_1_a.ipynb": "{}"}),
    )
    assert found.collected == ["bo"]
    assert found.unknown == ["exampleada_14_1_a.ipynb"]


def test_two_numbers_of_one_name_are_two_people(course, zipped):
    files = {"exampleada_1_10_a.ipynb": "one", "exampleada_2_11_a.ipynb": "two"}
    found = collect(course, NAME, zipped(files | {"bo.ipynb": "{}"}))
    assert found.collected == ["bo"] and not place(course).exists()
    assert "1 and 2 are two people of one name" in found.refused[0]
    assert all(name in found.refused[0] for name in files)


def test_two_numbers_of_one_name_in_two_downloads_are_two_people(course, zipped):
    collect(course, NAME, zipped({"exampleada_1_10_a.ipynb": "one"}))
    found = collect(course, NAME, zipped({"exampleada_2_11_a.ipynb": "two"}))
    assert "from canvas 2, but ada's came from canvas 1" in found.refused[0]
    assert tree(course) == {"98_sample.ipynb": "one"}


def test_a_roster_of_canvas_numbers_needs_no_other_column(course, zipped):
    (course / "students.csv").write_text("id,name\n1,\n2,Li Wei\n3,Wei Li\n4,Bo Kim\n")
    files = ["someone_1_10_a.ipynb", FIRST.replace("_1_", "_3_"), "kimbo_2_12_a.ipynb"]
    found = collect(course, NAME, zipped(dict.fromkeys(files, "{}")))
    assert found.collected == ["1", "3"]
    assert found.refused[0].startswith("kimbo_2_12_a.ipynb: from Bo Kim (4) or Li Wei")


def test_another_platform_has_another_number(course, zipped):
    collect(course, NAME, zipped({"exampleada_1_10_a.ipynb": "one"}))
    moodle = "Ada Example_41_assignsubmission_file_/a.ipynb"
    assert collect(course, NAME, zipped({moodle: "two"})).collected == ["ada"]


def test_an_id_that_begins_anothers_is_not_taken_for_it(course, zipped):
    (course / "students.csv").write_text(
        "id,name\nada,Ada\nada_b,Ada B\nj.doe,J\nj,J\n"
    )
    files = {"ada_b.ipynb": "b", "j.doe/98_sample.ipynb": "doe", "ada_b_x.ipynb": "?"}
    found = collect(course, NAME, zipped(files))
    assert found.collected == ["ada_b", "j.doe"]
    assert tree(course, "ada_b") == {"98_sample.ipynb": "b"}
    assert "ada_b_x.ipynb: from Ada (ada) or Ada B (ada_b)" in found.refused[0]


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("Jörg Müller-Lüdenscheidt", "müllerlüdenscheidtjörg_1_2_a.ipynb"),
        ("Jörg Müller-Lüdenscheidt", "mullerludenscheidtjorg_1_2_a.ipynb"),
        ("Ana María de la Cruz", "delacruzanamaría_LATE_1_2_a.ipynb"),
        ("Example, Ada", "exampleada_1_2_a.ipynb"),
        ("Jörg Müller", "Jo\u0308rg Mu\u0308ller_1_assignsubmission_file_/a.ipynb"),
        ("Anne-Marie Kim", "Anne-Marie Kim_1_assignsubmission_file_/a.ipynb"),
        ("李伟", "李伟_1_assignsubmission_file_/a.ipynb"),
    ],
)
def test_names_are_understood_in_every_order_and_with_accents(
    course, zipped, name, sent
):
    (course / "students.csv").write_text(f'id,name\nx,"{name}"\n', encoding="utf-8")
    assert collect(course, NAME, zipped({sent: "{}"})).collected == ["x"]


def test_the_last_name_in_the_zip_does_not_win(course, zipped, answered):
    folder = "Ada Example_1_assignsubmission_file_"
    junk = {
        f"{folder}/98_sample.ipynb": answered("mine"),
        f"{folder}/scratch.ipynb": "scratch",
        f"{folder}/.ipynb_checkpoints/98_sample-checkpoint.ipynb": "old",
        f"{folder}/.DS_Store": "x",
        f"__MACOSX/{folder}/._98_sample.ipynb": "mac",
        f"{folder}/._98_sample.ipynb": "mac",
        "__MACOSX/._x": "mac",
    }
    found = collect(course, NAME, zipped(junk))
    assert (found.unknown, found.refused, found.notes) == ([], [], [])
    assert tree(course) == {
        "98_sample.ipynb": answered("mine"),
        "scratch.ipynb": "scratch",
    }


@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_attempt_wins_in_whatever_order(course, zipped, answered, order):
    names = ["98_sample.ipynb", "98_sample-1.ipynb", "98_sample-10.ipynb"]
    files = [(f"exampleada_1_2_{n}", answered(n)) for n in names][::order]
    found = collect(course, NAME, zipped(dict(files)))
    assert tree(course) == {"98_sample.ipynb": answered("98_sample-10.ipynb")}
    assert len(found.notes) == 2 and "older attempt" in found.notes[0]


def test_a_later_upload_wins_over_an_earlier_one(course, zipped, answered):
    first, second = "exampleada_1_9_98_sample.ipynb", "exampleada_1_10_98_sample.ipynb"
    collect(course, NAME, zipped({second: answered("2"), first: answered("1")}))
    assert tree(course) == {"98_sample.ipynb": answered("2")}


def test_the_notebook_is_known_by_its_cells_where_no_name_tells(
    course, zipped, answered
):
    files = {"ada/a.ipynb": answered("mine"), "ada/z.ipynb": answered(ids=["other"])}
    found = collect(course, NAME, zipped(files))
    assert tree(course)["98_sample.ipynb"] == answered("mine")
    assert "z.ipynb" in tree(course) and not found.refused


@pytest.mark.parametrize("ids", [["ex-a"], ["other"]])
def test_two_notebooks_of_equal_right_are_named_and_not_taken(
    course, zipped, answered, ids
):
    files = {"ada/a.ipynb": answered("1", ids), "ada/b.ipynb": answered("2", ids)}
    found = collect(course, NAME, zipped(files | {"bo.ipynb": "{}"}))
    assert found.refused == ["ada: which notebook is it: ada/a.ipynb or ada/b.ipynb?"]
    assert found.collected == ["bo"] and not place(course).exists()


def test_a_notebook_of_another_assignment_is_told(course, zipped, answered):
    found = collect(course, NAME, zipped({"ada/a.ipynb": answered(ids=["other"])}))
    assert "no cell of it belongs to 98_sample" in found.notes[0]


def test_folders_in_a_hand_in_are_kept(course, zipped):
    folder = "Ada Example_1_assignsubmission_file_/handin"
    files = {
        "98_sample.ipynb": "{}",
        "adapters.py": "from own.helper import f",
        "own/__init__.py": "",
        "own/helper.py": "one",
        "own/deep/helper.py": "two",
    }
    collect(course, NAME, zipped({f"{folder}/{n}": text for n, text in files.items()}))
    assert tree(course) == files


def test_a_zip_that_was_handed_in_is_unpacked(course, zipped):
    inner = zipped({"handin/98_sample.ipynb": "{}", "handin/own/a.py": "a"}, "i.zip")
    sent = {"exampleada_1_2_handin-1.zip": inner.read_bytes()}
    sent |= {"exampleada_1_1_handin.zip": b"an older one"}
    found = collect(course, NAME, zipped(sent))
    assert found.collected == ["ada"] and not found.refused
    assert tree(course) == {"98_sample.ipynb": "{}", "own/a.py": "a"}


def test_a_bad_zip_of_one_student_stops_nobody_else(course, zipped):
    inner = zipped({"../98_sample.ipynb": "{}"}, "i.zip").read_bytes()
    sent = {"exampleada_1_2_h.zip": inner, "samplebo_2_3_h.zip": "scrap"}
    sent |= {"samplebo_2_3_98_sample.ipynb": "{}"}
    found = collect(course, NAME, zipped(sent))
    assert found.collected == ["bo"]
    said = "\n".join(found.refused)
    assert "exampleada_1_2_h.zip: '../98_sample.ipynb': an unsafe path" in said
    assert "samplebo_2_3_h.zip: it is not a zip, it is damaged" in said


def test_a_python_file_has_the_name_by_which_it_is_imported(course, zipped):
    files = ["98_sample-1.ipynb", "adapters-1.py", "data-1.csv"]
    sent = {f"exampleada_1_{n}_{name}": "{}" for n, name in enumerate(files)}
    collect(course, NAME, zipped(sent))
    assert sorted(tree(course)) == ["98_sample.ipynb", "adapters.py", "data-1.csv"]


def test_two_files_that_would_become_one_are_refused(course, zipped):
    files = {"ada/in/98_sample.ipynb": "{}", "ada/in/helper.py": "1"}
    found = collect(course, NAME, zipped(files | {"ada/helper.py": "2"}))
    assert "ada/in/helper.py and ada/helper.py would become one" in found.refused[0]
    assert found.collected == []


def test_without_a_notebook_the_files_are_kept_and_the_student_is_named(course, zipped):
    html = "Ada Example_1_assignsubmission_onlinetext_/onlinetext.html"
    found = collect(course, NAME, zipped({html: "text"}))
    assert tree(course) == {"onlinetext.html": "text"}
    assert found.refused == ["ada: no notebook among onlinetext.html"]


def test_a_text_beside_the_notebook_changes_nothing(course, zipped):
    start = "Ada Example_1_assignsubmission_"
    sent = {f"{start}file_/98_sample.ipynb": "{}"}
    sent |= {f"{start}onlinetext_/onlinetext.html": "text"}
    found = collect(course, NAME, zipped(sent))
    assert found.collected == ["ada"] and not found.refused
    assert sorted(tree(course)) == ["98_sample.ipynb", "onlinetext.html"]


def test_collecting_again_leaves_what_was_mended(course, zipped):
    download = zipped({"ada.ipynb": "broken"})
    collect(course, NAME, download)
    (place(course) / "98_sample.ipynb").write_text("mended")
    found = collect(course, NAME, download)
    assert (found.collected, found.unchanged) == ([], ["ada"])
    assert tree(course) == {"98_sample.ipynb": "mended"}


def test_a_later_hand_in_replaces_all_of_the_earlier_which_is_kept(course, zipped):
    collect(course, NAME, zipped({"ada/98_sample.ipynb": "1", "ada/old.py": "old"}))
    later = zipped({"ada/98_sample.ipynb": ("2", (2026, 3, 2, 0, 0, 0))})
    assert collect(course, NAME, later).collected == ["ada"]
    assert tree(course) == {"98_sample.ipynb": "2"}
    assert (course / "earlier" / "ada" / NAME / "1" / "old.py").read_text() == "old"


def test_an_older_download_does_not_replace_a_newer_hand_in(course, zipped):
    collect(course, NAME, zipped({"ada.ipynb": "new"}))
    older = zipped({"ada.ipynb": ("old", (2026, 2, 1, 0, 0, 0))})
    found = collect(course, NAME, older)
    assert found.refused == ["ada: what is in submitted is newer, and stays"]
    assert tree(course) == {"98_sample.ipynb": "new"}


def test_a_students_own_timestamp_is_not_believed(course, zipped):
    sent = {"ada/98_sample.ipynb": "{}", "ada/timestamp.txt": "2020-01-01 00:00:00 UTC"}
    found = collect(course, NAME, zipped(sent))
    assert submitted_at(course, "ada", NAME).year == 2026
    assert "timestamp.txt: the name is ours" in found.notes[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("98_smaple", "has no assignment '98_smaple'; it has 98_sample"),
        ("..", "has no"),
    ],
)
def test_a_mistyped_assignment_is_refused(course, zipped, name, said):
    with pytest.raises(CollectError, match=said):
        collect(course, name, zipped({"ada.ipynb": "{}"}))
    assert not (course / "submitted").exists()


def test_a_file_where_a_folder_has_to_be_is_refused_before_anything_is_written(
    course, zipped
):
    (course / "submitted").mkdir()
    (course / "submitted" / "bo").write_text("in the way")
    with pytest.raises(CollectError, match="bo is in the way, wanted a folder"):
        collect(course, NAME, zipped({"ada.ipynb": "{}", "bo.ipynb": "{}"}))
    assert not place(course).exists()


def test_a_folder_in_place_of_a_notebook_is_replaced(course, zipped):
    (place(course) / "98_sample.ipynb").mkdir(parents=True)
    assert collect(course, NAME, zipped({"ada.ipynb": "{}"})).collected == ["ada"]
    assert tree(course) == {"98_sample.ipynb": "{}"}


def test_a_line_of_the_roster_that_is_refused_is_named(course, zipped):
    (course / "students.csv").write_text("id,name\nada,Ada\n../evil,Eve\n")
    found = collect(course, NAME, zipped({"ada.ipynb": "{}"}))
    assert found.collected == ["ada"]
    assert "students.csv, line 3: the id '../evil'" in found.refused[0]


def test_what_stops_while_one_student_is_written_stops_nobody_else(course, zipped):
    name = "x" * 250 + "/" + "y" * 300 + ".py"
    sent = {f"ada/{name}": "1", "ada/98_sample.ipynb": "{}", "bo.ipynb": "{}"}
    found = collect(course, NAME, zipped(sent))
    assert found.collected == ["bo"] and "ada: " in found.refused[0]
    assert not place(course).exists()
    assert not list(course.glob(".collect*"))


def test_the_record_says_which_file_became_what(course, zipped):
    collect(course, NAME, zipped({ADA: "{}"}))
    records = json.loads((course / "collected" / f"{NAME}.json").read_text())
    assert records["ada"]["files"] == {"98_sample.ipynb": ADA}
    assert records["ada"]["number"] == "canvas 3"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_path_twice_in_a_zip_is_refused(course, tmp_path):
    path = tmp_path / "d.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for text in ("1", "2"):
            packed.writestr(zipfile.ZipInfo("ada.ipynb", (2026, 3, 1, 0, 0, 0)), text)
    found = collect(course, NAME, path)
    assert found.collected == [] and "would become one" in found.refused[0]
