"""Columns of long metrics files, kept so that a later build parses only what was appended.

Beside a build's index lies a folder a run, with a file for each long segment: the hash of all that
follows, a line of JSON, and the columns as plain numbers. What was read before holds for a segment
whose first bytes are, by their hash, those that the columns were made of. Anything else, a kept
file that is damaged among it, means that the segment is read from its start.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from runreport.reading.builder import Column
from runreport.reading.pieces import Hasher
from runreport.reading.points import Points, read_points
from runreport.reading.problems import Problems

LEAST: Final = 8_000_000
"""Bytes of a file from which on parsing it again takes longer than a look at what was kept."""

_FORM: Final = 2
_DRAFT: Final = "draft-"
_BLOCK: Final = 1 << 20

# Stretches of steps at equal distances that are told one by one.
_TURNS: Final = 200
_TYPES: Final[dict[str, np.dtype[Any]]] = {
    form: np.dtype(f"<{form}") for form in ("f4", "f8", "i8")
}

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class KeptColumns:
    """The columns that are kept of all runs."""

    folder: Path
    key: str
    """Stands for the code that makes them."""
    least: int = LEAST
    is_read_only: bool = False
    """Whether nothing more is kept of what is read."""

    def of(self, run: str) -> Kept:
        """Return what is kept of a run; ``run`` tells it from all others."""
        return Kept(self.folder / _name(run), self.key, self.least, self.is_read_only)

    def forget_others(self, runs: Iterable[str]) -> None:
        """Remove what is kept of other runs than these: they are gone."""
        known = {_name(run) for run in runs}
        with contextlib.suppress(OSError):
            for folder in self.folder.iterdir():
                if folder.name not in known:
                    shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Kept:
    """The columns that are kept of one run."""

    folder: Path
    key: str
    least: int = LEAST
    is_read_only: bool = False

    def read(self, name: str, descriptor: int, size: int, problems: Problems) -> Points:
        """Do as `read_points`, with what is kept of the open segment ``name``, and keep more.

        The bytes are hashed, those that need not be parsed again among them.
        """
        if size < self.least:
            return read_points(descriptor, size, problems, hasher=hashlib.sha256())
        path = self.folder / _name(name)
        before, hasher = self._before(path, descriptor, size, problems)
        points = read_points(descriptor, size, problems, before=before, hasher=hasher)
        # Writing takes its time too, so that a little more is left to be parsed again.
        known = before.end if before else 0
        if self.is_read_only:
            return points
        if points.end - known >= max(self.least, known // 8):
            with contextlib.suppress(OSError):
                self._write(path, points, problems)
        return points

    def _before(
        self, path: Path, descriptor: int, size: int, problems: Problems
    ) -> tuple[Points | None, Hasher]:
        """Return what is kept, if it holds, and a hash that was given the bytes it is of."""
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, IndexError):
            with path.open("rb") as file:
                value, arrays = _read(file, self.key)
            hasher = _hash(descriptor, min(value["end"], size))
            if hasher.hexdigest() == value["prefix"]:
                problems.restore(value["problems"])
                return _points(value, arrays), hasher
        return None, hashlib.sha256()

    def _write(self, path: Path, points: Points, problems: Problems) -> None:
        if points.hashed is None:
            return
        arrays: list[Array] = []
        value = {
            "form": [_FORM, self.key],
            "prefix": points.hashed.hexdigest(),
            "end": points.end,
            "lines": points.lines,
            "header": points.header,
            "dropped": sorted(points.dropped),
            "problems": problems.state(),
            "steps": _add(arrays, points.steps),
            "times": _add(arrays, points.times),
            "columns": [
                [name, _add(arrays, values), None if rows is None else _add(arrays, rows)]
                for name, (values, rows) in points.columns.items()
            ],
            "arrays": [[each.dtype.str[1:], len(each)] for each in arrays],
        }
        head = _encoded(value)
        if head is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        # Of builds that were killed; one that still writes has its columns kept another time.
        for left in self.folder.glob(f"{_DRAFT}*"):
            left.unlink(missing_ok=True)
        handle, draft = tempfile.mkstemp(prefix=_DRAFT, dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(b"%b\n%b\n" % (_sum_of(head, arrays).hexdigest().encode(), head))
                for each in arrays:
                    file.write(each.data)
            Path(draft).replace(path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise


def _name(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _hash(descriptor: int, size: int) -> Hasher:
    """Return a hash that was given an open file's first bytes."""
    hasher = hashlib.sha256()
    os.lseek(descriptor, 0, os.SEEK_SET)
    while size > 0 and (block := os.read(descriptor, min(_BLOCK, size))):
        hasher.update(block)
        size -= len(block)
    return hasher


