"""What is wrong with a summary, by a rule: invented, missed, a rare name.

The last, "wrong name" in records, is a rare name that the author did not use; whether
it is wrong, the rule does not know.

Words are compared by their first five letters, so that "returns" is "return". The
rule knows no meaning: a synonym is invented, a detail that nobody needs is missed.
`JUDGED` says of some summaries what a person found who read them beside their texts.
"""

from collections import Counter
from collections.abc import Sequence

from benchmarks.extractive import content

KINDS = ("invented", "missed", "wrong name")
OPENERS, KNOWN, LETTERS = 40, 3000, 5


class Rule:
    """The rule, which knows the training pairs: what is common, and what rare."""

    def __init__(self, pairs: Sequence[tuple[str, str]]):
        counts, first = Counter(), Counter()
        for text, summary in pairs:
            counts.update(content(text) + content(summary))
            first.update(content(summary)[:1])
        self.known = stems(word for word, _ in counts.most_common(KNOWN))
        self.openers = stems(word for word, _ in first.most_common(OPENERS))

    def kinds(self, text: str, reference: str, summary: str) -> set[str]:
        """Which of `KINDS` a summary shows.

        invented: a word that neither text nor reference has, and that no summary
        usually begins with. missed: fewer than half of the words that text and
        reference share. wrong name: a rare word that the reference lacks.
        """
        body, wanted, given = (stems(content(t)) for t in (text, reference, summary))
        found = set()
        if given - body - wanted - self.openers:
            found.add("invented")
        shared = (body & wanted) - self.openers
        if len(shared & given) < len(shared) / 2:
            found.add("missed")
        if given - self.known - wanted:
            found.add("wrong name")
        return found


def stems(words) -> set[str]:
    """The first letters of each."""
    return {word[:LETTERS] for word in words}


JUDGED = {
    1: ("m", False),
    8: ("im", False),
    12: ("im", False),
    18: ("im", False),
    21: ("im", False),
    39: ("im", False),
    44: ("m", False),
    49: ("m", False),
    92: ("m", False),
    97: ("im", False),
    141: ("m", False),
    150: ("im", False),
    161: ("m", False),
    167: ("im", False),
    215: ("m", False),
    237: ("im", False),
    267: ("im", False),
    268: ("im", False),
    269: ("im", False),
    293: ("im", False),
    301: ("m", False),
    302: ("mw", False),
    303: ("imw", False),
    324: ("m", False),
}
"""By the number of a test docstring: the first letters of the kinds of error that a
person found in the summary of the network that copies, and whether it is usable as it
is. Read beside the whole text and the author's line, before the rule was looked at."""


def by_hand(row: int) -> dict | None:
    """The kinds that were found in the summary of a row, if it was read."""
    if row not in JUDGED:
        return None
    letters, usable = JUDGED[row]
    kinds = [kind for kind in KINDS if kind[0] in letters]
    return {"by_hand": kinds, "usable": usable}
