"""Processes that work for this one, and end when it does, or wants, however that comes about."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from threading import Event, Thread
from typing import Any, Final

from runreport.signals import signals_held

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

_PRELOADED: Final = ("jinja2", "markdown", "nh3", "numpy", "orjson", "pygments")
"""What takes long to load: loaded once, and inherited by every process. Not our own modules: the
process that loads them has the search path that this one began with."""

_stopping = Event()

if sys.platform == "win32":

    def _context() -> BaseContext:
        return multiprocessing.get_context("spawn")

else:
    from multiprocessing.context import ForkServerContext, ForkServerProcess

    class _Worker(ForkServerProcess):
        def terminate(self) -> None:
            """End at once; workers leave SIGTERM to the main process."""
            self.kill()

    class _Context(ForkServerContext):
        Process = _Worker

    def _context() -> BaseContext:
        # Not forked from this process, which may have threads.
        context = _Context()
        context.set_forkserver_preload(list(_PRELOADED))
        return context


class Processes(ProcessPoolExecutor):
    """A pool that can be stopped between two items, with nothing left of it.

    Its processes leave Ctrl-C and SIGTERM, which reach every process of a terminal or of a job,
    to the main one: a process that ends while it hands over a result would make it wait for ever.
    """

    def __init__(self, jobs: int) -> None:
        context = _context()
        # Nobody writes to it; it tells by being closed.
        reader, self._open = context.Pipe(duplex=False)
        super().__init__(jobs, mp_context=context, initializer=_begin, initargs=(reader,))

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand over work; a process that is started for it is not lost to a signal."""
        with signals_held(), _signals_blocked():
            return super().submit(work, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes; with ``cancel_futures`` they leave off where they are."""
        if cancel_futures:
            self._open.close()
        super().shutdown(wait, cancel_futures=cancel_futures)


def is_stopping() -> bool:
    """Return whether this process is to leave off, as nobody wants what it works on any more."""
    return _stopping.is_set()


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Start processes that hear no signal until they can leave it to the main one."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(told: Connection) -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    Thread(target=_watch, args=(told,), daemon=True).start()


def _watch(told: Connection) -> None:
    """Note when the main process wants to stop, and end this one when it is gone."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    if parent.sentinel not in wait([parent.sentinel, told]):
        _stopping.set()
        wait([parent.sentinel])
    os._exit(1)
