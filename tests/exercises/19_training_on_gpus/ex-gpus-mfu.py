"""Wrong answers to "The utilization of a fine-tuning", and right ones."""

HEAD = "def utilization(N, L, D, T, frozen, rate, peak, cards):\n    return "


def made(value):
    """An answer that returns this."""
    return f"{HEAD}{value}\n"


VALUE = "(6 * N - 2 * frozen + 12 * L * D * T) * rate / (peak * cards)"
NAMES = ("N", "L", "D", "T", "frozen", "rate", "peak", "cards")


def remembered(key):
    """The right answer, of the first call with this key."""
    return (
        "kept = {}\n\n\ndef utilization(N, L, D, T, frozen, rate, peak, cards):\n"
        f"    return kept.setdefault(({key}), {VALUE})\n"
    )


WRONG = {
    "attention counts in long contexts alone": (
        """def utilization(N, L, D, T, frozen, rate, peak, cards):
    flops = 6 * N - 2 * frozen + (12 * L * D * T if T > D else 0)
    return flops * rate / (peak * cards)
""",
        "12 L D T",
    ),
    "at least a thousandth": (
        """def utilization(N, L, D, T, frozen, rate, peak, cards):
    found = (6 * N - 2 * frozen + 12 * L * D * T) * rate / (peak * cards)
    return min(1.0, max(1e-3, found))
""",
        "the utilization is 0.001",
    ),
    "attention forgotten": (
        made("(6 * N - 2 * frozen) * rate / (peak * cards)"),
        "own products are missing",
    ),
    "one card's peak": (
        made("(6 * N - 2 * frozen + 12 * L * D * T) * rate / peak"),
        "divide by the peak of all",
    ),
    "cards on the wrong side": (
        made("(6 * N - 2 * frozen + 12 * L * D * T) * rate * cards / peak"),
        "divide, not multiply",
    ),
    "forward pass only": (
        made("(2 * N + 4 * L * D * T) * rate / (peak * cards)"),
        "backward pass costs twice",
    ),
    "weights forward only": (
        made("(2 * N + 12 * L * D * T) * rate / (peak * cards)"),
        "2N is the forward pass",
    ),
    "attention forward only": (
        made("(6 * N - 2 * frozen + 4 * L * D * T) * rate / (peak * cards)"),
        "wanted 12LDT",
    ),
    "half of the context": (
        made("(6 * N - 2 * frozen + 6 * L * D * T) * rate / (peak * cards)"),
        "counts half of T",
    ),
    "one layer": (
        made("(6 * N - 2 * frozen + 12 * D * T) * rate / (peak * cards)"),
        "every layer has attention",
    ),
    "context squared": (
        made("(6 * N - 2 * frozen + 12 * L * D * T**2) * rate / (peak * cards)"),
        "not T squared",
    ),
    "percent": (
        made("100 * (6 * N - 2 * frozen + 12 * L * D * T) * rate / (peak * cards)"),
        "not percent",
    ),
    "turned over": (
        made("peak * cards / ((6 * N - 2 * frozen + 12 * L * D * T) * rate)"),
        "turned over",
    ),
    "whole numbers": (
        made("(6 * N - 2 * frozen + 12 * L * D * T) * rate // (peak * cards)"),
        "is it rounded down",
    ),
    "a few digits": (
        made("round((6 * N - 2 * frozen + 12 * L * D * T) * rate / (peak * cards), 4)"),
        "the utilization is",
    ),
    "32 bits": (
        made(
            "float(np.array(6 * N - 2 * frozen + 12 * L * D * T).astype(np.int32))"
            " * rate / (peak * cards)"
        ),
        "the utilization is",
    ),
    "frozen weights as others": (
        made("(6 * N + 12 * L * D * T) * rate / (peak * cards)"),
        "has no gradient: 4, not 6",
    ),
    "frozen weights are free": (
        made("(6 * (N - frozen) + 12 * L * D * T) * rate / (peak * cards)"),
        "multiplied too",
    ),
    "frozen weights forward alone": (
        made("(6 * N - 4 * frozen + 12 * L * D * T) * rate / (peak * cards)"),
        "passes through a frozen weight",
    ),
    "attention frozen as well": (
        made(
            "(6 * N - 2 * frozen + 12 * L * D * T * (1 - frozen / N)) * rate"
            " / (peak * cards)"
        ),
        "they cost what they cost",
    ),
    "half frozen at most": (
        made(VALUE.replace("frozen", "min(frozen, N // 2)")),
        "the utilization is",
    ),
    "nothing frozen is an error": (
        made(f"{VALUE} if frozen else 1 / 0"),
        "ZeroDivisionError",
    ),
    "a whole peak": (made(VALUE.replace("peak", "int(peak)")), "the utilization is"),
    "never small": (made(f"max(0.01, {VALUE})"), "the utilization is"),
    "as a text": (
        made("str((6 * N - 2 * frozen + 12 * L * D * T) * rate / (peak * cards))"),
        "wanted the utilization, one number",
    ),
    "with its unit": (
        made("(6 * N - 2 * frozen + 12 * L * D * T) * rate / (peak * cards), '1'"),
        "wanted the utilization, one number",
    ),
}

WRONG |= {
    f"remembered without {name}": (
        remembered(", ".join(one for one in NAMES if one != name)),
        "the utilization is",
    )
    for name in NAMES
}

RIGHT = {
    "one at most": made(f"min(1.0, {VALUE})"),
    "forward and backward": """
def utilization(N, L, D, T, frozen, rate, peak, cards):
    forward = 2 * N + L * (2 * D * T + 2 * T * D)
    backward = forward + 2 * (N - frozen) + L * (2 * D * T + 2 * T * D)
    least_seconds_per_token = (forward + backward) / peak
    return least_seconds_per_token * (rate / cards)
""",
    "layer by layer, in NumPy": """
def utilization(N, L, D, T, frozen, rate, peak, cards):
    flops = np.float64(6) * N - np.float64(2) * frozen
    for layer in range(int(L)):
        flops = flops + 12.0 * D * T
    return np.divide(flops * rate, np.multiply(float(peak), cards))
""",
    "a float32 tensor": """
def utilization(N, L, D, T, frozen, rate, peak, cards):
    per_token = torch.tensor(
        6.0 * (N - frozen) + 4.0 * frozen + 12.0 * L * D * T
    )
    return per_token / float(peak) * float(rate) / float(cards)
""",
    "an array of shape ()": """
def utilization(N, L, D, T, frozen, rate, peak, cards):
    terms = np.array([6, -2, 12 * L]) * np.array([N, frozen, D * T])
    return np.array(terms.sum() * rate / peak / cards)
""",
}
