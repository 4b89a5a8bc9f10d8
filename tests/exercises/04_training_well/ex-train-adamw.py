"""Answers to "AdamW, where some slopes are missing", wrong and right."""

HEAD = """
def adamw_path(w, slopes, rates, betas, tiny, decay):
    w = w.copy()
    mean, square, count = np.zeros((3, len(w)))
    path = []
    for dw, rate in zip(slopes, rates):
        on = ~np.isnan(dw)
"""
COUNT = "        count[on] += 1\n"
MEANS = """
        mean[on] = betas[0] * mean[on] + (1 - betas[0]) * dw[on]
        square[on] = betas[1] * square[on] + (1 - betas[1]) * dw[on] ** 2
"""
FAIR = """
        m = mean[on] / (1 - betas[0] ** count[on])
        s = square[on] / (1 - betas[1] ** count[on])
"""
DECAY = "        w[on] *= 1 - rate * decay\n"
STEP = "        w[on] -= rate * m / (np.sqrt(s) + tiny)\n"
END = "        path.append(w.copy())\n    return np.array(path)\n"

WRONG = {
    "one count for all": (
        HEAD + "        count += 1\n" + MEANS + FAIR + DECAY + STEP + END,
        "its own count",
    ),
    "the count never rises": (
        HEAD + "        count[:] = 1\n" + MEANS + FAIR + DECAY + STEP + END,
        "as if it were the first",
    ),
    "no correction": (
        HEAD + MEANS + "        m, s = mean[on], square[on]\n" + DECAY + STEP + END,
        "they begin at 0",
    ),
    "squares not corrected": (
        HEAD + COUNT + MEANS + FAIR + "        s = square[on]\n" + DECAY + STEP + END,
        "the squares is not corrected",
    ),
    "slopes not corrected": (
        HEAD + COUNT + MEANS + FAIR + "        m = mean[on]\n" + DECAY + STEP + END,
        "the slopes is not corrected",
    ),
    "decay in the slope": (
        HEAD + COUNT + "        dw = dw + decay * w\n" + MEANS + FAIR + STEP + END,
        "beside Adam's step",
    ),
    "decay without the rate": (
        HEAD + COUNT + MEANS + FAIR + "        w[on] *= 1 - decay\n" + STEP + END,
        "not decay alone",
    ),
    "decay after the step": (
        HEAD + COUNT + MEANS + FAIR + STEP + DECAY + END,
        "decay first",
    ),
    "no decay": (HEAD + COUNT + MEANS + FAIR + STEP + END, "there is no decay"),
    "all decay": (
        HEAD + COUNT + MEANS + FAIR + "        w *= 1 - rate * decay\n" + STEP + END,
        "must stay where it is",
    ),
    "means fade": (
        HEAD
        + COUNT
        + """
        known = np.where(on, dw, 0.0)
        mean = betas[0] * mean + (1 - betas[0]) * known
        square = betas[1] * square + (1 - betas[1]) * known ** 2
"""
        + FAIR
        + DECAY
        + STEP
        + END,
        "they stay",
    ),
    "a missing slope is a slope of 0": (
        HEAD
        + "        dw = np.nan_to_num(dw)\n        on = np.ones(len(w), bool)\n"
        + COUNT
        + MEANS
        + FAIR
        + DECAY
        + STEP
        + END,
        "the path",
    ),
    "a slope of 0 is a missing one": (
        HEAD + "        on &= dw != 0\n" + COUNT + MEANS + FAIR + DECAY + STEP + END,
        "a slope of 0 is a slope",
    ),
    "tiny under the root": (
        HEAD
        + COUNT
        + MEANS
        + FAIR
        + DECAY
        + "        w[on] -= rate * m / np.sqrt(s + tiny)\n"
        + END,
        "outside",
    ),
    "tiny forgotten": (
        HEAD
        + COUNT
        + MEANS
        + FAIR
        + DECAY
        + "        w[on] -= rate * m / np.sqrt(np.maximum(s, 1e-300))\n"
        + END,
        "the path",
    ),
    "tiny corrected too": (
        HEAD
        + COUNT
        + MEANS
        + DECAY
        + "        s = np.sqrt(square[on]) + tiny\n"
        + "        m = mean[on] / (1 - betas[0] ** count[on])\n"
        + "        w[on] -= rate * m * np.sqrt(1 - betas[1] ** count[on]) / s\n"
        + END,
        "the path",
    ),
    "the first rate for all": (
        HEAD + "        rate = rates[0]\n" + COUNT + MEANS + FAIR + DECAY + STEP + END,
        "the path",
    ),
    "betas swapped": (
        HEAD
        + "        betas_ = betas[::-1]\n"
        + COUNT
        + MEANS.replace("betas[", "betas_[")
        + FAIR.replace("betas[", "betas_[")
        + DECAY
        + STEP
        + END,
        "the path",
    ),
    "the rate of the weight's own count": (
        HEAD
        + COUNT
        + "        rate = rates[count[on].astype(int) - 1]\n"
        + MEANS
        + FAIR
        + DECAY
        + STEP
        + END,
        "the path",
    ),
    "decay with the rate of the update before": (
        HEAD.replace("dw, rate in zip(", "dw, rate, last in zip(").replace(
            "rates)", "rates, [rates[0], *rates])"
        )
        + COUNT
        + MEANS
        + FAIR
        + DECAY.replace("rate", "last")
        + STEP
        + END,
        "the path",
    ),
    "the larger of root and tiny": (
        HEAD
        + COUNT
        + MEANS
        + FAIR
        + DECAY
        + "        w[on] -= rate * m / np.maximum(np.sqrt(s), tiny)\n"
        + END,
        "the path",
    ),
    "a row with a gap is skipped": (
        HEAD + "        on &= on.all()\n" + COUNT + MEANS + FAIR + DECAY + STEP + END,
        "the path",
    ),
    "no correction from the twentieth update on": (
        HEAD
        + COUNT
        + MEANS
        + FAIR
        + "        m = np.where(count[on] < 20, m, mean[on])\n"
        + "        s = np.where(count[on] < 20, s, square[on])\n"
        + DECAY
        + STEP
        + END,
        "for 150 updates",
    ),
    "a count of one byte": (
        HEAD
        + "        count = count.astype(np.int8)\n"
        + COUNT
        + MEANS
        + FAIR
        + DECAY
        + STEP
        + END,
        "for 150 updates",
    ),
    "an update of rate 0 is skipped": (
        HEAD + "        on &= rate > 0\n" + COUNT + MEANS + FAIR + DECAY + STEP + END,
        "with rate 0 nothing moves",
    ),
    "decay stops at 0": (
        HEAD
        + COUNT
        + MEANS
        + FAIR
        + "        w[on] *= max(0, 1 - rate * decay)\n"
        + STEP
        + END,
        "the path",
    ),
    "the last weights alone": (
        HEAD + COUNT + MEANS + FAIR + DECAY + STEP + "    return w\n",
        "the path",
    ),
    "all rows are the last": (
        HEAD
        + COUNT
        + MEANS
        + FAIR
        + DECAY
        + STEP
        + "        path.append(w)\n    return np.array(path)\n",
        "the path",
    ),
    "with the start in front": (
        HEAD
        + COUNT
        + MEANS
        + FAIR
        + DECAY
        + STEP
        + "        path.append(w.copy())\n"
        + "    return np.array([path[0], *path])\n",
        "one row an update",
    ),
    "in place": (
        HEAD.replace("    w = w.copy()\n", "")
        + COUNT
        + MEANS
        + FAIR
        + DECAY
        + STEP
        + END,
        "in place",
    ),
    "PyTorch's": (
        """
import torch

def adamw_path(w, slopes, rates, betas, tiny, decay):
    weights = [torch.nn.Parameter(torch.tensor(x)) for x in w]
    adamw = torch.optim.AdamW(weights, betas=betas, eps=tiny, weight_decay=decay)
    path = []
    for row, rate in zip(slopes, rates):
        adamw.param_groups[0]["lr"] = rate
        for weight, dw in zip(weights, row):
            weight.grad = None if np.isnan(dw) else torch.tensor(dw)
        adamw.step()
        path.append([weight.item() for weight in weights])
    return np.array(path)
""",
        "write it yourself",
    ),
}

