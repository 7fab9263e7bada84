from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from markupsafe import Markup

from runreport.contexts import (
    AddedNote,
    ConsoleView,
    ErrorView,
    FileRow,
    Link,
    MetricCell,
    Moment,
    NameValue,
    RunContext,
    SiteModel,
)
from runreport.pages import make_pages, make_shell, run_page
from runreport.pages.run import RunModel
from runreport.records import Change, Console, History, RunDigest, RunRecord
from runreport.render import make_renderer

COMMIT = "3f9c1d0a8b7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a"


@pytest.fixture
def runs(site: SiteModel) -> dict[str, RunContext]:
    """The run pages' contexts, by the run's name."""
    contexts = [page.context for page in make_pages(site) if page.template == "run"]
    return {each.run.name: each for each in contexts}


@pytest.fixture
def page_of(
    site: SiteModel, digest_of: Callable[[RunRecord], RunDigest]
) -> Callable[[RunRecord], RunContext]:
    shell = make_shell(site)

    def make(record: RunRecord) -> RunContext:
        context: RunContext = run_page(
            RunModel(digest_of(record), record.experiment, "x", 0), shell
        ).context
        return context

    return make


def test_facts_are_in_words(runs: dict[str, RunContext]) -> None:
    facts = {
        each.label: each.moment.text if each.moment else each.text + each.rest
        for each in runs["brave-otter"].facts
    }

    assert facts == {
        "Started": "2025-11-22 10:15",
        "Ended": "2025-11-22 10:18",
        "Duration": "3m 05s",
        "User": "kim · ubuntu on the machine",
        "Source": "train.py · main",
        "Python": "3.11.9",
        "Branch": "main · with uncommitted changes",
        "Version": COMMIT,
        "Command": "python train.py --lr 0.1",
        "cluster": "k7",
    }


@pytest.mark.parametrize(
    ("hardware", "label", "text"),
    [
        (
            {"cpu": "EPYC", "cpus": 64, "memory_mb": 257_000, "gpus": ["A100", "A100", "T4"]},
            *("Hardware", "EPYC · 64 processors · 269 GB · 2 × A100 · T4"),
        ),
        ({"cpus": 1}, "Hardware", "1 processor"),
        ({"memory_mb": 10**400, "gpus": "no list"}, "hardware", None),
        ({"tpu": "v4"}, "hardware", '{"tpu": "v4"}'),
        ("a laptop", "hardware", "a laptop"),
    ],
)
def test_hardware_is_told_in_words_where_it_is_as_runs_log_it(
    page_of: Callable[[RunRecord], RunContext], hardware: Any, label: str, text: str | None
) -> None:
    page = page_of(RunRecord("a", "a", "iris", Path(), "native", extra={"hardware": hardware}))

    shown = {each.label: each.text for each in page.facts}
    assert label in shown
    assert text in (None, shown[label])


def test_version_leads_to_its_commit(runs: dict[str, RunContext]) -> None:
    versions = {
        name: next((f.href for f in page.facts if f.label == "Version"), None)
        for name, page in runs.items()
    }

    assert versions == {
        "brave-otter": f"https://github.com/acme/iris/commit/{COMMIT}",
        "calm-heron": "",
        "torn": None,
    }


def test_commit_is_shown_beside_another_version(
    full: RunRecord, page_of: Callable[[RunRecord], RunContext]
) -> None:
    facts = {f.label: f.text + f.rest for f in page_of(replace(full, version="1.0.0")).facts}

    assert (facts["Version"], facts["Commit"]) == ("1.0.0", COMMIT)


def test_user_of_the_machine_is_named_only_when_it_differs(
    full: RunRecord, page_of: Callable[[RunRecord], RunContext]
) -> None:
    def shown(user: str, os_user: str) -> str:
        page = page_of(replace(full, user=user, os_user=os_user))
        return next((f.text + f.rest for f in page.facts if f.label == "User"), "")

    assert shown("kim", "kim") == "kim"
    assert shown("kim", "") == "kim"
    assert shown("", "kim") == "kim on the machine"
    assert shown("", "") == ""


