from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from runreport.contexts import (
    BodyCell,
    ExperimentContext,
    ExperimentModel,
    Figure,
    Page,
    SiteModel,
)
from runreport.pages import make_pages, make_shell
from runreport.pages.charts import ALL_CURVES, CURVES, PICTURES, SMALL_POINTS
from runreport.pages.experiment import experiment_page
from runreport.pages.survey import survey
from runreport.pages.table import PAPER, PRINTED
from runreport.records import History, RunDigest, RunRecord
from runreport.render import make_renderer, static_folders
from runreport.rows import make_row

DigestOf = Callable[[RunRecord], RunDigest]
ExperimentOf = Callable[..., ExperimentModel]


@pytest.fixture
def page(context_of: Callable[[str], ExperimentContext]) -> ExperimentContext:
    return context_of("experiment")


@pytest.fixture
def page_of(site: SiteModel, experiment_of: ExperimentOf) -> Callable[..., ExperimentContext]:
    def make(name: str, digests: list[RunDigest], readme: str = "") -> ExperimentContext:
        experiment = experiment_of(name, digests, readme)
        made = experiment_page(experiment, make_shell(site), survey(experiment.runs))
        context: ExperimentContext = made.context
        return context

    return make


def many(record: RunRecord, digest_of: DigestOf, count: int) -> list[RunDigest]:
    """Return runs whose best accuracy rises with their number."""
    steps = np.arange(3.0)
    histories = (
        [History("accuracy", steps, steps, np.array([0.1, 0.2, n / count]))] for n in range(count)
    )
    return [
        digest_of(
            replace(record, run_id=f"r{n:04d}", name=f"run {n}", histories=tuple(each), started=n)
        )
        for n, each in enumerate(histories)
    ]


def test_head_tells_runs_best_median_and_failures(page: ExperimentContext) -> None:
    best = page.figures[1]

    assert page.figures == (
        Figure("3", "runs"),
        Figure("0.9000", "best accuracy", href=best.href, title="0.9"),
        Figure("0.9800", "median accuracy_on_XYZ", title="0.98"),
        Figure("33.3", "failed", unit="%", title="1 run"),
    )
    assert best.href.startswith("../../r/brave-otter-")


def test_description_is_the_first_paragraph_of_the_readme(page: ExperimentContext) -> None:
    assert (page.parent, page.name) == ("vision/", "iris")
    assert page.lead == "Five <em>forests</em> of two trees."
    assert page.notes == '<h3 id="n-method">Method</h3>\n<p>Stratified.</p>'


@pytest.mark.parametrize(
    ("readme", "lead", "notes"),
    [
        ("", "", ""),
        ("# Title", "", ""),
        ("Only text", "Only text", ""),
        ("- a list", "", "<ul>\n<li>a list</li>\n</ul>"),
    ],
)
def test_readme_of_any_shape(
    readme: str,
    lead: str,
    notes: str,
    digests: list[RunDigest],
    page_of: Callable[..., ExperimentContext],
) -> None:
    made = page_of("iris", digests, readme)

    assert (made.lead, made.notes) == (lead, notes)


def test_metrics_with_a_goal_are_drawn_first(page: ExperimentContext) -> None:
    assert [(each.metric, each.goal) for each in page.charts] == [
        ("accuracy", "max"),
        ("loss", "min"),
    ]
    assert [curve.run.name for curve in page.charts[0].curves] == ["brave-otter", "calm-heron"]
    assert [curve.last for curve in page.charts[0].curves] == ["0.8500", "0.2000"]


def test_picture_shows_the_best_runs_and_says_so(
    full: RunRecord, digest_of: DigestOf, page_of: Callable[..., ExperimentContext]
) -> None:
    (chart,) = page_of("iris", many(full, digest_of, 30)).charts

    assert chart.note == f"{CURVES} best of 30 runs"
    assert [curve.run.name for curve in chart.curves][:3] == ["run 29", "run 28", "run 27"]
    assert len(chart.curves) == CURVES
    assert chart.svg.count('class="plot-line ') == CURVES


