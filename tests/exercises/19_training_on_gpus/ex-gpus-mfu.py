"""Wrong answers to "Your utilization", and a second right one."""

WRONG = {
    "attention forgotten": (
        """
def utilization(N, L, d, T, rate, peak, cards):
    return 6 * N * rate / (peak * cards)
""",
        "own products are missing",
    ),
    "one card's peak": (
        """
def utilization(N, L, d, T, rate, peak, cards):
    return (6 * N + 12 * L * d * T) * rate / peak
""",
        "divide by the peak of all",
    ),
    "cards on the wrong side": (
        """
def utilization(N, L, d, T, rate, peak, cards):
    return (6 * N + 12 * L * d * T) * rate * cards / peak
""",
        "divide, not multiply",
    ),
    "forward pass only": (
        """
def utilization(N, L, d, T, rate, peak, cards):
    return (2 * N + 4 * L * d * T) * rate / (peak * cards)
""",
        "backward pass costs twice",
    ),
    "weights forward only": (
        """
def utilization(N, L, d, T, rate, peak, cards):
    return (2 * N + 12 * L * d * T) * rate / (peak * cards)
""",
        "wanted 6N",
    ),
    "one layer": (
        """
def utilization(N, L, d, T, rate, peak, cards):
    return (6 * N + 12 * d * T) * rate / (peak * cards)
""",
        "every layer has attention",
    ),
    "context squared": (
        """
def utilization(N, L, d, T, rate, peak, cards):
    return (6 * N + 12 * L * d * T**2) * rate / (peak * cards)
""",
        "not T squared",
    ),
    "percent": (
        """
def utilization(N, L, d, T, rate, peak, cards):
    return 100 * (6 * N + 12 * L * d * T) * rate / (peak * cards)
""",
        "not percent",
    ),
}

RIGHT = {
    "another style": """
def utilization(N, L, d, T, rate, peak, cards):
    forward = 2 * N + L * (2 * d * T + 2 * T * d)
    backward = 2 * forward
    least_seconds_per_token = (forward + backward) / peak
    return least_seconds_per_token * (rate / cards)
""",
}
