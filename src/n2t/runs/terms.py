"""What may be done with weights that were learned from a data set, and what not."""

from dataclasses import dataclass
from typing import Any

from n2t.data.sources.registry import REGISTRY
from n2t.runs.corpora import REGISTERED


@dataclass(frozen=True)
class Terms:
    """What a model card says about the data of a run.

    Attributes:
        data: what the data is.
        license: under what terms the weights may be used.
        use: what the weights are for.
        limits: what they cannot do, and what they have learned that they should not.
        citation: key in ``references.bib``, or "".
    """

    data: str
    license: str
    use: str
    limits: str
    citation: str = ""


USE = (
    "To see what a model of this size learns: in the course, in its exercises, and "
    "beside models of your own. It is not made for any product."
)
LIMITS = (
    "It knows its training data and nothing else. Scores hold for text like that of "
    "the test split; on other text its answers are worth little, and do not say so."
)
OURS = (
    "The weights are under the license of the course's code, Apache-2.0, as far as "
    "the terms of the data allow."
)
MULTI30K = Terms(
    data=(
        "Multi30k: captions of the Flickr30K photographs, written in English by crowd "
        "workers and translated by professionals. The published test captions are "
        "used for nothing but the scores below. No caption is in this folder."
    ),
    license=(
        "These weights are not under the license of the course's code. They may be "
        "used, changed and passed on, with this note, for non-commercial research and "
        "education only.\n\n"
        "Why: they were learned from Multi30k. Its makers distribute it under the "
        "terms of Flickr30K (https://github.com/multi30k/dataset/issues/8), which is "
        "there for researchers and educators, for non-commercial research and "
        "educational use (https://github.com/BryanPlummer/flickr30k_entities). For "
        "any other use, ask those who hold the rights in the captions.\n\n"
        "The weights come as they are, without a warranty of any kind."
    ),
    use=USE,
    limits=(
        "It translates captions: short sentences in the present tense about people "
        "and animals. Other text comes out fluent, wrong, and as a caption. The "
        "captions guess what a photograph does not show, such as where people come "
        "from and what they are to each other (van Miltenburg, 2016, "
        "https://arxiv.org/abs/1605.06083); German also wants a gender where English "
        "names none. The weights have learned these guesses. Rely on no translation "
        "that matters to someone."
    ),
    citation="elliott2016multi30k",
)
LIBRARY_TEXT = Terms(
    data=(
        "The Python files of NumPy, Matplotlib and scikit-learn in the versions that "
        "the course pins: code, docstrings and comments. Files that a build writes, "
        "tests, copies of other projects' files, and files of more than 60,000 "
        "characters are left out. Whole modules go to one split."
    ),
    license=(
        "The weights are under the license of the course's code, Apache-2.0.\n\n"
        "They were learned from files whose authors allow use, change and passing on "
        "with a notice: NumPy (BSD-3-Clause, Copyright (c) 2005-2025, NumPy "
        "Developers), scikit-learn (BSD-3-Clause, Copyright (c) 2007-2026 The "
        "scikit-learn developers), and Matplotlib (its own license, after that of "
        "Python, Copyright (c) 2012- Matplotlib Development Team; All Rights "
        "Reserved). The few files that name another license (MIT, Apache-2.0) allow "
        "the same. A text that the model writes may hold lines of these files word "
        "for word, and then their license holds for it.\n\n"
        "The weights come as they are, without a warranty of any kind."
    ),
    use=USE,
    limits=(
        "It writes what looks like the inside of these three libraries, and knows "
        "nothing of what the code does: names that are never defined, parameters that "
        "do not exist, docstrings that are wrong. It has not been made to answer "
        "questions. Run nothing that it writes."
    ),
)
SPECIAL = {"multi30k": MULTI30K, "library_text": LIBRARY_TEXT}  # as presets name them


def terms_of(facts: dict[str, Any]) -> Terms:
    """The terms of a run's data: its own, or what the registry says about it."""
    name = facts["configuration"]["data"]["name"]
    if name in SPECIAL:
        return SPECIAL[name]
    if name not in REGISTERED:
        made = f"`{name}`: examples that the course's own code makes."
        return Terms(made, OURS, USE, LIMITS)
    dataset = REGISTRY[REGISTERED[name]]
    license_ = (
        f"License of the data, as its source states it: {dataset.license}. {OURS}"
    )
    return Terms(f"{dataset.title}.", license_, USE, LIMITS, dataset.citation)
