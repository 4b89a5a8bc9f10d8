"""Translating lines of bytes: one line out for each that came in, whatever it holds."""

import sys
from collections.abc import Sequence

from torch import nn

from n2t.data.sources.reading import check_line, split_lines
from n2t.data.text.vocabulary import Tokenizer
from n2t.decoding import DecodingError
from n2t.runs import scoring


def translate_lines(
    model: nn.Module, tokenizer: Tokenizer, data: bytes, **options
) -> tuple[list[str], dict[int, str]]:
    """Translate every line; one that cannot be translated has an empty answer.

    Args:
        data: lines in UTF-8, as ``split_lines`` divides them.
        options: of the search, as ``scoring.translate`` takes them.

    Returns:
        One answer a line, without line breaks; and for each line that was left
        empty because of a fault, what is wrong with it, by number (the first is 1).
    """
    texts, faults = [], {}
    for number, raw in enumerate(split_lines(data.removeprefix(b"\xef\xbb\xbf")), 1):
        text, wrong = _read(raw)
        if wrong := wrong or scoring.fault(model, tokenizer, text):
            faults[number] = wrong
        texts.append("" if wrong else text)
    answers, more = _answered(model, tokenizer, texts, **options)
    return one_line_each(answers), dict(sorted((faults | more).items()))


def _answered(
    model: nn.Module, tokenizer: Tokenizer, texts: Sequence[str], **options
) -> tuple[list[str], dict[int, str]]:
    """Answers, and faults, of texts that are translated together.

    Only where one of them cannot be decoded is each translated for itself.
    """
    try:
        return scoring.translate(model, tokenizer, texts, **options), {}
    except DecodingError:
        answers, faults = [], {}
    for number, text in enumerate(texts, 1):
        try:
            answers += scoring.translate(model, tokenizer, [text], **options)
        except DecodingError as error:
            answers.append("")
            faults[number] = error.what
    return answers, faults


def translate_given(
    model: nn.Module, tokenizer: Tokenizer, text: str | None, **options
) -> tuple[list[str], dict[int, str]]:
    """`translate_lines` of standard input, or one text that was typed.

    Raises:
        ValueError: ``text`` cannot be translated.
    """
    if text is None:
        data = sys.stdin.buffer.read()
        return translate_lines(model, tokenizer, data, **options)
    return one_line_each(scoring.translate(model, tokenizer, [text], **options)), {}


def one_line_each(answers: Sequence[str]) -> list[str]:
    """Answers in which a line break is a space: a model may say one."""
    return [answer.replace("\r", " ").replace("\n", " ") for answer in answers]


def _read(raw: bytes) -> tuple[str, str]:
    """A line's text, and what is wrong with it as text."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = raw[error.start]
        return "", f"byte 0x{byte:02x} at place {error.start + 1}, which is not UTF-8"
    return text, check_line(text)
