"""A small site with one of everything, and the same with any text in every field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from runreport.assets import read_assets
from runreport.contexts import Download, ExperimentModel, MarkdownPage, Page, SiteModel
from runreport.digest import digest
from runreport.frames import run_columns
from runreport.pages import make_pages, make_shell, viewer_page
from runreport.records import (
    Added,
    Change,
    Console,
    Finding,
    History,
    Media,
    PublishedArtifact,
    RunDigest,
    RunRecord,
    SourceFile,
)
from runreport.rows import make_row
from runreport.tables import make_table, newest_first
from runreport.text.names import experiment_slug, run_slug
from runreport.text.notes import make_notes

START = 1763806500.12
COMMIT = "3f9c1d0a8b7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a"
PLOT = "a/0f/loss.html.txt"


def make_history(name: str, values: list[float], added: tuple[Added, ...] = ()) -> History:
    steps = np.arange(len(values), dtype=np.float64)
    return History(name, steps, START + steps, np.array(values, dtype=np.float64), added=added)


def full_record() -> RunRecord:
    return RunRecord(
        run_id="20251122T101500-brave-otter-3f9c",
        name="brave-otter",
        experiment="vision/iris",
        folder=Path("runs/vision/iris/20251122T101500-brave-otter-3f9c"),
        reader="native",
        status="finished",
        started=START,
        ended=START + 185,
        user="kim",
        os_user="ubuntu",
        source={"name": "train.py", "kind": "script", "entry_point": "main"},
        version=COMMIT,
        git={"commit": COMMIT, "branch": "main", "dirty": True, "diff": "+lr = 0.1\n-lr = 0.2\n"},
        python="3.11.9",
        command="python train.py --lr 0.1",
        parent="20251122T091500-calm-heron-11aa",
        params={"lr": 0.1, "layers": [64, 32], "optimizer": "adamw", "nesterov": True},
        tags={"team": "vision"},
        metrics={"accuracy": {"goal": "max"}},
        datasets={"iris": {"rows": 150, "digest": "9f0c31aa"}},
        models={"model": {"flavor": "sklearn"}},
        extra={"cluster": "k7"},
        histories=(
            make_history("accuracy", [0.5, 0.7, 0.9, 0.85]),
            make_history("accuracy_on_XYZ", [0.98], (Added(0, 1, START + 86400, "amelia"),)),
            make_history("loss", [2.0, 1.0, float("nan"), 0.5]),
        ),
        system=(make_history("cpu.percent", [40.0, 60.0, 50.0]),),
        media=(
            Media("samples", 10, START, "media/s-10.png", "After ten steps"),
            Media("samples", 20, START, "media/s-20.png"),
        ),
        console=Console("epoch 1\n", "epoch 99\n", 12_345),
        files=(SourceFile("run.jsonl", 800, 3), SourceFile("metrics.jsonl", 4000, 9, 1, True)),
        changes=(Change("params.lr", 0.2, 0.1, START + 300, "kim"),),
        findings=(
            Finding("warning", "vision/iris/brave-otter/metrics.jsonl:7", "not JSON: '{'; cut", 2),
        ),
    )


def failed_record() -> RunRecord:
    return RunRecord(
        run_id="20251122T091500-calm-heron-11aa",
        name="calm-heron",
        experiment="vision/iris",
        folder=Path("runs/vision/iris/20251122T091500-calm-heron-11aa"),
        reader="native",
        status="failed",
        started=START - 3600,
        ended=START - 3500,
        version="2.1.0-rc.1+build.测试",
        params={"lr": 0.3, "optimizer": "sgd", "layers": [8]},
        histories=(make_history("accuracy", [0.1, 0.2]), make_history("loss", [2.0, 1.9])),
        error={
            "type": "ValueError",
            "message": "loss is NaN",
            "traceback": "Traceback (most recent call last):\nValueError: loss is NaN\n",
        },
    )


def unread_record() -> RunRecord:
    return RunRecord(
        run_id="torn",
        name="",
        experiment="vision/iris",
        folder=Path("runs/vision/iris/torn"),
        reader="native",
        findings=(
            Finding("error", "vision/iris/torn/run.jsonl:1", "no good line; repair or delete it"),
        ),
    )


def published() -> tuple[PublishedArtifact, ...]:
    made = PublishedArtifact
    return (
        made("code/train.py", 60, "code", "a/01/train.py", preview="import runreport\n"),
        made("data/head.csv", 30, "csv", "a/02/head.csv", preview="x,y\n1,2\n3,4\n"),
        made("loss.html", 90, "html", PLOT, view_url="r/{slug}/view-1.html"),
        made("loss.json", 90, "figure", "a/03/loss.json", data_url="data/p-1.00000000.js"),
        made("model/model.pkl", 3_400_000, "binary", "a/04/model.pkl"),
        made("plot.png", 900, "image", "a/05/plot.png"),
        made(
            "plot.svg", 80, "svg", "a/06/plot.svg.txt", preview="data:image/svg+xml;base64,PHN2Zy8+"
        ),
        made("summary.json", 20, "json", "a/07/summary.json", preview='{"accuracy": 0.9}'),
        made("weights.bin", 9_000_000_000, "binary", note="larger than max_artifact_bytes"),
    )


def make_digest(record: RunRecord, artifacts: tuple[PublishedArtifact, ...] = ()) -> RunDigest:
    slug = run_slug(record)
    made, _ = digest(record, goals={"loss": "min"}, status=record.status, slug=slug)
    return replace(
        made,
        artifacts=tuple(replace(a, view_url=a.view_url.format(slug=slug)) for a in artifacts),
        media=tuple(PublishedArtifact(m.path, 900, "image", "a/05/plot.png") for m in record.media),
    )


def make_experiment(
    name: str, digests: list[RunDigest], notes: str = "", run_notes: str = ""
) -> ExperimentModel:
    pattern = "https://github.com/acme/iris/commit/{commit}"
    runs = sorted(
        (make_row(each, pattern) for each in digests),
        key=lambda each: (each.started or 0, each.run_id),
    )
    by_slug = {each.slug: each for each in digests}
    last = by_slug[runs[-1].slug]
    by_slug[last.slug] = replace(last, record=replace(last.record, notes=run_notes))
    colors = {each.slug: place % 12 for place, each in enumerate(runs)}
    newest = newest_first(runs)
    table = make_table(run_columns(newest), newest, experiment=name, colors=colors)
    return ExperimentModel(
        name=name,
        slug=experiment_slug(name),
        notes=make_notes(notes),
        runs=tuple(runs),
        make_table=lambda: table,
        colors=colors,
        digests=by_slug,
    )


def static_names() -> dict[str, str]:
    """Return the site's own files as it names them, with a made-up hash."""
    names = sorted(read_assets()[0])
    return {name: f"assets/{Path(name).stem}.0a1b2c3d{Path(name).suffix}" for name in names}


