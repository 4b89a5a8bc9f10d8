"""Wrong answers to "Find the bug", and a second right one."""


def _answer(expression):
    return f"""
def restore(h, c, order):
    back = order.argsort()
    return {expression}
"""


WRONG = {
    "nothing mended": (_answer("(h[:, order], h[:, order])"), "every letter"),
    "published bug mended only": (
        _answer("(h[:, order], c[:, order])"),
        "sorted a second time",
    ),
    "not put back": (_answer("(h, c)"), "nothing was put back"),
    "exchanged": (_answer("(c[:, back], h[:, back])"), "changed places"),
    "layers permuted": (_answer("(h[back], c[back])"), "the sentences are axis 1"),
    "reversed": (_answer("(h.flip(1), c.flip(1))"), "no reversal"),
    "only one state": (_answer("h[:, back]"), "two states"),
}

RIGHT = {
    "another style": """
def restore(h, c, order):
    new_h, new_c = torch.empty_like(h), torch.empty_like(c)
    new_h[:, order], new_c[:, order] = h, c
    return new_h, new_c
""",
}
