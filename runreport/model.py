"""The site's content from all runs: experiments with their tables, notes and Markdown pages."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Final

from markupsafe import Markup

from runreport.config import Config
from runreport.contexts import ExperimentModel, MarkdownPage
from runreport.errors import OutputError
from runreport.frames import run_columns
from runreport.records import RunDigest
from runreport.rows import RunRow
from runreport.tables import Table, make_table, newest_first
from runreport.tables.runcolumns import code_logged
from runreport.tables.twins import make_twins
from runreport.text.names import experiment_slug, slug
from runreport.text.redact import Redactor

COLORS: Final = 12
"""A run's colour is its place among its experiment's runs, modulo this."""


def make_experiments(
    rows: Iterable[RunRow],
    digests: Mapping[str, RunDigest],
    notes: Mapping[str, str],
    config: Config,
) -> tuple[ExperimentModel, ...]:
    """Return the experiments, sorted by name; ``notes`` are their READMEs, by name."""
    groups: defaultdict[str, list[RunRow]] = defaultdict(list)
    for each in rows:
        groups[each.experiment].append(each)
    slugs: dict[str, str] = {}
    for name in sorted(groups):
        other = slugs.setdefault(experiment_slug(name), name)
        if other != name:
            raise OutputError(
                f"experiments {other!r} and {name!r} would have one folder; rename one of them"
            )
    return tuple(
        make_experiment(name, groups[name], digests, notes.get(name, ""), config)
        for name in sorted(groups)
    )


def make_experiment(
    name: str,
    rows: Iterable[RunRow],
    digests: Mapping[str, RunDigest],
    notes: str,
    config: Config,
) -> ExperimentModel:
    """Return one experiment."""
    runs = sorted(rows, key=_age)
    colors = {each.slug: place % COLORS for place, each in enumerate(runs)}
    return ExperimentModel(
        name=name,
        slug=experiment_slug(name),
        notes=_notes(notes) if notes.strip() else "",
        runs=tuple(runs),
        make_table=cache(partial(_table, name, runs, colors, config.columns)),
        colors=colors,
        digests=digests,
    )


def _table(
    name: str, runs: Sequence[RunRow], colors: Mapping[str, int], wanted: Sequence[str]
) -> Table:
    newest = newest_first(runs)
    return make_table(run_columns(newest), newest, experiment=name, colors=colors, wanted=wanted)


def _notes(text: str) -> Markup:
    # What it loads takes longer than all else of a small build that has no notes.
    from runreport.text.notes import make_notes

    return make_notes(text)


def make_all_runs(experiments: Sequence[ExperimentModel]) -> tuple[bytes, bytes]:
    """Return CSV and JSON of the runs of all experiments."""
    if len(experiments) == 1:
        return experiments[0].table.csv, experiments[0].table.json
    runs = [each for experiment in experiments for each in newest_first(experiment.runs)]
    columns = run_columns(runs)
    return make_twins(columns, code_logged(columns, runs))


def make_markdown_pages(
    folder: Path | None, pictures: Mapping[str, str], redactor: Redactor
) -> tuple[MarkdownPage, ...]:
    """Return the user's own pages, in order of their files' names.

    Digits before a name ("01-start.md") order the pages and are not shown. ``pictures`` says where
    the folder's pictures are, relative to the pages.
    """
    if folder is None:
        return ()
    from runreport.text.notes import Targets, make_notes, page_title

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


def _age(run: RunRow) -> tuple[float, str]:
    return (math.inf if run.started is None else run.started, run.run_id)
