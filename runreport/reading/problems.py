"""What is wrong with a file that is read, told once a kind with its first line and its count."""

from __future__ import annotations

from typing import Any, Final, get_args

from runreport.records import Finding, Level

MAX_KINDS: Final = 50
"""Kinds of problems of one file that are told apart; a file of noise has a new one on each line."""

LONG: Final = "longer than 4 MiB"


class BadLine(ValueError):  # noqa: N818 - not an error of the program
    """A line that holds no usable object; the message is the reason."""


_Problem = tuple[Level, int, str, int]
"""Level, first line, its message, count."""


class Problems:
    """What was wrong with one file: each kind once, with its first line and its count.

    What stands where is the same in however many pieces the file was read: kinds count in the
    order of their lines, and `settle` says that a piece is done with.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self.bad_lines = 0
        self._found: dict[str, _Problem] = {}
        self._new: dict[str, _Problem] = {}

    def add(self, kind: str, line: int, message: str, *, level: Level = "warning") -> None:
        """Count one more of a kind; the first line and its message are kept."""
        problem = level, line, message, 0
        known = self._new.get(kind, problem)
        self._new[kind] = _counted(known if known[1] <= line else problem, known[3] + 1)

    def add_bad_line(self, line: int, error: BadLine) -> None:
        """Count a line that is lost."""
        self.bad_lines += 1
        self._add_line(line, str(error))

    def add_long_tail(self, line: int) -> None:
        """Count bytes after the last whole line, too many for one: no later reading takes them."""
        self._add_line(line, LONG)

    def _add_line(self, line: int, reason: str) -> None:
        message = f"{reason}; the line is left out, mend or delete it"
        self.add(reason.partition(" (")[0], line, message)

    def settle(self) -> None:
        """Say that all lines up to here were looked at."""
        if not self._new:
            return
        for kind, problem in sorted(self._new.items(), key=lambda item: (item[1][1], item[0])):
            if kind not in self._found and len(self._found) >= MAX_KINDS:
                kind = "more"
                message = f"more kinds of problems than the {MAX_KINDS} shown; mend those first"
                problem = problem[0], problem[1], message, problem[3]
            known = self._found.get(kind, _counted(problem, 0))
            self._found[kind] = _counted(known, known[3] + problem[3])
        self._new = {}

    def findings(self) -> list[Finding]:
        """Return one finding a kind, in the order of their first lines."""
        self.settle()
        if not self._found:
            return []
        found = sorted(self._found.values(), key=lambda item: item[1])
        return [
            Finding(level, f"{self.place}:{line}", text, count)
            for level, line, text, count in found
        ]

    def state(self) -> list[Any]:
        """Return all that was found, for `restore`."""
        self.settle()
        return [self.bad_lines, [[kind, *problem] for kind, problem in self._found.items()]]

    def restore(self, state: Any) -> None:
        """Take over what was found in the lines before.

        Raises:
            ValueError, TypeError: it is no state.
        """
        bad_lines, found = state
        self.bad_lines = int(bad_lines)
        for kind, level, line, message, count in found:
            if level not in get_args(Level):
                raise ValueError(level)
            self._found[str(kind)] = level, int(line), str(message), int(count)


def _counted(problem: _Problem, count: int) -> _Problem:
    return *problem[:3], count