def _encoded(value: dict[str, Any]) -> bytes | None:
    """Return a head as JSON; None where that would not give the same back."""
    try:
        head = orjson.dumps(value)
    except TypeError:
        return None
    return head if orjson.loads(head) == value else None


def _sum_of(head: bytes, arrays: Iterable[Array]) -> Hasher:
    hasher = hashlib.sha256(head)
    for each in arrays:
        hasher.update(each.data)
    return hasher


def _read(file: BinaryIO, key: str) -> tuple[dict[str, Any], list[Array]]:
    """Return a kept file's head and arrays.

    Raises:
        ValueError, KeyError, TypeError: it is damaged, or of other code.
    """
    expected, head = file.readline(65).strip(), file.readline().rstrip(b"\n")
    value = orjson.loads(head)
    if value["form"] != [_FORM, key]:
        raise ValueError("of other code")
    forms = [(_TYPES[form], int(count)) for form, count in value["arrays"]]
    size = os.fstat(file.fileno()).st_size - file.tell()
    if size != sum(form.itemsize * count for form, count in forms):
        raise ValueError("too short or too long")
    arrays = []
    for form, count in forms:
        array = np.empty(count, form)
        file.readinto(array.data.cast("B"))  # type: ignore[attr-defined]
        arrays.append(array)
    if _sum_of(head, arrays).hexdigest().encode() != expected:
        raise ValueError("damaged")
    return value, arrays


def _points(value: dict[str, Any], arrays: Sequence[Array]) -> Points:
    return Points(
        columns={
            name: Column(
                _values(values, arrays), None if rows is None else arrays[rows[0]].astype(np.intp)
            )
            for name, values, rows in value["columns"]
        },
        steps=_values(value["steps"], arrays),
        times=_values(value["times"], arrays),
        end=value["end"],
        lines=value["lines"],
        torn=False,
        header=value["header"],
        dropped=frozenset(value["dropped"]),
    )


def _add(arrays: list[Array], values: Array) -> list[Any]:
    """Add an array in a short form that gives the very same back; return how to get at it."""
    if values.dtype.kind == "i":
        arrays.append(values.astype("<i8"))
        return [len(arrays) - 1]
    lines = _lines_of(values)
    if lines and _is_same(_on_lines(lines), values):
        return lines
    with np.errstate(over="ignore", invalid="ignore"):
        single = values.astype("<f4")
        is_single = _is_same(single.astype("<f8"), values)
    arrays.append(single if is_single else np.ascontiguousarray(values, "<f8"))
    return [len(arrays) - 1]


def _lines_of(values: Array) -> list[Any]:
    """Return start, step and count of stretches that may well be on a line each, if few are all.

    Steps are: a script that is launched again goes back, and logs on at equal distances.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        distances = np.diff(values)
        turns = np.flatnonzero(distances[1:] != distances[:-1]) + 1
    if len(turns) > _TURNS or len(values) < 3:
        return []
    lines, start = [], 0
    for turn in (*turns.tolist(), len(distances)):
        # Of two turns in a row the first is the way to the next stretch.
        if turn > start:
            lines.append([values.item(start), distances.item(start), turn + 1 - start])
            start = turn + 1
    if start < len(values):
        lines.append([values.item(start), 0.0, len(values) - start])
    return lines if np.isfinite(lines).all() else []


def _on_lines(lines: Sequence[Sequence[Any]]) -> Array:
    with np.errstate(over="ignore"):
        parts = [start + step * np.arange(count) for start, step, count in lines]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _values(where: Sequence[Any], arrays: Sequence[Array]) -> Array:
    """Return what `_add` was given."""
    if isinstance(where[0], int):
        return arrays[where[0]].astype(np.float64, copy=False)
    return _on_lines(where)


def _is_same(one: Array, other: Array) -> bool:
    """Return whether all bits are equal; -0.0 is not 0.0 here, and a NaN is itself."""
    return bool((one.view("<i8") == np.ascontiguousarray(other, "<f8").view("<i8")).all())
