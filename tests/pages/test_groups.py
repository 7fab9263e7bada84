"""The groups of an experiment's runs, with the averages of their metrics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from runreport.contexts import ExperimentModel, GroupsTable
from runreport.pages import groups as module
from runreport.pages.groups import groups_table
from runreport.records import History, RunDigest, RunRecord

Groups = Callable[..., GroupsTable | None]


@pytest.fixture
def groups(
    experiment_of: Callable[..., ExperimentModel], digest_of: Callable[[RunRecord], RunDigest]
) -> Groups:
    """Return the groups of runs given as (group, value of a metric to be made large)."""

    def make(*runs: tuple[str, float], goal: str = "max") -> GroupsTable | None:
        records = [
            RunRecord(
                run_id=str(place),
                name=str(place),
                experiment="x",
                folder=Path(),
                reader="native",
                tags={"group": group} if group else {},
                metrics={"score": {"goal": goal}},
                histories=(History("score", *np.array([[0.0], [0.0], [value]])),),
            )
            for place, (group, value) in enumerate(runs)
        ]
        return groups_table(experiment_of("x", [digest_of(each) for each in records]))

    return make


def found(table: GroupsTable | None) -> list[tuple[str, str, tuple[str, ...]]]:
    assert table is not None
    return [(row.name, row.count, row.averages) for row in table.rows]


def test_groups_have_averages_the_best_first(groups: Groups) -> None:
    runs = (("b", 0.2), ("a", 0.9), ("b", 0.4), ("a", 0.8), ("", 1.0))

    assert found(groups(*runs)) == [
        ("a", "2", ("0.850 ± 0.071",)),
        ("b", "2", ("0.30 ± 0.14",)),
    ]
    assert [name for name, *_ in found(groups(*runs, goal="min"))] == ["b", "a"]


def test_a_group_without_a_finite_value_comes_last(groups: Groups) -> None:
    runs = (("a", np.nan), ("a", np.nan), ("b", -1.0), ("b", -1.0))

    assert found(groups(*runs)) == [("b", "2", ("-1 ± 0",)), ("a", "2", ("",))]


def test_values_at_the_end_of_what_a_float_holds_are_compared(groups: Groups) -> None:
    runs = (("a", 1.7e308), ("a", 1.7e308), ("b", 1.0), ("b", 1.0))

    assert [name for name, *_ in found(groups(*runs))] == ["a", "b"]


def test_groups_of_one_run_each_are_none(groups: Groups) -> None:
    assert groups(("a", 1.0), ("b", 2.0)) is None
    assert groups(("", 1.0)) is None


def test_a_group_leads_to_its_runs(groups: Groups) -> None:
    table = groups(("lr = 0.1 & more", 1.0), ("lr = 0.1 & more", 1.0))

    assert table is not None
    assert table.rows[0].href == "#f.tags.group=%3Dlr+%3D+0.1+%26+more"


def test_many_groups_are_cut_and_counted(groups: Groups, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_GROUPS", 2)
    table = groups(*((name, 1.0) for name in "aabbcc"))

    assert len(found(table)) == 2
    assert table is not None
    assert table.note == "2 of 3 groups are shown"
