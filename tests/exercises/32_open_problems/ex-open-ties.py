"""Wrong answers to `fair_accuracy`, and other right ones."""

GOOD = """
def fair_accuracy(distances, train_labels, test_labels, k):
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    total = 0.0
    for places, label in zip(order, test_labels):
        names, votes = np.unique(train_labels[places], return_counts=True)
        winners = names[votes == votes.max()]
        total += np.isin(label, winners) / len(winners)
    return total / len(test_labels)
"""

WRONG = {
    "any of the tied": (
        GOOD.replace("np.isin(label, winners) / len(winners)",
                     "np.isin(label, winners)"),
        "any of the tied",
    ),
    "among the nearest": (
        GOOD.replace("np.isin(label, winners) / len(winners)",
                     "np.isin(label, names)"),
        "it must win",
    ),
    "the smallest label": (
        GOOD.replace("np.isin(label, winners) / len(winners)",
                     "winners[0] == label"),
        "the accuracy",
    ),
    "the nearest label": (
        """
from collections import Counter

def fair_accuracy(distances, train_labels, test_labels, k):
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    right = [Counter(train_labels[p].tolist()).most_common(1)[0][0] == label
             for p, label in zip(order, test_labels)]
    return np.mean(right)
""",
        "the accuracy",
    ),
    "ties are wrong": (
        GOOD.replace("np.isin(label, winners) / len(winners)",
                     "len(winners) == 1 and winners[0] == label"),
        "counts 1/m",
    ),
    "a share of votes": (
        GOOD.replace("np.isin(label, winners) / len(winners)",
                     "np.mean(train_labels[places] == label)"),
        "share of the votes",
    ),
    "the farthest": (GOOD.replace("argsort(dist", "argsort(-dist"), "farthest"),
    "an unstable order": (
        GOOD.replace(
            'np.argsort(distances, axis=1, kind="stable")[:, :k]',
            "distances.shape[1] - 1"
            ' - np.argsort(distances[:, ::-1], axis=1, kind="stable")[:, :k]',
        ),
        "earlier training example",
    ),
    "distances in float32": (
        GOOD.replace("argsort(distances,", "argsort(distances.astype(np.float32),"),
        "do not round",
    ),
    "distances in float16": (
        GOOD.replace("argsort(distances,", "argsort(distances.astype(np.float16),"),
        "do not round",
    ),
    "distances rounded": (
        GOOD.replace("argsort(distances,", "argsort(np.round(distances, 9),"),
        "do not round",
    ),
    "a sum": (GOOD.replace(" / len(test_labels)", ""), "mean over tests"),
    "drawn at random": (
        GOOD.replace("np.isin(label, winners) / len(winners)",
                     "np.random.choice(winners) == label"),
        "the accuracy",
    ),
    "one neighbor": (GOOD.replace("[:, :k]", "[:, :1]"), "the accuracy"),
    "sorts in place": (
        GOOD.replace(
            "    total",
            "    distances.sort(axis=1)\n    total",
            1,
        ),
        "in place",
    ),
}  # fmt: skip

RIGHT = {
    "float32": GOOD.replace(
        "return total / len(test_labels)",
        "return np.float32(total / len(test_labels)).item()",
    ),
    "a dictionary": """
def fair_accuracy(distances, train_labels, test_labels, k):
    points = []
    for row, label in zip(distances.tolist(), test_labels.tolist()):
        nearest = sorted(range(len(row)), key=row.__getitem__)[:k]
        votes = {}
        for i in nearest:
            name = int(train_labels[i])
            votes[name] = votes.get(name, 0) + 1
        most = max(votes.values())
        tied = [name for name in votes if votes[name] == most]
        points.append(1 / len(tied) if label in tied else 0.0)
    return sum(points) / len(points)
""",
    "one table": """
def fair_accuracy(distances, train_labels, test_labels, k):
    names = np.union1d(train_labels, test_labels)
    order = np.lexsort((np.broadcast_to(np.arange(distances.shape[1]),
                                        distances.shape), distances))[:, :k]
    votes = (train_labels[order][..., None] == names).sum(1)
    best = votes == votes.max(1, keepdims=True)
    mine = best[np.arange(len(test_labels)), np.searchsorted(names, test_labels)]
    return (mine / best.sum(1)).mean()
""",
}
