"""The suite is itself tested: for each law a known mistake, which the law must catch.

Most of these mistakes were once published in code that many people ran.
"""

from functools import partial

import pytest
import torch
from laws.subjects import PAD, VOCABULARY, D, shaken
from laws.test_attention_laws import drawn
from torch import nn

import n2t.laws.decoding
from n2t import laws
from n2t.blocks import EncoderLayer
from n2t.cache import KeyValueCache
from n2t.decoding import Beam, Greedy
from n2t.models import DecoderOnly, DecoderOnlyConfig, EncoderOnly, EncoderOnlyConfig
from n2t.models.recurrent import RecurrentConfig, RecurrentSeq2Seq
from n2t.models.state import TransformerState

DOUBLE = torch.float64


def attention(q, k, v, mask, *, scale=None, mend=True, softmax=None, fill=None):
    """Right, unless an argument says otherwise."""
    scores = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)
    alive = mask.any(-1, keepdim=True)
    hidden = alive & ~mask if mend else ~mask
    scores = scores.masked_fill(hidden, -torch.inf if fill is None else fill)
    weights = scores.softmax(-1) if softmax is None else softmax(scores)
    return (weights.masked_fill(~alive, 0) if mend else weights) @ v


def with_places_in_the_keys(query, key, value, mask):
    places = torch.arange(key.shape[1])[:, None]
    return attention(query, key + places, value, mask)


def masked_after_the_softmax(query, key, value, mask):
    scores = query @ key.mT * query.shape[-1] ** -0.5
    return (scores.softmax(-1) * mask) @ value


def zeros_forward_but_nan_backward(query, key, value, mask):
    scores = query @ key.mT + torch.where(mask, 0.0, -torch.inf)
    return scores.softmax(-1).nan_to_num(0.0) @ value


def over_the_queries(scores):
    return scores.softmax(-2).nan_to_num(0.0)


def over_all_queries(scores):
    return scores.flatten(1).softmax(-1).view_as(scores)


ON_ATTENTION = {
    "an inverted mask": (
        laws.hidden_keys_do_not_matter,
        lambda q, k, v, mask: attention(q, k, v, ~mask),
    ),
    "a fill that is not low enough": (
        laws.hidden_keys_do_not_matter,
        partial(attention, fill=-10.0),
    ),
    "a mask after the softmax": (
        laws.hidden_keys_do_not_matter,
        masked_after_the_softmax,
    ),
    "softmax over the queries": (
        laws.equal_values_come_back,
        partial(attention, softmax=lambda scores: scores.softmax(-2)),
    ),
    "softmax over queries and keys together": (
        laws.queries_stand_alone,
        partial(attention, softmax=over_all_queries),
    ),
    "no division by √d_k": (laws.width_does_not_sharpen, partial(attention, scale=1.0)),
    "division by d_k": (laws.width_does_not_sharpen, partial(attention, scale=1 / D)),
    "a constant that widens the result": (
        laws.dtype_does_not_matter,
        lambda *inputs: attention(*inputs).double(),
    ),
    "keys that know their place": (laws.order_of_keys_is_free, with_places_in_the_keys),
    "an empty row gives NaN": (
        laws.hidden_row_gives_zeros,
        partial(attention, mend=False),
    ),
    "an empty row averages all values": (
        laws.hidden_row_gives_zeros,
        partial(attention, mend=False, fill=-1e9),
    ),
    "an empty row has a NaN gradient": (
        laws.hidden_row_breaks_no_gradient,
        zeros_forward_but_nan_backward,
    ),
    "an empty row has a gradient to its query": (
        laws.hidden_row_breaks_no_gradient,
        lambda q, k, v, mask: attention(q, k, v, torch.ones_like(mask)),
    ),
    "an empty row takes its share of a key": (
        laws.hidden_row_gives_zeros,
        partial(attention, mend=False, softmax=over_the_queries),
    ),
    "dropout that is left on": (
        laws.asking_again_changes_nothing,
        lambda *inputs: nn.functional.dropout(attention(*inputs), 0.5),
    ),
    "an answer that is NaN": (
        laws.asking_again_changes_nothing,
        lambda *inputs: attention(*inputs) * torch.nan,
    ),
    "a query that is scaled in place": (
        laws.asking_again_changes_nothing,
        lambda q, k, v, mask: attention(q.mul_(0.5), k, v, mask),
    ),
    "a mask that is turned round in place": (
        laws.asking_again_changes_nothing,
        lambda q, k, v, mask: attention(q, k, v, ~mask.logical_not_()),
    ),
}


@pytest.mark.parametrize("name", ON_ATTENTION)
def test_a_broken_attention_is_caught(name):
    law, attend = ON_ATTENTION[name]
    law(attention, *drawn(DOUBLE, 0))
    with pytest.raises(laws.BrokenLaw):
        law(attend, *drawn(DOUBLE, 0))


# Sequences and models


