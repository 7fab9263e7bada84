"""A Dask cluster that does a build's work, over a file system that all its machines share.

Dask sends the work and its results pickled over the network; nothing that lies on disk is ever
unpickled.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from runreport.errors import ConfigError, RunReportError, WorkerError
from runreport.index.keys import code_parts
from runreport.workers import Remote

PATIENCE: Final = 30.0
"""Seconds that a scheduler may take to answer, and that a cluster may be without workers."""

_GONE: Final = (CancelledError, asyncio.CancelledError, OSError)
"""What tells of a cluster that has gone, whatever state its client is in."""

_INSTALL: Final = "install runreport[dask] here and the same versions on every worker"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the build and its workers have to have in common."""

    folders: tuple[Path, ...]
    """That are read from; none of them is empty, as a mount point is without its mount."""
    word: Path
    """A file in the build's own folder, which nobody else can have."""
    text: str
    code: tuple[tuple[str, str], ...]
    """Python, runreport and the libraries that decide over the bytes of a site."""


def lay_ground(spool: Path, folders: Sequence[Path]) -> Ground:
    """Return what the workers must have; ``spool`` gets a file for them to find."""
    word, text = spool / "shared", secrets.token_hex(16)
    word.write_text(text, encoding="ascii")
    absolute = tuple(each.absolute() for each in folders)
    return Ground(absolute, word.absolute(), text, tuple(code_parts().items()))


@cache
def missing_at(ground: Ground) -> str:
    """Return what this machine lacks of the ground; "" when it may work."""
    ours = code_parts()
    for name, theirs in ground.code:
        if ours.get(name) != theirs:
            return f"has another {name}{_versions(ours.get(name, ''), theirs)}; {_INSTALL}"
    for folder in (ground.word.parent, *ground.folders):
        if not _is_shared(folder, ground):
            return (
                f"does not see {str(folder)!r} as this machine does, or may not write there; "
                "a cluster needs a file system that all its machines share"
            )
    return ""


def _is_shared(folder: Path, ground: Ground) -> bool:
    try:
        if folder == ground.word.parent:
            return ground.word.read_text("ascii") == ground.text and os.access(folder, os.W_OK)
        with os.scandir(folder) as found:
            return any(found)
    except (OSError, ValueError):
        return False


def _versions(theirs: str, ours: str) -> str:
    # Of our own code there is only a hash.
    return f" ({theirs or 'none'}, here {ours})" if "." in ours else ""


class Cluster(Remote):
    """A cluster's executor, on whose workers the ground is looked at before they work."""

    def __init__(self, client: Any, ground: Ground, *, patience: float = PATIENCE) -> None:
        self._client = client
        self._ground = ground
        self._patience = patience
        self._executor = client.get_executor(pure=False)
        self._width: int = max(1, sum(client.nthreads().values()))

    @property
    def width(self) -> int:
        """How many threads the workers had at the beginning."""
        return self._width

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Give work to the cluster; of a worker that dies, another one takes it over."""
        with self._telling_of_its_end(lambda: "--dask"):
            future: Future[Any] = self._executor.submit(
                _on_ground, self._ground, work, *args, **kwargs
            )
        return future

    def result(self, future: Future[Any], names: Callable[[], str]) -> Any:
        """Wait for a task, and now and then look whether anybody is left to do it."""
        from distributed import KilledWorker

        with self._telling_of_its_end(names):
            try:
                while not wait_for([future], self._patience).done:
                    # Those that ended are started again by their nannies, if they have any.
                    self._client.wait_for_workers(1, timeout=self._patience)
                return future.result()
            except KilledWorker as error:
                raise WorkerError(
                    f"{names()}: every worker of the cluster that worked on one of these was "
                    "ended, as happens when the memory runs out; leave it out with --exclude"
                ) from error

    @contextmanager
    def _telling_of_its_end(self, names: Callable[[], str]) -> Iterator[None]:
        """Raise `WorkerError` where the cluster has gone.

        What its client raises then has many types, by what it was about when it was closed.
        """
        try:
            yield
        except RunReportError:
            raise
        except (Exception, asyncio.CancelledError) as error:
            if not isinstance(error, _GONE) and self._client.status != "closed":
                raise
            raise WorkerError(
                f"{names()}: the Dask cluster has gone, or has no worker any more; start it anew, "
                "and build again"
            ) from error

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster; what a worker cannot be kept from finishing is not waited for."""
        if wait and not cancel_futures:
            self._executor.shutdown()
        # It lets go of all tasks, and unlike its executor it may be closed already.
        self._client.close()


def connect(address: str, ground: Ground, *, patience: float = PATIENCE) -> Cluster:
    """Return the cluster at an address, or at the one that a scheduler's JSON file names.

    Raises:
        ConfigError: Dask is not installed, or the address makes no sense.
        WorkerError: nobody answers, or a worker lacks what the work needs.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ConfigError("--dask: Dask is not installed; install runreport[dask]") from error

    _quieten()
    address = _scheduler_of(address)
    try:
        _greet(address, patience)
        client = Client(address, timeout=patience, set_as_default=False)
    except (OSError, ValueError) as error:
        raise WorkerError(
            f"--dask {address}: no Dask scheduler answers there; start one with 'dask scheduler', "
            "and name the address that it prints"
        ) from error
    try:
        _check_workers(client, address, ground, patience)
        return Cluster(client, ground, patience=patience)
    except BaseException:
        client.close()
        raise


def _quieten() -> None:
    """Keep Dask's reports of lost connections off the terminal: our own errors tell of them."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _greet(address: str, patience: float) -> None:
    """Reach the scheduler once, before there is a `Client`.

    One that fails to start cannot be closed: it leaves its thread behind, and is closed by the
    garbage collection, which then waits for itself if it runs while the next one starts.
    """
    from distributed.comm.core import connect as reach
    from distributed.security import Security
    from distributed.utils import LoopRunner

    async def greet() -> None:
        reached = await reach(address, patience, **Security().get_connection_args("client"))
        await reached.close()

    LoopRunner(asynchronous=False).run_sync(greet)


def _scheduler_of(address: str) -> str:
    if not address.endswith(".json"):
        return address
    try:
        return str(json.loads(Path(address).read_text(encoding="utf-8"))["address"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"--dask {address}: not a file that 'dask scheduler --scheduler-file' wrote; "
            "name that one, or the scheduler's address"
        ) from error


def _check_workers(client: Any, address: str, ground: Ground, patience: float) -> None:
    try:
        client.wait_for_workers(1, timeout=patience)
    except OSError as error:
        raise WorkerError(
            f"--dask {address}: the cluster has no worker; start some with 'dask worker {address}'"
        ) from error
    answers = client.run(missing_at, ground, on_error="return")
    wrong = [f"worker {who} {_wrong(answer)}" for who, answer in sorted(answers.items()) if answer]
    if wrong:
        more = f" (and {len(wrong) - 1:,} more workers like that)" if len(wrong) > 1 else ""
        raise WorkerError(f"--dask {address}: {wrong[0]}{more}")


def _wrong(answer: Any) -> str:
    if isinstance(answer, str):
        return answer
    return f"has no runreport, or another version of it ({answer}); {_INSTALL}"


def _on_ground(ground: Ground, work: Callable[..., Any], *args: Any) -> Any:
    """Do the work, unless this worker came later and cannot."""
    missing = missing_at(ground)
    if missing:
        from distributed import get_worker

        raise WorkerError(f"worker {get_worker().address} {missing}")
    return work(*args)
