"""The site's content from all digests: experiments with their tables, notes and Markdown pages."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from markupsafe import Markup

from runreport.config import Config
from runreport.contexts import ExperimentModel, MarkdownPage
from runreport.errors import OutputError
from runreport.frames import runs_frame
from runreport.records import PublishedArtifact, RunDigest
from runreport.tables import make_table
from runreport.tables.runcolumns import make_columns
from runreport.tables.twins import make_twins
from runreport.text.links import version_link
from runreport.text.names import experiment_slug, slug
from runreport.text.notes import Targets, make_notes, page_title
from runreport.text.redact import Redactor

COLORS: Final = 12
"""A run's colour is its place among its experiment's runs, modulo this."""


def make_experiments(
    digests: Iterable[RunDigest], notes: Mapping[str, str], config: Config
) -> tuple[ExperimentModel, ...]:
    """Return the experiments, sorted by name; ``notes`` are their READMEs, by name."""
    groups: defaultdict[str, list[RunDigest]] = defaultdict(list)
    for each in digests:
        groups[each.record.experiment].append(each)
    slugs: dict[str, str] = {}
    for name in sorted(groups):
        other = slugs.setdefault(experiment_slug(name), name)
        if other != name:
            raise OutputError(
                f"experiments {other!r} and {name!r} would have one folder; rename one of them"
            )
    return tuple(
        make_experiment(name, groups[name], notes.get(name, ""), config) for name in sorted(groups)
    )


def make_experiment(
    name: str, digests: Iterable[RunDigest], notes: str, config: Config
) -> ExperimentModel:
    """Return one experiment with its runs table."""
    runs = sorted(digests, key=_age)
    colors = {each.slug: place % COLORS for place, each in enumerate(runs)}
    links = version_links(runs, config.commit_url)
    table = make_table(
        runs_frame(runs),
        runs,
        experiment=name,
        colors=colors,
        links=links,
        columns=config.columns,
    )
    return ExperimentModel(
        name=name,
        slug=experiment_slug(name),
        notes=make_notes(notes) if notes.strip() else "",
        digests=tuple(runs),
        table=table,
        colors=colors,
        links=links,
        run_notes={each.slug: run_notes(each) for each in runs if each.record.notes.strip()},
    )


def make_all_runs(experiments: Sequence[ExperimentModel]) -> tuple[bytes, bytes]:
    """Return CSV and JSON of the runs of all experiments."""
    runs = [each for experiment in experiments for each in reversed(experiment.digests)]
    links = {slug: url for experiment in experiments for slug, url in experiment.links.items()}
    frame = runs_frame(runs)
    return make_twins(frame, runs, make_columns(frame, runs, links, ()))


def version_links(runs: Iterable[RunDigest], commit_url: str) -> dict[str, str]:
    """Return the web page of each run's version, for those that have one."""
    found = {
        run.slug: version_link(run.record.version, run.record.git, commit_url=commit_url)
        for run in runs
    }
    return {slug: url for slug, url in found.items() if url}


def run_notes(run: RunDigest) -> Markup:
    """Return a run's notes; their links lead to its artifacts."""
    files: dict[str, str] = {}
    pictures: dict[str, str] = {}
    for artifact in run.artifacts:
        for path in (f"artifacts/{artifact.path}", artifact.path):
            files.setdefault(path, _from_run(artifact.view_url or artifact.url))
            pictures.setdefault(path, _picture(artifact))
    for media, file in zip(run.record.media, run.media, strict=True):
        files.setdefault(media.path, _from_run(file.url))
        pictures.setdefault(media.path, _picture(file))
    return make_notes(run.record.notes, Targets(files, pictures))


def _picture(file: PublishedArtifact) -> str:
    if file.kind == "svg":
        return file.preview
    return _from_run(file.url) if file.kind == "image" else ""


def _from_run(url: str) -> str:
    return f"../../{url}" if url else ""


def make_markdown_pages(
    folder: Path | None, pictures: Mapping[str, str], redactor: Redactor
) -> tuple[MarkdownPage, ...]:
    """Return the user's own pages, in order of their files' names.

    Digits before a name ("01-start.md") order the pages and are not shown. ``pictures`` says where
    the folder's pictures are, relative to the pages.
    """
    if folder is None:
        return ()
    files = sorted(each for each in folder.glob("*.md") if each.is_file())
    names = {each.name: slug(re.sub(r"^\d+[-_. ]+", "", each.stem)) for each in files}
    targets = Targets({file: f"{name}.html" for file, name in names.items()}, pictures)
    pages: dict[str, MarkdownPage] = {}
    for file in files:
        text = redactor.secrets(file.read_text(encoding="utf-8", errors="replace"))
        html = make_notes(text, targets, level=1)
        title = page_title(text, file.stem)
        page = pages.setdefault(names[file.name], MarkdownPage(names[file.name], title, html))
        if page.html is not html:
            raise OutputError(f"{file}: another page has the same name; rename one of them")
    return tuple(pages.values())


def _age(run: RunDigest) -> tuple[float, str]:
    started = run.record.started
    return (math.inf if started is None else started, run.record.run_id)
