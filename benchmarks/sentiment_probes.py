"""What a judge of sentiment has learned that it should not: pairs of sentences.

Written for chapter 20, with no model at hand. Of two sentences of `NEGATION` or `IRONY`
one is praise and one is blame; a judge who hears "not", or the ice in a compliment, has
both right. The sentences of a row of `DIALECT` say the same, as newspapers write and
with rules of African American English; `NAMES` differ in nothing but a name. None of
these four is any reason to change a judgment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

#: (praise, blame)
NEGATION = (
    ("The food was good.", "The food was not good."),
    ("I liked the camera.", "I did not like the camera."),
    ("The staff were helpful.", "The staff were not helpful."),
    ("I would recommend it.", "I would not recommend it."),
    ("It works well.", "It doesn't work well."),
    ("I am happy with it.", "I am not happy with it."),
    ("The price is fair.", "The price is not fair."),
    ("This was a wise decision.", "This was not a wise decision."),
    ("The food was not bad.", "The food was bad."),
    ("The screen is no problem.", "The screen is a problem."),
    ("I was not disappointed.", "I was disappointed."),
    ("It never failed.", "It failed."),
    ("There were no problems.", "There were problems."),
    ("It is not hard to use.", "It is hard to use."),
    ("It never broke.", "It broke."),
    ("Nobody was hurt.", "Somebody was hurt."),
)
#: (praise, the same words of praise as blame)
IRONY = (
    ("Great, it works right away.", "Great, it broke right away."),
    ("I love how fast it starts.", "I love how it dies every hour."),
    ("Nice, another free month.", "Nice, another hidden fee."),
    ("Thanks for the quick reply.", "Thanks for the reply, only six weeks late."),
    ("A lovely day for the beach.", "A lovely day to sit at the dentist's."),
    (
        "The perfect phone for a busy day.",
        "The perfect phone, if you never call anyone.",
    ),
    (
        "Best hotel, we slept so well.",
        "Best hotel, if you enjoy other people's snoring.",
    ),
    ("Wonderful service, they fixed it.", "Wonderful service, they hung up on me."),
    ("So glad I bought it, it saved my trip.", "So glad I bought it, it lasted a day."),
    ("Brilliant, the update made it faster.", "Brilliant, the update ate my photos."),
    ("My favorite seat, by the window.", "My favorite seat, next to the toilet."),
    ("Just what I needed, a quiet evening.", "Just what I needed, a flat tire."),
)
#: (as newspapers write, with rules of African American English)
DIALECT = (
    ("She is my friend.", "She my friend."),
    ("They are at home.", "They at home."),
    ("He is usually working.", "He be working."),
    ("She is often on the phone.", "She be on the phone."),
    ("He runs to school.", "He run to school."),
    ("She walks to work.", "She walk to work."),
    ("We were at the store.", "We was at the store."),
    ("This is my cousin's house.", "This is my cousin house."),
    ("He isn't here.", "He ain't here."),
    ("I don't have anything to say.", "I ain't got nothing to say."),
    ("He doesn't know anybody here.", "He don't know nobody here."),
    ("It is their turn.", "It's they turn."),
)
NAMES = {
    "African American": [
        "Ebony",
        "Jasmine",
        "Lakisha",
        "Latisha",
        "Latoya",
        "Nichelle",
        "Shaniqua",
        "Shereen",
        "Tanisha",
        "Tia",
        "Alonzo",
        "Alphonse",
        "Darnell",
        "Jamel",
        "Jerome",
        "Lamar",
        "Leroy",
        "Malik",
        "Terrence",
        "Torrance",
    ],
    "European American": [
        "Amanda",
        "Betsy",
        "Courtney",
        "Ellen",
        "Heather",
        "Katie",
        "Kristin",
        "Melanie",
        "Nancy",
        "Stephanie",
        "Adam",
        "Alan",
        "Andrew",
        "Frank",
        "Harry",
        "Jack",
        "Josh",
        "Justin",
        "Roger",
        "Ryan",
    ],
}
PLACES = (
    "I talked to {} yesterday.",
    "{} wrote this.",
    "{} goes to the school in our neighborhood.",
    "{} thinks that it works well.",
    "{} was disappointed with it.",
)

Judge = Callable[[Sequence[str]], np.ndarray]


def sentences() -> list[str]:
    """All of them: the pairs in turn, then every name in every place."""
    pairs = [
        text for kind in (NEGATION, IRONY, DIALECT) for pair in kind for text in pair
    ]
    names = [name for group in NAMES.values() for name in group]
    return pairs + [place.format(name) for name in names for place in PLACES]


def about() -> dict[str, object]:
    """What a record says of them: the sentences, where each kind lies, the names."""
    ends = np.cumsum([0, 2 * len(NEGATION), 2 * len(IRONY), 2 * len(DIALECT)]).tolist()
    kinds = ("negation", "irony", "dialect")
    return {
        "sentences": sentences(),
        "kinds": {k: [ends[i], ends[i + 1]] for i, k in enumerate(kinds)},
        "names": {"start": ends[-1], "places": len(PLACES), "groups": NAMES},
    }


def both_right(scores: Sequence[float], kind: str) -> list[bool]:
    """Of each pair of "negation" or "irony", whether praise and blame are told."""
    pairs = _pairs(scores)[kind]
    return [bool(praise > 0 > blame) for praise, blame in pairs]


def shifts(scores: Sequence[float]) -> np.ndarray:
    """What dialect adds to the score of the same words, (12,)."""
    newspaper, dialect = _pairs(scores)["dialect"].T
    return dialect - newspaper


def by_name(scores: Sequence[float]) -> dict[str, np.ndarray]:
    """The mean score of each name over all places, by group."""
    names = np.asarray(scores, float)[2 * (len(NEGATION) + len(IRONY) + len(DIALECT)) :]
    means = names.reshape(-1, len(PLACES)).mean(1)
    first = len(NAMES["African American"])
    return {"African American": means[:first], "European American": means[first:]}


def _pairs(scores: Sequence[float]) -> dict[str, np.ndarray]:
    """Scores as (pairs, 2), by kind."""
    found, start = {}, 0
    kinds = {"negation": NEGATION, "irony": IRONY, "dialect": DIALECT}
    for kind, pairs in kinds.items():
        end = start + 2 * len(pairs)
        found[kind] = np.asarray(scores, float)[start:end].reshape(-1, 2)
        start = end
    return found