def test_many_pictures_share_their_curves_and_points(
    full: RunRecord, digest_of: DigestOf, page_of: Callable[..., ExperimentContext]
) -> None:
    steps = np.arange(200.0)
    rough = np.random.default_rng(1).random(200)
    histories = tuple(History(f"m{n}", steps, steps, rough) for n in range(7))
    runs = [
        digest_of(replace(full, run_id=f"r{n}", name=f"run {n}", histories=histories))
        for n in range(CURVES)
    ]
    first, *others = page_of("iris", runs).charts
    (few, *_) = page_of("iris", runs[: ALL_CURVES // 7]).charts[1:]

    assert (len(first.curves), first.note) == (CURVES, "")
    assert {(len(each.curves), each.note) for each in others} == {
        ((ALL_CURVES - CURVES) // 6, f"{(ALL_CURVES - CURVES) // 6} best of {CURVES} runs")
    }
    # A chart of few runs is as fine as the first.
    assert len(few.curves) == ALL_CURVES // 7
    lengths = [
        len(re.findall(r"-?\d+", each.svg.partition('class="plot-line ')[2].split('"')[2])) // 2
        for each in (few, others[0])
    ]
    assert lengths[0] > SMALL_POINTS >= lengths[1]


def test_runs_without_a_goal_are_newest_first(full: RunRecord, digest_of: DigestOf) -> None:
    steps = np.arange(3.0)
    history = History("speed", steps, steps, steps)
    runs = [
        digest_of(replace(full, run_id=f"r{n}", name=f"run {n}", histories=(history,), started=n))
        for n in range(3)
    ]

    assert [each.name for each in survey(list(map(make_row, runs))).best_first()] == [
        "run 2",
        "run 1",
        "run 0",
    ]


def test_run_that_diverged_is_not_the_best(full: RunRecord, digest_of: DigestOf) -> None:
    steps = np.arange(2.0)
    values = ([np.nan, np.nan], [0.2, 0.1])
    runs = [
        digest_of(
            replace(full, name=f"run {n}", histories=(History("loss", steps, steps, np.array(v)),))
        )
        for n, v in enumerate(values)
    ]

    assert [each.name for each in survey(list(map(make_row, runs))).best_first()] == [
        "run 1",
        "run 0",
    ]


def test_metrics_beyond_the_pictures_are_still_there_for_scripts(
    full: RunRecord, digest_of: DigestOf, page_of: Callable[..., ExperimentContext]
) -> None:
    steps = np.arange(3.0)
    names = [f"m{n:02d}" for n in range(PICTURES + 2)]
    record = replace(full, histories=tuple(History(n, steps, steps, steps) for n in names))

    charts = page_of("iris", [digest_of(record)]).charts

    assert [each.metric for each in charts] == names
    assert [bool(each.svg) for each in charts] == [True] * PICTURES + [False] * 2


def test_table_groups_its_columns_under_one_word(page: ExperimentContext) -> None:
    heads = [(cell.label, cell.group) for cell in page.table.head]

    assert heads[:7] == [
        (name, "") for name in ("Run", "Status", "Date", "Duration", "User", "Source", "Version")
    ]
    assert [group for _, group in heads[7:] if group] == ["param", "metric", "tag"]
    assert ("lr", "") in heads


def test_version_is_never_cut_and_leads_to_its_commit(page: ExperimentContext) -> None:
    versions = [cell for row in page.table.rows for cell in row if cell.kind == "version"]

    assert versions[1] == BodyCell(
        "version",
        "version hash",
        "3f9c1d0a",
        "8b7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a",
        href="https://github.com/acme/iris/commit/3f9c1d0a8b7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a",
    )
    assert versions[0] == BodyCell("version", "version", "2.1.0-rc.1+build.测试")


def test_a_run_stands_below_its_parent(page: ExperimentContext) -> None:
    names = [(row[0].text, row[0].css) for row in page.table.rows[:2]]

    assert names == [("calm-heron", ""), ("brave-otter", "d1")]


def test_bar_stands_behind_a_metric_with_a_goal(page: ExperimentContext) -> None:
    place = next(n for n, cell in enumerate(page.table.head) if cell.label == "accuracy")
    cells = [row[place] for row in page.table.rows]

    assert [(cell.text, cell.css) for cell in cells] == [
        ("0.2000", "bar b0"),
        ("0.8500", "bar b20"),
        ("", ""),
    ]


def test_run_that_could_not_be_read_is_a_card(page: ExperimentContext) -> None:
    (card,) = page.unread

    assert card.name == "torn"
    assert card.rows[0].message == "no good line; repair or delete it"


def test_long_table_says_how_much_of_it_is_there(
    full: RunRecord, digest_of: DigestOf, page_of: Callable[..., ExperimentContext]
) -> None:
    table = page_of("iris", many(full, digest_of, 201)).table

    assert (len(table.rows), table.total) == (200, "201 runs")
    assert table.note == "The first 200 of 201 runs."
    assert (table.csv, table.json) == ("../../data/iris.csv", "../../data/iris.json")


def test_paper_gets_the_columns_that_fit(
    full: RunRecord, digest_of: DigestOf, page_of: Callable[..., ExperimentContext]
) -> None:
    runs = many(full, digest_of, 2)
    wide = [
        replace(
            run,
            record=replace(
                run.record, params={f"p{n:02d}": f"{'x' * 30}{place}" for n in range(20)}
            ),
        )
        for place, run in enumerate(runs)
    ]

    table = page_of("iris", wide).table
    printed = [cell.label for cell in table.head if cell.is_printed]

    assert printed[:3] == ["Run", "Status", "Date"]
    assert {"Version", "accuracy"} <= set(printed)
    assert table.paper_note == f"Printed: {len(printed)} of {len(table.head)} columns."
    assert len(printed) * 2 < PAPER
    assert page_of("iris", runs).table.paper_note == ""


def test_columns_that_are_not_printed_have_a_rule_of_their_own(site: SiteModel) -> None:
    style = (static_folders()[-1] / "print.css").read_text()
    for place in range(1, PRINTED + 1):
        assert f".off{place} tr > :nth-child({place})" in style
    assert f".runs tr > :nth-child(n + {PRINTED + 1})" in style

    page: Page = next(each for each in make_pages(site) if each.template == "experiment")
    table = page.context.table
    head = (replace(table.head[0], is_printed=False), *table.head[1:])
    changed = replace(page, context=replace(page.context, table=replace(table, head=head)))
    assert b'<table class="runs off1">' in make_renderer()(changed)


class Table(HTMLParser):
    """The runs table of a page: the kinds of its cells, and their scopes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.names: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append(dict(attrs).get("scope") or tag)


def test_table_is_a_real_one(site: SiteModel) -> None:
    page: Page = next(each for each in make_pages(site) if each.template == "experiment")

    table = Table(make_renderer()(page).decode())

    width = len(table.rows[0])
    assert table.rows[0] == ["col"] * width
    assert table.rows[1:] == [["row"] + ["td"] * (width - 1)] * 3
    assert table.names.count("caption") == 1
