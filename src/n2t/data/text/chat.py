"""A conversation as the text that a model was taught to answer.

A chat model is a language model that has read many conversations, all written in one
way. SmolLM2's (Allal et al., 2025) is "ChatML": each message between two special
tokens, its role in the first line.

>>> pieces = conversation(CHATML, [{"role": "user", "content": "Hi!"}])
>>> "".join(piece for piece, special in pieces)[-53:]
'<|im_start|>user\\nHi!<|im_end|>\\n<|im_start|>assistant\\n'
"""

from collections.abc import Iterator, Mapping, Sequence

from n2t._checks import check_choice

ROLES = ("system", "user", "assistant")
BEGIN, END = "<|im_start|>", "<|im_end|>"
SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
#: the template in SmolLM2's file, in the language Jinja, which is not run here
CHATML = (
    "{% for message in messages %}"
    "{% if loop.first and messages[0]['role'] != 'system' %}"
    f"{{{{ '{BEGIN}system\n{SYSTEM}{END}\n' }}}}"
    "{% endif %}"
    f"{{{{'{BEGIN}' + message['role'] + '\n' + message['content'] + '{END}' + '\n'}}}}"
    "{% endfor %}"
    "{% if add_generation_prompt %}"
    f"{{{{ '{BEGIN}assistant\n' }}}}"
    "{% endif %}"
)

Message = Mapping[str, str]


def conversation(
    template: str | None, messages: Sequence[Message], *, reply: bool = True
) -> Iterator[tuple[str, bool]]:
    """The pieces of a conversation's text, and for each whether it is a special token.

    What a message says is never special, whatever stands in it: nobody's text can end
    a message, or speak for another.

    Args:
        template: of the model's file; only ``CHATML`` is known here.
        messages: ``{"role": "user", "content": "Hi!"}``, in order. Where the first is
            not the system's, ``SYSTEM`` goes before it.
        reply: end with the beginning of the assistant's answer.

    Raises:
        TypeError: a message that has other keys, or content that is no text.
        ValueError: another template, no messages, or an unknown role.
    """
    if template != CHATML:
        found = "none" if template is None else f"{template[:60]!r}..."
        raise ValueError(f"template must be SmolLM2's, the one known here; got {found}")
    if not messages:
        raise ValueError("messages must hold at least one")
    for message in messages:
        _check(message)
    return _pieces(messages, reply)


def _pieces(messages: Sequence[Message], reply: bool) -> Iterator[tuple[str, bool]]:
    if messages[0]["role"] != "system":
        messages = [{"role": "system", "content": SYSTEM}, *messages]
    for message in messages:
        yield BEGIN, True
        yield f"{message['role']}\n{message['content']}", False
        yield END, True
        yield "\n", False
    if reply:
        yield BEGIN, True
        yield "assistant\n", False


def _check(message: Message) -> None:
    """Raise for what is no message."""
    if not isinstance(message, Mapping) or set(message) != {"role", "content"}:
        raise TypeError(f"a message must have role and content, got {message!r}")
    check_choice("role", message["role"], ROLES)
    if not isinstance(message["content"], str):
        raise TypeError(f"content must be text, got {message['content']!r}")
