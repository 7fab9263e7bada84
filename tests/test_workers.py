"""Work goes through one interface, in this process or in several, in order and without a pile."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from runreport.errors import WorkerError
from runreport.workers import InProcess, Workers, make_executor, map_ordered, processors


def square(number: int) -> int:
    return number * number


def fail_at_three(number: int) -> int:
    if number == 3:
        raise ZeroDivisionError("three")
    return number


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_order(jobs: int) -> None:
    with make_executor(jobs) as executor:
        results = list(map_ordered(executor, square, range(100), ahead=3))

    assert results == [number * number for number in range(100)]


def test_one_job_is_this_process() -> None:
    assert isinstance(make_executor(1), InProcess)


@pytest.mark.parametrize("jobs", [1, 2])
def test_error_of_an_item_is_raised(jobs: int) -> None:
    with make_executor(jobs) as executor, pytest.raises(ZeroDivisionError, match="three"):
        list(map_ordered(executor, fail_at_three, range(10), ahead=3))


def test_nothing_to_do() -> None:
    with make_executor(1) as executor:
        assert list(map_ordered(executor, square, [], ahead=3)) == []


class Counting(Executor):
    """Counts tasks, and finishes none before it is asked."""

    def __init__(self) -> None:
        self.futures: list[Future[Any]] = []

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(work(*args, **kwargs))
        self.futures.append(future)
        return future


def test_tasks_do_not_pile_up() -> None:
    executor = Counting()
    results = map_ordered(executor, square, range(1000), ahead=3)

    next(results)

    # Three to begin with, and one more for the one that was taken.
    assert len(executor.futures) == 4


@pytest.mark.parametrize(("items", "tasks"), [(20, 2), (1000, 63), (4800, 150), (99_999, 1563)])
def test_tasks_are_small_parts_of_the_work_and_not_many(items: int, tasks: int) -> None:
    executor = Counting()

    assert list(map_ordered(executor, square, range(items))) == [n * n for n in range(items)]

    assert len(executor.futures) == tasks


def test_leaving_early_cancels_what_has_not_begun() -> None:
    class Never(Executor):
        futures: list[Future[Any]] = []  # noqa: RUF012

        def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            if not self.futures:
                future.set_result(work(*args, **kwargs))
            self.futures.append(future)
            return future

    executor = Never()
    results = map_ordered(executor, square, range(100), ahead=3)
    next(results)
    results.close()  # type: ignore[attr-defined]

    assert all(future.cancelled() for future in executor.futures[1:])


def test_there_is_a_processor() -> None:
    assert processors() >= 1


def die_at_twenty(number: int) -> int:
    if number == 20:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_process_that_dies_names_what_it_worked_on() -> None:
    with make_executor(2) as executor, pytest.raises(WorkerError) as raised:
        list(map_ordered(executor, die_at_twenty, range(100), name=lambda n: f"iris/{n}"))

    assert str(raised.value) == (
        "iris/20: the process that worked on it was ended, as happens when the memory runs out; "
        "leave it out with --exclude"
    )


def test_a_process_that_dies_for_no_work_of_its_own_is_told() -> None:
    def kill_one(results: Iterator[int]) -> None:
        next(results)
        os.kill(next(iter(pool._processes)), signal.SIGKILL)  # type: ignore[attr-defined]
        list(results)

    with make_executor(2) as pool, pytest.raises(WorkerError, match=r"^a process was ended while"):
        kill_one(map_ordered(pool, square, range(100_000)))


@pytest.mark.parametrize(
    ("jobs", "seconds", "processes"),
    [(0, 0.1, 1), (0, 100, processors()), (1, 100, 1), (3, 0.1, 3), (3, 0, 1)],
)
def test_processes_are_started_when_they_pay_off(jobs: int, seconds: float, processes: int) -> None:
    with Workers(jobs) as workers:
        executor = workers.executor(seconds)

        if processes == 1:
            assert isinstance(executor, InProcess)
        else:
            assert isinstance(executor, ProcessPoolExecutor)
            assert executor._max_workers == processes  # type: ignore[attr-defined]
            assert workers.executor(0) is executor


def is_deaf(number: int) -> bool:
    return signal.getsignal(number) is signal.SIG_IGN


def test_workers_leave_signals_to_the_main_process() -> None:
    with make_executor(2) as executor:
        assert list(map_ordered(executor, is_deaf, [signal.SIGINT, signal.SIGTERM], ahead=3)) == [
            *(True, True)
        ]


def test_error_ends_what_is_under_way_between_two_items(tmp_path: Path) -> None:
    def leave() -> None:
        with Workers(2) as workers:
            executor = workers.executor(1.0)
            results = map_ordered(executor, partial(note, tmp_path), range(800), ahead=100)
            next(results)
            raise KeyError

    with pytest.raises(KeyError):
        leave()

    assert len(list(tmp_path.iterdir())) < 700


def note(folder: Path, number: int) -> None:
    (folder / str(number)).touch()
    time.sleep(0.01)
