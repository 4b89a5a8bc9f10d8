"""A conversation with a process that holds a student's answers, seen from the grader.

`Elsewhere` stands for an answer that lives there: a check asks it as it asks a function
of its own process. What comes back are numbers and texts (see `coursekit.kernel.wire`);
nothing that the other process sends is ever executed here.
"""

from __future__ import annotations

import builtins
import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from coursekit.checks.asking import AnswerError
from coursekit.kernel import calls
from coursekit.kernel.wire import Channel

GONE = (
    "its process ended: did the code leave Python (os._exit), or use too much memory?"
)


class GoneError(AnswerError):
    """The process of the answers ended."""


class SilentError(GoneError):
    """The process of the answers stopped answering."""


class Elsewhere:
    """Something that stays in the other process: a function, a class, an object."""

    def __init__(self, conversation: Conversation, number: int, kind: str) -> None:
        self.conversation, self.number, self.kind = conversation, number, kind

    def coursekit_run(self, recorder: Callable, arguments: tuple, options: dict) -> Any:
        """What the recorder of that name records there of this answer."""
        return self.conversation.run(recorder, self, arguments, options)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call it there; the value that it returned."""
        return self.coursekit_run(calls.call, (arguments,), {"keywords": keywords})[
            "value"
        ]

    def __repr__(self) -> str:
        return f"an object of type {self.kind}"


class Conversation:
    """Questions to the other process, one after another, and its answers.

    Functions among the arguments are served: the other process gets a stand-in, and
    each call of it is done here.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.served: list[Callable] = []
        channel.keep, channel.find = self._keep, self._find

    def _keep(self, thing: object) -> dict:
        if isinstance(thing, Elsewhere):
            return {"id": thing.number}
        if not callable(thing):
            raise TypeError(f"{type(thing).__name__} cannot cross between processes")
        self.served.append(thing)
        return {"served": len(self.served) - 1}

    def _find(self, tree: dict) -> Elsewhere:
        return Elsewhere(self, int(tree["id"]), str(tree["type"])[:50])

    def look(self, names: Sequence[str]) -> dict[str, Any]:
        """What the other process calls by these names; unknown ones are left out."""
        return self._done({"do": "look", "names": list(names)})

    def seed(self, number: int) -> None:
        """Seed the other process's usual generators."""
        self._done({"do": "seed", "seed": number})

    def run(self, recorder: Callable, answer: Any, arguments: tuple, options: dict):
        """What a recorder records there; raises what the answer raised."""
        name = f"{recorder.__module__}.{recorder.__name__}"
        request = {"do": "run", "recorder": name, "answer": answer}
        return self._done({**request, "arguments": arguments, "options": options})

    def end(self) -> None:
        """Let the other process go on with its own work."""
        with contextlib.suppress(OSError):
            self.channel.send({"do": "end"})

    def _done(self, request: dict) -> Any:
        try:
            self.channel.send(request)
            reply = self.channel.receive()
            while "serve" in reply:
                self.channel.send(self._serve(reply))
                reply = self.channel.receive()
        except TimeoutError:
            raise SilentError(GONE) from None
        except (EOFError, OSError):
            raise GoneError(GONE) from None
        if "raised" in reply:
            raise _raised(reply["raised"], str(reply["text"]))
        return reply["done"]

    def _serve(self, reply: dict) -> dict:
        """Do the work of a served function; what it raises goes to the caller."""
        try:
            return {"value": self.served[reply["serve"]](*reply["arguments"])}
        except Exception as error:
            return {"raised": str(error)}


def _raised(kinds: list, text: str) -> BaseException:
    """The exception that was raised there, as the nearest built-in one."""
    for name in kinds:
        kind = getattr(builtins, str(name), None)
        if kind in (KeyboardInterrupt, NotImplementedError, AssertionError):
            return kind(text)
        if kind in (Exception, BaseException):
            break
        if isinstance(kind, type) and issubclass(kind, Exception):
            own = "" if name == kinds[0] else f"{kinds[0]}: "
            return _made(kind, f"{own}{text}")
    return AnswerError(f"{kinds[0]}: {text}" if text else str(kinds[0]))


def _made(kind: type[Exception], text: str) -> BaseException:
    try:
        return kind(text)
    except TypeError:  # UnicodeDecodeError and its like want more than a text
        return AnswerError(f"{kind.__name__}: {text}")
