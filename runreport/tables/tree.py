"""Runs below runs: the rows of a table as trees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runreport.rows import RunRow

ROOT = -1


def parent_places(runs: Sequence[RunRow]) -> list[int]:
    """Return the place of each run's parent among them, `ROOT` for none.

    Records are anybody's: of runs that are said to lie below each other in a ring, the one met
    first is a root.
    """
    if not any(run.parent for run in runs):
        return [ROOT] * len(runs)
    by_id = {run.run_id: place for place, run in enumerate(runs)}
    parents = [by_id.get(run.parent, ROOT) if run.parent else ROOT for run in runs]
    known = [False] * len(runs)
    for start in range(len(runs)):
        line: set[int] = set()
        place = start
        while place != ROOT and not known[place]:
            line.add(place)
            known[place] = True
            if parents[place] in line:
                parents[place] = ROOT
            place = parents[place]
    return parents


def tree_order(parents: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield each place and how deep it lies, every parent just before what is below it."""
    below: dict[int, list[int]] = {}
    for place, parent in enumerate(parents):
        below.setdefault(parent, []).append(place)
    # A list of what waits, as a chain of runs could be longer than the call stack.
    waiting = [(place, 0) for place in reversed(below.get(ROOT, []))]
    while waiting:
        place, depth = waiting.pop()
        yield place, depth
        waiting += [(each, depth + 1) for each in reversed(below.get(place, []))]
