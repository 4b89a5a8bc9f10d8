"""Laws of layers and models: time flows one way, padding and batch do not matter."""

import copy
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from n2t.laws.judge import NO_GRADIENT, BrokenLaw, Run, same
from n2t.modes import evaluating


def past_ignores_future(
    run: Run, inputs: Tensor, time: int, changed: Tensor | None = None
) -> None:
    """Outputs before `time` stay when inputs from `time` on become `changed`."""
    changed = inputs.flip(1) if changed is None else changed
    other = torch.cat([inputs[:, :time], changed[:, time:]], dim=1)
    now, before = run(other), run(inputs)
    same(now[:, :time], before[:, :time], "the past changed with the future")
    if torch.equal(now[:, time:], before[:, time:]):
        raise BrokenLaw("the future did not change: this proves nothing")


def future_has_no_gradient(
    run: Run, inputs: Float[Tensor, "batch time d_model"], time: int
) -> None:
    """The gradient of an output before `time` to an input from `time` on is 0 exactly.

    `inputs` are floats; for ids, see `embedded`. Raises TypeError where there are no
    gradients to look at.
    """
    inputs = inputs.detach().clone().requires_grad_()
    past = run(inputs)[:, :time]
    if not past.requires_grad:
        raise TypeError(NO_GRADIENT)
    (gradient,) = torch.autograd.grad((past * torch.randn_like(past)).sum(), inputs)
    if gradient[:, time:].any():  # NaN counts too
        size = float(gradient[:, time:].abs().max())
        gap = size if size == size else torch.inf
        raise BrokenLaw(f"an output has a gradient to a later input: {size:.1e}", gap)
    if not gradient[:, :time].any():
        raise BrokenLaw("no gradient to the past either: this proves nothing")


def padding_does_not_matter(run: Run, inputs: Tensor, padding: Tensor) -> None:
    """`padding` after `inputs` changes no output that was there without it."""
    expected = run(inputs)
    padded = run(torch.cat([inputs, padding], dim=1))
    same(padded[:, : expected.shape[1]], expected, "padding matters")


def batch_does_not_matter(run: Run, *inputs: Tensor) -> None:
    """A row alone gives what it gives among others."""
    alone = [run(*(x[b : b + 1] for x in inputs)) for b in range(len(inputs[0]))]
    same(torch.cat(alone), run(*inputs), "a row gets another answer alone")


def eval_is_deterministic(module: nn.Module, run: Run, *inputs: Tensor) -> None:
    """In eval mode the same input gives the same output, bit by bit."""
    with evaluating(module):
        alike = torch.equal(run(*inputs), run(*inputs))
    if not alike:
        raise BrokenLaw("eval mode is not deterministic")


def cache_does_not_matter(
    run: Run, begin: Callable[[], Run], inputs: Tensor, pieces: Sequence[int]
) -> None:
    """Fed in `pieces` (lengths that sum to T), the outputs are those of the whole.

    `begin()` gives a `step` that takes one piece after the other. It may return all
    outputs of a piece, as a layer does, or the last one's, as a model does.
    """
    whole, step, end = run(inputs), begin(), 0
    for piece in inputs.split(list(pieces), dim=1):
        start, end = end, end + piece.shape[1]
        output = step(piece)
        last = output.dim() < whole.dim()
        expected = whole[:, end - 1] if last else whole[:, start:end]
        same(output, expected, f"steps {start}..{end} differ with a cache")


def every_gradient_is_finite(module: nn.Module, run: Run, *inputs: Tensor) -> None:
    """No NaN and no infinity, in the output or in any gradient that follows from it.

    Gradients that the parameters hold stay as they are.
    """
    output = run(*inputs)
    leaves = [x for x in (*module.parameters(), *inputs) if x.requires_grad]
    probe = torch.randn_like(output)
    gradients = torch.autograd.grad(output, leaves, probe, allow_unused=True)
    found = [output, *(g for g in gradients if g is not None)]
    if not all(x.isfinite().all() for x in found):
        raise BrokenLaw("an output or a gradient is NaN or infinite")


def pre_norm_keeps_the_stream(
    layer: nn.Module, run: Callable[[nn.Module, Tensor], Tensor], x: Tensor
) -> None:
    """With every linear map at 0, a pre-norm layer is the identity."""
    same(run(_silenced(layer), x), x, "the residual stream is not kept")


def post_norm_normalizes_the_stream(
    layer: nn.Module, run: Callable[[nn.Module, Tensor], Tensor], x: Tensor
) -> None:
    """With every linear map at 0, a post-norm layer gives features of mean square 1."""
    size = run(_silenced(layer), x * 10).square().mean(-1)
    if not torch.allclose(size, torch.ones_like(size), rtol=0.05):
        raise BrokenLaw("the residual stream is not normalized")


def _silenced(layer: nn.Module) -> nn.Module:
    """A copy whose linear maps are 0 and whose norms are fresh: weight 1, bias 0."""
    layer = copy.deepcopy(layer).eval()
    for module in layer.modules():
        is_norm = not isinstance(module, nn.Linear)
        for name, parameter in module.named_parameters(recurse=False):
            nn.init.constant_(parameter, float(is_norm and name == "weight"))
    return layer


def embedded(
    model: nn.Module, run: Run, ids: Int[Tensor, "batch time"]
) -> tuple[Float[Tensor, "batch time d_model"], Run]:
    """(x, run_x): what `run(ids)` looks up in its table, and `run` as a function of it.

    Raises BrokenLaw if no `nn.Embedding` of the model is asked for these very ids.
    """
    found: list[Tensor] = []
    tables = [m for m in model.modules() if isinstance(m, nn.Embedding)]

    def run_with(swap: Callable[[Tensor], Tensor]) -> Tensor:
        def hook(module, args, output):
            return swap(output) if args[0] is ids else output

        hooks = [table.register_forward_hook(hook) for table in tables]
        try:
            return run(ids)
        finally:
            for handle in hooks:
                handle.remove()

    run_with(lambda x: found.append(x.detach()) or x)
    if not found:
        raise BrokenLaw("the model looks these ids up in no embedding")
    return found[0], lambda x: run_with(lambda _: x)