@pytest.fixture
def digests() -> list[RunDigest]:
    return [
        make_digest(full_record(), published()),
        make_digest(failed_record()),
        make_digest(unread_record()),
    ]


@pytest.fixture
def experiment_of() -> Callable[..., ExperimentModel]:
    return make_experiment


@pytest.fixture
def digest_of() -> Callable[..., RunDigest]:
    return make_digest


@pytest.fixture
def full() -> RunRecord:
    return full_record()


@pytest.fixture
def site(digests: list[RunDigest]) -> SiteModel:
    readme = "# Iris\n\nFive *forests* of two trees.\n\n## Method\n\nStratified.\n"
    experiment = make_experiment("vision/iris", digests, readme, "Second **try**.")
    pages = (
        MarkdownPage(
            "logging", "Logging", make_notes("# Logging\n\nHow.\n\n## One\n\n## Two\n", level=1)
        ),
        MarkdownPage("format", "The format", make_notes("# The format\n\nLines.\n", level=1)),
    )
    findings = tuple(finding for each in digests for finding in each.findings)
    made = SiteModel("Experiments", "1.2.3", (experiment,), pages, findings, static_names())
    return replace(made, downloads=(Download("CSV", "data/all-runs.csv", "3.4 kB"),))


@pytest.fixture
def viewer(site: SiteModel) -> Page:
    run = next(each for each in site.experiments[0].digests.values() if each.artifacts)
    artifact = next(each for each in run.artifacts if each.view_url)
    source = '<!doctype html><p title="a">Hi</p><script>draw()</script>'
    shell = make_shell(site)
    return viewer_page(artifact, source, run_slug=run.slug, run_name=run.record.name, shell=shell)


@pytest.fixture
def pages(site: SiteModel, viewer: Page) -> list[Page]:
    return [*make_pages(site), viewer]


@pytest.fixture
def context_of(pages: list[Page]) -> Callable[[str], Any]:
    """Return the first context of a template, by the template's name."""
    return lambda template: next(each.context for each in pages if each.template == template)


@pytest.fixture(scope="session")
def site_of_text() -> Callable[[str], SiteModel]:
    """Return a site with one text in every field that comes from a run folder or the user."""
    return _site_of_text


def _site_of_text(text: str) -> SiteModel:
    record = _record_of_text(full_record(), text)
    failed = replace(
        _record_of_text(failed_record(), text),
        error={"type": text, "message": text, "traceback": text},
        started=START - 3600,
        run_id=f"{text} failed",
    )
    artifacts = tuple(_artifact_of_text(each, text) for each in published())
    digests = [make_digest(record, artifacts), make_digest(failed)]
    experiment = make_experiment(text, digests, text, text)
    pages = (
        MarkdownPage("a", text, make_notes(f"# {text}\n\n## {text}\n\n{text}\n", level=1)),
    ) * 2
    findings = (Finding("error", text, text, 3), Finding("note", text, text))
    return SiteModel(text, "1.2.3", (experiment,), pages, findings, static_names())


def _record_of_text(record: RunRecord, text: str) -> RunRecord:
    named = {text: text, f"{text} 2": [text], "number": 1.5}
    return replace(
        record,
        run_id=text,
        name=text,
        experiment=text,
        status=text,
        user=text,
        os_user=f"{text} os",
        host=text,
        source={"name": text, "entry_point": text},
        version=text,
        git={"commit": f"{text} commit", "branch": text, "remote": text, "diff": text},
        python=text,
        command=text,
        parent=f"{text} parent",
        params=named,
        tags=named,
        metrics={},
        datasets={text: {text: text}},
        models={text: text},
        extra={text: text},
        histories=tuple(
            replace(
                each, name=text + each.name, added=tuple(replace(a, by=text) for a in each.added)
            )
            for each in record.histories
        ),
        system=tuple(replace(each, name=text) for each in record.system),
        media=tuple(replace(each, key=text, caption=text) for each in record.media),
        console=Console(text, text, 12_345),
        files=(SourceFile(text, 800, 3),),
        changes=(Change(text, text, text, START, text),),
        findings=(Finding("warning", text, text, 2),),
    )


def _artifact_of_text(artifact: PublishedArtifact, text: str) -> PublishedArtifact:
    preview = artifact.preview if artifact.kind == "svg" else text
    head = artifact.path.rpartition("/")[0]
    path = f"{head}/{text}{artifact.kind}" if head else f"{text}{artifact.kind}"
    return replace(artifact, path=path, preview=preview, note=text)
