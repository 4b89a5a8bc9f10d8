"""A prepared form gives what the model itself gives, in every logit and every id."""

import pytest
import torch
from laws.subjects import GENERATORS, PAD, VOCABULARY, shaken

from n2t import laws
from n2t.decoding import Beam, Greedy, Sample, decode, loop, stream
from n2t.masks import padding_mask
from n2t.models import DecoderOnly, DecoderOnlyConfig, Transformer, TransformerConfig
from n2t.models.prepared import Prepared, layers

SUBJECTS = [s for s in GENERATORS if hasattr(s.make(), "prepare")]
EXACT = {torch.float64: 1e-10, torch.float32: 1e-5}
each_dtype = pytest.mark.parametrize("dtype", EXACT, ids=lambda t: str(t)[6:])
each_subject = pytest.mark.parametrize("subject", SUBJECTS, ids=str)


def ids(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(3, VOCABULARY, shape, generator=generator)


def sources(subject, rows):
    if not subject.source:
        return None
    source = ids(rows, 5, seed=1)
    source[rows // 2 :, 3:] = PAD
    return source


def plainly(monkeypatch, *arguments, **options):
    """What `decode` gives without the prepared form."""
    with monkeypatch.context() as patch:
        patch.setattr(loop, "_ready", lambda model, n_row: model)
        return decode(*arguments, **options)


@each_subject
@each_dtype
@pytest.mark.parametrize("rows", [1, 3])
def test_logits_are_the_models_own(subject, dtype, rows):
    model = shaken(subject.make(), dtype).eval()
    source, target = sources(subject, rows), ids(rows, 8)
    form = model.prepare(rows)
    assert isinstance(form, Prepared)
    states = [m.start(source, rows, 8) for m in (model, form)]
    for piece in target.split([3, 1, 1, 2, 1], dim=1):
        with torch.no_grad():
            wanted = model.step(piece, states[0])
        found = form.step(piece, states[1])
        torch.testing.assert_close(found, wanted, rtol=0, atol=EXACT[dtype])
        assert not found.requires_grad


@each_subject
@pytest.mark.parametrize("strategy", [Greedy(), Beam(3, n_best=2), Sample(top_k=4)])
@pytest.mark.parametrize("rows", [1, 4])
def test_ids_are_the_models_own(subject, strategy, rows, monkeypatch):
    """Some rows end with a stop token and leave the batch."""
    model = shaken(subject.make(), torch.float32)
    source, prompt = sources(subject, rows), ids(rows, 2, seed=3)

    def options():
        generator = torch.Generator().manual_seed(5)
        return {
            "max_new_tokens": 10, "strategy": strategy, "stop_ids": [4, 5],
            "repetition_penalty": 1.1, "generator": generator,
        }  # fmt: skip

    wanted = plainly(monkeypatch, model, source, prompt, **options())
    found = decode(model, source, prompt, **options())
    assert torch.equal(found.ids, wanted.ids)
    assert torch.equal(found.lengths, wanted.lengths)
    torch.testing.assert_close(found.scores, wanted.scores, rtol=0, atol=1e-5)


@each_subject
def test_prompts_of_several_lengths_and_streams(subject, monkeypatch):
    model = shaken(subject.make(), torch.float32)
    prompts = [ids(n, seed=n) for n in (3, 1, 3, 2)]
    source, options = sources(subject, 4), {"max_new_tokens": 7, "stop_ids": [4]}
    wanted = plainly(monkeypatch, model, source, prompts, **options)
    assert torch.equal(decode(model, source, prompts, **options).ids, wanted.ids)
    one = None if source is None else source[0]
    said = list(stream(model, prompts[0], source=one, **options))
    assert said == wanted.lists()[0]


@each_subject
def test_a_prepared_cache_does_not_matter(subject):
    model, target = shaken(subject.make(), torch.float64), ids(3, 7)
    source = sources(subject, 3)

    def begin():
        form = model.prepare(3)
        state = form.start(source, 3, 7)
        return lambda piece: form.step(piece, state)

    run = subject.run(model, source)
    laws.cache_does_not_matter(run, begin, target, [3, 1, 1, 2])


@each_subject
def test_rows_in_any_order_go_on_as_the_models_own(subject):
    """Twice as many, back to some, rows of one source apart from each other."""
    model = shaken(subject.make(), torch.float64)
    source, form = sources(subject, 3), model.prepare(3)
    states = [m.start(source, 3, 9) for m in (model, form)]
    orders = [None, [0, 0, 1, 1, 2, 2], [1, 0, 3, 3, 4, 5], [2, 3, 5, 5], [3, 0, 2, 1]]
    orders.append([0, 0, 1, 3, 3])  # not as many rows for each source
    rows = 3
    for n, order in enumerate(orders):
        if order is not None:
            for state in states:
                state.reorder(torch.tensor(order))
            rows = len(order)
        piece = ids(rows, 2 if n == 3 else 1, seed=n)
        with torch.no_grad():
            wanted = model.step(piece, states[0])
        found = form.step(piece, states[1])
        torch.testing.assert_close(found, wanted, rtol=0, atol=1e-10)


SIZES = {"d_model": 24, "n_head": 4, "n_kv_head": 2, "n_layer": 2, "d_ff": 12}
TOGETHER = {
    "alibi": DecoderOnlyConfig(VOCABULARY, position="alibi", **SIZES),
    "norms": TransformerConfig(
        VOCABULARY, VOCABULARY, normalize_query_key=True, **SIZES
    ),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_settings_that_meet_in_shared_heads(name):
    """Biases of each head, and normalized keys of a source."""
    config = TOGETHER[name]
    kind = DecoderOnly if name == "alibi" else Transformer
    model = shaken(kind(config), torch.float64).eval()
    source = None if name == "alibi" else ids(2, 5, seed=1)
    form = model.prepare(2)
    states = [m.start(source, 2, 6) for m in (model, form)]
    for piece in ids(2, 6).split([2, 1, 1, 2], dim=1):
        with torch.no_grad():
            wanted = model.step(piece, states[0])
        torch.testing.assert_close(
            form.step(piece, states[1]), wanted, rtol=0, atol=1e-10
        )


def test_beams_of_one_source_share_its_keys():
    subject = next(s for s in SUBJECTS if s.source)
    model = shaken(subject.make(), torch.float64)
    state = model.prepare(8).start(sources(subject, 2), 2, 5)
    before = state.sources.kept[0][0]
    state.reorder(torch.tensor([0, 0, 0, 0, 1, 1, 1, 1]))
    state.reorder(torch.tensor([3, 3, 0, 1, 4, 7, 7, 7]))
    assert state.sources.kept[0][0] is before and state.sources.width == 4
    assert torch.equal(state.sources.mask, padding_mask(sources(subject, 2), PAD))


def test_the_cache_takes_what_its_formula_says():
    config = DecoderOnlyConfig(
        30, d_model=24, n_head=4, n_kv_head=2, d_k=8, d_v=4, n_layer=3, d_ff=12
    )
    state = DecoderOnly(config).prepare(5).start(None, 5, 11)
    assert state.n_byte == 5 * 3 * 2 * 11 * (8 + 4) * 4  # rows L H_kv T (d_k + d_v)


def test_what_does_not_fit_is_refused(own_checks_only):
    config = DecoderOnlyConfig(30, d_model=8, n_head=2, n_layer=1, d_ff=8)
    form = DecoderOnly(config).prepare(2)
    state = form.start(None, 2, 3)
    with pytest.raises(ValueError, match="ids holds 30"):
        form.step(torch.tensor([[1], [30]]), state)
    form.step(torch.tensor([[1, 2], [3, 4]]), state)
    with pytest.raises(ValueError, match="max_length"):
        form.step(torch.tensor([[1, 2], [3, 4]]), state)
    with pytest.raises(ValueError, match="batch of 2, got 1"):
        form.step(torch.tensor([[1]]), state)
    with pytest.raises(ValueError, match="source must be None"):
        form.start(torch.tensor([[1]]))


@each_subject
@pytest.mark.parametrize("lengths", [[6], [3, 4]])
def test_a_prompt_longer_than_one_asks_the_last_layer_for_its_last_place(
    subject, lengths, monkeypatch
):
    """And so it does where a part of the prompt was read before."""
    model = shaken(subject.make(), torch.float64).eval()
    form, source = model.prepare(2), sources(subject, 2)
    state, seen = form.start(source, 2, 8), []
    attended = layers.attend
    monkeypatch.setattr(
        layers, "attend", lambda q, *a: seen.append(q.shape[2]) or attended(q, *a)
    )
    for piece in ids(2, sum(lengths)).split(lengths, 1):
        seen.clear()
        form.step(piece, state)
        each = 2 if source is not None else 1  # and attention to the source
        n_last = seen[-each:]
        assert n_last == [1] * each
        assert seen[:-each] == [piece.shape[1]] * (len(seen) - each)
        assert len(seen) == each * len(form.parts.layers)


def test_of_a_mask_the_last_layer_has_the_last_row_or_none():
    bias = torch.arange(12.0).view(1, 1, 3, 4)
    turned = torch.ones(3, 1, 2, dtype=torch.complex64)
    one = layers.Pass(1, turned, bias).ending()
    assert one.mask.tolist() == [[[[8.0, 9.0, 10.0, 11.0]]]]
    assert one.past == 1 and one.turn is turned and one.last
    hidden = layers.Pass(0, None, torch.ones(3, 4, dtype=torch.bool).tril(1))
    assert hidden.ending().mask is None
    assert not layers.Pass(0, None, None, causal=True).ending().causal