def test_metrics_have_their_best_marked(runs: dict[str, RunContext]) -> None:
    accuracy, added, loss = runs["brave-otter"].metrics

    assert accuracy.name == "accuracy"
    assert accuracy.cells == (
        MetricCell("0.8500", "0.85"),
        MetricCell("0.5000", "0.5"),
        MetricCell("0.9000", "0.9", best=True),
        MetricCell("0.7375", "0.7375"),
    )
    assert (accuracy.count, accuracy.best_step) == ("4", "2")
    assert [cell.best for cell in loss.cells] == [False, True, False, False]
    assert loss.odd == "1 NaN"
    assert added.added == (AddedNote(Moment("2025-11-23 10:15", "2025-11-23T10:15:00Z"), "amelia"),)


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        pytest.param([0.01, 0.01], ["0.01"] * 4, id="no zeros that say nothing"),
        pytest.param([0.5, 0.7391], ["0.7391", "0.5000", "0.7391", "0.6196"], id="equal decimals"),
        pytest.param([1.0, 3.0, 2.5], ["2.500", "1.000", "3.000", "2.167"], id="long mean"),
        pytest.param([1e-7, 1e-7], ["1.00e-7"] * 4, id="tiny"),
        pytest.param([0.00025, 1.0], ["1", "0.00025", "1", "0.5001"], id="far apart"),
        pytest.param([100.0, 300.0], ["300", "100", "300", "200"], id="whole"),
    ],
)
def test_numbers_of_a_metric_have_the_decimals_that_they_need(
    values: list[float],
    texts: list[str],
    full: RunRecord,
    page_of: Callable[[RunRecord], RunContext],
) -> None:
    steps = np.arange(float(len(values)))
    history = History("x", steps, steps, np.array(values))
    (row,) = page_of(replace(full, histories=(history,))).metrics

    assert [cell.text for cell in row.cells] == texts


def test_page_stays_as_it_is_whatever_is_found_in_other_runs(site: SiteModel) -> None:
    def texts(site: SiteModel) -> list[str]:
        return [render(each).decode() for each in make_pages(site) if each.template == "run"]

    render = make_renderer()

    assert texts(site) == texts(replace(site, findings=()))


def test_metric_with_one_point_has_no_chart(runs: dict[str, RunContext]) -> None:
    page = runs["brave-otter"]

    assert [each.metric for each in page.charts] == ["accuracy", "loss"]
    assert [each.anchor for each in page.metrics] == ["m-accuracy", "", "m-loss"]
    assert [each.src[:19] for each in page.charts] == ["../../data/h-brave-"] * 2
    assert [each.metric for each in page.system] == ["cpu.percent"]


def test_long_history_says_how_much_of_it_is_drawn(
    full: RunRecord, page_of: Callable[[RunRecord], RunContext]
) -> None:
    steps = np.arange(10_000, dtype=np.float64)
    history = History("loss", steps, steps, np.sin(steps))

    (chart,) = page_of(replace(full, histories=(history,))).charts

    assert chart.note == "2,000 of 10,000 points"


def test_charts_of_metrics_with_equal_slugs_have_anchors_of_their_own(
    full: RunRecord, page_of: Callable[[RunRecord], RunContext]
) -> None:
    loss = full.histories[-1]
    names = ("a/loss", "a.loss", "损失", "精度")

    page = page_of(replace(full, histories=tuple(replace(loss, name=n) for n in sorted(names))))

    assert len({each.anchor for each in page.charts}) == 4


def test_figures_are_the_best_of_the_goals_and_the_duration(runs: dict[str, RunContext]) -> None:
    figures = [(each.value, each.label, each.title) for each in runs["brave-otter"].figures]

    assert figures == [
        ("0.9", "best accuracy", "0.9 at step 2"),
        ("0.98", "accuracy_on_XYZ", "0.98 at step 0"),
        ("0.5", "best loss", "0.5 at step 3"),
        ("3m 05s", "duration", ""),
    ]


def test_params_keep_their_order_and_types(runs: dict[str, RunContext]) -> None:
    assert runs["brave-otter"].params == (
        NameValue("lr", "0.1", number=True, corrected=True),
        NameValue("layers", "[64, 32]"),
        NameValue("optimizer", "adamw"),
        NameValue("nesterov", "true"),
    )


def test_long_value_stands_below_its_name(
    full: RunRecord, page_of: Callable[[RunRecord], RunContext]
) -> None:
    page = page_of(replace(full, params={"a": "x" * 49, "b": "x\ny", "c": "x" * 48}))

    assert [each.long for each in page.params] == [True, True, False]


