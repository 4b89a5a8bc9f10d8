"""Wrong answers to "NAND by thought", with words that their hints must contain."""

HEAD = "def nand():\n    return "

WRONG = {
    "AND": (HEAD + "np.array([1.0, 1.0]), -1.5\n", "that is AND"),
    "NOR": (HEAD + "np.array([-1.0, -1.0]), 0.5\n", "that is NOR"),
    "OR": (HEAD + "np.array([1.0, 1.0]), -0.5\n", "that is OR"),
    "NOT of one input": (HEAD + "np.array([-2.0, 0.0]), 1.0\n", "answers wrongly"),
    "always fires": (HEAD + "np.array([-1.0, -1.0]), 2.5\n", "it always fires"),
    "never fires": (HEAD + "np.zeros(2), -1.0\n", "it never fires"),
    "a threshold, not a bias": (
        HEAD + "np.array([-1.0, -1.0]), -1.5\n",
        "the bias is minus the threshold",
    ),
    "bias forgotten": (HEAD + "np.array([-1.0, -1.0]), 0.0\n", "it never fires"),
    "on the threshold": (
        HEAD + "np.array([-1.0, -1.0]), 2.0\n",
        "too near the threshold",
    ),
    "a little too near": (
        HEAD + "np.array([-1.0, -1.0]), 1.24\n",
        "leave 0.25 on both sides",
    ),
    "NaN": (HEAD + "np.array([-1.0, np.nan]), 1.5\n", "must be finite"),
    "a table of answers": (HEAD + "np.array([1, 1, 1, 0]), 0.0\n", "got (4,)"),
    "weights as a column": (HEAD + "-np.ones((2, 1)), 1.5\n", "got (2, 1)"),
    "only the weights": (
        HEAD + "np.array([-1.0, -1.0])\n",
        "wanted 2 things, weights, bias",
    ),
    "the bias first": (HEAD + "1.5, np.array([-1.0, -1.0])\n", "the weights"),
}

CHEATS = {
    "right at the first call only": (
        """
calls = []
def nand():
    calls.append(1)
    sign = -1.0 if len(calls) == 1 else 1.0
    return sign * np.array([1.0, 1.0]), sign * -1.5
""",
        "that is AND",
    ),
}

RIGHT = {
    "lists and other numbers": HEAD + "[-2.0, -3.0], 4.0\n",
    "whole numbers in NumPy": HEAD + "np.array([-2, -2]), np.int32(3)\n",
    "just room enough": HEAD + "(-0.5, -0.5), 0.75\n",
    "tensors": "import torch\n"
    + HEAD
    + "torch.tensor([-1.0, -1.0]), torch.tensor(1.5)\n",
    "learned": """
def nand():
    cases = [(0, 0), (0, 1), (1, 0), (1, 1)]
    w, b = np.zeros(2), 0.0
    for _ in range(100):
        for case in cases:
            wanted = -1 if case == (1, 1) else 1
            if wanted * (w @ case + b) <= 0.3:
                w, b = w + wanted * np.array(case), b + wanted
    return w, b
""",
}
