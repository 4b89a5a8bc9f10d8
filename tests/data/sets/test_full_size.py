"""The full-size sets: published parts kept, leaks gone, clear without the files."""

import re
from functools import cache

import pytest

from n2t.data.sets import multi30k, scitldr, shakespeare, sst, tatoeba, vader
from n2t.data.sets.mnist import mnist_t10k
from n2t.data.sets.splits import first_side, fold, leaks, sides
from n2t.data.sources import download, registry
from n2t.data.sources.reading import read_lines

LOADERS = {
    "mnist_t10k": mnist_t10k,
    "multi30k": multi30k.multi30k,
    "scitldr": scitldr.scitldr,
    "sst": sst.sst,
    "tatoeba_cmn": tatoeba.tatoeba,
    "tinyshakespeare": shakespeare.shakespeare,
    "vader": vader.vader,
}


load = cache(lambda loader, *arguments: loader(*arguments))


@pytest.mark.parametrize("name", LOADERS)
def test_without_files_and_network_one_clear_sentence_names_the_set(
    name, monkeypatch, tmp_path, capfd
):
    def no_network(file, folder, *, progress=None):
        raise download.OfflineError(f"{file.name} cannot be downloaded")

    monkeypatch.delenv("N2T_DATA", raising=False)
    monkeypatch.setenv("N2T_CACHE", str(tmp_path))
    monkeypatch.setattr(registry, "download", no_network)
    with pytest.raises(download.DataError, match=f"^{name}: .*N2T_DATA") as caught:
        LOADERS[name]()
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


def test_every_full_size_set_has_a_loader():
    assert set(LOADERS) == set(registry.REGISTRY)


@pytest.mark.parametrize("target", ["de", "fr"])
def test_multi30k_keeps_its_published_parts_and_training_loses_the_leaks(
    full_size, target
):
    parts = load(multi30k.multi30k, "en", target)
    assert [len(part) for part in parts] == [28_995, 1_014, 1_000]
    assert leaks(parts) == set()
    folder = registry.fetch("multi30k")
    for part, name in ((parts.validation, "val"), (parts.test, "test_2016_flickr")):
        for side, code in enumerate(("en", target)):
            lines = read_lines(folder / f"{name}.{code}.gz")
            assert [pair[side].split() for pair in part] == [
                line.split() for line in lines
            ]


def test_multi30k_has_no_stray_spaces(full_size):
    for part in load(multi30k.multi30k, "en", "de"):
        for pair in part:
            assert all(text == text.strip() and "  " not in text for text in pair)


def test_multi30k_training_images_are_the_same_for_every_pair(full_size):
    german = [english for english, _ in load(multi30k.multi30k, "en", "de").train]
    french = [english for english, _ in load(multi30k.multi30k, "en", "fr").train]
    assert german == french


def test_multi30k_in_lower_case_is_the_same_captions(full_size):
    cased = load(multi30k.multi30k, "en", "de")
    lower = multi30k.multi30k("en", "de", lowercase=True)
    for given, folded in zip(cased, lower, strict=True):
        assert folded == [(a.lower(), b.lower()) for a, b in given]


