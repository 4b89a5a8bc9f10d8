"""The encoder-decoder: equal to torch's, cached = uncached, counted, read and shown."""

import pytest
import torch
from copying import assert_gradients_equal, copy, layer_pairs, module_pairs, randomize
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from n2t.masks import causal_mask
from n2t.models import Transformer, TransformerConfig
from n2t.positions import KINDS

close = {"atol": 1e-10, "rtol": 1e-10}
small = {"d_model": 8, "n_head": 2, "n_layer": 2, "d_ff": 12, "max_length": 16}
source = torch.tensor([[3, 4, 5, 6, 7], [8, 9, 10, 0, 0]])
target = torch.tensor([[1, 5, 6, 7], [1, 8, 9, 2]])


def made(**options):
    torch.manual_seed(0)
    fields = small | {"dropout": 0.0} | options
    return Transformer(TransformerConfig(11, 13, **fields)).double()


def pairs(ours, theirs):
    for kind in ("encoder", "decoder"):
        stacks = getattr(ours, kind).layers, getattr(theirs, kind).layers
        for our_layer, their_layer in zip(*stacks, strict=True):
            yield from layer_pairs(our_layer, their_layer)
        if ours.config.norm_first:
            yield from module_pairs(
                getattr(ours, kind).norm, getattr(theirs, kind).norm
            )


def torchs(norm_first):
    """torch's model; its post-norm form has a final norm that the paper's has not."""
    options = {"batch_first": True, "norm_first": norm_first, "dropout": 0.0}
    encoder = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(8, 2, 12, **options),
        num_layers=2,
        norm=nn.LayerNorm(8),
        enable_nested_tensor=False,
    )
    theirs = nn.Transformer(8, 2, 2, 2, 12, custom_encoder=encoder, **options)
    if not norm_first:
        theirs.encoder.norm = theirs.decoder.norm = None
    return randomize(theirs).double()


@pytest.mark.parametrize("norm_first", [False, True])
def test_equals_torch_transformer_with_its_gradients(norm_first):
    ours, theirs = made(norm_first=norm_first), torchs(norm_first)
    copy(pairs(ours, theirs))
    wanted = theirs(
        ours.encoder.embedding(source),
        ours.decoder.embedding(target),
        tgt_mask=~causal_mask(4),
        src_key_padding_mask=source == 0,
        memory_key_padding_mask=source == 0,
    )
    got = ours.features(source, target)
    torch.testing.assert_close(got, wanted, **close)
    torch.testing.assert_close(ours(source, target), ours.output(wanted), **close)
    probe = torch.randn_like(got)
    (got * probe).sum().backward()
    tables = [ours.encoder.embedding.table.weight, ours.decoder.embedding.table.weight]
    own = [table.grad.clone() for table in tables]
    for table in tables:
        table.grad = None
    (wanted * probe).sum().backward()
    assert_gradients_equal(pairs(ours, theirs))
    torch.testing.assert_close(own, [table.grad for table in tables], **close)


@pytest.mark.parametrize("position", KINDS)
@pytest.mark.parametrize("norm_first", [False, True])
def test_step_by_step_equals_all_at_once(position, norm_first):
    model = made(position=position, norm_first=norm_first, n_kv_head=1, d_v=3).eval()
    whole = model(source, target)
    for steps in ([1, 1, 1, 1], [2, 1, 1], [3, 1]):
        state = model.start(source, 2, 4)
        logits = [model.step(part, state) for part in target.split(steps, dim=1)]
        ends = torch.tensor(steps).cumsum(0) - 1
        torch.testing.assert_close(torch.stack(logits, 1), whole[:, ends], **close)


def test_reordered_states_go_on_as_those_rows():
    model = made(position="rotary").eval()
    rows = torch.tensor([1, 1, 0])
    state = model.start(source, 2, 4)
    model.step(target[:, :2], state)
    state.reorder(rows)
    got = model.step(target[rows][:, 2:3], state)
    wanted = model(source[rows], target[rows])[:, 2]
    torch.testing.assert_close(got, wanted, **close)


def test_a_mask_that_hides_nothing_changes_nothing():
    model = made().eval()
    unpadded = source[:1]
    without = model.encode(unpadded)
    hidden = model.encoder(unpadded, torch.ones(1, 1, 1, 5).bool())
    torch.testing.assert_close(without, hidden, **close)


def test_embeddings_are_scaled_by_the_root_of_d_model_before_positions_are_added():
    embedding = made().encoder.embedding
    positions = embedding.positions.table[:5].double()
    wanted = embedding.table.weight[source] * 8**0.5 + positions
    torch.testing.assert_close(embedding(source), wanted, **close)
    wide = Transformer(TransformerConfig(500, 500, n_layer=1)).encoder.embedding
    assert abs(float((wide.table.weight.detach() * 512**0.5).std()) - 1) < 0.02


