"""Answers to "Find the bug": wrong, right, deceiving."""


def _answer(expression):
    return f"""
def restore(h, c, order):
    back = order.argsort()
    return {expression}
"""


WRONG = {
    "sorted in 8 bits": (
        """
def restore(h, c, order):
    back = order.to(torch.uint8).argsort()
    return h[:, back], c[:, back]
""",
        "the value at",
    ),
    "sorted in half precision": (
        """
def restore(h, c, order):
    back = order.half().argsort()
    return h[:, back], c[:, back]
""",
        "the value at",
    ),
    "gradients exchanged": (
        """
def restore(h, c, order):
    back = order.argsort()
    a, b = h[:, back], c[:, back]
    return a.detach() + (b - b.detach()), b.detach() + (a - a.detach())
""",
        "'s result",
    ),
    "the memory clamped": (
        """
def restore(h, c, order):
    back = order.argsort()
    return h[:, back], c[:, back].clamp(-10, 10)
""",
        "the value at",
    ),
    "tiny numbers lost": (
        """
def restore(h, c, order):
    back = order.argsort()
    f = lambda s: torch.where(s.abs() < 1e-12, torch.zeros_like(s), s)[:, back]
    return f(h), f(c)
""",
        "the value at",
    ),
    "nothing mended": (_answer("(h[:, order], h[:, order])"), "every letter"),
    "published bug mended only": (
        _answer("(h[:, order], c[:, order])"),
        "sorted a second time",
    ),
    "the other mended only": (_answer("(h[:, back], h[:, back])"), "every letter"),
    "one put back, one sorted again": (
        _answer("(h[:, back], c[:, order])"),
        "c is sorted a second time",
    ),
    "one put back only": (_answer("(h[:, back], c)"), "c is still in sorted order"),
    "not put back": (_answer("(h, c)"), "nothing was put back"),
    "exchanged": (_answer("(c[:, back], h[:, back])"), "changed places"),
    "layers permuted": (_answer("(h[back], c[back])"), "the sentences are axis 1"),
    "features permuted": (
        _answer("(h[:, :, back], c[:, :, back])"),
        "the sentences are axis 1",
    ),
    "reversed": (_answer("(h.flip(1), c.flip(1))"), "no reversal"),
    "only one state": (_answer("h[:, back]"), "wanted 2 things"),
    "the layers forgotten": (
        _answer("(h[-1][back], c[-1][back])"),
        "three axes always",
    ),
    "no gradient": (
        _answer("(h[:, back].detach(), c[:, back].detach())"),
        "no gradient reaches h",
    ),
    "no gradient of c": (
        _answer("(h[:, back], c[:, back].detach())"),
        "no gradient reaches c",
    ),
    "less exact": (
        _answer("(h[:, back].float(), c[:, back].float())"),
        "the value at",
    ),
    "in place": (
        """
def restore(h, c, order):
    h.data[:, order], c.data[:, order] = h.data.clone(), c.data.clone()
    return h, c
""",
        "in place",
    ),
}

RIGHT = {
    "another style": """
def restore(h, c, order):
    new_h, new_c = torch.empty_like(h), torch.empty_like(c)
    new_h[:, order], new_c[:, order] = h, c
    return new_h, new_c
""",
    "a loop": """
def restore(h, c, order):
    place = {int(sentence): row for row, sentence in enumerate(order)}
    rows = [place[b] for b in range(len(place))]
    return [torch.stack([state[:, r] for r in rows], dim=1) for state in (h, c)]
""",
    "a matrix": """
def restore(h, c, order):
    P = torch.nn.functional.one_hot(order, len(order)).to(h.dtype)
    return tuple(torch.einsum("ib,lih->lbh", P, state) for state in (h, c))
""",
    "the inverse by assignment, then gather": """
def restore(h, c, order):
    back = torch.empty_like(order)
    back[order] = torch.arange(len(order))
    index = back[None, :, None].expand(h.shape)
    return h.gather(1, index), c.gather(1, index)
""",
    "index_select on both at once": """
def restore(h, c, order):
    return torch.stack([h, c]).index_select(2, torch.sort(order).indices).unbind()
""",
}

CHEATS = {
    "always the first order": (
        """
_seen = []
def restore(h, c, order):
    _seen.append(order.argsort())
    back = next((b for b in _seen if len(b) == len(order)))
    return h[:, back], c[:, back]
""",
        "the value at",
    ),
}