def test_multi30k_captions_that_are_held_out_are_validated_on_and_not_learned_from(
    full_size,
):
    whole = load(multi30k.multi30k, "en", "de")
    parts = multi30k.multi30k("en", "de", held_out=3000)
    n_published = len(whole.validation)
    assert parts.validation[:n_published] == whole.validation
    assert parts.test == whole.test
    held = parts.validation[n_published:]
    assert len(held) == 3000 and set(held) <= set(whole.train)
    assert set(parts.train) <= set(whole.train) - set(held)
    n_twin = len(whole.train) - 3000 - len(parts.train)  # they share a text with one
    assert 0 <= n_twin < 100
    firsts = [whole.train.index(pair) for pair in held[:: len(held) // 10]]
    assert firsts == sorted(firsts) and firsts[-1] > 0.85 * len(whole.train)


def test_multi30k_cannot_hold_out_all_there_is(full_size):
    with pytest.raises(ValueError, match=r"held_out \(29000\) must be from 0 to 28..."):
        multi30k.multi30k(held_out=29_000)


@pytest.mark.parametrize(("source", "target"), [("en", "en"), ("en", "es"), ("", "en")])
def test_multi30k_refuses_other_languages(source, target):
    with pytest.raises(ValueError, match="target|source"):
        multi30k.multi30k(source, target)


@pytest.mark.parametrize(
    ("kind", "validation", "test"), [("binary", 872, 1821), ("fine", 1101, 2210)]
)
def test_sst_keeps_its_published_parts_and_training_loses_the_leaks(
    full_size, kind, validation, test
):
    parts = load(sst.sst, kind)
    assert [len(parts.validation), len(parts.test)] == [validation, test]
    assert leaks(parts, keys=first_side) == set()
    classes = set(range(len(sst.SST_CLASSES[kind])))
    assert all({label for _, label in part} == classes for part in parts)


def test_sst_is_read_as_utf_8(full_size):
    texts = " ".join(text for text, _ in load(sst.sst, "fine").train)
    assert "béart" in texts
    assert "Ã" not in texts


def test_training_on_sst_2_does_not_see_the_test_of_sst_5(full_size):
    seen = {fold(text) for text, _ in load(sst.sst, "binary").train}
    test = {fold(text) for text, _ in load(sst.sst, "fine").test}
    assert all(len(text.split()) <= 3 for text in seen & test)


def test_vader_has_ratings_in_range_and_no_snippet_crosses(full_size):
    parts = load(vader.vader)
    assert leaks(parts, keys=first_side) == set()
    ratings = [rating for part in parts for _, rating in part]
    assert len(ratings) == 4_200 + 3_708 + 5_190
    assert -4 <= min(ratings) < -3 and 3 < max(ratings) <= 4
    assert not any("&amp;" in text for part in parts for text, _ in part)


def test_vader_movies_hold_sst_test_sentences_so_they_are_not_a_default(full_size):
    def letters(text):
        return re.sub(r"-[lr]rb-|\W", "", text)

    movies = vader.vader(("movies",), validation=0, test=0).train
    known = {letters(text.casefold()) for text, _ in movies}
    test = [letters(text) for text, _ in load(sst.sst, "fine").test]
    assert sum(text in known for text in test) > 0.7 * len(test)
    others = {
        letters(text.casefold()) for part in load(vader.vader) for text, _ in part
    }
    assert sum(text in others for text in test) < 0.002 * len(test)


def test_unknown_kinds_and_sources_are_named():
    with pytest.raises(ValueError, match=r"kind \('ternary'\)"):
        sst.sst("ternary")
    with pytest.raises(ValueError, match=r"sources \(\('books',\)\)"):
        vader.vader(("books",))
    with pytest.raises(ValueError, match="sources"):
        vader.vader(())


def test_a_broken_sst_line_is_named():
    with pytest.raises(ValueError, match="dev, line 3 must be a label"):
        sst._labelled("nine lives", "dev, line 3")


def test_tatoeba_sentences_do_not_cross_and_attribution_is_kept(full_size):
    parts = tatoeba.tatoeba()
    assert [len(part) for part in parts] == [22_818, 1_000, 1_000]
    assert leaks(parts, keys=sides) == set()
    assert all("tatoeba.org" in row[2] for row in tatoeba.tatoeba_rows())


def test_scitldr_test_is_untouched_and_nothing_leaks(full_size):
    parts = scitldr.scitldr()
    assert len(parts.test) == 618
    assert len(parts.validation) >= 617 and len(parts.train) >= 1_980
    assert leaks(parts, keys=scitldr.texts) == set()
    assert all(len(summaries) == 1 for _, summaries in parts.train)
    assert all(len(summaries) >= 2 for _, summaries in parts.test)


def test_shakespeare_is_in_order_and_no_long_speech_crosses(full_size):
    parts = shakespeare.shakespeare()
    assert leaks(parts, keys=shakespeare.long_speech) == set()
    text = "\n\n".join("\n\n".join(part) for part in parts)
    published = (registry.fetch("tinyshakespeare") / "input.txt").read_text()
    assert len(text) > 0.98 * len(published)
    assert published.startswith(parts.train[0])
    assert published.rstrip().endswith(parts.test[-1])


def test_seeds_decide_the_splits_that_are_ours(full_size):
    first, again, other = (vader.vader(("products",), seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_shares_that_leave_nothing_are_refused():
    with pytest.raises(ValueError, match="validation"):
        shakespeare.shakespeare(validation=0.5, test=0.5)