def test_embeddings_are_tied_as_asked():
    for tie, tables in {"none": 3, "target": 2, "all": 1}.items():
        model = Transformer(TransformerConfig(11, 11, tie_embeddings=tie, **small))
        embedded = (model.encoder.embedding.table, model.decoder.embedding.table)
        assert len({id(part.weight) for part in (*embedded, model.output)}) == tables
    # one table of 11 × 8 instead of three
    untied = Transformer(TransformerConfig(11, 11, **small)).n_parameters()
    assert untied - model.n_parameters() == 2 * 11 * 8


def test_parameters_are_as_many_as_the_formula_says():
    D, F, V, L = 512, 2048, 37_000, 6
    attention = 4 * (D * D + D)
    feed_forward = 2 * D * F + F + D
    encoder = attention + feed_forward + 2 * 2 * D
    decoder = 2 * attention + feed_forward + 3 * 2 * D
    with torch.device("meta"):
        model = Transformer(TransformerConfig(V, V, tie_embeddings="all"))
    assert model.n_parameters() == V * D + L * (encoder + decoder)


@pytest.mark.parametrize("options", [{}, {"n_kv_head": 1, "d_k": 3, "d_v": 5}])
def test_operations_are_as_many_as_torch_counts(options):
    model = made(activation="swiglu", n_decoder_layer=3, **options)
    full = source.clamp(min=1)
    with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):
        model(full, target)
    assert model.forward_flops(2, 5, 4) == counter.get_total_flops()


def test_attention_maps_are_what_the_model_used():
    model = made().train()
    maps = model.attention_maps(source, target)
    assert model.training, "the mode is given back"
    assert sorted(maps) == sorted(
        [f"encoder.layers.{i}.self_attention" for i in range(2)]
        + [f"decoder.layers.{i}.{kind}_attention" for i in range(2)
           for kind in ("self", "cross")]
    )  # fmt: skip
    for name, weights in maps.items():
        Tq, Tk = (5, 5) if "encoder" in name else (4, 5 if "cross" in name else 4)
        assert weights.shape == (2, 2, Tq, Tk)
        ones = torch.ones(2, 2, Tq).double()
        torch.testing.assert_close(weights.sum(-1), ones, **close)
    assert (maps["decoder.layers.0.self_attention"].triu(1) == 0).all()
    assert (maps["decoder.layers.1.cross_attention"][1, :, :, 3:] == 0).all()
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_the_articles_call():
    config = TransformerConfig.from_article(11, 13, 2, 3, 6, 5, 8, 0.2, max_length=9)
    model = Transformer(config)
    assert model(source, target).shape == (2, 4, 13)
    assert len(model.encoder.layers) == len(model.decoder.layers) == 3
    attention = model.decoder.layers[2].cross_attention
    assert (attention.n_head, attention.d_k, attention.d_v) == (2, 6, 5)
    assert config.dropout == 0.2 and config.d_ff == 32 and config.max_length == 9


def test_the_first_logits_are_of_the_size_of_a_fair_guess():
    torch.manual_seed(0)
    model = Transformer(TransformerConfig(500, 500, tie_embeddings="all", n_layer=2))
    ids = torch.randint(3, 500, (4, 12))
    loss = nn.functional.cross_entropy(model(ids, ids).flatten(0, 1), ids.flatten())
    assert loss < 2 * torch.tensor(500.0).log()


model = made()
ids = torch.ones(2, 4, dtype=torch.long)
WRONG = {
    "source of floats": (
        lambda: model(source.float(), target),
        TypeError, "source.*float",
    ),
    "target of one row": (
        lambda: model(source, target[0]),
        ValueError, r"target.*\(B, T\)",
    ),
    "id too high": (
        lambda: model(source, target + 9),
        ValueError, "target holds 18.*12",
    ),
    "id below 0": (lambda: model(source - 1, target), ValueError, "source holds -1"),
    "empty batch": (
        lambda: model(source[:0], target[:0]),
        ValueError, "source is empty",
    ),
    "length 0": (lambda: model(source, target[:, :0]), ValueError, "target is empty"),
    "other batches": (
        lambda: model(source, target[:1]),
        ValueError, "source has 2 rows",
    ),
    "source too long": (
        lambda: model(ids.repeat(1, 5), target),
        ValueError, r"20, beyond max_length \(16\)",
    ),
    "no source": (lambda: model.start(None, 2, 4), ValueError, "source must be given"),
    "another batch size": (
        lambda: model.start(source, 3, 4), ValueError, r"batch_size \(3\).*2",
    ),
    "no room": (lambda: model.start(source, 2, 0), ValueError, r"max_length \(0\)"),
    "list": (lambda: model.encode([[1, 2]]), TypeError, "source.*list"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_input_is_named(name, own_checks_only):
    call, kind, words = WRONG[name]
    with pytest.raises(kind, match=words):
        call()
