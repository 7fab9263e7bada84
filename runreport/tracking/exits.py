"""Learn with which exit code this process ends.

Python calls no hook for `SystemExit`: `sys.excepthook` is for the other exceptions, and when the
functions of `atexit` run, the exception is gone. But the interpreter asks the exception for its
`code`, and from no Python code at all; whoever catches one asks from somewhere. So while a run is
open, the `code` of `SystemExit` is a property that notes the interpreter's question and answers as
ever. `forget` puts the original back.

Up to Python 3.11, `sys.exit` raises an exception that is made only where somebody looks at it,
and the interpreter does not: there a function takes its place that raises it as ``raise`` does. A
name that was bound to the original before the first run (``from sys import exit``) is not seen, nor
are ends that Python itself does not see: `os._exit` and signals.
"""

from __future__ import annotations

import gc
import sys
from operator import attrgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

_MADE_LATE = sys.version_info < (3, 12)

_of_class: Any = vars(SystemExit)["code"]


class _Seen:
    """What is known of this process's end."""

    questions = 0
    exit: SystemExit | None = None
    sys_exit: Any = None


def watch() -> None:
    """Begin to note with which exit code the process ends."""
    if sys.implementation.name != "cpython":
        return
    _own_names()["code"] = property(_code, _set_code)
    if not _is_asked():
        # Python remembers where it has found a class's attribute.
        import ctypes

        ctypes.pythonapi.PyType_Modified(ctypes.py_object(SystemExit))
    if not _is_asked():
        forget()
    elif _MADE_LATE:
        _Seen.sys_exit, sys.exit = sys.exit, _exit


def forget() -> None:
    """Put back what was there before."""
    _own_names()["code"] = _of_class
    if sys.exit is _exit:
        sys.exit = _Seen.sys_exit


def last() -> SystemExit | None:
    """Return the exception that the process ends by; None before that, and for another end."""
    return _Seen.exit


def _own_names() -> dict[str, Any]:
    """Return what the class itself defines, to be changed."""
    names: dict[str, Any] = gc.get_referents(vars(SystemExit))[0]
    return names


def _is_asked() -> bool:
    """Tell whether the property is found."""
    before = _Seen.questions
    attrgetter("code")(SystemExit())
    return before < _Seen.questions


def _code(exit_: SystemExit) -> Any:
    _Seen.questions += 1
    if sys._getframe().f_back is None:
        _Seen.exit = exit_
    return _of_class.__get__(exit_)


def _set_code(exit_: SystemExit, code: object) -> None:
    _of_class.__set__(exit_, code)


def _exit(status: object = None, /) -> NoReturn:
    """Do what `sys.exit` does."""
    # A tuple is the exception's arguments, as in C.
    arguments = status if isinstance(status, tuple) else () if status is None else (status,)
    raise SystemExit(*arguments)
