"""Which library functions an answer calls, and how many steps it takes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence

LEFT = "sys.setprofile"  #: stands for: the answer took the watch away
_TAKES_AWAY = sys.setprofile, sys.settrace


class Watch:
    """A context that notes the functions called in it, by full name.

    `prefixes` are the beginnings of the modules to note (``"n2t"``,
    ``"torch.nn.functional"``); built-in functions count under the module that they
    name, ``torch._C._nn`` for torch's fused attention. With `count`, `steps` is the
    number of lines and calls that Python itself ran, which grows with the input where
    there is a loop.
    """

    def __init__(self, prefixes: Sequence[str], count: bool = False) -> None:
        self.prefixes, self.count = tuple(prefixes), count
        self.names: set[str] = set()
        self.steps = 0

    def __enter__(self) -> Watch:
        self.before = sys.getprofile(), sys.gettrace()
        if self.prefixes:
            self.profile = self._note  # one object, to know it again
            threading.setprofile(self.profile)
            sys.setprofile(self.profile)
        if self.count:
            self.trace = self._count
            sys.settrace(self.trace)
        return self

    def __exit__(self, *error: object) -> None:
        names = set(self.names)  # without what is called from here on
        if self.prefixes and sys.getprofile() is not self.profile:
            names.add(LEFT)
        if self.count and sys.gettrace() is not self.trace:
            names.add(LEFT)
        threading.setprofile(None)
        sys.setprofile(self.before[0])
        sys.settrace(self.before[1])
        self.names = names

    def _note(self, frame: object, event: str, argument: object) -> None:
        if event == "call":
            code = frame.f_code
            qualified = getattr(code, "co_qualname", code.co_name)
            module = str(frame.f_globals.get("__name__", ""))
        elif event == "c_call":
            if argument in _TAKES_AWAY and frame.f_globals is not globals():
                self.names.add(LEFT)  # even if it puts the watch back
            module = str(getattr(argument, "__module__", None) or "")
            qualified = getattr(argument, "__qualname__", "")
        else:
            return
        name = f"{module}.{qualified}"
        if f"{module}.".startswith(self.prefixes) or name == LEFT:
            self.names.add(name)

    def _count(self, frame: object, event: str, argument: object):
        if event in ("call", "line"):
            self.steps += 1
        return self.trace
