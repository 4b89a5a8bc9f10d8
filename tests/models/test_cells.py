"""RNN, LSTM and GRU from scratch against torch.nn, weights copied."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from n2t.models.cells import CELLS, GRU, LSTM, RNN

TWINS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
each_cell = pytest.mark.parametrize("cell", TWINS)
each_path = pytest.mark.parametrize("fused", [False, True], ids=["loop", "fused"])


def twins(cell, d_input=5, d_hidden=7, n_layer=1, fused=False, **options):
    """Ours and torch's, float64, with the same weights."""
    torch.manual_seed(0)
    theirs = TWINS[cell](d_input, d_hidden, n_layer, batch_first=True, **options)
    ours = CELLS[cell](d_input, d_hidden, n_layer, fused=fused, **options)
    ours.load_state_dict(theirs.state_dict())
    return ours.double(), theirs.double()


def tensors(outputs, state):
    return (outputs, *state) if isinstance(state, tuple) else (outputs, state)


def same(ours, theirs):
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-10, atol=1e-10)


def gradients(module, results, inputs):
    """Of one random combination of every result, to the inputs and parameters."""
    torch.manual_seed(1)
    loss = sum((r * torch.randn(r.shape, dtype=r.dtype)).sum() for r in results)
    wanted = (inputs, *(p for _, p in sorted(module.named_parameters())))
    return torch.autograd.grad(loss, wanted)


@each_cell
@each_path
@pytest.mark.parametrize("n_layer", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_outputs_states_and_gradients_equal_torch(cell, fused, n_layer, bidirectional):
    options = {"n_layer": n_layer, "bidirectional": bidirectional}
    ours, theirs = twins(cell, fused=fused, **options)
    inputs = torch.randn(4, 6, 5, dtype=torch.float64, requires_grad=True)
    mine, other = tensors(*ours(inputs)), tensors(*theirs(inputs))
    same(mine, other)
    same(gradients(ours, mine, inputs), gradients(theirs, other, inputs))


@each_cell
@each_path
def test_a_given_state_is_where_reading_starts(cell, fused):
    ours, theirs = twins(cell, n_layer=2, fused=fused)
    inputs = torch.randn(3, 4, 5, dtype=torch.float64)
    state = tuple(
        torch.randn(2, 3, 7, dtype=torch.float64) for _ in ours.initial_state(inputs)
    )
    same(
        tensors(*ours(inputs, state)),
        tensors(*theirs(inputs, state if cell == "lstm" else state[0])),
    )


@each_cell
@each_path
@pytest.mark.parametrize("bidirectional", [False, True])
@settings(max_examples=8, deadline=None)
@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4))
def test_padding_does_not_reach_states_or_gradients(
    cell, fused, bidirectional, lengths
):
    ours, theirs = twins(cell, n_layer=2, fused=fused, bidirectional=bidirectional)
    inputs = torch.randn(len(lengths), 6, 5, dtype=torch.float64, requires_grad=True)
    counts = torch.tensor(lengths)
    packed = nn.utils.rnn.pack_padded_sequence(inputs, counts, True, False)
    outputs, state = theirs(packed)
    outputs, _ = nn.utils.rnn.pad_packed_sequence(outputs, True, total_length=6)
    other, mine = tensors(outputs, state), tensors(*ours(inputs, lengths=counts))
    same(mine, other)
    same(gradients(ours, mine, inputs), gradients(theirs, other, inputs))


@each_cell
@each_path
def test_a_sentence_of_length_zero_leaves_the_state_alone(cell, fused):
    ours, _ = twins(cell, fused=fused)
    inputs = torch.randn(2, 3, 5, dtype=torch.float64)
    start = tuple(torch.randn_like(s) for s in ours.initial_state(inputs))
    outputs, state = ours(inputs, start, lengths=torch.tensor([0, 3]))
    assert not outputs[0].any()
    same([s[:, 0] for s in state], [s[:, 0] for s in start])
    alone = ours(inputs[1:], tuple(s[:, 1:] for s in start))
    same([outputs[1:]], [alone[0]])


@each_cell
@each_path
def test_reading_in_two_pieces_equals_reading_at_once(cell, fused):
    ours, _ = twins(cell, n_layer=2, fused=fused)
    inputs = torch.randn(2, 7, 5, dtype=torch.float64)
    first, state = ours(inputs[:, :3])
    second, state = ours(inputs[:, 3:], state)
    whole, final = ours(inputs)
    same([torch.cat([first, second], 1), *state], [whole, *final])


@each_cell
def test_dropout_between_layers_acts_in_training_only(cell):
    inputs = torch.randn(2, 5, 5, dtype=torch.float64)
    for fused in (False, True):
        ours, _ = twins(cell, n_layer=2, dropout=0.5, fused=fused)
        assert not torch.equal(ours(inputs)[0], ours(inputs)[0])
        ours.eval()
        assert torch.equal(ours(inputs)[0], ours(inputs)[0])
    one, _ = twins(cell, n_layer=1, fused=False)
    one.dropout = 0.5  # below a single layer there is nothing to drop
    assert torch.equal(one(inputs)[0], one(inputs)[0])


def test_a_zero_gate_does_what_its_equation_says():
    lstm = LSTM(1, 1, fused=False)
    for parameter in lstm.parameters():
        nn.init.zeros_(parameter)
    start = (torch.tensor([[[0.3]]]), torch.tensor([[[2.0]]]))
    _, (hidden, cell) = lstm(torch.ones(1, 1, 1), start)
    assert cell.item() == pytest.approx(1.0)  # half forgotten, nothing written
    assert hidden.item() == pytest.approx(0.5 * torch.tanh(torch.tensor(1.0)).item())


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: RNN(0, 4), r"d_input \(0\) must be at least 1"),
        (lambda: LSTM(3, 4, 0), "n_layer"),
        (lambda: GRU(3, 4, dropout=1.0), "dropout"),
        (lambda: GRU(3, 4)(torch.zeros(2, 5, 4)), "inputs"),
        (lambda: GRU(3, 4)(torch.zeros(2, 3)), "inputs"),
        (lambda: GRU(3, 4)(torch.zeros(0, 5, 3)), "inputs"),
        (lambda: GRU(3, 4)(torch.zeros(2, 0, 3)), "inputs"),
        (lambda: LSTM(3, 4)(torch.zeros(2, 5, 3), (torch.zeros(1, 2, 4),)), "state"),
        (
            lambda: RNN(3, 4)(torch.zeros(2, 5, 3), lengths=torch.tensor([1, 2, 3])),
            "lengths",
        ),
        (
            lambda: RNN(3, 4)(torch.zeros(2, 5, 3), lengths=torch.tensor([1, 6])),
            "lengths",
        ),
    ],
)
def test_a_wrong_argument_is_named(call, words, own_checks_only):
    with pytest.raises((ValueError, TypeError), match=words):
        call()
