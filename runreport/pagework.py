"""The pages of runs: rendered by any process, and only when what they show has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple, overload

from runreport.artifacts import viewer_source
from runreport.contexts import ExperimentModel, Page, SiteModel
from runreport.index.digests import Digests
from runreport.index.keys import hash_of
from runreport.index.stored import decode
from runreport.keeping import Keeping
from runreport.pages import families, make_shell, run_page, viewer_page
from runreport.pages.family import Family
from runreport.pages.frame import Shell, run_path
from runreport.pages.notes import run_notes
from runreport.pages.run import RunModel
from runreport.progress import Reporter
from runreport.render import Render, make_renderer
from runreport.rows import RunRow
from runreport.site import Draft, Spool
from runreport.workers import Workers, map_ordered

Changed = tuple[RunRow, ExperimentModel, Family]

_ALONE: Final = Family()

PAGE_SECONDS: Final = 1.5e-3
"""What rendering a page takes, about; decides on further processes."""


class RunTask(NamedTuple):
    """A run whose page is to be rendered, as it is sent to whoever does it."""

    digest: str
    """Encoded, as it is also where it was not decoded before."""
    status: str
    experiment: str
    experiment_slug: str
    color: int
    link: str
    family: Family

    def model(self) -> RunModel:
        """Return all that the page shows."""
        digest = decode(self.digest)
        if digest.status != self.status:
            digest = replace(digest, status=self.status)
        return RunModel(
            digest=digest,
            experiment=self.experiment,
            experiment_slug=self.experiment_slug,
            color=self.color,
            link=self.link,
            notes=run_notes(digest),
            family=self.family,
        )


class Tasks(Sequence[RunTask]):
    """The tasks of a build, each with its digest only from when it is sent."""

    def __init__(self, runs: Sequence[Changed], digests: Digests) -> None:
        self._runs = runs
        self._digests = digests

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._runs)

    @overload
    def __getitem__(self, place: int) -> RunTask: ...
    @overload
    def __getitem__(self, place: slice) -> list[RunTask]: ...
    def __getitem__(self, place: int | slice) -> RunTask | list[RunTask]:
        """Return one, or some."""
        if isinstance(place, slice):
            return [self._task(*each) for each in self._runs[place]]
        return self._task(*self._runs[place])

    def _task(self, row: RunRow, experiment: ExperimentModel, family: Family) -> RunTask:
        return RunTask(
            digest=self._digests.text(row.slug),
            status=row.status,
            experiment=experiment.name,
            experiment_slug=experiment.slug,
            color=experiment.colors[row.slug],
            link=row.link,
            family=family,
        )


@dataclass(frozen=True, slots=True)
class RunPages:
    """How the page of a run becomes bytes; called in this process or in another."""

    shell: Shell
    theme: Path | None
    settings: str
    """What all pages depend on, the theme's files among it."""
    spool: Spool

    def __call__(self, task: RunTask) -> Draft:
        """Return the page, written."""
        page = run_page(task.model(), self.shell)
        return self.spool.put(page.path, renderer(self.theme, self.settings)(page))


@lru_cache(maxsize=4)
def renderer(theme: Path | None, settings: str) -> Render:  # noqa: ARG001 - other templates
    """Return what renders pages, the same for all pages and builds whose ``settings`` are equal.

    Compiling the templates takes longer than rendering a hundred pages.
    """
    return make_renderer(theme)


def _name(task: RunTask) -> str:
    return f"the page of {task.model().digest.title!r} of {task.experiment!r}"


@dataclass(frozen=True, slots=True)
class RunPageWriter:
    """Writes the pages of all runs of a site, or keeps those of the old site that still hold."""

    site: SiteModel
    theme: Path | None
    keeping: Keeping
    keys: Mapping[str, str]
    """By slug, what stands for a run; see `runreport.runs.Runs.keys`."""
    digests: Digests
    settings: str
    """What all pages depend on."""

    def write(self, workers: Workers, report: Reporter) -> None:
        """Write them all; pages that have to be rendered are rendered by the workers."""
        shell = make_shell(self.site)
        work = RunPages(shell, self.theme, self.settings, self.keeping.output.drafts)
        frame = hash_of(self.settings, shell)
        keys: dict[str, str] = {}
        runs: dict[str, Changed] = {}
        for experiment in self.site.experiments:
            relatives = families(experiment)
            for row in experiment.runs:
                path = run_path(row.slug)
                family = relatives.get(row.slug, _ALONE)
                keys[path] = self._key(row, experiment, family, frame)
                runs[path] = row, experiment, family
        for path in self.keeping.keep(keys):
            del runs[path]
            report.advance()
        changed = list(runs.values())
        executor = workers.executor(len(changed) * PAGE_SECONDS)
        tasks = Tasks(changed, self.digests)
        for draft in map_ordered(executor, work, tasks, name=_name):
            self.keeping.output.take(draft)
            self.keeping.remember(draft.path, keys[draft.path])
            report.advance()

    def write_viewers(self, render: Render) -> None:
        """Write the sandboxed viewer of each artifact that has one."""
        shell = make_shell(self.site)
        frame = hash_of(self.settings, shell)
        for experiment in self.site.experiments:
            for run in experiment.runs:
                if run.viewers:
                    self._write_viewers(run, experiment, render, shell, frame)

    def _write_viewers(
        self,
        run: RunRow,
        experiment: ExperimentModel,
        render: Render,
        shell: Shell,
        frame: str,
    ) -> None:
        for artifact in run.viewers:
            key = hash_of(frame, "viewer", experiment.slug, run.slug, run.title, artifact)
            if self.keeping.keep({artifact.view_url: key}):
                continue
            source = viewer_source(artifact, self.keeping.output.read(artifact.url))
            page: Page = viewer_page(
                artifact, source, run_slug=run.slug, run_name=run.title, shell=shell
            )
            self.keeping.write(page.path, render(page), key)

    def _key(self, row: RunRow, experiment: ExperimentModel, family: Family, frame: str) -> str:
        """Return what a run's page is made from, in short."""
        color = experiment.colors[row.slug]
        name = (experiment.name, experiment.slug)
        run = (row.slug, self.keys[row.slug], row.link)
        return hash_of(frame, *run, *name, color, None if family is _ALONE else family)
