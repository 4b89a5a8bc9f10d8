"""Every field of every section of every preset is checked before anything is loaded."""

import inspect
import json
import math

import pytest

from n2t.runs import corpora, sections, settings, tasks

PRESETS = [(task, name) for task in tasks.TASKS for name in tasks.preset_names(task)]
PRESETS_OF_EACH_KIND = [
    *((task, "cpu") for task in tasks.TASKS),
    *[("translation", "laptop"), ("translation", "ladder_bahdanau")],
    *[("language-model", "laptop"), ("classification", "laptop")],
]
WRONG = {  # by the type of a field's default, or of its value in the preset
    bool: ["maybe", 2, 0.5, None, []],
    int: [1.5, "x", True, None, []],
    float: ["x", True, None, []],
    str: [5, True, None, []],
    list: [5, "en", None, {}],
    tuple: [5, "en", None, [1], [1, 2, 3]],
    type(None): ["x", True, []],
}
FREE_TO_BE_NEGATIVE = {"decode.length_penalty"}
NULLABLE = {"fit.clip_norm", "fit.explosion", "fit.validate_every", "loss.chunk"}
NULLABLE |= {"fit.patience", "fit.checkpoint_every", "tokenizer.max_size"}
NULLABLE |= {"batches.merge_dropout", "tokenizer.special_ids"}
MAPPINGS = {"tokenizer.special_ids"}
WITHOUT_DEFAULT = {"batches.taught", "batches.references"}  # tested apart


def every_field():
    """(task, preset, "section.field", its default or its value there)."""
    for task, name in PRESETS_OF_EACH_KIND:
        preset = tasks.read_preset(task, name)
        for part in sections.SECTIONS:
            if part == "decode" and task not in sections.SEARCHES:
                continue
            values = preset.get(part, {})
            section = sections.section_of(task, part, values)
            found = inspect.signature(section.taker).parameters
            if section.taker is corpora.number_languages:
                found = found | inspect.signature(corpora.number_pairs).parameters
            for key in section.fields():
                value = values.get(key)
                if value is None and key in found:
                    default = found[key].default
                    value = None if default is inspect.Parameter.empty else default
                if f"{part}.{key}" not in WITHOUT_DEFAULT:
                    yield task, name, f"{part}.{key}", value


EVERY = list(every_field())
each_preset = pytest.mark.parametrize(("task", "name"), PRESETS_OF_EACH_KIND)


def fields(task, name):
    """The fields of one preset, each with its value."""
    return [(field, value) for t, n, field, value in EVERY if (t, n) == (task, name)]


def changed(task, name, field, value):
    """The preset's settings with one field changed, as JSON."""
    return tasks.change(tasks.read_preset(task, name), [f"{field}={json.dumps(value)}"])


def refused(task, name, field, value):
    """The error that a value of a field meets before there is anything to train."""
    preset = changed(task, name, field, value)
    try:
        sections.check(task, preset)
    except ValueError as error:
        return str(error)
    pytest.fail(f"{field}={value!r} was taken")


def test_the_walk_meets_every_section_and_every_field_of_a_preset():
    met = {(task, field) for task, _, field, _ in EVERY}
    for task, name in PRESETS_OF_EACH_KIND:
        preset = tasks.read_preset(task, name)
        written = {f"{part}.{key}" for part in preset if part != "about"
                   for key in preset[part]}  # fmt: skip
        assert {(task, field) for field in written} <= met
    assert {field.split(".")[0] for _, field in met} == set(sections.SECTIONS)
    assert len(EVERY) > 250


@pytest.mark.parametrize(("task", "name"), PRESETS)
def test_every_preset_passes_and_comes_back_as_it_was(task, name):
    preset = tasks.read_preset(task, name)
    assert sections.check(task, preset) == preset


@each_preset
def test_a_value_of_another_type_is_refused_by_name(task, name):
    for field, value in fields(task, name):
        for wrong in [[] if field in MAPPINGS else {}, *WRONG[type(value)]]:
            if wrong is not None or field not in NULLABLE:
                assert field in refused(task, name, field, wrong)


def test_other_targets_are_the_path_of_a_file_and_references_a_switch():
    for wrong in ([], {}, 5, True):
        assert "batches.taught" in refused(
            "translation", "cpu", "batches.taught", wrong
        )
    for wrong in ("x", 5, None, []):
        field = "batches.references"
        assert field in refused("translation", "cpu", field, wrong)
    said = refused("translation", "cpu", "batches.references", False)
    assert "batches.references (False) needs batches.taught" in said
    assert "batches.taught" in refused("language-model", "cpu", "batches.taught", "x")


@each_preset
def test_a_number_out_of_range_and_a_word_that_is_unknown_are_refused(task, name):
    for field, value in fields(task, name):
        if isinstance(value, bool | list | tuple):
            continue
        wrong = [math.nan, math.inf, -1]
        if isinstance(value, str):
            wrong = ["no such word"]
        elif field in FREE_TO_BE_NEGATIVE:
            wrong = wrong[:2]
        for other in wrong:
            assert field in refused(task, name, field, other)


@each_preset
def test_a_name_that_is_misspelled_is_refused_with_the_one_that_was_meant(task, name):
    for field, value in fields(task, name):
        said = refused(task, name, f"{field}x", value)
        assert said.startswith(f"{field}x is no setting; there are ")
        assert said.endswith(f"; did you mean {field.split('.')[1]!r}?")


