"""What decoding refuses: padding in prompts, NaN, too long, more than there is."""

import math

import pytest
import torch
from decoding.toy import EOS, PROMPT, ToyModel

from n2t.decoding import (
    Beam,
    DecodingError,
    Greedy,
    Sample,
    decode,
    keep_top_k,
    keep_top_p,
    penalize_repetition,
    stream,
)
from n2t.models import DecoderOnly, DecoderOnlyConfig

STRATEGIES = [Greedy(), Sample(), Beam(2)]
each_strategy = pytest.mark.parametrize("strategy", STRATEGIES, ids=str)


def language_model(**options):
    torch.manual_seed(0)
    sizes = {"d_model": 8, "n_head": 2, "n_layer": 1, "d_ff": 12, "max_length": 16}
    return DecoderOnly(DecoderOnlyConfig(11, **sizes | options)).eval()


# Prompts


@pytest.mark.parametrize("side", ["right", "left"])
def test_a_padded_prompt_is_refused_and_a_list_of_its_rows_is_not(side):
    rows = [torch.tensor([3, 4, 5]), torch.tensor([6])]
    padded = torch.tensor([[3, 4, 5], [6, 0, 0] if side == "right" else [0, 0, 6]])
    model = language_model()
    with pytest.raises(ValueError, match=r"row 1 begins or ends with pad_id \(0\)"):
        decode(model, prompt=padded, max_new_tokens=3)
    together = decode(model, prompt=rows, max_new_tokens=3)
    alone = [decode(model, prompt=row[None], max_new_tokens=3) for row in rows]
    assert together.lists() == [one.lists()[0] for one in alone]


def test_an_id_that_also_pads_may_begin_every_text_and_stand_inside_it():
    model = language_model(pad_id=0, bos_id=0)
    ids = torch.tensor([[0, 3, 0, 5], [0, 4, 5, 6]])
    assert decode(model, prompt=ids, max_new_tokens=2).ids.shape == (2, 2)
    alone = decode(model, prompt=torch.tensor([[3, 0]]), max_new_tokens=2)
    assert alone.ids.shape == (1, 2), "a lone row needs no padding"


@pytest.mark.parametrize(
    "call",
    [
        lambda m, ids: stream(m, ids, max_new_tokens=2),
        lambda m, ids: decode(m, prompt=ids[None], max_new_tokens=2),
        lambda m, ids: decode(m, prompt=[ids], max_new_tokens=2),
    ],
)
def test_an_empty_prompt_is_called_empty_and_a_long_one_long(call, own_checks_only):
    model = language_model()
    with pytest.raises(
        ValueError, match=r"^prompt.* is empty, shape .*at least one id"
    ):
        call(model, torch.tensor([]))
    words = r"^prompt.* has 17 ids, more than the model's max_length \(16\)"
    with pytest.raises(ValueError, match=words):
        call(model, torch.full((17,), 3))


def test_a_long_prompt_is_named_before_what_follows_from_its_length(own_checks_only):
    with pytest.raises(ValueError, match=r"prompt has 88 ids.*max_length \(16\)"):
        stream(language_model(), torch.full((88,), 3), max_new_tokens=16 - 88)


def test_a_row_of_a_list_is_named(own_checks_only):
    model, good = language_model(), torch.tensor([3])
    for bad, kind, words in [
        ([3, 4], TypeError, r"prompt\[1\] must be a tensor \(T,\), got list"),
        (torch.tensor([]), ValueError, r"prompt\[1\] is empty"),
        (good.float(), TypeError, r"prompt\[1\] must be int64"),
        (good.repeat(17), ValueError, r"prompt\[1\] has 17 ids"),
    ]:
        with pytest.raises(kind, match=words):
            decode(model, prompt=[good, bad], max_new_tokens=2)


@each_strategy
def test_all_of_the_room_is_used_and_one_more_is_refused(strategy):
    model, prompt = language_model(), torch.full((2, 14), 3)
    options = {"strategy": strategy, "stop_ids": ()}
    ids = decode(model, prompt=prompt, max_new_tokens=3, **options).ids
    assert ids.shape == (2, 3)
    words = (
        r"prompt has 14 ids and max_new_tokens is 4: after 3 new ones the model's "
        r"max_length \(16\)"
    )
    with pytest.raises(ValueError, match=words):
        decode(model, prompt=prompt, max_new_tokens=4, **options)