def causal(diagonal, from_left=False):
    """Self-attention whose triangle starts on another diagonal."""

    def attend(query, key, value):
        Tq, Tk = query.shape[1], key.shape[1]
        place = diagonal + (0 if from_left else Tk - Tq)
        mask = torch.ones(Tq, Tk, dtype=torch.bool).tril(place)
        return attention(query, key, value, mask.expand(len(query), -1, -1))

    return attend


def x(B=3, T=6):
    return torch.randn(B, T, D, generator=torch.Generator().manual_seed(0)).double()


def ids(B=3, T=6):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(3, VOCABULARY, (B, T), generator=generator)


SMALL = {"d_model": D, "n_head": 2, "n_layer": 2, "d_ff": 12, "max_length": 24}


def gpt(**options):
    return shaken(DecoderOnly(DecoderOnlyConfig(VOCABULARY, **SMALL | options)), DOUBLE)


def bert(**options):
    return shaken(EncoderOnly(EncoderOnlyConfig(VOCABULARY, **SMALL | options)), DOUBLE)


def seq2seq():
    config = RecurrentConfig(
        VOCABULARY, VOCABULARY, d_model=D, d_hidden=D, attention="dot"
    )
    return shaken(RecurrentSeq2Seq(config), DOUBLE)


def run_causal_mask(law, diagonal):
    attend = causal(diagonal)
    law(lambda x: attend(x, x, x), x(), 3)


def run_padding(hide):
    table, layer = x(1, VOCABULARY)[0], shaken(EncoderLayer(D, 2, 12), DOUBLE)
    run = lambda ids: layer(table[ids], hide(ids != PAD))  # noqa: E731
    laws.padding_does_not_matter(run, ids(), torch.full((3, 2), PAD))


def run_source_padding(model):
    run = lambda source: model(source, ids())  # noqa: E731
    laws.padding_does_not_matter(run, ids(), torch.full((3, 2), PAD))


def run_cache(model):
    def begin():
        state = model.start(None, 3, 6)
        return lambda piece: model.step(piece, state)

    laws.cache_does_not_matter(model, begin, ids(), [1] * 6)


def run_norm(law, norm_first):
    layer = shaken(EncoderLayer(D, 2, 12, norm_first=norm_first), DOUBLE)
    law(layer, lambda layer, x: layer(x), x())


def batch_norm(x):
    return (x - x.mean((0, 1))) / x.std((0, 1))


class AlwaysDropping(nn.Module):
    def forward(self, x):
        return nn.functional.dropout(x, 0.5)


def run_eval(module):
    laws.eval_is_deterministic(module, module, x())


def run_all_padding(model):
    laws.every_gradient_is_finite(model, model, torch.full((2, 4), PAD))


def lengths_forgotten(monkeypatch):
    full = lambda self, source: torch.full((len(source),), source.shape[1])  # noqa: E731
    monkeypatch.setattr(RecurrentSeq2Seq, "_lengths", full)


def cache_forgets_its_first_key(monkeypatch):
    def contents(self):
        kept = slice(int(self.length > 1), self.length)
        return self._keys[:, :, kept], self._values[:, :, kept]

    monkeypatch.setattr(KeyValueCache, "contents", contents)


def cached_positions_start_again(monkeypatch):
    monkeypatch.setattr(TransformerState, "length", property(lambda self: 0))


def cached_positions_are_one_behind(monkeypatch):
    length = property(lambda self: max(0, self.own[0].length - 1))
    monkeypatch.setattr(TransformerState, "length", length)


def mean_over_no_tokens(monkeypatch):
    def pool(self, x, ids):
        real = (ids != self.config.pad_id)[..., None]
        return (x * real).sum(1) / real.sum(1)

    monkeypatch.setattr(EncoderOnly, "pool", pool)


def a_beam_of_one_keeps_two(monkeypatch):
    monkeypatch.setattr(n2t.laws.decoding, "Beam", lambda size: Beam(size + 1))


def the_cache_is_reordered_wrongly(monkeypatch):
    reorder = TransformerState.reorder
    monkeypatch.setattr(
        TransformerState, "reorder", lambda self, rows: reorder(self, rows.flip(0))
    )


NOTHING = lambda monkeypatch: None  # noqa: E731

