"""Answers to "Find the bugs", wrong and right."""

HEAD = "def collect(steps, dy):\n"
START = "    arrived = {steps[0][0]: dy}\n"
COPY = "    arrived = {steps[0][0]: dy.copy()}\n"
LOOP = "    for made, parent, slope in steps:\n"
PART = "        part = arrived[made] * slope\n"
ADD = "        arrived[parent] = arrived.get(parent, 0) + part\n"
END = "    return arrived\n"

WRONG = {
    "nothing mended": (
        HEAD
        + START
        + LOOP
        + "        part = arrived[made]\n        part *= slope\n"
        + "        arrived[parent] = part\n"
        + END,
        "in place",
    ),
    "only a copy of dy": (
        HEAD
        + COPY
        + LOOP
        + "        part = arrived[made]\n        part *= slope\n"
        + "        arrived[parent] = part\n"
        + END,
        "the last result",
    ),
    "still replaces": (
        HEAD + START + LOOP + PART + "        arrived[parent] = part\n" + END,
        "replaces what was there",
    ),
    "adds, still in place": (
        HEAD
        + COPY
        + LOOP
        + "        part = arrived[made]\n        part *= slope\n"
        + ADD
        + END,
        "the gradient of",
    ),
    "keeps the first": (
        HEAD + START + LOOP + PART + "        arrived.setdefault(parent, part)\n" + END,
        "the gradient of",
    ),
    "adds to what others hold": (
        HEAD
        + COPY
        + LOOP
        + "        same = np.all(slope == 1)\n"
        + "        part = arrived[made] if same else arrived[made] * slope\n"
        + "        if parent in arrived:\n            arrived[parent] += part\n"
        + "        else:\n            arrived[parent] = part\n"
        + END,
        "the gradient of",
    ),
    "a mean": (
        HEAD
        + START
        + "    count = {}\n"
        + LOOP
        + PART
        + "        n = count[parent] = count.get(parent, 0) + 1\n"
        + "        old = arrived.get(parent, 0)\n"
        + "        arrived[parent] = old + (part - old) / n\n"
        + END,
        "a mean of what arrives",
    ),
    "the same pair counts once": (
        HEAD
        + START
        + "    seen = set()\n"
        + LOOP
        + "        if (made, parent) in seen:\n            continue\n"
        + "        seen.add((made, parent))\n"
        + PART
        + ADD
        + END,
        "the gradient of",
    ),
    "slopes are added": (
        HEAD + START + LOOP + "        part = arrived[made] + slope\n" + ADD + END,
        "the gradient of",
    ),
    "without the last result": (
        HEAD + START + LOOP + PART + ADD + "    del arrived[steps[0][0]]\n" + END,
        "no gradient of",
    ),
    "only the leaves": (
        HEAD
        + START
        + LOOP
        + PART
        + ADD
        + "    made = {step[0] for step in steps}\n"
        + "    return {name: g for name, g in arrived.items() if name not in made}\n",
        "no gradient of",
    ),
    "forgets what came before the sixth": (
        HEAD
        + START
        + "    count = {}\n"
        + LOOP
        + PART
        + "        count[parent] = count.get(parent, 0) + 1\n"
        + "        old = arrived.get(parent, 0) if count[parent] < 6 else 0\n"
        + "        arrived[parent] = old + part\n"
        + END,
        "replaces what was there",
    ),
    "numbers alone": (
        HEAD
        + START
        + LOOP
        + "        part = arrived[made] * float(slope)\n"
        + ADD
        + END,
        "steps, shape",
    ),
    "summed to a number": (
        HEAD
        + START
        + LOOP
        + "        part = (arrived[made] * slope).sum()\n"
        + ADD
        + END,
        "the shape of dy",
    ),
}

RIGHT = {
    "get with 0": HEAD + START + LOOP + PART + ADD + END,
    "in place, in arrays of its own": """
def collect(steps, dy):
    names = {name for step in steps for name in step[:2]}
    arrived = {name: np.zeros(np.shape(dy)) for name in names}
    arrived[steps[0][0]] += dy
    for made, parent, slope in steps:
        arrived[parent] += arrived[made] * slope
    return arrived
""",
    "lists of letters": """
from collections import defaultdict

def collect(steps, dy):
    letters = defaultdict(list)
    letters[steps[0][0]].append(dy)
    for made, parent, slope in steps:
        letters[parent].append(np.multiply(sum(letters[made]), slope))
    return {name: sum(told) for name, told in letters.items()}
""",
    "node by node": """
def collect(steps, dy):
    last = steps[0][0]
    def gradient(name, known={}):
        if name not in known:
            told = [gradient(made, known) * slope
                    for made, parent, slope in steps if parent == name]
            known[name] = sum(told)
        return known[name]
    known = {last: np.array(dy)}
    for name in [n for step in steps for n in step[:2]]:
        gradient(name, known)
    return known
""",
}

CHEATS = {
    f"remembers gradients by {name}": (
        "known = {}\n"
        + HEAD
        + START
        + LOOP
        + PART
        + ADD
        + f"    return known.setdefault({key}, arrived)\n",
        "the gradient of",
    )
    for name, key in (
        ("dy", "(dy.tobytes(), len(steps))"),
        ("names", "tuple(step[:2] for step in steps)"),
    )
}
