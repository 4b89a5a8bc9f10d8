"""The class list as spreadsheets write it; a bad line costs that line alone."""

import pytest

from coursekit.classroom.collect.roster import Person, RosterError, read_roster, roster


@pytest.fixture
def read(course):
    """Read a roster of these bytes."""

    def run(raw):
        raw = raw.encode() if isinstance(raw, str) else raw
        (course / "students.csv").write_bytes(raw)
        return read_roster(course)

    return run


MULLER = {"mü": Person("mü", "Jörg Müller", "j@example.org")}


@pytest.mark.parametrize(
    "raw",
    [
        "id,name,email\nmü,Jörg Müller,j@example.org\n",
        "\ufeffid,name,email\r\nmü,Jörg Müller,j@example.org\r\n",
        "ID;Name;Email\nmü;Jörg Müller;j@example.org\n",
        "sep=;\nid;name;email\nmü;Jörg Müller;j@example.org\n",
        " Id , NAME ,E-Mail \n mü ,Jörg Müller\t, j@example.org \n".replace("E-", "e"),
        "\n\nid,name,email\n\nmü,Jörg Müller,j@example.org\n,,\n  \n",
        "Student ID,First name,Surname,Email address\nmü,Jörg,Müller,j@example.org\n",
        "id,name,email\nmü,Jörg Müller,j@example.org\n".encode("latin-1"),
        "id\tname\temail\nmü\tJörg Müller\tj@example.org\n".encode("utf-16"),
        "id,name,email\nmu\u0308,Jo\u0308rg Mu\u0308ller,j@example.org\u200b\n",
    ],
    ids=range(10),
)
def test_a_roster_is_read_as_spreadsheets_write_it(read, raw):
    found = read(raw)
    assert (found.people, found.problems) == (MULLER, ())


def test_canvas_own_export_is_a_roster(read):
    head = "Student,ID,SIS User ID,SIS Login ID,Section,98_sample (7)\n"
    points = "    Points Possible,,,,,8\n"
    lines = '"Example, Ada",4711,s1,ada@example.org,A,\n"Sample, Bo",4712,,bo,A,\n'
    found = read(head + points + lines)
    assert found.problems == ()
    assert list(found.people.values()) == [
        Person("s1", "Example, Ada", "ada@example.org", "4711"),
        Person("bo", "Sample, Bo", "", "4712"),
    ]


def test_the_platforms_numbers_have_columns_of_their_own(read):
    found = read("id,canvas_id,moodle_id\nada,4711,Participant 12 34\n")
    assert found.people["ada"] == Person("ada", "", "", "4711", ("12", "34"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("../evil,Eve,", "the id '../evil' has a '/'"),
        ("a\\b,Eve,", "has a '\\\\'"),
        (".hidden,Eve,", "begins or ends with a dot"),
        ("..,Eve,", "begins or ends with a dot"),
        ("[ada],Eve,", "has a '['"),
        (",Eve,e@example.org", "it has no id"),
        ("x" * 101 + ",Eve,", "has 101 letters, wanted at most 100"),
        ("eve,Eve,Example,e@example.org", "1 values more than there are columns"),
    ],
)
def test_a_bad_line_is_named_with_its_reason_and_the_others_count(read, line, said):
    found = read(f"id,name,email\nada,Ada,\n{line}\nbo,Bo,\n")
    assert list(found.people) == ["ada", "bo"]
    assert len(found.problems) == 1
    assert found.problems[0].startswith("students.csv, line 3: ")
    assert said in found.problems[0]


@pytest.mark.parametrize("other", ["ada", "ADA"])
def test_an_id_of_two_people_is_nobodys(read, other):
    found = read(f"id,name\nada,Ada Example\nbo,Bo\n{other},Ada Other\n")
    assert list(found.people) == ["bo"]
    assert "lines 2 and 4" in found.problems[0]
    assert "Ada Example (ada)" in found.problems[0]
    assert f"Ada Other ({other})" in found.problems[0]


def test_the_same_line_twice_counts_once(read):
    found = read("id,name\nada,Ada\nada, Ada \n")
    assert (list(found.people), found.problems) == (["ada"], ())


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("name,email\nAda,\n", "has the columns name, email; wanted one called id"),
        ("", "is empty, wanted a line of columns"),
    ],
)
def test_a_roster_without_ids_says_what_it_has(read, raw, said):
    with pytest.raises(RosterError, match=said):
        read(raw)


def test_a_folder_in_place_of_the_roster_is_named(course):
    (course / "students.csv").unlink()
    (course / "students.csv").mkdir()
    with pytest.raises(RosterError, match="is a folder, wanted a file"):
        roster(course)


def test_the_roster_is_the_file_or_else_who_submitted(course):
    assert sorted(roster(course)) == ["ada", "bo"]
    (course / "students.csv").unlink()
    (course / "submitted" / "cy").mkdir(parents=True)
    assert sorted(roster(course)) == ["cy"]
