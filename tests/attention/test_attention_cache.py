"""The key/value cache: decoding step by step equals reading all at once."""

import pytest
import torch
from copying import randomize
from hypothesis import given, settings
from hypothesis import strategies as st

from n2t.attention import MultiHeadAttention
from n2t.cache import KeyValueCache
from n2t.positions import KINDS, make_positions

close = {"atol": 1e-10, "rtol": 1e-10}


def made(kind="none", **options):
    torch.manual_seed(2)
    attention = randomize(MultiHeadAttention(16, 4, **options)).double()
    return attention, make_positions(kind, 16, 4, attention.d_k, 12).double()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=4),
    st.sampled_from(KINDS),
    st.sampled_from([1, 2, 4]),
)
def test_any_split_into_steps_equals_one_pass(steps, kind, n_kv_head):
    attention, positions = made(kind, n_kv_head=n_kv_head, d_v=3)
    x = torch.randn(2, sum(steps), 16, dtype=torch.float64)
    cache = KeyValueCache(12)
    parts = [
        attention(part, causal=True, positions=positions, cache=cache)
        for part in x.split(steps, dim=1)
    ]
    whole = attention(x, causal=True, positions=positions)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole, **close)
    assert cache.length == sum(steps)


def test_a_step_writes_in_place_and_copies_nothing():
    cache = KeyValueCache(5)
    x = torch.randn(2, 3, 1, 4)
    first, _ = cache.append(x, x)
    for length in range(2, 6):
        key, value = cache.append(x + length, x)
        assert key.shape == (2, 3, length, 4)
        assert key.data_ptr() == first.data_ptr()
    assert torch.equal(key[:, :, :1], x) and torch.equal(key[:, :, 4:], x + 5)


def test_cross_attention_projects_its_keys_once():
    attention, _ = made()
    calls = []
    attention.project_key.register_forward_hook(lambda *_: calls.append("key"))
    attention.project_value.register_forward_hook(lambda *_: calls.append("value"))
    x, memory = torch.randn(2, 2, 5, 16, dtype=torch.float64)
    cache = KeyValueCache(5)
    steps = [attention(x[:, t : t + 1], memory, cache=cache) for t in range(5)]
    assert calls == ["key", "value"] and cache.length == 5
    torch.testing.assert_close(torch.cat(steps, 1), attention(x, memory), **close)


@pytest.mark.parametrize("rows", [[1, 0, 2], [2, 2, 2], [0, 0, 1, 1, 2], [1]])
def test_reordered_rows_go_on_as_those_rows(rows):
    attention, positions = made("rotary")
    rows = torch.tensor(rows)
    x = torch.randn(3, 4, 16, dtype=torch.float64)
    cache = KeyValueCache(6)
    attention(x, causal=True, positions=positions, cache=cache)
    cache.reorder(rows)
    more = torch.randn(len(rows), 2, 16, dtype=torch.float64)
    got = attention(more, causal=True, positions=positions, cache=cache)
    together = torch.cat([x[rows], more], dim=1)
    wanted = attention(together, causal=True, positions=positions)[:, 4:]
    torch.testing.assert_close(got, wanted, **close)


def test_reordering_an_empty_cache_is_harmless():
    cache = KeyValueCache(3)
    cache.reorder(torch.tensor([0, 0]))
    assert cache.length == 0


def test_a_full_cache_says_so():
    cache = KeyValueCache(2)
    x = torch.randn(1, 1, 2, 4)
    cache.append(x, x)
    with pytest.raises(ValueError, match=r"max_length \(2\).*2 are filled and 1 more"):
        cache.append(x[:, :, :1], x[:, :, :1])


def test_another_batch_is_refused():
    cache = KeyValueCache(4)
    cache.append(torch.randn(2, 1, 1, 4), torch.randn(2, 1, 1, 4))
    with pytest.raises(ValueError, match="a batch of 2, got 3"):
        cache.append(torch.randn(3, 1, 1, 4), torch.randn(3, 1, 1, 4))


def test_steps_write_where_the_gradient_need_not_go():
    attention, _ = made()
    x = torch.randn(1, 3, 16, dtype=torch.float64)
    cache = KeyValueCache(3)
    with torch.no_grad():
        steps = [attention(x[:, t : t + 1], causal=True, cache=cache) for t in range(3)]
    torch.testing.assert_close(torch.cat(steps, 1), attention(x, causal=True), **close)


@pytest.mark.parametrize("kind", ["rotary", "alibi"])
def test_cross_attention_knows_no_distance_between_two_texts(kind):
    attention, positions = made(kind)
    x, memory = torch.randn(2, 2, 5, 16, dtype=torch.float64)
    assert torch.equal(attention(x, memory, positions=positions), attention(x, memory))
    assert not torch.equal(attention(x, positions=positions), attention(x))
