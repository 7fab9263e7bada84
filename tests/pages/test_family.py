"""A run's relatives: above, below and beside it, and its group with the averages."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from runreport.contexts import ExperimentModel, RelatedRuns
from runreport.pages import families, family
from runreport.pages.family import Family, average_text, listed_metrics
from runreport.pages.related import related_runs
from runreport.records import History, RunDigest, RunRecord

Make = Callable[..., ExperimentModel]


@pytest.fixture
def experiment(
    experiment_of: Make, digest_of: Callable[[RunRecord], RunDigest]
) -> Callable[..., ExperimentModel]:
    """Return an experiment of runs given as name → (parent, group, accuracy)."""

    def make(**runs: tuple[str, str, float]) -> ExperimentModel:
        records = [
            RunRecord(
                run_id=name,
                name=name,
                experiment="x",
                folder=Path(),
                reader="native",
                status="finished",
                started=float(place),
                ended=place + 60.0,
                parent=parent,
                tags={"group": group} if group else {},
                metrics={"accuracy": {"goal": "max"}},
                histories=(History("accuracy", *np.array([[0.0], [0.0], [value]])),),
            )
            for place, (name, (parent, group, value)) in enumerate(runs.items())
        ]
        return experiment_of("x", [digest_of(each) for each in records])

    return make


def of(experiment: ExperimentModel, name: str) -> Family:
    (slug,) = (each.slug for each in experiment.runs if each.name == name)
    return families(experiment).get(slug, Family())


def lists(experiment: ExperimentModel, name: str) -> dict[str, RelatedRuns]:
    (slug,) = (each.slug for each in experiment.runs if each.name == name)
    return {each.anchor: each for each in related_runs(of(experiment, name), "x", slug, "../../")}


def test_runs_on_their_own_have_no_family(experiment: Make) -> None:
    assert families(experiment(a=("", "", 1.0), b=("gone", "", 1.0))) == {}


def test_a_run_knows_all_runs_above_it_the_parent_last(experiment: Make) -> None:
    runs = experiment(a=("", "", 1.0), b=("a", "", 1.0), c=("b", "", 1.0))

    assert [each.title for each in of(runs, "c").ancestors] == ["a", "b"]
    assert of(runs, "a").ancestors == ()


def test_runs_that_lie_below_each_other_end_somewhere(experiment: Make) -> None:
    runs = experiment(a=("b", "", 1.0), b=("a", "", 1.0), own=("own", "", 1.0))

    assert [each.title for each in of(runs, "a").ancestors] == ["b"]
    assert of(runs, "own") == Family()


def test_children_are_listed_with_status_metric_and_duration(experiment: Make) -> None:
    runs = experiment(a=("", "", 0.5), b=("a", "", 0.25), c=("a", "", 0.75))
    children = lists(runs, "a")["children"]

    assert children.count == "2"
    assert children.metrics == (("accuracy", "max"),)
    assert [(r.run.name, r.status, r.values, r.duration) for r in children.rows] == [
        ("b", "finished", ("0.2500",), "1m 00s"),
        ("c", "finished", ("0.7500",), "1m 00s"),
    ]
    assert children.rows[0].run.href.startswith("../../r/b-")
    assert children.averages == ()


def test_a_run_leads_to_those_beside_it(experiment: Make) -> None:
    runs = experiment(a=("", "", 1.0), b=("a", "", 1.0), c=("a", "", 1.0), d=("a", "", 1.0))

    def texts(name: str) -> list[str]:
        return [each.text for each in lists(runs, name)["siblings"].links]

    assert texts("b") == ["Next: c"]
    assert texts("c") == ["Previous: b", "Next: d"]
    assert texts("d") == ["Previous: c"]


def test_many_children_are_cut_and_counted(
    experiment: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(family, "MOST_RELATIVES", 2)
    runs = experiment(a=("", "", 1.0), **{f"c{n}": ("a", "", 1.0) for n in range(5)})
    children = lists(runs, "a")["children"]

    assert len(children.rows) == 2
    assert children.count == "5"
    (more,) = children.links
    assert more.text == "2 of 5 are shown; all are in the experiment's table"


def test_a_group_has_its_runs_and_their_average(experiment: Make) -> None:
    runs = experiment(a=("", "g 1", 0.9), b=("", "g 1", 0.8), c=("", "other", 0.1))
    group = lists(runs, "b")["group"]

    assert group.title == "Group g 1"
    assert [(each.run.name, each.current) for each in group.rows] == [("a", False), ("b", True)]
    assert group.averages == ("0.850 ± 0.071",)
    (more,) = group.links
    assert more.text == "2 runs of the group in the table"
    assert more.href == "../../e/x/index.html#f.tags.group=%3Dg+1"


def test_a_group_of_one_is_named_without_an_average(experiment: Make) -> None:
    group = lists(experiment(a=("", "g", 0.9)), "a")["group"]

    assert (group.count, group.averages) == ("1", ())


def test_a_large_group_is_left_to_the_table(experiment: Make) -> None:
    many = family.MOST_OF_GROUP + 1
    runs = experiment(**{f"r{n}": ("", "g", 1.0) for n in range(many)})
    group = lists(runs, "r0")["group"]

    assert (group.rows, group.count) == ((), str(many))
    assert group.links[0].text == f"{many} runs of the group in the table"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((), ""),
        ((math.nan, math.inf), ""),
        ((0.5,), "0.5000"),
        ((0.5, math.nan), "0.5000"),
        ((0.5, 0.5), "0.5000 ± 0"),
        ((1.0, 3.0), "2.0 ± 1.4"),
        ((0.1, 0.2, 0.3), "0.20 ± 0.10"),
        ((12_000.0, 13_000.0), "12500 ± 707"),
        ((0.5, 0.500001), "0.500001 ± 7.07e-7"),
        ((1e308, 1e308, 1e308), ""),
    ],
)
def test_averages_are_of_finite_values(values: tuple[float, ...], text: str) -> None:
    assert average_text(values) == text


def test_metrics_with_a_goal_come_before_all_others(experiment: Make) -> None:
    runs = experiment(a=("", "", 0.5)).runs
    (metric,) = runs[0].metrics
    plain = [metric._replace(name=name, goal=None) for name in "dcb"]
    more = runs[0]._replace(metrics=tuple(plain))

    assert listed_metrics([more, runs[0]]) == (("accuracy", "max"),)
    assert listed_metrics([more, more._replace(metrics=tuple(plain[:1]))]) == (
        ("d", ""),
        ("b", ""),
    )


def test_a_page_depends_on_the_metrics_of_its_children(
    experiment: Make,
) -> None:
    runs = experiment(a=("", "", 0.5), b=("a", "", 0.25))
    changed = replace(runs, runs=(runs.runs[0], runs.runs[1]._replace(status="failed")))

    assert repr(of(runs, "a")) != repr(of(changed, "a"))
    assert repr(of(runs, "b")) == repr(of(changed, "b"))