def test_a_cache_is_no_longer_than_what_the_model_can_read():
    model, asked = language_model(), []
    start = model.start
    model.start = lambda source, B, length: (
        asked.append(length) or start(None, B, length)
    )
    decode(
        model, prompt=torch.full((1, 3), 3), max_new_tokens=10**6, stop_ids=range(11)
    )
    assert asked == [16]


# Logits


class Broken(ToyModel):
    """The row that begins with `first` does not end, and is bad from step `at` on."""

    def __init__(self, value, at, first):
        super().__init__(6)
        self.value, self.at, self.first = value, at, first

    def logits(self, history):
        logits = super().logits(history)
        if history[0] == self.first:
            logits[EOS] = -math.inf
            if len(history) > self.at:
                logits[: 6 if self.value == -math.inf else 1] = self.value
        return logits


@each_strategy
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("at", [1, 3])
def test_logits_that_give_no_probabilities_name_their_step_and_row(strategy, value, at):
    model = Broken(value, at, first=5)
    prompts = torch.tensor([[3, 1], [4, 1], [5, 1]])
    words = f"row 2: the model's logits at step {at} give no probabilities"
    for prompt in (prompts, list(prompts)):
        with pytest.raises(DecodingError, match=words) as caught:
            decode(
                model, None, prompt, max_new_tokens=5, stop_ids=(), strategy=strategy
            )
        assert caught.value.row == 2
    ragged = [prompts[2, :1], *prompts[:2]]
    with pytest.raises(DecodingError, match=r"^row 0"):
        decode(Broken(value, 0, 5), None, ragged, max_new_tokens=5, strategy=strategy)


def test_the_row_is_the_batchs_though_others_have_left_it():
    model = Broken(math.nan, 6, first=5)
    prompts = torch.tensor([[3, i] for i in range(5)] * 4 + [[5, 1]])
    lengths = decode(model, None, prompts[:-1], max_new_tokens=9).lengths
    assert int(lengths.min()) < 5
    with pytest.raises(DecodingError, match=r"^row 20: .* step 6"):
        decode(model, None, prompts, max_new_tokens=9)


def test_a_logit_of_minus_infinity_forbids_and_breaks_nothing():
    class Forbidding(ToyModel):
        def logits(self, history):
            return (
                super().logits(history).index_fill(0, torch.tensor([0, 4]), -math.inf)
            )

    for strategy in STRATEGIES:
        options = {"max_new_tokens": 5, "stop_ids": (), "strategy": strategy}
        found = decode(Forbidding(6), None, PROMPT, **options)
        assert not set(found.ids.flatten().tolist()) & {0, 4}
        assert found.scores.isfinite().all()


# Options


def test_more_hypotheses_than_there_are_are_refused():
    beam = Beam(6, n_best=5)
    found = decode(ToyModel(5), None, PROMPT, max_new_tokens=1, strategy=beam)
    assert found.scores.isfinite().all()
    words = r"row 0: n_best \(5\) is more than the 4 sequences of at most 1 tokens"
    for prompt in (PROMPT, list(PROMPT)):
        with pytest.raises(DecodingError, match=words):
            decode(ToyModel(4), None, prompt, max_new_tokens=1, strategy=beam)


@pytest.mark.parametrize("penalty", [math.inf, math.nan, -1.0])
def test_a_penalty_that_makes_nan_of_a_logit_is_refused(penalty, own_checks_only):
    with pytest.raises(ValueError, match=r"repetition_penalty.*above 0 and finite"):
        decode(ToyModel(4), None, PROMPT, max_new_tokens=2, repetition_penalty=penalty)
    with pytest.raises(ValueError, match="penalty.*above 0 and finite"):
        penalize_repetition(torch.zeros(1, 3), torch.zeros(1, 1).long(), penalty)


def test_a_filter_that_keeps_nothing_is_refused(own_checks_only):
    with pytest.raises(ValueError, match=r"k \(0\) must be at least 1"):
        keep_top_k(torch.zeros(1, 3), 0)
    for p in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match=r"p \(.*\) must be above 0"):
            keep_top_p(torch.zeros(1, 3), p)
