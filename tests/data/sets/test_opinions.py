"""Opinions: no document crosses, ratings of exactly 0 are left out."""

import io
import tarfile

import pytest

from n2t.data.sets.opinions import CLASSES, ORIGINS, made_up_opinions, opinions
from n2t.data.sets.splits import fold
from n2t.data.sets.vader import VADER_SOURCES


@pytest.fixture
def folder(tmp_path):
    """A set of the same form: forty reviews and editorials of five sentences each."""
    with tarfile.open(tmp_path / "hutto_ICWSM_2014.tar.gz", "w:gz") as archive:
        for source in ORIGINS:
            rows = [
                (f"{n}" if source == "tweets" else f"{n}_{m}", (m - 2) / 2, n, m)
                for n in range(1, 41)
                for m in range(1, 2 if source == "tweets" else 6)
            ]
            lines = [f"{i}\t{r}\t{source} &amp; {n} {m}" for i, r, n, m in rows]
            text = "\n".join(lines).encode()
            name = f"hutto_ICWSM_2014/{VADER_SOURCES[source]}_GroundTruth.txt"
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return tmp_path


def test_no_document_and_no_text_crosses(folder):
    parts = opinions(folder=folder)
    for key in (lambda o: o.document, lambda o: fold(o.text)):
        seen = [{key(opinion) for opinion in part} for part in parts]
        assert not seen[0] & seen[1] and not seen[0] & seen[2] and not seen[1] & seen[2]


def test_documents_of_different_sources_are_different(folder):
    together = [opinion for part in opinions(folder=folder) for opinion in part]
    assert len({opinion.document for opinion in together}) == 3 * 40


def test_a_rating_of_zero_is_left_out_and_the_others_have_their_class(folder):
    together = [opinion for part in opinions(folder=folder) for opinion in part]
    assert len(together) == 40 + 2 * 40 * 4
    assert all(opinion.rating for opinion in together)
    for opinion in together:
        assert CLASSES[opinion.label] == ("positive", "negative")[opinion.rating < 0]
    assert all(" & " in opinion.text for opinion in together)


def test_seeds_decide_the_split(folder):
    first, again, other = (opinions(folder=folder, seed=seed) for seed in (0, 0, 1))
    assert first == again != other


def test_made_up_opinions_need_no_file_and_share_no_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("N2T_DATA", str(tmp_path))
    parts = made_up_opinions(train=300, validation=40, test=60)
    assert [len(part) for part in parts] == [300, 40, 60]
    texts = [opinion.text for part in parts for opinion in part]
    assert len(set(map(fold, texts))) == 400
    assert {opinion.label for part in parts for opinion in part} == {0, 1}
    assert parts == made_up_opinions(train=300, validation=40, test=60)
    assert parts != made_up_opinions(train=300, validation=40, test=60, seed=1)


def test_made_up_opinions_hear_a_not():
    labels = {o.text: o.label for o in made_up_opinions(train=1000).train}
    pairs = [
        (label, labels[text.replace(" is not ", " is ")])
        for text, label in labels.items()
        if " is not " in text and text.replace(" is not ", " is ") in labels
    ]
    assert len(pairs) > 50 and all(one != other for one, other in pairs)


def test_more_made_up_opinions_than_there_are_is_refused():
    with pytest.raises(ValueError, match="more than there are"):
        made_up_opinions(train=10_000)


def test_the_published_set_is_divided_by_document(full_size):
    parts = opinions()
    assert sum(map(len, parts)) > 12_000
    seen = [{opinion.document for opinion in part} for part in parts]
    assert not seen[0] & seen[1] and not seen[0] & seen[2] and not seen[1] & seen[2]
    for part in parts:
        assert {opinion.source for opinion in part} == set(ORIGINS)
        assert 0.4 < sum(opinion.label for opinion in part) / len(part) < 0.7
