"""Variants of chapter 24's exercises."""

from typing import Any

from coursekit.checks.twisting import Twist


def _turned(value: Any) -> Any:
    """Frequencies in rows, put in columns again."""
    return value.T if hasattr(value, "T") else value


def _from_the_end(value: Any) -> Any:
    """A path from its last step, from its first again."""
    return None if value is None else list(value)[::-1]


def _exchanged(value: Any) -> Any:
    """Pairs (test, train) as (train, test)."""
    return [tuple(pair)[::-1] for pair in value]


TWISTS = {
    "ex-audio-centered": Twist(
        statement="In your class a *row* is a frequency and a column a frame: return "
        "**(N // 2 + 1, T)**.",
        solution='''
def centered(sound, window, hop):
    """Power of frames around their moment, (N // 2 + 1, T)."""
    ### BEGIN SOLUTION
    N = len(window)
    T = 1 + len(sound) // hop
    padded = np.pad(sound, (N // 2, hop + N))
    places = hop * np.arange(T)[:, None] + np.arange(N)
    pieces = padded[places] * window
    return (np.abs(np.fft.rfft(pieces)) ** 2).T
    ### END SOLUTION
''',
        after=_turned,
    ),
    "ex-audio-align": Twist(
        statement="In your class the path is returned **from the last step to the "
        "first**.",
        solution='''
def align(p, text):
    """The most probable path that reads as the text, its last step first."""
    ### BEGIN SOLUTION
    row = [0]
    for symbol in text:
        row += [symbol, 0]
    logs = np.log(np.asarray(p))
    best = np.full(len(row), -np.inf)
    best[:2] = logs[0, row[:2]]
    came = []
    for step in logs[1:]:
        new = np.full(len(row), -np.inf)
        back = list(range(len(row)))
        for i in range(len(row)):
            skips = i > 2 and row[i] != 0 and row[i] != row[i - 2]
            ways = range(max(0, i - 1 - skips), i + 1)
            back[i] = max(ways, key=lambda j: best[j])
            new[i] = best[back[i]] + step[row[i]]
        best = new
        came.append(back)
    place = max(range(len(row))[-2:], key=lambda j: best[j])
    if best[place] == -np.inf:
        return None
    path = [place]
    for back in reversed(came):
        path.append(back[path[-1]])
    return [row[i] for i in path]
    ### END SOLUTION
''',
        after=_from_the_end,
    ),
    "ex-audio-folds": Twist(
        statement="In your class a pair is **(test, train)**.",
        solution='''
def folds(speakers, count):
    """Pairs of test and training, no speaker in both."""
    ### BEGIN SOLUTION
    names = sorted(set(speakers))
    fold_of = {name: i % count for i, name in enumerate(names)}
    found = []
    for fold in range(count):
        train, test = [], []
        for number, name in enumerate(speakers):
            (test if fold_of[name] == fold else train).append(number)
        found.append((test, train))
    return found
    ### END SOLUTION
''',
        after=_exchanged,
    ),
}
