"""Work on many items: in this process, in several, or in a cluster, through one interface."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from itertools import islice
from typing import Any, Final, Self, TypeVar

from runreport.errors import WorkerError
from runreport.processes import Processes, is_stopping

Item = TypeVar("Item")
Result = TypeVar("Result")

ENOUGH_SECONDS: Final = 2.0
"""Of work for one process: below it, starting further ones takes longer than they save."""

_CHUNK: Final = 16
"""Items a task: enough to hide what a task costs, few enough to share evenly."""

_LARGEST: Final = 64
"""Items a task where there are so many that a task is still a small part of them."""

_TASKS: Final = 150
"""That many items are to make, before tasks grow."""

_AHEAD: Final = 8
"""Tasks that wait or are done before their turn, at least."""


class InProcess(Executor):
    """Does the work where it is submitted."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a future that is done."""
        future: Future[Any] = Future()
        future.set_result(work(*args, **kwargs))
        return future


class Remote(Executor, ABC):
    """An executor elsewhere: a cluster's."""

    @property
    @abstractmethod
    def width(self) -> int:
        """How many items are worked on at the same time."""

    @abstractmethod
    def result(self, future: Future[Any], names: Callable[[], str]) -> Any:
        """Wait for a task; ``names`` tells on which items it works.

        Raises:
            WorkerError: it will not come, as whoever worked on it has ended.
        """


class Workers:
    """Whoever does a build's work; processes are started, and a cluster is called, when needed.

    ``jobs`` is the number of processes, 0 for as many as pay off; ``connect`` calls a cluster.
    """

    def __init__(self, jobs: int = 0, connect: Callable[[], Remote] | None = None) -> None:
        self._jobs = jobs
        self._connect = connect
        self._here = InProcess()
        self._there: Executor | None = None

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(self, *error: object) -> None:
        """Leave the cluster, or end the processes; after an error they leave off where they are."""
        if self._there is not None:
            self._there.shutdown(cancel_futures=error[0] is not None)

    def executor(self, seconds: float) -> Executor:
        """Return who is to do work that takes one process so many seconds."""
        if self._there is not None:
            return self._there
        if self._connect is not None:
            if seconds > 0:
                self._there = self._connect()
        elif self._jobs != 1 and (seconds >= ENOUGH_SECONDS or (self._jobs and seconds > 0)):
            self._there = make_executor(self._jobs or processors())
        return self._there or self._here


def make_executor(jobs: int) -> Executor:
    """Return an executor of so many processes; one is this process itself."""
    if jobs <= 1:
        return InProcess()
    return Processes(jobs)


def map_ordered(
    executor: Executor,
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    ahead: int = _AHEAD,
    name: Callable[[Item], str] = str,
) -> Iterator[Result]:
    """Yield each item's result, in the items' order; at most ``ahead`` tasks wait or are done.

    Leaving early cancels what has not begun.

    Raises:
        WorkerError: a process ended while it worked on an item, whose ``name`` is told.
    """
    chunk, ahead = _sizes(executor, len(items), ahead)
    chunks = (items[start : start + chunk] for start in range(0, len(items), chunk))
    waiting: deque[tuple[Sequence[Item], Future[list[Result]]]] = deque()

    def fill(count: int) -> None:
        for each in islice(chunks, count):
            waiting.append((each, executor.submit(_work_through, work, each)))

    try:
        fill(ahead)
        while waiting:
            results = _result(executor, *waiting[0], name)
            waiting.popleft()
            fill(1)
            yield from results
    except BrokenExecutor as error:
        unfinished = [item for each, _ in waiting for item in each]
        raise WorkerError(_blame(work, unfinished, name)) from error
    finally:
        # A pool that breaks must not find futures that were cancelled behind its back.
        for _, future in waiting if not isinstance(executor, Processes) else ():
            future.cancel()


def _sizes(executor: Executor, count: int, ahead: int) -> tuple[int, int]:
    """Return how many items make a task, and how many tasks may wait."""
    if isinstance(executor, InProcess):
        return 1, 1
    if not isinstance(executor, Remote):
        return max(_CHUNK, min(_LARGEST, count // _TASKS)), ahead
    # Few items are shared evenly; who has finished a task finds the next one there.
    width = executor.width
    return max(1, min(_CHUNK, count // (2 * width))), max(ahead, 2 * width)


def _result(
    executor: Executor,
    items: Sequence[Item],
    future: Future[list[Result]],
    name: Callable[[Item], str],
) -> list[Result]:
    if not isinstance(executor, Remote):
        return future.result()

    def names() -> str:
        return " to ".join(dict.fromkeys((name(items[0]), name(items[-1]))))

    results: list[Result] = executor.result(future, names)
    return results


def _blame(
    work: Callable[[Item], Result], items: Sequence[Item], name: Callable[[Item], str]
) -> str:
    """Return what to tell when a process has ended, as it does when the memory runs out.

    All others end with it, so what may have been at fault is tried once more, one by one.
    """
    with Processes(1) as alone:
        for item in items:
            try:
                alone.submit(_work_through, work, [item]).result()
            except BrokenExecutor:
                return (
                    f"{name(item)}: the process that worked on it was ended, as happens when the "
                    "memory runs out; leave it out with --exclude"
                )
            except Exception:
                continue  # It would have been told in its turn.
    return (
        "a process was ended while it worked, as happens when the memory runs out; "
        "build with --jobs 1"
    )


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _work_through(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    return [work(item) for item in items if not is_stopping()]
