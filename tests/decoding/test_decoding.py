"""Decoding: each strategy against brute force, a closed form, or another strategy."""

import itertools
import math

import pytest
import torch
from decoding.toy import EOS, PROMPT, Config, Fixed, ToyModel
from hypothesis import given, settings
from hypothesis import strategies as st

from n2t.decoding import (
    Beam,
    Greedy,
    Sample,
    decode,
    keep_top_k,
    keep_top_p,
    length_penalty,
    penalize_repetition,
    stream,
)
from n2t.models.recurrent import RecurrentConfig, RecurrentSeq2Seq


def log_probability(model, prompt, new):
    """By hand: the sum over the tokens of `new` after `prompt`."""
    total, history = 0.0, list(prompt)
    for token in new:
        total += float(model.logits(history).log_softmax(-1)[token])
        history.append(token)
    return total


def every_sequence(vocab_size, n):
    """All that a decoder can return: n tokens, or fewer and then the stop token."""
    for length in range(1, n + 1):
        for ids in itertools.product(range(vocab_size), repeat=length):
            ends = ids[-1] == EOS or length == n
            if ends and EOS not in ids[:-1]:
                yield ids


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.6, 1.0, -0.5]), st.booleans())
def test_a_huge_beam_finds_what_brute_force_finds(seed, alpha, several):
    model, N = ToyModel(4, seed), 4
    n_best = 5 if several else 1
    beam = Beam(4**N, length_penalty=alpha, n_best=n_best)
    found = decode(model, None, PROMPT, max_new_tokens=N, strategy=beam)
    for row, prompt in enumerate(PROMPT.tolist()):
        ranked = sorted(
            (
                log_probability(model, prompt, ids) / length_penalty(len(ids), alpha),
                list(ids),
            )
            for ids in every_sequence(4, N)
        )[::-1][:n_best]
        lengths, scores = found.lengths[row].view(-1), found.scores[row].view(-1)
        ids = found.ids[row].view(n_best, -1).tolist()
        for i, (score, best) in enumerate(ranked):
            assert ids[i][: lengths[i]] == best
            assert scores[i].item() == pytest.approx(score, rel=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 8), st.sampled_from([0.0, 0.6, 2.0]))
def test_a_beam_of_one_is_greedy(seed, n, alpha):
    model = ToyModel(5, seed)
    greedy = decode(model, None, PROMPT, max_new_tokens=n)
    beam = decode(model, None, PROMPT, max_new_tokens=n, strategy=Beam(1, alpha))
    assert torch.equal(greedy.ids, beam.ids)
    assert torch.equal(greedy.lengths, beam.lengths)
    assert torch.equal(greedy.stopped, beam.stopped)
    penalties = [length_penalty(n, alpha) for n in greedy.lengths.tolist()]
    torch.testing.assert_close(greedy.scores / torch.tensor(penalties), beam.scores)


@pytest.mark.parametrize("strategy", [Greedy(), Beam(3), Beam(4, n_best=2)])
def test_a_batch_gives_what_its_rows_give_alone(strategy):
    model = ToyModel(6, seed=3)
    prompts = torch.tensor([[1, i, j] for i in range(4) for j in range(3, 6)])
    options = {"max_new_tokens": 9, "strategy": strategy, "repetition_penalty": 1.2}
    together = decode(model, None, prompts, **options)
    alone = [decode(model, None, row[None], **options) for row in prompts]
    assert together.lists() == [row.lists()[0] for row in alone]
    assert len(set(together.lengths.flatten().tolist())) > 2  # they do end apart
    torch.testing.assert_close(
        together.scores, torch.cat([row.scores for row in alone])
    )


def test_greedy_takes_the_likeliest_token_and_scores_it():
    model = ToyModel(5, seed=1)
    found = decode(model, None, PROMPT, max_new_tokens=6)
    for row, prompt in enumerate(PROMPT.tolist()):
        new = found.ids[row, : found.lengths[row]].tolist()
        for t, token in enumerate(new):
            assert token == model.logits(prompt + new[:t]).argmax()
        expected = log_probability(model, prompt, new)
        assert found.scores[row].item() == pytest.approx(expected, rel=1e-10)


