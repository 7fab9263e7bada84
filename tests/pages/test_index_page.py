from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from runreport.contexts import (
    ExperimentModel,
    IndexContext,
    LogContext,
    MarkdownContext,
    MarkdownPage,
    SiteModel,
    StatusCount,
)
from runreport.pages import make_pages, make_shell
from runreport.pages.index import UNREAD, index_page
from runreport.pages.log import log_page
from runreport.pages.survey import surveys
from runreport.records import Finding, History, RunDigest, RunRecord
from runreport.render import make_renderer
from runreport.text.notes import make_notes


@pytest.fixture
def index(context_of: Callable[[str], IndexContext]) -> IndexContext:
    return context_of("index")


def index_of(site: SiteModel) -> IndexContext:
    context: IndexContext = index_page(site, make_shell(site), surveys(site.experiments)).context
    return context


def test_card_tells_what_an_experiment_is_about(index: IndexContext) -> None:
    (card,) = index.experiments

    assert (card.parent, card.name) == ("vision/", "iris")
    assert card.href.startswith("e/vision-iris-")
    assert card.lead == "Five forests of two trees."
    assert card.runs == "3 runs"
    assert card.statuses == (
        StatusCount("finished", "1 finished"),
        StatusCount("failed", "1 failed"),
    )
    assert card.changed is not None
    assert card.changed.text == "2025-11-22 10:18"
    assert card.unread == "1 run could not be read"
    assert card.sparkline_label == "accuracy of brave-otter"
    assert card.sparkline.startswith("<svg")


def test_best_values_lead_to_their_runs(index: IndexContext) -> None:
    bests = index.experiments[0].bests

    assert [(each.label, each.metric, each.value, each.run.name) for each in bests] == [
        ("best", "accuracy", "0.9000", "brave-otter"),
        ("best", "accuracy_on_XYZ", "0.9800", "brave-otter"),
    ]
    assert bests[0].run.href.startswith("r/brave-otter-")


def test_lowest_value_is_the_best_of_a_loss(
    site: SiteModel,
    full: RunRecord,
    digest_of: Callable[[RunRecord], RunDigest],
    experiment_of: Callable[..., ExperimentModel],
) -> None:
    steps = np.arange(2.0)
    runs = [
        digest_of(
            replace(
                full,
                run_id=f"r{n}",
                name=f"run {n}",
                histories=(History("loss", steps, steps, np.array([1.0, low])),),
            )
        )
        for n, low in enumerate((0.3, 0.1, 0.1, float("nan")))
    ]

    (card,) = index_of(replace(site, experiments=(experiment_of("x", runs),))).experiments

    assert [(each.value, each.run.name) for each in card.bests] == [("0.1000", "run 1")]


def test_metric_without_a_goal_shows_its_latest_value(
    site: SiteModel,
    full: RunRecord,
    digest_of: Callable[[RunRecord], RunDigest],
    experiment_of: Callable[..., ExperimentModel],
) -> None:
    steps = np.arange(2.0)
    record = replace(full, histories=(History("speed", steps, steps, np.array([1.0, 7.5])),))

    model = experiment_of("x", [digest_of(record)])
    (card,) = index_of(replace(site, experiments=(model,))).experiments

    assert [(each.label, each.metric, each.value) for each in card.bests] == [
        ("latest", "speed", "7.500")
    ]


def test_head_counts_everything(index: IndexContext) -> None:
    assert [(each.value, each.label) for each in index.figures] == [
        ("1", "experiment"),
        ("3", "runs"),
        ("13", "points logged"),
    ]
    assert index.findings == "1 error, 2 warnings"


def test_runs_that_could_not_be_read_are_cards_up_to_a_limit(
    site: SiteModel,
    full: RunRecord,
    digest_of: Callable[[RunRecord], RunDigest],
    experiment_of: Callable[..., ExperimentModel],
) -> None:
    error = Finding("error", "x", "no good line")
    runs = [
        digest_of(replace(full, run_id=f"r{n}", histories=(), findings=(error,)))
        for n in range(UNREAD + 3)
    ]

    index = index_of(replace(site, experiments=(experiment_of("x", runs),)))

    assert len(index.unread) == UNREAD
    assert index.more_unread == "3 more runs could not be read; the build log names them."


