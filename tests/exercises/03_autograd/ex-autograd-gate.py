"""Answers to "An operation of your own", wrong and right."""

HEAD = "def gate_backward(a, b, dy):\n"
SIGMOID = "    s = 1 / (1 + np.exp(-a * b))\n    inside = dy * a * s * (1 - s)\n"
SUMS = "    return unbroadcast(da, a.shape), unbroadcast(db, b.shape)\n"
DA = "    da = dy * s + inside * b\n"
DB = "    db = inside * a\n"

WRONG = {
    "only the factor in front": (
        HEAD + SIGMOID + "    da = dy * s\n" + DB + SUMS,
        "acts twice",
    ),
    "only inside": (HEAD + SIGMOID + "    da = inside * b\n" + DB + SUMS, "acts twice"),
    "inside replaces in front": (
        HEAD + SIGMOID + "    da = dy * s\n    da = inside * b\n" + DB + SUMS,
        "acts twice",
    ),
    "b forgotten inside": (
        HEAD + SIGMOID + "    da = dy * s + inside\n" + DB + SUMS,
        "the slope in a is b",
    ),
    "a forgotten in db": (
        HEAD + SIGMOID + DA + "    db = inside\n" + SUMS,
        "once more",
    ),
    "slope of the sigmoid is the sigmoid": (
        HEAD + SIGMOID.replace(" * (1 - s)", "") + DA + DB + SUMS,
        "wanted",
    ),
    "nothing is summed": (
        HEAD + SIGMOID + DA + DB + "    return da, db\n",
        "sum over what",
    ),
    "only b is summed": (
        HEAD + SIGMOID + DA + DB + "    return da, unbroadcast(db, b.shape)\n",
        "that of a",
    ),
    "only a is summed": (
        HEAD + SIGMOID + DA + DB + "    return unbroadcast(da, a.shape), db\n",
        "that of b",
    ),
    "axes in front alone": (
        HEAD
        + SIGMOID
        + DA
        + DB
        + "    da = da.sum(axis=tuple(range(da.ndim - a.ndim)))\n"
        + "    db = db.sum(axis=tuple(range(db.ndim - b.ndim)))\n"
        + "    return da, db\n",
        "sum over what",
    ),
    "a mean over what was stretched": (
        HEAD
        + SIGMOID
        + DA
        + DB
        + "    return (unbroadcast(da, a.shape) / max(dy.size / max(a.size, 1), 1),\n"
        + "            unbroadcast(db, b.shape) / max(dy.size / max(b.size, 1), 1))\n",
        "not a sum",
    ),
    "dy is dropped": (
        HEAD + "    dy = np.ones_like(dy)\n" + SIGMOID + DA + DB + SUMS,
        "dy is missing",
    ),
    "dy is summed first": (
        HEAD
        + "    s = 1 / (1 + np.exp(-a * b))\n"
        + "    of_a, of_b = s + a * b * s * (1 - s), a * a * s * (1 - s)\n"
        + "    da = unbroadcast(dy, a.shape) * unbroadcast(of_a, a.shape)\n"
        + "    db = unbroadcast(dy, b.shape) * unbroadcast(of_b, b.shape)\n"
        + "    return da, db\n",
        "wanted",
    ),
    "another order": (
        HEAD
        + SIGMOID
        + DA
        + DB
        + "    return unbroadcast(db, b.shape), unbroadcast(da, a.shape)\n",
        "wanted",
    ),
    "only da": (
        HEAD + SIGMOID + DA + "    return unbroadcast(da, a.shape)\n",
        "wanted 2 things",
    ),
    "two axes only": (
        HEAD + "    rows, columns = dy.shape\n" + SIGMOID + DA + DB + SUMS,
        "shapes: a",
    ),
    "changes dy": (
        HEAD
        + "    s = 1 / (1 + np.exp(-a * b))\n"
        + "    da = dy * s + dy * a * b * s * (1 - s)\n"
        + "    dy *= a * a * s * (1 - s)\n"
        + "    return unbroadcast(da, a.shape), unbroadcast(dy, b.shape)\n",
        "in place",
    ),
    "small gradients set to 0": (
        HEAD
        + SIGMOID
        + DA
        + DB
        + "    da, db = (np.where(np.isclose(part, 0), 0, part) for part in (da, db))\n"
        + SUMS,
        "is 0, wanted",
    ),
    "by central differences": (
        HEAD
        + """
    def y(a, b):
        return a / (1 + np.exp(-a * b))
    step = 1e-6
    da = dy * (y(a + step, b) - y(a - step, b)) / (2 * step)
    db = dy * (y(a, b + step) - y(a, b - step)) / (2 * step)
"""
        + SUMS,
        "wanted",
    ),
}

