"""Answers to "In waves", wrong and right."""

HEAD = "def waves(parents, last):\n"
USES = """
    waiting = {last: 0}
    todo = [last]
    while todo:
        for parent in parents[todo.pop()]:
            if parent not in waiting:
                waiting[parent] = 0
                todo.append(parent)
            waiting[parent] += 1
"""
RELEASE = """
    found = [[last]]
    while found[-1]:
        following = []
        for node in found[-1]:
            for parent in parents[node]:
                waiting[parent] -= 1
                if waiting[parent] == 0:
                    following.append(parent)
        found.append(sorted(following))
    return found[:-1]
"""
EVERY = """
    waiting = dict.fromkeys(parents, 0)
    for of in parents.values():
        for parent in of:
            waiting[parent] += 1
"""

WRONG = {
    "the nearest use counts": (
        HEAD
        + """
    found, seen = [[last]], {last}
    while found[-1]:
        following = {p for node in found[-1] for p in parents[node]} - seen
        seen |= following
        found.append(sorted(following))
    return found[:-1]
""",
        "joins too early",
    ),
    "one level after the other": (
        HEAD
        + """
    found = [[last]]
    while found[-1] and len(found) < 6000:
        found.append(sorted({p for node in found[-1] for p in parents[node]}))
    return found[:-1]
""",
        "in several waves",
    ),
    "all uses are waited for": (HEAD + EVERY + RELEASE, "other uses count too"),
    "a node used twice is counted once": (
        HEAD
        + """
    waiting, todo = {last: 0}, [last]
    while todo:
        for parent in set(parents[todo.pop()]):
            if parent not in waiting:
                waiting[parent] = 0
                todo.append(parent)
            waiting[parent] += 1
"""
        + RELEASE,
        "joins too early",
    ),
    "by recursion": (
        HEAD
        + """
    place = {}
    def put(node, wave):
        if wave > place.get(node, -1):
            place[node] = wave
            for parent in parents[node]:
                put(parent, wave + 1)
    put(last, 0)
    found = [[] for _ in range(max(place.values()) + 1)]
    for node, wave in place.items():
        found[wave].append(node)
    return [sorted(wave) for wave in found]
""",
        "5,000 nodes deep",
    ),
    "every path, with a stack": (
        HEAD
        + """
    place, stack = {}, [(last, 0)]
    while stack:
        node, wave = stack.pop()
        place[node] = max(place.get(node, 0), wave)
        stack += [(parent, wave + 1) for parent in parents[node]]
    found = [[] for _ in range(max(place.values()) + 1)]
    for node, wave in place.items():
        found[wave].append(node)
    return [sorted(wave) for wave in found]
""",
        "follow every path",
    ),
    "a search of all nodes for each wave": (
        HEAD
        + """
    todo, stack = {last}, [last]
    while stack:
        for parent in parents[stack.pop()]:
            if parent not in todo:
                todo.add(parent)
                stack.append(parent)
    found = []
    while todo:
        used = set()
        for node in todo:
            used.update(parents[node])
        found.append(sorted(todo - used))
        todo &= used
    return found
""",
        "search all nodes",
    ),
    "leaves first": (
        HEAD + USES + RELEASE.replace("found[:-1]\n", "found[-2::-1]\n"),
        "turned round",
    ),
    "far from the leaves": (
        HEAD
        + """
    order, seen, stack = [], set(), [(last, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((p, False) for p in parents[node])
    height = {}
    for node in order:
        height[node] = 1 + max((height[p] for p in parents[node]), default=-1)
    found = [[] for _ in range(height[last] + 1)]
    for node, level in height.items():
        found[height[last] - level].append(node)
    return [sorted(wave) for wave in found]
""",
        "from the leaves",
    ),
    "not sorted": (
        HEAD + USES + RELEASE.replace("sorted(following)", "following"),
        "wanted [",
    ),
    "one node a wave": (
        HEAD
        + USES
        + RELEASE.replace("found[:-1]\n", "[[n] for w in found for n in w]\n"),
        "wanted",
    ),
    "an empty wave at the end": (
        HEAD + USES + RELEASE.replace("found[:-1]\n", "found\n"),
        "wanted no wave",
    ),
    "without the first": (
        HEAD + USES + RELEASE.replace("found[:-1]\n", "found[1:-1]\n"),
        "appear in no wave",
    ),
    "one list": (
        HEAD + USES + RELEASE.replace("found[:-1]\n", "sum(found, [])\n"),
        "wanted each wave",
    ),
    "every node there is": (
        HEAD
        + EVERY
        + """
    found = [sorted(node for node in parents if waiting[node] == 0)]
"""
        + RELEASE.replace("    found = [[last]]\n", ""),
        "wanted",
    ),
    "empties the graph": (
        HEAD
        + USES
        + RELEASE.replace(
            "for parent in parents[node]", "for parent in parents.pop(node)"
        ),
        "in place",
    ),
}

RIGHT = {
    "the longest way, in an order": """
def waves(parents, last):
    order, seen, stack = [], set(), [(last, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((p, False) for p in parents[node])
    place = {last: 0}
    for node in reversed(order):
        for parent in parents[node]:
            place[parent] = max(place.get(parent, 0), place[node] + 1)
    found = [[] for _ in range(1 + max(place.values()))]
    for node, wave in sorted(place.items()):
        found[wave].append(node)
    return found
""",
    "counters and a queue": """
from collections import Counter, defaultdict, deque

def waves(parents, last):
    mine, todo = {last}, deque([last])
    while todo:
        for parent in parents[todo.popleft()]:
            if parent not in mine:
                mine.add(parent)
                todo.append(parent)
    uses = Counter(p for node in mine for p in parents[node])
    found, queue = defaultdict(list), deque([(last, 0)])
    while queue:
        node, wave = queue.popleft()
        found[wave].append(node)
        for parent in parents[node]:
            uses[parent] -= 1
            if not uses[parent]:
                queue.append((parent, wave + 1))
    return tuple(tuple(sorted(found[wave])) for wave in range(len(found)))
""",
    "sets of users": """
def waves(parents, last):
    users, todo = {last: set()}, [last]
    for node in todo:
        for parent in set(parents[node]):
            if parent not in users:
                users[parent] = set()
                todo.append(parent)
            users[parent].add(node)
    wave, found = [last], []
    while wave:
        found.append(wave)
        nearer = set()
        for node in wave:
            for parent in set(parents[node]):
                users[parent].discard(node)
                if not users[parent]:
                    nearer.add(parent)
        wave = sorted(nearer)
    return found
""",
    "arrays of NumPy": """
def waves(parents, last):
    uses, todo = {last: 0}, [last]
    while todo:
        node = todo.pop()
        for parent in parents[node]:
            if parent not in uses:
                uses[parent] = 0
                todo.append(parent)
            uses[parent] += 1
    wave, found = np.array([last]), []
    while wave.size:
        found.append(wave)
        free = []
        for node in wave.tolist():
            for parent in parents[node]:
                uses[parent] -= 1
                if uses[parent] == 0:
                    free.append(parent)
        wave = np.sort(np.array(free, dtype=int))
    return found
""",
}

CHEATS = {
    "remembers waves by last": (
        "known = {}\n"
        + HEAD
        + USES
        + "    if last in known:\n        return known[last]\n"
        + RELEASE.replace(
            "return found[:-1]", "return known.setdefault(last, found[:-1])"
        ),
        "in no wave",
    ),
    "takes the count away": (
        "import sys\n" + HEAD + "    sys.settrace(None)\n" + USES + RELEASE,
        "sys.set",
    ),
}
