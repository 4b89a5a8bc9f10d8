"""Scores that come from counting: accuracy, exact match, perplexity, bits."""

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from statistics import NormalDist
from typing import Any


class Score(float):
    """A number that remembers how sure it is and how it was made.

    Attributes:
        low, high: ends of its interval; None where none was computed.
        signature: the recipe, for comparison with other people's numbers.
    """

    low: float | None
    high: float | None
    signature: str

    def __new__(
        cls,
        value: float,
        low: float | None = None,
        high: float | None = None,
        signature: str = "",
    ) -> "Score":
        score = super().__new__(cls, value)
        score.low, score.high, score.signature = low, high, signature
        return score

    def __getnewargs__(self) -> tuple[Any, ...]:
        return float(self), self.low, self.high, self.signature


def wilson_interval(
    successes: int, n: int, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval for a proportion that holds for few examples and near 0 or 1.

    Wilson, "Probable inference, the law of succession, and statistical
    inference", 1927: the proportions p for which ``successes`` of ``n`` lie
    within z standard errors √(p(1 - p)/n).

    Args:
        successes: how many of ``n`` were right.
        n: number of examples.
        confidence: how often such an interval should hold the true proportion.

    Raises:
        ValueError: no examples, or a number out of range.
    """
    successes, n = _number("successes", successes), _number("n", n)
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(
            f"successes ({successes}) of n ({n}) must be 0 to n, n above 0"
        )
    z = NormalDist().inv_cdf(0.5 + check_confidence(confidence) / 2)
    p, shrink = successes / n, 1 + z * z / n
    center = (p + z * z / (2 * n)) / shrink
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / shrink
    low = 0.0 if successes == 0 else max(0.0, center - half)
    high = 1.0 if successes == n else min(1.0, center + half)
    return low, high


def accuracy(predictions: Any, targets: Any, *, confidence: float = 0.95) -> Score:
    """Share of predictions that equal their target, with Wilson's interval.

    Args:
        predictions: classes, as a list, an array or a tensor (N,).
        targets: the right ones, as long.
        confidence: of the interval.

    Raises:
        TypeError: no list of classes, or None among them.
        ValueError: nothing to count, different lengths, or more than one axis.
    """
    given, wanted = _flat("predictions", predictions), _flat("targets", targets)
    check_lengths("predictions", given, "targets", wanted)
    right = sum(a == b for a, b in zip(given, wanted, strict=True))
    return Score(right / len(wanted), *wilson_interval(right, len(wanted), confidence))


def exact_match(
    hypotheses: Sequence[str], references: Sequence[str], *, confidence: float = 0.95
) -> Score:
    """Share of texts that are right to the last character, blanks at the ends aside.

    Raises:
        TypeError: a single string, or something that is no string.
        ValueError: nothing to count, or different lengths.
    """
    given = check_strings("hypotheses", hypotheses)
    wanted = check_strings("references", references)
    check_lengths("hypotheses", given, "references", wanted)
    right = sum(a.strip() == b.strip() for a, b in zip(given, wanted, strict=True))
    return Score(right / len(wanted), *wilson_interval(right, len(wanted), confidence))


def perplexity(nats: float, n_token: int) -> float:
    """exp(nats / tokens): among how many equal choices the model is torn, on average.

    Only comparable between models that count the same tokens.

    Args:
        nats: cross-entropy summed over all tokens, natural logarithm.
        n_token: number of tokens, above 0.

    Raises:
        TypeError: ``nats`` or ``n_token`` is None or another thing than a number.
        ValueError: no token, or ``nats`` negative or not a number.
    """
    mean = _mean(nats, "n_token", n_token)
    return math.exp(mean) if mean < 709 else math.inf  # exp(710) overflows


def bits_per_byte(nats: float, n_byte: int) -> float:
    """Bits that the model needs for a byte of text; comparable across tokenizers.

    Args:
        nats: cross-entropy summed over all tokens, natural logarithm.
        n_byte: UTF-8 bytes of the text: ``len(text.encode())``.

    Raises:
        ValueError: no byte, or ``nats`` negative or not a number.
    """
    return _mean(nats, "n_byte", n_byte) / math.log(2)


def check_confidence(confidence: float) -> float:
    """Refuse what is no share between 0 and 1."""
    if not 0 < _number("confidence", confidence) < 1:
        raise ValueError(f"confidence ({confidence}) must be between 0 and 1")
    return confidence


def check_many(name: str, values: Iterable, kind: str = "strings") -> list:
    """A list of what is in an order; a single string, None and sets are refused."""
    if isinstance(values, str | bytes):
        raise TypeError(f"{name} must be many {kind}, not one: write [text]")
    ordered = isinstance(values, Iterable) and not isinstance(values, Set | Mapping)
    if not ordered:
        raise TypeError(f"{name} must be many {kind} in a list, got {values!r}")
    return list(values)


def check_strings(name: str, texts: Iterable[str]) -> list[str]:
    """A list of strings; one string, or a list with other things, is refused."""
    texts = check_many(name, texts)
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            kind = type(text).__name__
            raise TypeError(f"{name}[{number}] ({kind}) must be a string")
    return texts


def check_lengths(name: str, some: Sequence, other_name: str, others: Sequence) -> None:
    """Two lists must be equally long and hold something."""
    if len(some) != len(others) or not others:
        raise ValueError(
            f"{name} ({len(some)}) and {other_name} ({len(others)}) must be equally "
            "many and at least one"
        )


def _flat(name: str, values: Any) -> list:
    """A list of plain values from a list, array or tensor of one axis."""
    values = values.tolist() if hasattr(values, "tolist") else values
    if not isinstance(values, list):
        values = check_many(name, values, "classes")
    if any(isinstance(value, list) for value in values):
        raise ValueError(f"{name} must have one axis (N,): take the argmax of logits")
    if None in values:
        raise TypeError(f"{name}[{values.index(None)}] is None: it must be a class")
    return values


def _number(name: str, value: Any) -> Any:
    """A number, or a tensor or array of one."""
    try:
        float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, got {value!r}") from None
    return value


def _mean(nats: float, name: str, count: int) -> float:
    nats = float(_number("nats", nats))
    if _number(name, count) < 1:
        raise ValueError(f"{name} ({count}) must be at least 1")
    if not nats >= 0:
        raise ValueError(f"nats ({nats}) must be a sum that is not negative")
    return nats / count
