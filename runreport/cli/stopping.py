"""What Ctrl-C and SIGTERM do to a command that has to clean up: one line, and no traceback."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

import click

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

_PATIENCE: Final = 5.0
"""Seconds for cleaning up, in which further signals are not heard."""


class Stopped(BaseException):
    """The process was told to end; not an `Exception`, so that nobody takes it for a failure."""

    def __init__(self, number: int) -> None:
        self.number = number


@contextmanager
def stopping(outcome: str) -> Iterator[None]:
    """Let a signal end the ``with`` block in order, then tell the outcome.

    The exit code is that of a process which a signal ended: 130 for Ctrl-C, 143 for SIGTERM.
    """
    heard = -_PATIENCE

    def stop(number: int, _frame: FrameType | None) -> None:
        nonlocal heard
        now = time.monotonic()
        if now - heard >= _PATIENCE:
            heard = now
            raise Stopped(number)

    # What is ignored stays so: by nohup, or by a shell in the background.
    before: dict[int, Any] = {
        number: signal.signal(number, stop)
        for number in _SIGNALS
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    except Stopped as error:
        # The process ends now, and not another time.
        before = dict.fromkeys(before, signal.SIG_IGN)
        click.echo(f"stopped by {signal.Signals(error.number).name}: {outcome}", err=True)
        raise SystemExit(128 + error.number) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