@each_preset
def test_a_boolean_is_what_its_word_means(task, name):
    found = fields(task, name)
    booleans = [field for field, value in found if isinstance(value, bool)]
    assert "fit.compile" in booleans
    for field in booleans:
        part, key = field.split(".")
        for word, meant in (
            *((word, True) for word in ("true", "True", "yes", "YES", "on", "1")),
            *((word, False) for word in ("false", "False", "no", "No", "OFF", "0")),
        ):
            if field == "model.head" and not meant:  # classes need their head
                assert "needs a head" in refused(task, name, field, word)
                continue
            preset = tasks.change(tasks.read_preset(task, name), [f"{field}={word}"])
            assert sections.check(task, preset)[part][key] is meant, word


@pytest.mark.parametrize(
    ("task", "setting", "said"),
    [
        ("translation", "fit.compile=Falsch", "fit.compile ('Falsch') must be true or"),
        ("translation", "decode.bem=5", "did you mean 'beam'?"),
        ("translation", "decode.beam=0", "decode.beam (0) must be at least 1"),
        (
            "translation",
            "fit.weight_decay=-1",
            "fit.weight_decay (-1) must be at least",
        ),
        ("translation", "fit.betas=[0.9]", "fit.betas ([0.9]) must be 2 values"),
        ("translation", "fit.betas=[0.9,1]", "fit.betas[1] (1) must be below 1"),
        ("translation", "fit.final_share=x", "fit.final_share ('x') must be a number"),
        ("translation", "fit.final_share=1.5", "fit.final_share (1.5) must be at most"),
        (
            "translation",
            "fit.seed=3",
            "fit.seed cannot be set: the run gives it itself",
        ),
        ("translation", "batches.seed=3", "batches.seed cannot be set"),
        ("translation", "model.pad_id=3", "model.pad_id cannot be set"),
        (
            "translation",
            "model.family=sparse",
            "model.family ('sparse') must be one of",
        ),
        ("translation", "data.name=dats", "data.name ('dats') must be one of"),
        ("translation", "fit.warmup=900", "warmup (900) must be at most max_steps"),
        ("translation", "model.n_head=3", "d_model (64) must be divisible by n_head"),
        (
            "translation",
            "batches.merge_dropout=0.1",
            "needs tokenizer.kind 'byte_pair'",
        ),
        (
            "translation",
            "loss.label_smoothing=1",
            "label_smoothing (1) must be below 1",
        ),
        ("language-model", "batches.length=999", "must be at most model.max_length"),
        ("language-model", "decode.beam=2", "decode: a language-model run has no such"),
        ("classification", "loss.chunk=2", "loss.chunk is no setting; there are none"),
        (
            "classification",
            "data.languages=[]",
            "languages ([]) must name at least one",
        ),
    ],
)
def test_a_setting_that_cannot_be_is_refused_before_there_is_a_model(
    task, setting, said, monkeypatch
):
    monkeypatch.setattr(tasks, "learn_tokenizer", None)
    preset = tasks.change(tasks.read_preset(task, "cpu"), [setting])
    with pytest.raises(ValueError) as caught:
        tasks.build(task, preset)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", sections.NEEDED)
def test_a_section_that_is_missing_is_named(name):
    preset = tasks.read_preset("translation", "cpu")
    preset.pop(name)
    with pytest.raises(ValueError, match=f"have no section {name!r}"):
        sections.check("translation", preset)
    with pytest.raises(ValueError, match=rf"{name} \(3\) must be a section"):
        sections.check("translation", preset | {name: 3})


def test_a_section_that_is_unknown_is_named_with_the_one_that_was_meant():
    preset = tasks.read_preset("translation", "cpu") | {"tokeniser": {}}
    with pytest.raises(ValueError, match="tokeniser is no .*did you mean 'tokenizer'"):
        sections.check("translation", preset)
    with pytest.raises(ValueError, match="did you mean 'model'"):
        tasks.change(preset, ["modle.n_layer=1"])
    for setting in ("fit", "fit.=3", "fit.max_steps", ".x=1", "=", ""):
        with pytest.raises(ValueError, match="must be section.field=value"):
            tasks.change(preset, [setting])


def test_a_field_that_is_needed_is_named():
    preset = tasks.read_preset("language-model", "cpu")
    del preset["batches"]["length"]
    with pytest.raises(ValueError, match=r"batches\.length is missing"):
        sections.check("language-model", preset)


def test_a_section_without_a_decode_takes_the_search_of_the_translator():
    preset = tasks.read_preset("translation", "cpu")
    preset.pop("decode")
    assert sections.check_part("translation", preset, "decode") == {}
    assert sections.check("translation", preset) == preset


def test_an_example_that_is_too_long_is_found_before_training_meets_it():
    small = ["data.size=60", "data.held_out=10", "model.n_layer=1"]
    preset = tasks.change(
        tasks.read_preset("translation", "cpu"), [*small, "model.max_length=3"]
    )
    with pytest.raises(ValueError, match=r"model.max_length \(3\) must be at least"):
        tasks.build("translation", preset)


def test_a_word_of_a_table_is_chosen_or_guessed():
    assert settings.choose("x", "a", {"a": 1}) == 1
    for word in (["a"], None, "b"):
        with pytest.raises(ValueError, match="must be one of a"):
            settings.choose("x", word, {"a": 1})
