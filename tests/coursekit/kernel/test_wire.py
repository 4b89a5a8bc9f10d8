"""Values cross between processes as they are, and nothing that comes can do harm."""

import math
import socket
import threading

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from coursekit.kernel import wire

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | arrays.arrays(
        st.sampled_from([np.float32, np.float64, np.int32, np.bool_, np.complex64]),
        arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
    )
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


def crossed(value):
    return wire.unpack(wire.pack(value)[wire.HEAD :])


def same(one, other):
    if isinstance(one, list | tuple):
        return type(one) is type(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[k], other[k]) for k in one)
    if isinstance(one, np.ndarray):
        equal = np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
        return one.dtype == other.dtype and equal
    return type(one) is type(other) and one == other


@given(VALUES)
def test_what_is_sent_is_what_comes(value):
    assert same(value, crossed(value))


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.bool]
)
def test_tensors_keep_their_type_shape_and_values_and_lose_their_graph(dtype):
    sent = torch.tensor([[1.5, 0.0, -2.0]]).to(dtype)
    if dtype.is_floating_point:
        sent.requires_grad_()
    got = crossed(sent.mT)
    assert got.dtype == dtype and got.shape == (3, 1) and not got.requires_grad
    assert torch.equal(got, sent.detach().mT)


def test_numbers_that_json_has_no_word_for_cross_too():
    assert crossed([math.inf, -math.inf]) == [math.inf, -math.inf]
    assert math.isnan(crossed(math.nan))
    assert crossed(np.float32(0.1)) == np.float32(0.1)


def test_what_cannot_cross_is_named_or_kept():
    with pytest.raises(TypeError, match="object cannot cross"):
        wire.pack([object()])
    kept = []

    def keep(thing):
        kept.append(thing)
        return {"id": 7}

    message = wire.pack(("a", print), keep)[wire.HEAD :]
    assert kept == [print]
    assert wire.unpack(message, lambda tree: tree["id"]) == ("a", 7)


def test_an_array_of_objects_is_never_rebuilt():
    with pytest.raises(TypeError):
        wire.pack(np.array([object()]))
    good = wire.pack(np.zeros(1))[wire.HEAD :]
    for bad in (good.replace(b"<f8", b"|O8"), good.replace(b"array", b"arroy"), b""):
        with pytest.raises(wire.WireError):
            wire.unpack(bad)


@given(st.binary(max_size=60))
def test_noise_is_refused_in_one_way(noise):
    with pytest.raises(wire.WireError):
        wire.unpack(noise)


def test_a_list_that_holds_itself_is_refused():
    endless = []
    endless.append(endless)
    with pytest.raises(wire.WireError, match="deep"):
        wire.pack(endless)


def test_a_channel_gives_whole_messages_and_notices_the_end():
    ours, theirs = socket.socketpair()
    one, other = wire.Channel(ours), wire.Channel(theirs)
    large = np.arange(10**6)
    sender = threading.Thread(target=lambda: [one.send(large), one.send("x")])
    sender.start()
    assert np.array_equal(other.receive(), large) and other.receive() == "x"
    sender.join()
    one.close()
    with pytest.raises(EOFError, match="has left"):
        other.receive()


def test_a_message_that_is_too_large_is_not_read(monkeypatch):
    ours, theirs = socket.socketpair()
    wire.Channel(ours).send("a" * 100)
    monkeypatch.setattr(wire, "LARGEST", 50)
    with pytest.raises(wire.WireError, match="bytes"):
        wire.Channel(theirs).receive()
