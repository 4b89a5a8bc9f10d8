"""Serve the grader: look names up, call answers, send back what was recorded.

In a graded notebook `serve` runs at each place of a test. Run as a program, this module
is a bench: it executes the cells that an exercise needs once, in a fork, and then every
answer in a fork of that, so that no answer changes what the next one finds.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from coursekit.kernel import guard
from coursekit.kernel.wire import Channel, connect

#: What chapters import at their tops; a bench's process imports it once.
LIBRARIES = ("numpy", "torch", "matplotlib.pyplot", "n2t")


class Host:
    """One conversation with the grader, about the names of one namespace."""

    def __init__(self, channel: Channel, namespace: Mapping[str, Any]) -> None:
        self.channel, self.namespace = channel, namespace
        self.kept: list[object] = []
        channel.keep, channel.find = self._keep, self._find

    def _keep(self, thing: object) -> dict:
        self.kept.append(thing)
        name, called = type(thing).__name__, callable(thing)
        return {"id": len(self.kept) - 1, "type": name, "callable": called}

    def _find(self, tree: dict) -> object:
        if "served" in tree:
            return self._served(tree["served"])
        return self.kept[tree["id"]]

    def _served(self, number: int) -> Callable:
        """A function whose work is done by the grader."""

        def served(*arguments: Any) -> Any:
            self.channel.send({"serve": number, "arguments": arguments})
            reply = self.channel.receive()
            if "raised" in reply:
                raise ValueError(reply["raised"])
            return reply["value"]

        return served

    def talk(self) -> None:
        """Do what the grader asks until it says so or leaves."""
        while True:
            try:
                request = self.channel.receive()
            except EOFError:
                return
            if request["do"] == "end":
                return
            try:
                self.channel.send(self._done(request))
            except (TypeError, ValueError, RecursionError) as error:  # not to be packed
                self.channel.send({"raised": ["ValueError"], "text": _text(error)})

    def _done(self, request: dict) -> dict:
        do = {"look": self._look, "run": self._run, "seed": self._seed}
        try:
            return {"done": do[request["do"]](request)}
        except BaseException as error:  # an interrupt or an exit is an outcome too
            kinds = [kind.__name__ for kind in type(error).__mro__]
            return {"raised": kinds, "text": _text(error)}

    def _look(self, request: dict) -> dict:
        """What is called by each name; names that are not there are left out."""
        names = [name for name in request["names"] if name in self.namespace]
        return {name: self.namespace[name] for name in names}

    def _seed(self, request: dict) -> None:
        """Seed the generators that an answer may use without asking."""
        import random

        import numpy as np

        random.seed(request["seed"])
        np.random.seed(request["seed"])
        if "torch" in sys.modules:
            sys.modules["torch"].default_generator.manual_seed(request["seed"])

    def _run(self, request: dict) -> Any:
        """Call a recorder on an answer; whatever they return."""
        guard.check()
        module, _, name = request["recorder"].rpartition(".")
        recorder = getattr(guard.recorder(module), name)
        answer, arguments = request["answer"], request["arguments"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return recorder(answer, *arguments, **request["options"])


def _text(error: BaseException) -> str:
    try:
        return str(error)[:2000]
    except Exception:
        return "its text cannot be read"


def serve(address: str, namespace: Mapping[str, Any]) -> None:
    """Talk with the grader that listens at `address`, until it has asked enough."""
    channel = connect(address)
    try:
        Host(channel, namespace).talk()
    finally:
        channel.close()


def bench(address: str) -> None:
    """Serve exercises, each in a fork of this process, and answers in forks of those.

    The first message of an exercise is the sources of the cells that it needs, and
    whether answers may step an optimizer. Each further one is an answer: its source,
    and the address where the grader waits for the fork; an empty one ends the exercise.
    What chapters import is imported once, here.
    """
    channel = connect(address)
    with quiet():
        _import_libraries()
        while first := _next(channel):
            if (status := _forked()) is None:
                _exercise(channel, first)
                _leave()
            if status:  # an answer has ended it: what the grader sends is for nobody
                os._exit(1)


def _import_libraries() -> None:
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()  # else each fork copies the pages of all objects when it collects


def _next(channel: Channel) -> dict:
    """The next message; an empty one when the grader has left."""
    try:
        return channel.receive()
    except EOFError:
        return {}


def _forked() -> int | None:
    """None in the fork that does what comes next; here, how that one ended.

    Where a system has no forks, this process does it itself.
    """
    if not hasattr(os, "fork") or not (child := os.fork()):
        return None
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(child, 0)[1]
    return 0


def _leave() -> None:
    sys.stdout.flush()
    os._exit(0)


def _exercise(channel: Channel, first: dict) -> None:
    """Run what an exercise needs; then each answer that comes, in a fork of its own."""
    namespace = {"__name__": "__main__"}
    raised = _ran(first["sources"], namespace)
    if first["optimizes"]:
        _warm_up()
    channel.send(raised)
    while work := _next(channel):
        if _forked() is None:
            channel.close()
            _answer(work, namespace)
            _leave()


def _warm_up() -> None:
    """Import once, before any fork, what a first optimizer step would import."""
    if "torch" in sys.modules:
        importlib.import_module("torch._dynamo")


def _ran(sources: list[str], namespace: dict) -> list:
    """Execute sources in order; [] or the kinds and the text of what one raised."""
    for number, source in enumerate(sources, 1):
        try:
            exec(compile(source, f"cell {number}", "exec"), namespace)
        except BaseException as error:
            kinds = [kind.__name__ for kind in type(error).__mro__]
            return [kinds, _text(error)]
    return []


def _answer(work: dict, namespace: dict) -> None:
    channel = connect(work["address"])
    guard.interrupt_after(work["seconds"])
    channel.send(_ran([work["source"]], namespace))
    Host(channel, namespace).talk()
    channel.close()


@contextlib.contextmanager
def quiet():
    """Swallow what answers print, and warnings."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