# name: (law, what runs it with nothing broken, what breaks it, what runs it then)
ON_THE_REST = {
    "a mask that is one step too wide": (
        laws.past_ignores_future,
        lambda: run_causal_mask(laws.past_ignores_future, 0),
        NOTHING,
        lambda: run_causal_mask(laws.past_ignores_future, 1),
    ),
    "a gradient from one step ahead": (
        laws.future_has_no_gradient,
        lambda: run_causal_mask(laws.future_has_no_gradient, 0),
        NOTHING,
        lambda: run_causal_mask(laws.future_has_no_gradient, 1),
    ),
    "a causal mask aligned at the top left": (
        laws.last_query_stands_at_last_key,
        lambda: laws.last_query_stands_at_last_key(causal(0), x(), 2),
        NOTHING,
        lambda: laws.last_query_stands_at_last_key(causal(0, True), x(), 2),
    ),
    "a padding mask on the query axis": (
        laws.padding_does_not_matter,
        lambda: run_padding(lambda real: real[:, None, None, :]),
        NOTHING,
        lambda: run_padding(lambda real: real[:, None, :, None]),
    ),
    "a recurrent encoder that reads the padding": (
        laws.padding_does_not_matter,
        lambda: run_source_padding(seq2seq()),
        lengths_forgotten,
        lambda: run_source_padding(seq2seq()),
    ),
    "a norm over the batch": (
        laws.batch_does_not_matter,
        lambda: laws.batch_does_not_matter(nn.LayerNorm(D).double(), x()),
        NOTHING,
        lambda: laws.batch_does_not_matter(batch_norm, x()),
    ),
    "dropout that eval does not turn off": (
        laws.eval_is_deterministic,
        lambda: run_eval(nn.Dropout(0.5)),
        NOTHING,
        lambda: run_eval(AlwaysDropping()),
    ),
    "a cache that forgets its first key": (
        laws.cache_does_not_matter,
        lambda: run_cache(gpt()),
        cache_forgets_its_first_key,
        lambda: run_cache(gpt()),
    ),
    "positions that start again at each step": (
        laws.cache_does_not_matter,
        lambda: run_cache(gpt()),
        cached_positions_start_again,
        lambda: run_cache(gpt()),
    ),
    "positions one behind the cache": (
        laws.cache_does_not_matter,
        lambda: run_cache(gpt(position="sinusoidal")),
        cached_positions_are_one_behind,
        lambda: run_cache(gpt(position="sinusoidal")),
    ),
    "a mean over no tokens": (
        laws.every_gradient_is_finite,
        lambda: run_all_padding(bert(n_class=3)),
        mean_over_no_tokens,
        lambda: run_all_padding(bert(n_class=3)),
    ),
    "post-norm called pre-norm": (
        laws.pre_norm_keeps_the_stream,
        lambda: run_norm(laws.pre_norm_keeps_the_stream, norm_first=True),
        NOTHING,
        lambda: run_norm(laws.pre_norm_keeps_the_stream, norm_first=False),
    ),
    "pre-norm called post-norm": (
        laws.post_norm_normalizes_the_stream,
        lambda: run_norm(laws.post_norm_normalizes_the_stream, norm_first=False),
        NOTHING,
        lambda: run_norm(laws.post_norm_normalizes_the_stream, norm_first=True),
    ),
    "a beam of one that keeps two": (
        laws.beam_of_one_is_greedy,
        lambda: laws.beam_of_one_is_greedy(gpt(), None, ids(8, 2), 8),
        a_beam_of_one_keeps_two,
        lambda: laws.beam_of_one_is_greedy(gpt(), None, ids(8, 2), 8),
    ),
    "decoding with positions that start again": (
        laws.decoding_is_repeated_running,
        lambda: laws.decoding_is_repeated_running(gpt(), gpt(), None, ids(3, 2), 6),
        cached_positions_start_again,
        lambda: laws.decoding_is_repeated_running(gpt(), gpt(), None, ids(3, 2), 6),
    ),
    "rows that swap caches when one leaves": (
        laws.rows_decode_alone,
        lambda: laws.rows_decode_alone(
            gpt(tie_embeddings=False), None, ids(6, 2), 9, Greedy()
        ),
        the_cache_is_reordered_wrongly,
        lambda: laws.rows_decode_alone(
            gpt(tie_embeddings=False), None, ids(6, 2), 9, Greedy()
        ),
    ),
}


@pytest.mark.parametrize("name", ON_THE_REST)
def test_a_broken_layer_model_or_decoder_is_caught(name, monkeypatch):
    _, right, break_it, wrong = ON_THE_REST[name]
    right()
    break_it(monkeypatch)
    with pytest.raises(laws.BrokenLaw):
        wrong()


def test_each_law_has_a_mistake_that_it_catches():
    caught = {entry[0] for entry in (*ON_ATTENTION.values(), *ON_THE_REST.values())}
    assert caught == set(laws.LAWS)


def test_a_law_that_would_prove_nothing_says_so():
    constant = lambda x: torch.zeros_like(x)  # noqa: E731
    with pytest.raises(laws.BrokenLaw, match="proves nothing"):
        laws.past_ignores_future(constant, x(), 3)
    with pytest.raises(laws.BrokenLaw, match="proves nothing"):
        laws.future_has_no_gradient(lambda x: x * 0, x(), 3)
    with pytest.raises(laws.BrokenLaw, match="no embedding"):
        laws.embedded(gpt(), lambda ids: ids, ids())


def test_nan_is_never_close():
    assert laws.difference(torch.tensor([torch.nan]), torch.ones(1)) == torch.inf
    assert laws.difference(torch.ones(2), torch.ones(1)) == torch.inf