def test_sequences_that_ended_are_not_computed_again():
    model = ToyModel(5, seed=0)
    prompts = torch.cartesian_prod(torch.arange(3, 5), *[torch.arange(5)] * 2)[:40]
    found = decode(model, None, prompts, max_new_tokens=20)
    fed, going = model.rows_fed[1:], found.lengths
    for step, rows in enumerate(fed, start=1):
        needed = int((going > step).sum())
        assert needed <= rows <= needed * 8 / 7 + 1
    assert len(fed) == found.lengths.max() - 1


def test_what_follows_the_stop_token_is_padding():
    found = decode(ToyModel(5), None, PROMPT, max_new_tokens=12)
    assert found.stopped.any()
    for ids, length, stopped in zip(
        found.ids, found.lengths, found.stopped, strict=True
    ):
        assert (ids[length:] == Config.pad_id).all()
        assert (ids[length - 1] == EOS) == stopped
    assert found.lists() == [
        [token for token in ids[:length].tolist() if token != EOS]
        for ids, length in zip(found.ids, found.lengths, strict=True)
    ]


def test_stop_ids_replace_the_models_own():
    model = Fixed([0.1, 0.2, 0.4, 0.3])  # greedy says 2, the eos, for ever
    assert decode(model, None, PROMPT, max_new_tokens=5).lengths.tolist() == [1] * 3
    endless = decode(model, None, PROMPT, max_new_tokens=5, stop_ids=())
    assert endless.ids.tolist() == [[2] * 5] * 3 and not endless.stopped.any()
    two = decode(
        model, None, PROMPT, max_new_tokens=5, stop_ids=[0, 2], strategy=Beam(4)
    )
    assert two.stopped.all()


def test_stop_ids_that_can_be_read_once_stop_all_the_same():
    model, options = Fixed([0.1, 0.2, 0.4, 0.3]), {"max_new_tokens": 5}
    for prompt in (PROMPT, list(PROMPT)):
        found = decode(model, None, prompt, stop_ids=iter([2]), **options)
        assert found.lengths.tolist() == [1] * 3
    assert list(stream(model, PROMPT[0], stop_ids=iter([2]), **options)) == []


def test_prompts_of_several_lengths_come_back_in_their_order():
    model = ToyModel(6, seed=5)
    prompts = [torch.tensor(ids) for ids in ([1, 4, 3], [5], [1, 1], [3, 3, 3], [4])]
    for strategy in (Greedy(), Beam(3, n_best=2)):
        options = {"max_new_tokens": 7, "strategy": strategy}
        together = decode(model, None, prompts, **options)
        alone = [
            decode(model, None, row[None], **options).lists()[0] for row in prompts
        ]
        assert together.lists() == alone


def test_the_cache_never_needs_more_room_than_it_was_promised():
    model = ToyModel(4)  # asserts it at every step
    decode(model, None, PROMPT, max_new_tokens=3, stop_ids=(), strategy=Beam(2))
    assert model.max_length == 2 + 3 - 1


# Sampling


def test_top_k_keeps_the_k_likeliest_and_their_ratios():
    probabilities = torch.tensor([0.1, 0.4, 0.2, 0.3], dtype=torch.float64)
    kept = Sample(top_k=2).probabilities(probabilities.log())
    expected = torch.tensor([0, 0.4 / 0.7, 0, 0.3 / 0.7], dtype=torch.float64)
    torch.testing.assert_close(kept, expected, rtol=1e-10, atol=0)
    tie = keep_top_k(torch.zeros(2, 5), 3)
    assert (tie == 0).sum(-1).tolist() == [3, 3]
    assert torch.equal(keep_top_k(tie, 9), tie)


@pytest.mark.parametrize(
    "p, survivors", [(0.1, [1]), (0.39, [1]), (0.41, [1, 3]), (0.95, [0, 1, 2, 3])]
)
def test_top_p_keeps_the_smallest_set_that_holds_p(p, survivors):
    probabilities = torch.tensor([0.1, 0.4, 0.2, 0.3], dtype=torch.float64)
    kept = Sample(top_p=p).probabilities(probabilities.log())
    expected = torch.zeros(4, dtype=torch.float64)
    expected[survivors] = probabilities[survivors] / probabilities[survivors].sum()
    torch.testing.assert_close(kept, expected, rtol=1e-10, atol=0)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 1.0), st.integers(1, 12))
