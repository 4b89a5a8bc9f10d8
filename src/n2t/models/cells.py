"""Recurrent networks from scratch: RNN, LSTM and GRU (taught in chapter 8).

Each class stacks `n_layer` layers and reads a batch of sequences (B, T, D).
Parameters have the names and the layout of `torch.nn.RNN`, `LSTM` and `GRU`, so
`ours.load_state_dict(theirs.state_dict())` copies weights, and both then give the
same outputs, states and gradients.

There are two ways through every class. The plain one is the loop over time that
the chapter shows: `step` is the cell's equation. The fused one hands the same
parameters to the kernel inside PyTorch; it is the default, because it is several
times faster, and the tests hold it equal to the loop.
"""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from n2t._checks import check_float, check_probability, check_size

State = tuple[Tensor, ...]
"""What a network remembers: (hidden,) or, in an LSTM, (hidden, cell).

Each tensor is (n_layer * n_direction, B, d_hidden), layer first, as in PyTorch.
"""


class RecurrentNetwork(nn.Module):
    """What `RNN`, `LSTM` and `GRU` share: parameters, layers, directions, lengths.

    Args:
        d_input: width of the inputs.
        d_hidden: width of the state, in each direction.
        n_layer: layers; each reads the outputs of the one below.
        dropout: probability of dropping an output between two layers.
        bidirectional: also read every layer's input from right to left; outputs
            are then 2 * d_hidden wide.
        fused: use PyTorch's kernel instead of the loop over time.

    Raises:
        TypeError: a size that is not a whole number.
        ValueError: a size below 1, or dropout outside [0, 1).
    """

    n_gate: int
    n_state = 1

    def __init__(
        self,
        d_input: int,
        d_hidden: int,
        n_layer: int = 1,
        *,
        dropout: float = 0.0,
        bidirectional: bool = False,
        fused: bool = True,
    ):
        super().__init__()
        self.d_input = check_size("d_input", d_input)
        self.d_hidden = check_size("d_hidden", d_hidden)
        self.n_layer = check_size("n_layer", n_layer)
        self.dropout = check_probability("dropout", dropout)
        self.bidirectional, self.fused = bidirectional, fused
        self.n_direction = 2 if bidirectional else 1
        self._make_parameters()

    def _make_parameters(self) -> None:
        bound = 1 / math.sqrt(self.d_hidden)
        rows = self.n_gate * self.d_hidden
        for layer in range(self.n_layer):
            width = self.d_input if layer == 0 else self.d_hidden * self.n_direction
            shapes = ((rows, width), (rows, self.d_hidden), (rows,), (rows,))
            for direction in range(self.n_direction):
                for name, shape in zip(_names(layer, direction), shapes, strict=True):
                    value = torch.empty(shape).uniform_(-bound, bound)
                    self.register_parameter(name, nn.Parameter(value))

    def parameters_of(self, layer: int, direction: int = 0) -> list[nn.Parameter]:
        """W_input, W_hidden, b_input, b_hidden of one layer and direction."""
        return [getattr(self, name) for name in _names(layer, direction)]

    def initial_state(self, inputs: Float[Tensor, "batch time d_input"]) -> State:
        """Zeros, of the dtype and on the device of `inputs`."""
        shape = (self.n_layer * self.n_direction, inputs.shape[0], self.d_hidden)
        return tuple(inputs.new_zeros(shape) for _ in range(self.n_state))

    def step(
        self,
        from_input: Float[Tensor, "batch gates"],
        state: State,
        w_hidden: Float[Tensor, "gates d_hidden"],
        b_hidden: Float[Tensor, " gates"],
    ) -> State:
        """The cell's equation: the state after one more token.

        `from_input` is W_input x + b_input, `state` holds (B, d_hidden) tensors.
        """
        raise NotImplementedError

    def forward(
        self,
        inputs: Float[Tensor, "batch time d_input"],
        state: State | None = None,
        *,
        lengths: Int[Tensor, " batch"] | None = None,
    ) -> tuple[Float[Tensor, "batch time d_output"], State]:
        """Outputs of the top layer at every step, and the last state of each layer.

        With `lengths`, tokens from `lengths[b]` on are padding: their outputs are
        zeros, and the state is the one after the last real token.

        Raises:
            ValueError: inputs of another width, an empty batch, no time step, a
                state or lengths that do not fit, a length outside 0..T.
        """
        self._check(inputs, state, lengths)
        state = self.initial_state(inputs) if state is None else state
        if lengths is None:
            run = self._run_fused if self.fused else self._run_loop
            return run(inputs, state)
        lengths = lengths.to("cpu")  # packing counts there
        if lengths.min() < 0 or lengths.max() > inputs.shape[1]:
            raise ValueError(
                f"lengths must be in 0..{inputs.shape[1]}, got {lengths.tolist()}"
            )
        if self.fused and lengths.min() > 0:
            return self._run_packed(inputs, state, lengths)
        times = torch.arange(inputs.shape[1], device=inputs.device)
        return self._run_loop(inputs, state, times < lengths.to(times.device)[:, None])

    def _check(self, inputs: Tensor, state: State | None, lengths: Tensor | None):
        check_float("inputs", inputs, "(B, T, d_input)", self.d_input)
        want = (self.n_layer * self.n_direction, len(inputs), self.d_hidden)
        got = [want] * self.n_state if state is None else [(*s.shape,) for s in state]
        if got != [want] * self.n_state:
            raise ValueError(f"state must hold {self.n_state} x {want}, got {got}")
        if lengths is not None and lengths.shape != inputs.shape[:1]:
            raise ValueError(
                f"lengths must be ({len(inputs)},), got {tuple(lengths.shape)}"
            )

    def _run_loop(
        self,
        inputs: Tensor,
        state: State,
        live: Bool[Tensor, "batch time"] | None = None,
    ) -> tuple[Tensor, State]:
        finals = []
        for layer in range(self.n_layer):
            if layer > 0:
                inputs = nn.functional.dropout(inputs, self.dropout, self.training)
            outputs = []
            for direction in range(self.n_direction):
                index = layer * self.n_direction + direction
                start = tuple(part[index] for part in state)
                output, final = self._scan(inputs, start, live, layer, direction)
                outputs.append(output)
                finals.append(final)
            inputs = torch.cat(outputs, dim=-1)
        return inputs, tuple(torch.stack(parts) for parts in zip(*finals, strict=True))

    def _scan(
        self,
        inputs: Tensor,
        state: State,
        live: Tensor | None,
        layer: int,
        direction: int,
    ) -> tuple[Tensor, State]:
        """One layer in one direction: outputs (B, T, d_hidden), last state."""
        w_input, w_hidden, b_input, b_hidden = self.parameters_of(layer, direction)
        from_input = nn.functional.linear(inputs, w_input, b_input)  # all steps at once
        times = range(inputs.shape[1])
        outputs: list[Tensor] = [inputs] * len(times)
        for t in reversed(times) if direction else times:
            new = self.step(from_input[:, t], state, w_hidden, b_hidden)
            if live is None:
                state, outputs[t] = new, new[0]
            else:  # padding moves nothing
                now = live[:, t, None]
                pairs = zip(new, state, strict=True)
                state = tuple(torch.where(now, ahead, back) for ahead, back in pairs)
                outputs[t] = new[0].masked_fill(~now, 0)
        return torch.stack(outputs, dim=1), state

    def _weights(self) -> list[nn.Parameter]:
        layers, directions = range(self.n_layer), range(self.n_direction)
        pairs = [(layer, direction) for layer in layers for direction in directions]
        return [weight for pair in pairs for weight in self.parameters_of(*pair)]

    def _kernel(self, *args) -> tuple[Tensor, ...]:
        raise NotImplementedError

    def _run_fused(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        settings = (True, self.n_layer, self.dropout, self.training, self.bidirectional)
        outputs, *final = self._kernel(inputs, state, self._weights(), *settings, True)
        return outputs, tuple(final)

    def _run_packed(
        self, inputs: Tensor, state: State, lengths: Tensor
    ) -> tuple[Tensor, State]:
        packed = pack_padded_sequence(inputs, lengths, True, enforce_sorted=False)
        data, sizes, order, back = packed
        settings = (True, self.n_layer, self.dropout, self.training, self.bidirectional)
        state = tuple(part[:, order] for part in state)
        outputs, *final = self._kernel(data, sizes, state, self._weights(), *settings)
        packed = PackedSequence(outputs, sizes, order, back)
        outputs, _ = pad_packed_sequence(packed, True, total_length=inputs.shape[1])
        return outputs, tuple(part[:, back] for part in final)


def _names(layer: int, direction: int) -> list[str]:
    end = f"_l{layer}" + ("_reverse" if direction else "")
    return [kind + end for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]


class RNN(RecurrentNetwork):
    """The simple recurrent network (Elman 1990).

    h' = tanh(W_input x + b_input + W_hidden h + b_hidden)
    """

    n_gate = 1

    def step(self, from_input, state, w_hidden, b_hidden) -> State:
        (hidden,) = state
        from_hidden = nn.functional.linear(hidden, w_hidden, b_hidden)
        return (torch.tanh(from_input + from_hidden),)

    def _kernel(self, *args) -> tuple[Tensor, ...]:
        return torch.rnn_tanh(*_unpack_single_state(args))


class GRU(RecurrentNetwork):
    """The gated recurrent unit (Cho et al. 2014), as PyTorch has it.

    r = σ(x_r + W_r h + b_r): the reset gate
    z = σ(x_z + W_z h + b_z): the update gate
    n = tanh(x_n + r * (W_n h + b_n)): the candidate
    h' = (1 - z) * n + z * h

    The paper applies the reset gate to h, before the product with W_n.
    """

    n_gate = 3

    def step(self, from_input, state, w_hidden, b_hidden) -> State:
        (hidden,) = state
        x_reset, x_update, x_new = from_input.chunk(3, dim=-1)
        from_hidden = nn.functional.linear(hidden, w_hidden, b_hidden)
        h_reset, h_update, h_new = from_hidden.chunk(3, dim=-1)
        reset = torch.sigmoid(x_reset + h_reset)
        update = torch.sigmoid(x_update + h_update)
        new = torch.tanh(x_new + reset * h_new)
        return ((1 - update) * new + update * hidden,)

    def _kernel(self, *args) -> tuple[Tensor, ...]:
        return torch.gru(*_unpack_single_state(args))


class LSTM(RecurrentNetwork):
    """Long short-term memory (Hochreiter and Schmidhuber 1997), with a forget gate.

    i, f, o = σ(x + W h + b), g = tanh(x + W h + b), each with weights of its own
    c' = f * c + i * g: the cell, a share of it kept, something added
    h' = o * tanh(c')

    The forget gate is from Gers et al. (2000). The state is (hidden, cell).
    """

    n_gate, n_state = 4, 2

    def step(self, from_input, state, w_hidden, b_hidden) -> State:
        hidden, cell = state
        gates = from_input + nn.functional.linear(hidden, w_hidden, b_hidden)
        write, forget, new, read = gates.chunk(4, dim=-1)
        cell = torch.sigmoid(forget) * cell + torch.sigmoid(write) * torch.tanh(new)
        return torch.sigmoid(read) * torch.tanh(cell), cell

    def _kernel(self, *args) -> tuple[Tensor, ...]:
        return torch.lstm(*args)


def _unpack_single_state(args: tuple) -> list:
    """torch.gru and torch.rnn_tanh want the hidden state itself, not a tuple."""
    return [arg[0] if isinstance(arg, tuple) else arg for arg in args]


CELLS = {"rnn": RNN, "gru": GRU, "lstm": LSTM}