RIGHT = {
    "as in the book, decay in one line": (
        HEAD
        + COUNT
        + MEANS
        + FAIR
        + "        w[on] = w[on] - rate * (decay * w[on] + m / (np.sqrt(s) + tiny))\n"
        + END
    ),
    "weight by weight": """
import math

def adamw_path(w, slopes, rates, betas, tiny, decay):
    path = np.empty(slopes.shape)
    for i in range(len(w)):
        x, m, s, k = float(w[i]), 0.0, 0.0, 0
        for t, (g, rate) in enumerate(zip(slopes[:, i], rates)):
            if g == g:
                k += 1
                m += (1 - betas[0]) * (g - m)
                s += (1 - betas[1]) * (g * g - s)
                x -= rate * decay * x
                x -= rate * (m / (1 - betas[0] ** k)) / (
                    math.sqrt(s / (1 - betas[1] ** k)) + tiny)
            path[t, i] = x
    return path
""",
    "with where, all at once": """
def adamw_path(w, slopes, rates, betas, tiny, decay):
    b, c = betas
    m = s = k = np.zeros(len(w))
    rows = []
    for g, rate in zip(slopes, rates):
        on = np.isfinite(g)
        g = np.where(on, g, 0)
        k = k + on
        m = np.where(on, b * m + (1 - b) * g, m)
        s = np.where(on, c * s + (1 - c) * g * g, s)
        safe = np.maximum(k, 1)
        step = m / (1 - b**safe) / (np.sqrt(s / (1 - c**safe)) + tiny)
        w = np.where(on, w - rate * decay * w - rate * step, w)
        rows.append(w)
    return np.stack(rows)
""",
    "lists": """
def adamw_path(w, slopes, rates, betas, tiny, decay):
    state = [[float(x), 0.0, 0.0, 0] for x in w]
    path = []
    for row, rate in zip(slopes.tolist(), rates.tolist()):
        for one, g in zip(state, row):
            if np.isnan(g):
                continue
            one[3] += 1
            one[1] = betas[0] * one[1] + (1 - betas[0]) * g
            one[2] = betas[1] * one[2] + (1 - betas[1]) * g**2
            fair = one[1] / (1 - betas[0] ** one[3])
            size = (one[2] / (1 - betas[1] ** one[3])) ** 0.5 + tiny
            one[0] = one[0] * (1 - rate * decay) - rate * fair / size
        path.append([one[0] for one in state])
    return path
""",
    "a cumulative sum counts": """
def adamw_path(w, slopes, rates, betas, tiny, decay):
    there = ~np.isnan(slopes)
    g = np.nan_to_num(slopes)
    k = there.cumsum(axis=0)
    out = np.empty_like(slopes)
    m = v = 0 * w
    for t in range(len(slopes)):
        b, c = (np.where(there[t], beta, 1.0) for beta in betas)
        m, v = b * m + (1 - b) * g[t], c * v + (1 - c) * g[t] ** 2
        one, two = (1 - beta ** k[t].clip(1) for beta in betas)
        rate = rates[t] * there[t]
        w = w * (1 - rate * decay) - rate * (m / one) / ((v / two) ** 0.5 + tiny)
        out[t] = w
    return out
""",
    "corrected means as weighted averages": """
def adamw_path(w, slopes, rates, betas, tiny, decay):
    def one(x, column):
        seen, path = [], []
        for dw, rate in zip(column, rates):
            if not np.isnan(dw):
                seen.append(dw)
                age = np.arange(len(seen))[::-1]
                m, s = (
                    np.average(np.power(seen, n), weights=beta**age)
                    for n, beta in zip((1, 2), betas)
                )
                x = (1 - rate * decay) * x - rate * m / (s**0.5 + tiny)
            path.append(x)
        return path

    return np.column_stack([one(x, column) for x, column in zip(w, slopes.T)])
""",
}
