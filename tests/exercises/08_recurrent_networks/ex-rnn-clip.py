"""Answers to "Clip by the whole length", wrong and right."""

BODY = """
def clip_gradients(parameters, limit):
    grads = {grads}
    length = {length}
    if {when}:
        for grad in grads:
            {shorten}
    return {returned}
"""


def made(**changed: str) -> str:
    """The reference, with parts of it replaced."""
    right = {
        "grads": "[p.grad for p in parameters if p.grad is not None]",
        "length": "sum(g.double().square().sum().item() for g in grads) ** 0.5",
        "when": "length > limit",
        "shorten": "grad.mul_(limit / length)",
        "returned": "length",
    }
    return BODY.format(**{**right, **changed})


WRONG = {
    "no gradient is None": (made(grads="[p.grad for p in parameters]"), "None"),
    "None becomes zeros": (
        """
def clip_gradients(parameters, limit):
    for p in parameters:
        if p.grad is None:
            p.grad = torch.zeros_like(p)
    length = sum(p.grad.square().sum().item() for p in parameters) ** 0.5
    if length > limit:
        for p in parameters:
            p.grad.mul_(limit / length)
    return length
""",
        "was None",
    ),
    "each gradient by itself": (
        """
def clip_gradients(parameters, limit):
    grads = [p.grad for p in parameters if p.grad is not None]
    length = sum(g.square().sum().item() for g in grads) ** 0.5
    for grad in grads:
        own = grad.norm().item()
        if own > limit:
            grad.mul_(limit / own)
    return length
""",
        "shortened",
    ),
    "numbers cut off": (
        made(shorten="grad.clamp_(-limit, limit)"),
        "cut off at the limit",
    ),
    "short ones are lengthened": (made(when="length > 0"), "not longer"),
    "all 0 are divided by 0": (
        made(when="True", shorten="grad.mul_(min(1.0, limit / length))"),
        "ZeroDivisionError",
    ),
    "PyTorch's 1e-6": (
        made(shorten="grad.mul_(limit / (length + 1e-6))"),
        "is added",
    ),
    "lengths added up": (
        made(length="sum(g.norm().item() for g in grads)"),
        "do not add up",
    ),
    "another tensor": (
        """
def clip_gradients(parameters, limit):
    held = [p for p in parameters if p.grad is not None]
    length = sum(p.grad.double().square().sum().item() for p in held) ** 0.5
    if length > limit:
        for p in held:
            p.grad = p.grad * (limit / length)
    return length
""",
        "another tensor",
    ),
    "the length afterwards": (made(returned="min(length, limit)"), "afterwards"),
    "returns nothing": (made(returned="None"), "None"),
    "returns a tensor": (made(returned="torch.tensor(length).double()"), "item()"),
    "to length 1": (made(shorten="grad.div_(length)"), "wanted the limit"),
    "the square of the length": (
        made(length="sum(g.double().square().sum().item() for g in grads)"),
        "square of the length",
    ),
    "the parameters": (
        made(grads="[p.data for p in parameters]"),
        "parameters moved",
    ),
    "the largest number": (
        made(length="max([g.abs().max().item() for g in grads], default=0.0)"),
        "largest number",
    ),
    "a single gradient only": (
        made(grads="[p.grad for p in parameters if p.grad is not None][:1]"),
        "shortened",
    ),
    "a rounded length": (
        made(length="round(sum(g.square().sum().item() for g in grads) ** 0.5, 6)"),
        "wanted",
    ),
    "none that is a single number": (
        made(grads="[p.grad for p in parameters if p.grad is not None and p.ndim]"),
        "limit",
    ),
    "in single precision": (
        made(length="sum(g.float().square().sum().item() for g in grads) ** 0.5"),
        "wanted",
    ),
    "a little above the limit is let through": (
        made(when="length > limit + 1e-9"),
        "shortened",
    ),
    "None where there is no gradient": (
        made(returned="length if grads else None"),
        "None",
    ),
    "matrices alone": (
        made(grads="[p.grad for p in parameters if p.grad is not None and p.ndim > 1]"),
        "shortened",
    ),
    "torch.nn.utils": (
        """
def clip_gradients(parameters, limit):
    return torch.nn.utils.clip_grad_norm_(parameters, limit).item()
""",
        "is added",
    ),
    "takes parameters off the list": (
        """
def clip_gradients(parameters, limit):
    grads = []
    while parameters:
        p = parameters.pop()
        if p.grad is not None:
            grads.append(p.grad)
    length = sum(g.double().square().sum().item() for g in grads) ** 0.5
    if length > limit:
        for grad in grads:
            grad.mul_(limit / length)
    return length
""",
        "list of parameters",
    ),
}

RIGHT = {
    "one long vector": """
def clip_gradients(parameters, limit):
    held = [p for p in parameters if p.grad is not None]
    if not held:
        return 0
    whole = torch.cat([p.grad.flatten().to(torch.float64) for p in held])
    length = whole.norm().item()
    if length > limit:
        for p in held:
            p.grad.copy_(p.grad * (limit / length))
    return length
""",
    "lengths of lengths": """
import math
def clip_gradients(parameters, limit):
    lengths = [p.grad.double().norm().item() for p in parameters
               if p.grad is not None]
    length = math.hypot(*lengths)
    if length <= limit:
        return length
    with torch.no_grad():
        for p in parameters:
            if p.grad is None:
                continue
            p.grad *= limit / length
    return length
""",
    "values written back": """
def clip_gradients(parameters, limit):
    total = 0.0
    for p in parameters:
        if p.grad is not None:
            for number in p.grad.flatten().tolist():
                total += number * number
    length = total ** 0.5
    share = limit / length if length > limit else None
    for p in parameters:
        if p.grad is not None and share is not None:
            p.grad[...] = share * p.grad
    return length
""",
}
