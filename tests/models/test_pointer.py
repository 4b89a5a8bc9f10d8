"""A Transformer that copies: its mixture is a distribution, and reaches new words."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from n2t.decoding import Beam, decode
from n2t.models import PointerConfig, PointerTransformer, Transformer
from n2t.models.pointer import Parts, copy_mixture

V = 12
small = {"d_model": 8, "n_head": 2, "n_layer": 2, "d_ff": 12, "dropout": 0.0}


def made(**options):
    torch.manual_seed(0)
    model = PointerTransformer(PointerConfig(V, V, **small | options))
    return model.double().eval()


SOURCE = torch.tensor([[5, V, 6, V, V + 1, 7], [6, 6, V, 0, 0, 0]])
TARGET = torch.tensor([[1, 5, V, 4], [1, V, 6, 8]])


def by_hand(parts, source, n_extra):
    """The mixture word by word."""
    B, T, words = parts.written.shape
    found = torch.zeros(B, T, words + n_extra, dtype=parts.written.dtype)
    for b in range(B):
        for t in range(T):
            p = parts.p_gen[b, t, 0]
            for w in range(words + n_extra):
                if w < words:
                    found[b, t, w] = p * parts.written[b, t, w]
                for i, word in enumerate(source[b].tolist()):
                    if word == w:
                        found[b, t, w] += (1 - p) * parts.weights[b, t, i]
    return found


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**31), st.integers(1, 4), st.integers(1, 7), st.integers(0, 3))
def test_the_mixture_is_that_of_the_paper_word_by_word(seed, B, Ts, n_extra):
    generator = torch.Generator().manual_seed(seed)

    def random(*shape):
        return torch.rand(*shape, generator=generator, dtype=torch.float64)

    written, weights = random(B, 3, 5).softmax(-1), random(B, 3, Ts).softmax(-1)
    parts = Parts(written, weights, random(B, 3, 1))
    source = torch.randint(5 + n_extra, (B, Ts), generator=generator)
    got = copy_mixture(parts, source, n_extra)
    torch.testing.assert_close(got, by_hand(parts, source, n_extra), atol=1e-12, rtol=0)
    torch.testing.assert_close(got.sum(-1), torch.ones_like(got[..., 0]))


def test_probabilities_sum_to_one():
    p = made()(SOURCE, TARGET).exp()
    assert p.shape == (2, 4, V + 2)
    torch.testing.assert_close(p.sum(-1), torch.ones(2, 4).double(), atol=1e-12, rtol=0)


def test_a_word_that_only_the_source_knows_can_be_written():
    model = made()
    with torch.no_grad():
        model.switch.bias.fill_(-50.0)  # copy, always
    p = model(SOURCE, TARGET).exp()
    assert (p[0, :, V] > 0.01).all()
    assert (p[0, :, V + 1] > 0.01).all()
    assert (p[1, :, V + 1] < 1e-300).all()  # the other row's word
    got = decode(model, SOURCE[:1], max_new_tokens=4).ids
    assert set(got[0].tolist()) <= set(SOURCE[0].tolist())


def test_a_switch_that_never_copies_gives_the_transformer():
    model = made()
    with torch.no_grad():
        model.switch.bias.fill_(50.0)
    known = SOURCE.where(SOURCE < V, 3)
    given = TARGET.where(TARGET < V, 3)
    wanted = model.body(known, given).log_softmax(-1)
    torch.testing.assert_close(model(SOURCE, TARGET)[..., :V], wanted)


def test_padding_is_never_pointed_at():
    parts = made().parts(SOURCE, TARGET)
    assert (parts.weights[1, :, 3:] == 0).all()
    torch.testing.assert_close(parts.weights.sum(-1), torch.ones(2, 4).double())


def test_more_padding_changes_nothing():
    model = made()
    wide = F.pad(SOURCE, (0, 3))
    torch.testing.assert_close(model(wide, TARGET), model(SOURCE, TARGET))


def test_all_its_gradients_are_those_of_central_differences():
    model = made(n_layer=1)
    names, weights = zip(*model.named_parameters(), strict=True)

    def loss(*values):
        called = dict(zip(names, values, strict=True))
        z = torch.func.functional_call(model, called, (SOURCE, TARGET[:, :-1]))
        return F.cross_entropy(z.transpose(1, 2), TARGET[:, 1:])

    assert torch.autograd.gradcheck(loss, weights, fast_mode=True)


def test_gradients_are_finite_where_a_probability_is_zero():
    model = made().float()
    model(SOURCE, TARGET)[..., :V].sum().backward()
    assert all(
        p.grad.isfinite().all() for p in model.parameters() if p.grad is not None
    )


@pytest.mark.parametrize("strategy", [None, Beam(3)])
def test_decoding_with_a_cache_is_the_whole_pass(strategy):
    model = made()
    out = decode(model, SOURCE, max_new_tokens=5, strategy=strategy, stop_ids=())
    begun = F.pad(out.ids, (1, 0), value=1)[:, :-1]
    log_p = model(SOURCE, begun).gather(-1, out.ids[..., None])[..., 0]
    wanted = log_p.sum(1)
    if strategy is not None:
        wanted = wanted / ((5 + 5) / 6) ** 0.6
    torch.testing.assert_close(out.scores.double(), wanted)


def test_greedy_takes_the_likeliest_at_each_step():
    model = made()
    out = decode(model, SOURCE, max_new_tokens=5, stop_ids=())
    begun = F.pad(out.ids, (1, 0), value=1)[:, :-1]
    assert torch.equal(model(SOURCE, begun).argmax(-1), out.ids)


@pytest.mark.parametrize("dtype", [None, torch.int8])
def test_it_is_saved_and_read_again(tmp_path, dtype):
    model = made(tie_embeddings="all").float()
    model.save_pretrained(tmp_path, dtype=dtype)
    again = PointerTransformer.from_pretrained(tmp_path)
    assert again.config == model.config
    assert again.body.output.weight is again.body.encoder.embedding.table.weight
    tolerance = 1e-6 if dtype is None else 0.05
    gap = (again(SOURCE, TARGET) - model(SOURCE, TARGET))[..., :V].abs().max()
    assert gap < tolerance


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match=r"source_vocab_size \(10\) and .* differ"):
        PointerConfig(10, 11, **small)
    with pytest.raises(ValueError, match=r"unk_id \(12\)"):
        PointerConfig(V, V, unk_id=12, **small)
    with pytest.raises(TypeError, match="PointerConfig"):
        PointerTransformer(Transformer.config_class(V, V, **small))
    with pytest.raises(ValueError, match="copies from one"):
        made().start(None)
