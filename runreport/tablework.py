"""The tables and pages of experiments: made only where one of their runs has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from runreport.contexts import ExperimentModel, SiteModel
from runreport.index.keys import hash_of
from runreport.keeping import Keeping
from runreport.model import make_all_runs
from runreport.pages import experiment_page, make_shell
from runreport.pages.frame import experiment_path
from runreport.pages.survey import Survey
from runreport.progress import Reporter
from runreport.render import Render
from runreport.text.names import ALL_RUNS

TWINS: Final = 2
"""Files that a table has beside its data: CSV and JSON."""


@dataclass(frozen=True, slots=True)
class ExperimentWriter:
    """Writes what is about one experiment, or keeps that of the old site which still holds."""

    keeping: Keeping
    keys: Mapping[str, str]
    """By slug, what stands for a run; see `runreport.runs.Runs.keys`."""
    columns: Sequence[str]
    """The config's: what tables are to show."""
    settings: str
    """What all pages depend on."""
    _tables: dict[str, str] = field(default_factory=dict)
    """By the experiment's slug, what stands for its table."""

    def write_tables(self, experiments: Sequence[ExperimentModel]) -> None:
        """Write the data and the twins of each table, and of all runs together."""
        for experiment in experiments:
            key = self._tables[experiment.slug] = self._table_key(experiment)
            if not self.keeping.keep_all(key, 1 + TWINS):
                self._write_table(experiment, key)
        key = hash_of("all runs", list(self._tables.values()))
        if not self.keeping.keep_all(key, TWINS):
            self._write_twins(ALL_RUNS, *make_all_runs(experiments), key)

    def write_pages(
        self, site: SiteModel, found: Mapping[str, Survey], render: Render, report: Reporter
    ) -> None:
        """Write each experiment's page; ``found`` is what its runs logged, by its slug."""
        shell = make_shell(site)
        frame = hash_of(self.settings, shell)
        for experiment in site.experiments:
            path = experiment_path(experiment.slug)
            shown = (self._tables[experiment.slug], experiment.notes, experiment.downloads)
            key = hash_of(frame, *shown)
            if not self.keeping.keep({path: key}):
                page = experiment_page(experiment, shell, found[experiment.slug])
                self.keeping.write(path, render(page), key)
            report.advance()

    def _table_key(self, experiment: ExperimentModel) -> str:
        runs = [(row.slug, self.keys[row.slug], row.link) for row in experiment.runs]
        return hash_of(self.settings, "table", experiment.name, self.columns, runs)

    def _write_table(self, experiment: ExperimentModel, key: str) -> None:
        table = experiment.table
        self.keeping.write(f"data/{table.data.name}", table.data.content, key)
        self._write_twins(experiment.slug, table.csv, table.json, key)

    def _write_twins(self, name: str, csv: bytes, json: bytes, key: str) -> None:
        self.keeping.write(f"data/{name}.csv", csv, key)
        self.keeping.write(f"data/{name}.json", json, key)