def test_top_p_equals_its_definition(seed, p, V):
    logits = torch.randn(V, generator=torch.Generator().manual_seed(seed)).double()
    probabilities = logits.softmax(-1).tolist()
    order = sorted(range(V), key=lambda i: -probabilities[i])
    wanted, total = set(), 0.0
    for i in order:
        wanted.add(i)
        total += probabilities[i]
        if total >= p:
            break
    kept = keep_top_p(logits, p)
    assert set(kept.isfinite().nonzero()[:, 0].tolist()) == wanted or p > 1 - 1e-9
    assert torch.equal(kept[kept.isfinite()], logits[kept.isfinite()])


def test_temperature_sharpens_as_its_formula_says():
    probabilities = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
    got = Sample(temperature=0.5).probabilities(probabilities.log())
    expected = probabilities.square() / probabilities.square().sum()
    torch.testing.assert_close(got, expected, rtol=1e-10, atol=0)


def test_samples_come_as_often_as_their_probability_says():
    probabilities = [0.05, 0.5, 0.15, 0.3]
    strategy = Sample(temperature=0.7, top_k=3, top_p=0.9)
    n = 4000
    found = decode(
        Fixed(probabilities), None, torch.ones(n, 1, dtype=torch.long),
        max_new_tokens=1, strategy=strategy, stop_ids=(),
        generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    share = torch.bincount(found.ids[:, 0], minlength=4) / n
    expected = strategy.probabilities(torch.tensor(probabilities).log())
    assert expected[0] == 0 and share[0] == 0
    assert (share - expected).abs().max() < 4 * math.sqrt(0.25 / n)
    own = torch.tensor(probabilities, dtype=torch.float64)[found.ids[:, 0]].log()
    torch.testing.assert_close(found.scores, own)  # the model's, not the filtered


def test_the_same_generator_gives_the_same_tokens_and_another_others():
    def sample(seed):
        generator = torch.Generator().manual_seed(seed)
        return decode(
            ToyModel(30), None, PROMPT, max_new_tokens=9, strategy=Sample(),
            generator=generator,
        ).lists()  # fmt: skip

    torch.manual_seed(1)
    first = sample(0)
    torch.manual_seed(2)
    assert first == sample(0) != sample(1)


def test_a_sample_among_one_is_greedy():
    model = ToyModel(9)
    greedy = decode(model, None, PROMPT, max_new_tokens=8)
    for strategy in (Sample(top_k=1), Sample(top_p=1e-6), Sample(temperature=1e-6)):
        sampled = decode(model, None, PROMPT, max_new_tokens=8, strategy=strategy)
        assert torch.equal(sampled.ids, greedy.ids)


# The repetition penalty


def test_the_penalty_makes_seen_tokens_less_likely_whatever_their_sign():
    logits = torch.tensor([[2.0, -2.0, 3.0, -3.0]])
    got = penalize_repetition(logits, torch.tensor([[0, 1, 1, 0]]), 2.0)
    assert got.tolist() == [[1.0, -4.0, 3.0, -3.0]]
    assert logits.tolist() == [[2.0, -2.0, 3.0, -3.0]]  # not changed in place


def test_the_penalty_counts_prompt_and_output():
    model = Fixed([0.3, 0.32, 0.08, 0.3])
    model.log_p = model.log_p + 5  # all positive, as logits may be
    options = {"max_new_tokens": 4, "stop_ids": (), "repetition_penalty": 100.0}
    found = decode(model, None, torch.tensor([[1]]), **options)
    assert sorted(found.ids[0, :3].tolist()) == [0, 2, 3]


# Streaming


@pytest.mark.parametrize("strategy", [Greedy(), Sample(top_k=3)])
def test_a_stream_yields_what_decode_returns(strategy):
    model = ToyModel(6, seed=2)

    def options():
        generator = torch.Generator().manual_seed(4)
        return {"max_new_tokens": 9, "strategy": strategy, "generator": generator}

    for prompt in PROMPT:
        tokens = list(stream(model, prompt, **options()))
        assert tokens == decode(model, None, prompt[None], **options()).lists()[0]


def test_a_stream_computes_a_token_only_when_asked():
    model = ToyModel(6, seed=2)
    tokens = stream(model, PROMPT[0], max_new_tokens=9, stop_ids=())
    assert model.rows_fed == []
    next(tokens), next(tokens)
    assert len(model.rows_fed) == 2
    assert torch.is_grad_enabled()


# Models


def seq2seq(attention="additive"):
    torch.manual_seed(0)
    config = RecurrentConfig(9, 9, attention=attention, d_model=8, d_hidden=8)
    return RecurrentSeq2Seq(config).double()


def test_a_model_is_decoded_in_eval_mode_and_left_as_it_was():
    model = seq2seq()
    model.encoder.eval()
    before = [module.training for module in model.modules()]
    source = torch.randint(3, 9, (3, 5))
    torch.manual_seed(0)
    first = decode(model, source, max_new_tokens=6)
    torch.manual_seed(1)
    assert torch.equal(first.scores, decode(model, source, max_new_tokens=6).scores)
    assert [module.training for module in model.modules()] == before
    list(stream(model, source=source[0], max_new_tokens=3))
    assert [module.training for module in model.modules()] == before


@pytest.mark.parametrize("strategy", [Greedy(), Beam(2)])
def test_no_gradient_is_kept(strategy):
    source = torch.full((1, 3), 4)
    found = decode(seq2seq(), source, max_new_tokens=3, strategy=strategy)
    assert not found.scores.requires_grad


# Errors


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda m: decode(m, None, PROMPT, max_new_tokens=0), "max_new_tokens"),
        (lambda m: decode(m, None, PROMPT, max_new_tokens=2.0), "max_new_tokens"),
        (lambda m: decode(m, None, PROMPT[0], max_new_tokens=2), "prompt"),
        (lambda m: decode(m, None, PROMPT[:, :0], max_new_tokens=2), "prompt"),
        (lambda m: decode(m, None, PROMPT.float(), max_new_tokens=2), "prompt"),
        (lambda m: decode(m, None, [], max_new_tokens=2), "prompt"),
        (lambda m: decode(m, PROMPT[:2], PROMPT, max_new_tokens=2), "prompt"),
        (lambda m: decode(m, PROMPT.float(), max_new_tokens=2), "source"),
        (lambda m: decode(m, max_new_tokens=2, strategy="greedy"), "strategy"),
        (
            lambda m: decode(m, None, PROMPT, max_new_tokens=2, repetition_penalty=0.0),
            "repetition_penalty",
        ),
        (lambda m: decode(m, None, PROMPT, max_new_tokens=2, stop_ids=[9]), "stop_ids"),
        (
            lambda m: decode(m, None, PROMPT, max_new_tokens=2, stop_ids=[-1]),
            "stop_ids",
        ),
        (lambda m: stream(m, PROMPT, max_new_tokens=2), "prompt"),
        (
            lambda m: stream(m, PROMPT[0], max_new_tokens=2, strategy=Beam(2)),
            "strategy",
        ),
        (lambda m: Beam(0), "size"),
        (lambda m: Beam(2, n_best=3), "n_best"),
        (lambda m: Beam(2, math.nan), "length_penalty"),
        (lambda m: Sample(temperature=0.0), "temperature"),
        (lambda m: Sample(top_k=0), "top_k"),
        (lambda m: Sample(top_p=0.0), "top_p"),
        (lambda m: Sample(top_p=1.5), "top_p"),
    ],
)
def test_a_wrong_argument_is_named(call, words, own_checks_only):
    with pytest.raises((ValueError, TypeError), match=words):
        call(ToyModel(4))


def test_without_a_bos_a_prompt_is_asked_for():
    model = ToyModel(4)
    model.config = object()
    with pytest.raises(ValueError, match="prompt must be given"):
        decode(model, max_new_tokens=2)