RIGHT = {
    "einsum and tanh": """
def gate_backward(a, b, dy):
    s = 0.5 * (1 + np.tanh(0.5 * a * b))
    slope = 0.25 / np.cosh(0.5 * a * b) ** 2
    da = dy * (s + a * b * slope)
    db = dy * a**2 * slope

    def back(full, like):
        while full.ndim > like.ndim:
            full = full.sum(0)
        for axis in range(like.ndim):
            if like.shape[axis] == 1 and full.shape[axis] != 1:
                full = full.sum(axis, keepdims=True)
        return full

    return [back(np.asarray(da), a), back(np.asarray(db), b)]
""",
    "number by number": """
def gate_backward(a, b, dy):
    da, db = np.zeros_like(a), np.zeros_like(b)
    def at(place, shape):
        if not shape:
            return ()
        own = place[-len(shape):]
        return tuple(0 if n == 1 else i for i, n in zip(own, shape))
    for place in np.ndindex(dy.shape):
        i, j = at(place, a.shape), at(place, b.shape)
        s = 1 / (1 + np.exp(-a[i] * b[j]))
        da[i] += dy[place] * (s + a[i] * b[j] * s * (1 - s))
        db[j] += dy[place] * a[i] ** 2 * s * (1 - s)
    return da, db
""",
    "each parent on its own": """
def gate_backward(a, b, dy):
    t = np.exp(-np.logaddexp(0, -(a * b)))
    front = unbroadcast(dy * t, a.shape)
    inner = dy * a * t * (1 - t)
    return front + unbroadcast(inner * b, a.shape), unbroadcast(inner * a, b.shape)
""",
    "torch without its gradients": """
import torch

def gate_backward(a, b, dy):
    a, b, dy = (torch.from_numpy(np.array(x)) for x in (a, b, dy))
    s = torch.sigmoid(a * b)
    inside = dy * a * s * (1 - s)
    da, db = dy * s + inside * b, inside * a
    return da.sum_to_size(a.shape), db.sum_to_size(b.shape)
""",
}

CHEATS = {
    f"remembers gradients by all but {name}": (
        "known = {}\n"
        + HEAD
        + SIGMOID
        + DA
        + DB
        + "    found = unbroadcast(da, a.shape), unbroadcast(db, b.shape)\n"
        + f"    return known.setdefault({key}, found)\n",
        " is ",
    )
    for name, key in (
        ("a", "(a.shape, b.tobytes(), dy.tobytes())"),
        ("b", "(b.shape, a.tobytes(), dy.tobytes())"),
        ("dy", "(a.tobytes(), b.tobytes(), dy.shape)"),
    )
}
CHEATS |= {
    "the library's engine": (
        HEAD
        + "    from n2t.scratch.autograd import Tensor\n"
        + "    a, b = Tensor(a), Tensor(b)\n"
        + "    (a * (a * b).sigmoid()).backward(dy)\n"
        + "    return a.grad, b.grad\n",
        "write the gradient down yourself",
    ),
    "automatic differentiation": (
        "import torch\n"
        + HEAD
        + "    a, b = (torch.tensor(x, requires_grad=True) for x in (a, b))\n"
        + "    y = a * torch.sigmoid(a * b)\n"
        + "    return torch.autograd.grad(y, (a, b), torch.tensor(dy))\n",
        "write the gradient down yourself",
    ),
}
