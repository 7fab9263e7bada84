"""Work on many items, in this process or in several, through one interface."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from itertools import islice
from typing import Any, Final, Self, TypeVar

from runreport.processes import Processes, is_stopping

Item = TypeVar("Item")
Result = TypeVar("Result")

ENOUGH_SECONDS: Final = 2.0
"""Of work for one process: below it, starting further ones takes longer than they save."""

_CHUNK: Final = 8
"""Items a task: enough to hide what a task costs, few enough to share evenly."""


class InProcess(Executor):
    """Does the work where it is submitted."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a future that is done."""
        future: Future[Any] = Future()
        future.set_result(work(*args, **kwargs))
        return future


class Workers:
    """Whoever does a build's work; processes are started when they are needed.

    ``jobs`` is the number of processes, 0 for as many as pay off.
    """

    def __init__(self, jobs: int = 0) -> None:
        self._jobs = jobs
        self._here = InProcess()
        self._there: Executor | None = None

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(self, *error: object) -> None:
        """End the processes; after an error they leave off where they are."""
        if self._there is not None:
            self._there.shutdown(cancel_futures=error[0] is not None)

    def executor(self, seconds: float) -> Executor:
        """Return who is to do work that takes one process so many seconds."""
        if self._there is not None:
            return self._there
        if self._jobs != 1 and (seconds >= ENOUGH_SECONDS or (self._jobs and seconds > 0)):
            self._there = make_executor(self._jobs or processors())
        return self._there or self._here


def make_executor(jobs: int) -> Executor:
    """Return an executor of so many processes; one is this process itself."""
    if jobs <= 1:
        return InProcess()
    return Processes(jobs)


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def map_ordered(
    executor: Executor, work: Callable[[Item], Result], items: Sequence[Item], *, ahead: int
) -> Iterator[Result]:
    """Yield each item's result, in the items' order; at most ``ahead`` tasks wait or are done.

    Leaving early cancels what has not begun.
    """
    chunk, ahead = (1, 1) if isinstance(executor, InProcess) else (_CHUNK, ahead)
    chunks = (items[start : start + chunk] for start in range(0, len(items), chunk))
    waiting = deque(executor.submit(_work_through, work, each) for each in islice(chunks, ahead))
    try:
        while waiting:
            results = waiting.popleft().result()
            waiting.extend(executor.submit(_work_through, work, each) for each in islice(chunks, 1))
            yield from results
    finally:
        # A pool that breaks must not find futures that were cancelled behind its back.
        for future in waiting if not isinstance(executor, Processes) else ():
            future.cancel()


def _work_through(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    return [work(item) for item in items if not is_stopping()]
