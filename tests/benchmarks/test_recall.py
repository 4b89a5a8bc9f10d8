"""The lookup of chapter 25: which pairs each arm can see, and through what."""

import pytest
import torch

from benchmarks import recall

N = 2 * recall.WINDOW


def seen(arm, place):
    """Whether the value at a place of the memory has a say in any answer."""
    torch.manual_seed(0)
    model = recall.Lookup(*recall.ARMS[arm]).eval()
    keys, values, asked, _ = recall.drawn(N, torch.Generator().manual_seed(0))
    other = values.clone()
    other[:, place] = (other[:, place] + 1) % recall.VALUES
    with torch.no_grad():
        one, two = model(keys, values, asked), model(keys, other, asked)
    return not torch.equal(one, two)


@pytest.mark.parametrize("arm", recall.ARMS)
def test_every_arm_sees_the_last_pairs(arm):
    assert seen(arm, N - 1)
    assert seen(arm, N - recall.WINDOW)


def test_what_has_left_the_window_is_gone_but_for_global_tokens():
    first = {arm: seen(arm, N - recall.WINDOW - 1) for arm in recall.ARMS}
    assert first == {arm: arm != "window" for arm in recall.ARMS}


def test_global_tokens_are_few_vectors_however_long_the_memory():
    gather = recall.Gather(32)
    for n_pair in (8, 128):
        held = gather(torch.randn(2, n_pair, recall.WIDTH))
        assert held.shape == (2, recall.GLOBAL, recall.WIDTH)


def test_global_tokens_do_not_ask_in_which_order_the_pairs_stand():
    torch.manual_seed(0)
    gather, pairs = recall.Gather(32), torch.randn(2, 40, recall.WIDTH)
    torch.testing.assert_close(gather(pairs), gather(pairs.flip(1)))


def test_a_memory_holds_each_key_once_and_answers_are_in_it():
    keys, values, asked, wanted = recall.drawn(N, torch.Generator().manual_seed(1))
    for row in range(recall.BATCH):
        held = dict(zip(keys[row].tolist(), values[row].tolist(), strict=True))
        assert len(held) == N
        assert [held[key] for key in asked[row].tolist()] == wanted[row].tolist()
