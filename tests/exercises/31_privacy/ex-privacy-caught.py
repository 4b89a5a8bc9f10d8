"""Wrong answers to `caught_at`, and other right ones."""

GOOD = """
def caught_at(members, others, false):
    best = 0.0
    for threshold in np.unique(members):
        if (others >= threshold).mean() <= false:
            best = max(best, (members >= threshold).mean())
    return best
"""

WRONG = {
    "counted along, members first": (
        """
def caught_at(members, others, false):
    scores = np.concatenate([members, others])
    inside = np.arange(len(scores)) < len(members)
    order = np.lexsort((~inside, -scores))
    accused = np.cumsum(~inside[order]) / len(others)
    caught = np.cumsum(inside[order]) / len(members)
    return caught[accused <= false].max(initial=0.0)
""",
        "equal scores",
    ),
    "a quantile": (
        """
def caught_at(members, others, false):
    return (members > np.quantile(others, 1 - false)).mean()
""",
        "share caught",
    ),
    "fewer than the share": (
        GOOD.replace("<= false", "< false"), "share caught",
    ),
    "low scores say in": (GOOD.replace(">= threshold", "<= threshold"), "high score"),
    "mixed up": (
        GOOD.replace("members, others, false", "others, members, false", 1),
        "mixed up",
    ),
    "a number": (GOOD.replace(").mean())", ").sum())"), "not a number"),
    "thresholds of the others alone": (
        GOOD.replace("np.unique(members)", "np.unique(others)"), "share caught",
    ),
    "above the threshold alone": (
        GOOD.replace(">= threshold", "> threshold"), "share caught",
    ),
    "the first that fits": (
        """
def caught_at(members, others, false):
    for threshold in np.sort(others)[::-1]:
        if (others >= threshold).mean() <= false:
            return (members >= threshold).mean()
    return 0.0
""",
        "share caught",
    ),
    "one false alarm too many": (
        GOOD.replace("<= false", "<= false + 1 / len(others)"), "at most",
    ),
    "nothing above all scores": (
        GOOD.replace("best = 0.0", "best = (members >= members.max()).mean()"),
        "share caught",
    ),
    "a thousand thresholds": (
        GOOD.replace("np.unique(members)", "np.linspace(\n        min(members.min(),"
                     " others.min()),\n        max(members.max(), others.max()) + 1,"
                     " 1000)"),
        "share caught",
    ),
    "float32": (
        GOOD.replace("    best", "    members, others ="
                     " members.astype('f4'), others.astype('f4')\n    best", 1),
        "share caught",
    ),
    "rounded": (
        GOOD.replace("    best", "    members, others ="
                     " members.round(6), others.round(6)\n    best", 1),
        "share caught",
    ),
    "a little above the others": (
        GOOD.replace("np.unique(members)", "np.append(others + 1e-9, -np.inf)"),
        "share caught",
    ),
    "in place": (
        """
def caught_at(members, others, false):
    members.sort()
    best = 0.0
    for threshold in members:
        if (others >= threshold).mean() <= false:
            best = max(best, (members >= threshold).mean())
    return best
""",
        "in place",
    ),
}  # fmt: skip

RIGHT = {
    "the threshold above the others": """
def caught_at(members, others, false):
    ranked = np.sort(others)[::-1]
    allowed = int(np.floor(false * len(others) + 1e-9))
    if allowed >= len(others):
        return 1.0
    return float((members > ranked[allowed]).mean())
""",
    "counted along, others first": """
def caught_at(members, others, false):
    scores = np.concatenate([others, members])
    inside = np.arange(len(scores)) >= len(others)
    order = np.argsort(-scores, kind="stable")
    accused = np.cumsum(~inside[order]) / len(others)
    caught = np.cumsum(inside[order]) / len(members)
    return caught[accused <= false].max(initial=0.0)
""",
    "by searching": """
def caught_at(members, others, false):
    ranked = np.sort(others)
    accused = 1 - np.searchsorted(ranked, members) / len(others)
    fine = members[accused <= false]
    if len(fine) == 0:
        return 0.0
    return float((members >= fine.min()).mean())
""",
    "a table": """
def caught_at(members, others, false):
    thresholds = np.append(np.unique(np.append(members, others)), np.inf)
    accused = (others[None] >= thresholds[:, None]).mean(1)
    caught = (members[None] >= thresholds[:, None]).mean(1)
    return caught[accused <= false].max()
""",
}