def test_site_without_runs_says_how_to_log_one(site: SiteModel) -> None:
    empty = replace(site, experiments=(), pages=(), findings=())

    text = make_renderer()(index_page(empty, make_shell(empty), {})).decode()

    assert "No runs yet" in text
    assert "points logged" not in text


def test_log_groups_findings_by_level(context_of: Callable[[str], LogContext]) -> None:
    log = context_of("log")

    assert [(group.title, len(group.rows)) for group in log.groups] == [
        ("1 error", 1),
        ("2 warnings", 1),
    ]
    assert log.summary == "3 runs of 1 experiment read: 1 error, 2 warnings."


def test_log_of_a_clean_build_says_so(site: SiteModel) -> None:
    clean = replace(site, findings=())

    text = make_renderer()(log_page(clean, make_shell(clean))).decode()

    assert "3 runs of 1 experiment read: nothing to report." in text
    assert "All clear" in text


def test_navigation_names_pages_and_findings(index: IndexContext) -> None:
    assert [(each.text, each.href, each.current, each.count) for each in index.site.nav] == [
        ("Experiments", "index.html", True, ""),
        ("Logging", "pages/logging.html", False, ""),
        ("The format", "pages/format.html", False, ""),
        ("Log", "log.html", False, "3"),
    ]


def test_many_pages_are_one_link_in_the_navigation(site: SiteModel) -> None:
    pages = tuple(MarkdownPage(f"p{n}", f"Page {n}", make_notes("x")) for n in range(5))
    made = list(make_pages(replace(site, pages=pages)))

    last = [each for each in made if each.template == "page"][-1].context
    assert [(each.text, each.current) for each in last.site.nav] == [
        ("Experiments", False),
        ("Pages", True),
        ("Log", False),
    ]


def test_page_called_index_introduces_the_site(site: SiteModel) -> None:
    intro = MarkdownPage("index", "Home", make_notes("# Home\n\nHello *you*.\n\nMore.\n", level=1))
    pages = (intro, *site.pages)

    made = list(make_pages(replace(site, pages=pages)))

    index: IndexContext = made[0].context
    assert (index.lead, index.text) == ("Hello <em>you</em>.", "<p>More.</p>")
    assert [card.title for card in index.pages] == ["Logging", "The format"]
    assert [each.path for each in made if each.template == "page"] == [
        "pages/logging.html",
        "pages/format.html",
    ]


def test_markdown_page_has_its_contents_and_neighbours(
    context_of: Callable[[str], MarkdownContext],
) -> None:
    page = context_of("page")

    assert [(each.title, each.anchor, each.level) for each in page.toc] == [
        ("One", "n-one", 2),
        ("Two", "n-two", 2),
    ]
    assert page.previous is None
    assert page.next is not None
    assert (page.next.text, page.next.href) == ("The format", "../pages/format.html")
    assert [each.current for each in page.siblings] == [True, False]


def test_small_picture_is_of_a_best_value_beside_it(
    site: SiteModel,
    full: RunRecord,
    digest_of: Callable[[RunRecord], RunDigest],
    experiment_of: Callable[..., ExperimentModel],
) -> None:
    steps = np.arange(4.0)
    values = {
        "flat": [0.9, 0.9, 0.9, 0.9],
        "early": [0.5, 1.0, 0.7, 0.8],
        "late": [0.1, 0.2, 0.3, 0.9],
    }
    runs = [
        digest_of(
            replace(
                full,
                run_id=name,
                name=name,
                histories=(History("accuracy", steps, steps, np.array(accuracy)),),
            )
        )
        for name, accuracy in values.items()
    ]

    (card,) = index_of(replace(site, experiments=(experiment_of("x", runs),))).experiments

    assert card.bests[0].run.name == "early"
    assert card.sparkline_label == "accuracy of early"


def test_card_without_a_metric_says_so(
    site: SiteModel,
    full: RunRecord,
    digest_of: Callable[[RunRecord], RunDigest],
    experiment_of: Callable[..., ExperimentModel],
) -> None:
    model = experiment_of("x", [digest_of(replace(full, histories=()))])
    page = index_page(replace(site, experiments=(model,)), make_shell(site), surveys([model]))

    assert "No metrics logged." in make_renderer(None)(page).decode()
