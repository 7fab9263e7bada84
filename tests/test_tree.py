"""Runs below runs as the rows of a table."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreport.digest import digest
from runreport.frames import run_columns
from runreport.records import RunRecord
from runreport.rows import RunRow, make_row
from runreport.tables.table import FIRST_ROWS, make_table
from runreport.tables.tree import ROOT, parent_places, tree_order
from runreport.text.serialize import read_data_script


def run(name: str, parent: str = "") -> RunRow:
    record = RunRecord(name, name, "x", Path(), "native", parent=parent)
    return make_row(digest(record, goals={}, status="finished", slug=name)[0])


def test_parents_are_places_among_the_same_runs() -> None:
    runs = [run("c", "b"), run("b", "a"), run("a"), run("d", "gone")]

    assert parent_places(runs) == [1, 2, ROOT, ROOT]


@pytest.mark.parametrize(
    ("parents", "places"),
    [
        ({"a": "a"}, [ROOT]),
        ({"a": "b", "b": "a"}, [1, ROOT]),
        ({"a": "b", "b": "c", "c": "b"}, [1, 2, ROOT]),
    ],
)
def test_runs_that_lie_below_each_other_are_trees_nevertheless(
    parents: dict[str, str], places: list[int]
) -> None:
    found = parent_places([run(*each) for each in parents.items()])

    assert found == places
    assert sorted(place for place, _ in tree_order(found)) == list(range(len(parents)))


def test_children_follow_their_parents_in_the_given_order() -> None:
    assert list(tree_order([ROOT, 3, 3, ROOT, 1])) == [(0, 0), (3, 0), (1, 1), (4, 2), (2, 1)]


@given(st.lists(st.integers(-1, 30), max_size=30))
def test_every_run_comes_once_and_below_its_parent(wanted: list[int]) -> None:
    names = [str(place) for place in range(len(wanted))]
    runs = [run(name, str(parent)) for name, parent in zip(names, wanted, strict=True)]
    parents = parent_places(runs)
    order = list(tree_order(parents))
    depths = dict(order)
    position = {place: at for at, (place, _) in enumerate(order)}

    assert sorted(depths) == list(range(len(wanted)))
    for place, parent in enumerate(parents):
        if parent == ROOT:
            assert depths[place] == 0
        else:
            assert depths[place] == depths[parent] + 1
            assert position[parent] < position[place]


def test_a_long_chain_needs_no_call_stack() -> None:
    runs = [run("0"), *(run(str(n), str(n - 1)) for n in range(1, 5000))]

    assert list(tree_order(parent_places(runs)))[-1] == (4999, 4999)


def table_of(runs: list[RunRow]) -> tuple[list[tuple[str, int]], dict[str, object]]:
    colors = dict.fromkeys((each.slug for each in runs), 0)
    table = make_table(run_columns(runs), runs, experiment="x", colors=colors)
    rows = [(row[0].text, row[0].depth) for row in table.rows]
    return rows, read_data_script(table.data.content)["run"]


def test_the_page_has_trees_and_the_data_file_the_parents() -> None:
    rows, data = table_of([run("b", "a"), run("x"), run("a")])

    assert rows == [("x", 0), ("a", 0), ("b", 1)]
    assert data["parent"] == [2, ROOT, ROOT]


def test_a_table_without_children_has_no_parents() -> None:
    _, data = table_of([run("a"), run("b", "gone")])

    assert "parent" not in data


def test_first_rows_are_those_of_the_first_trees() -> None:
    runs = [run("child", "root"), *(run(f"r{n:03}") for n in range(FIRST_ROWS)), run("root")]

    rows, _ = table_of(runs)

    assert len(rows) == FIRST_ROWS
    assert rows[0] == ("r000", 0)