def test_failed_run_shows_its_error(runs: dict[str, RunContext]) -> None:
    traceback = "Traceback (most recent call last):\nValueError: loss is NaN"

    assert runs["calm-heron"].error == ErrorView("ValueError", "loss is NaN", traceback)
    assert runs["brave-otter"].error is None


def test_console_says_what_is_left_out(runs: dict[str, RunContext]) -> None:
    gap = "12 kB between head and tail are not shown"

    assert runs["brave-otter"].console == ConsoleView("epoch 1\n", "epoch 99\n", "12 kB", gap)


def test_parent_and_children_lead_to_each_other(runs: dict[str, RunContext]) -> None:
    parent = runs["brave-otter"].lineage[0]
    (below,) = runs["calm-heron"].related

    assert (parent.label, parent.text) == ("Parent run", "calm-heron")
    assert parent.href.startswith("../../r/calm-heron-")
    assert (below.title, [each.run.name for each in below.rows]) == ("Child runs", ["brave-otter"])


def test_parent_that_the_site_does_not_have_is_named(
    full: RunRecord, page_of: Callable[[RunRecord], RunContext]
) -> None:
    (parent, *_) = page_of(full).lineage

    assert (parent.text, parent.href) == ("20251122T091500-calm-heron-11aa", "")


def test_corrections_and_files_are_listed(runs: dict[str, RunContext]) -> None:
    page = runs["brave-otter"]
    (change,) = page.changes

    assert (change.name, change.old, change.new, change.by) == ("params.lr", "0.2", "0.1", "kim")
    assert page.files == (
        FileRow("run.jsonl", "800 B", "3", "", torn=False),
        FileRow("metrics.jsonl", "4 kB", "9", "1", torn=True),
    )


def test_sections_are_those_that_the_page_has(runs: dict[str, RunContext]) -> None:
    full, torn = runs["brave-otter"], runs["torn"]

    assert [(each.title, each.count) for each in full.sections] == [
        ("Facts", ""),
        ("Metrics", "3"),
        ("Params", "4"),
        ("Histories", "2"),
        ("System metrics", "1"),
        ("Media", "2"),
        ("Notes", ""),
        ("Artifacts", "9"),
        ("Console", ""),
        ("Provenance", ""),
    ]
    assert [each.title for each in torn.sections] == []


def test_experiment_and_path_lead_back(runs: dict[str, RunContext]) -> None:
    crumbs = runs["brave-otter"].site.crumbs

    assert [(each.text, bool(each.href), each.current) for each in crumbs] == [
        ("vision", False, False),
        ("iris", True, False),
        ("calm-heron", True, False),
        ("brave-otter", False, True),
    ]
    assert runs["brave-otter"].experiment == Link("vision/iris", crumbs[1].href)


def test_run_that_could_not_be_read_has_a_page_that_says_so(pages: list[Any]) -> None:
    page = next(each for each in pages if each.path.startswith("r/torn-"))

    text = make_renderer()(page).decode()

    assert "no good line; repair or delete it" in text
    assert '<section class="card" id="facts"' not in text


def test_console_keeps_its_colours(
    full: RunRecord, page_of: Callable[[RunRecord], RunContext]
) -> None:
    page = page_of(replace(full, console=Console("\x1b[31m<failed>\x1b[0m\n", "", 17)))

    assert page.console is not None
    assert page.console.head == Markup('<span class="a1">&lt;failed&gt;</span>\n')


def test_corrections_say_what_was_set_and_what_was_removed(
    full: RunRecord, page_of: Callable[[RunRecord], RunContext]
) -> None:
    changes = (
        Change("params.lr", 0.2, 0.1, 1.0, "kim"),
        Change("tags.team", "vision", None, 2.0, "lee"),
        Change("metrics.loss.goal", None, "min", None, ""),
    )
    page = page_of(replace(full, changes=changes))

    assert [(c.name, c.old, c.new, c.is_new, c.is_removed, c.by) for c in page.changes] == [
        ("params.lr", "0.2", "0.1", False, False, "kim"),
        ("tags.team", "vision", "", False, True, "lee"),
        ("metrics.loss.goal", "", "min", True, False, ""),
    ]
    assert [each.name for each in page.params if each.corrected] == ["lr"]
    assert [each.name for each in page.tags if each.corrected] == ["team"]
