"""The pages of runs: rendered by any process, and only when what they show has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from runreport.artifacts import viewer_source
from runreport.contexts import ExperimentModel, Page, SiteModel
from runreport.index.keys import hash_of
from runreport.index.session import Session
from runreport.pages import make_shell, run_models, run_page, viewer_page
from runreport.pages.frame import Shell, run_path
from runreport.pages.run import RunModel
from runreport.progress import Reporter
from runreport.records import RunDigest
from runreport.render import Render, make_renderer
from runreport.site import Output
from runreport.workers import Workers, map_ordered

PAGE_SECONDS: Final = 1.5e-3
"""What rendering a page takes, about; decides on further processes."""


@dataclass(frozen=True, slots=True)
class RunPages:
    """How the page of a run becomes bytes; called in this process or in another."""

    shell: Shell
    theme: Path | None
    settings: str
    """What all pages depend on, the theme's files among it."""

    def __call__(self, run: RunModel) -> tuple[str, bytes]:
        """Return the page's path and its bytes."""
        page = run_page(run, self.shell)
        return page.path, _renderer(self.theme, self.settings)(page).encode()


@cache
def _renderer(theme: Path | None, settings: str) -> Render:  # noqa: ARG001 - other templates
    return make_renderer(theme)


def _name(run: RunModel) -> str:
    return f"the page of {run.digest.title!r} of {run.experiment!r}"


@dataclass(frozen=True, slots=True)
class RunPageWriter:
    """Writes the pages of all runs of a site, or keeps those of the old site that still hold."""

    site: SiteModel
    theme: Path | None
    output: Output
    session: Session
    runs: Mapping[str, str]
    """By slug, what stands for a run; see `runreport.runs.Runs.keys`."""
    settings: str
    """What all pages depend on."""

    def write(self, workers: Workers, report: Reporter) -> None:
        """Write them all; pages that have to be rendered are rendered by the workers."""
        work = RunPages(make_shell(self.site), self.theme, self.settings)
        frame = hash_of(self.settings, work.shell)
        keys: dict[str, str] = {}
        changed = []
        for experiment in self.site.experiments:
            for model in run_models(experiment):
                path = run_path(model.digest.slug)
                keys[path] = self._key(model, frame)
                if self._keep(path, keys[path]):
                    report.advance()
                else:
                    changed.append(model)
        executor = workers.executor(len(changed) * PAGE_SECONDS)
        for path, content in map_ordered(executor, work, changed, name=_name):
            self.output.write(path, content)
            self._remember(path, keys[path])
            report.advance()

    def write_viewers(self, render: Render) -> None:
        """Write the sandboxed viewer of each artifact that has one."""
        shell = make_shell(self.site)
        frame = hash_of(self.settings, shell)
        for experiment in self.site.experiments:
            for run in experiment.digests:
                self._write_viewers(run, experiment, render, shell, frame)

    def _write_viewers(
        self,
        run: RunDigest,
        experiment: ExperimentModel,
        render: Render,
        shell: Shell,
        frame: str,
    ) -> None:
        for artifact in run.artifacts:
            if not artifact.view_url:
                continue
            key = hash_of(frame, "viewer", experiment.slug, run.slug, run.title, artifact)
            if self._keep(artifact.view_url, key):
                continue
            source = viewer_source(artifact, self.output.read(artifact.url))
            page: Page = viewer_page(
                artifact, source, run_slug=run.slug, run_name=run.title, shell=shell
            )
            self.output.write(page.path, render(page).encode())
            self._remember(page.path, key)

    def _key(self, model: RunModel, frame: str) -> str:
        """Return what a run's page is made from, in short; "" when that cannot be told."""
        slug, family = model.digest.slug, model.family
        relatives = [] if family.parent is None else [(family.parent, -1)]
        relatives += family.children
        runs = [self.runs.get(slug, "")]
        runs += (self.runs.get(each.slug, "") for each, _ in relatives)
        if not all(runs):
            return ""
        colors = [(each.slug, color) for each, color in relatives]
        name = (model.experiment, model.experiment_slug)
        return hash_of(frame, slug, *name, model.color, model.link, runs, colors)

    def _keep(self, path: str, key: str) -> bool:
        """Take a page over from the old site, if it was made from the same."""
        known, entry = self.session.pages.get(path, ("", None))
        if not key or known != key or entry is None:
            return False
        if not self.output.has(path, entry.sha256, entry.size):
            return False
        self.output.adopt(path, entry.sha256, entry.size, None)
        self._remember(path, key)
        return True

    def _remember(self, path: str, key: str) -> None:
        if key:
            self.session.add_page(path, key, self.output.entry(path))
