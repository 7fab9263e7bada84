"""`runreport show`: one run in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runreport.cli.options import find_arguments

if TYPE_CHECKING:
    from runreport.reading.sources import RunFolder
    from runreport.records import RunRecord

_NUMBERS = ("last", "min", "max", "mean")


@click.command()
@click.argument("run")
@click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Where RUN is looked for by its id or name; by default the config's sources, or 'runs'.",
)
def show(run: str, sources: Sequence[Path]) -> None:
    """Show one run in the terminal.

    RUN is a run folder, a run's id, or a name that only one run has.
    """
    import time

    from runreport.cli.formats import tables_text
    from runreport.reading.liveness import resolve_status

    record = _find(run, sources)
    title = f"{record.name}  {resolve_status(record, now=time.time())}".rstrip()
    click.echo(tables_text(title, _tables(record)), nl=False)


def _find(run: str, sources: Sequence[Path]) -> RunRecord:
    from runreport.errors import ConfigError
    from runreport.reading.sources import find_runs, read

    if Path(run).is_dir():
        found, _ = find_runs([Path(run)])
        named = [each for each in found if each.folder.samefile(run)]
    else:
        found, _ = find_runs(**find_arguments(sources, None, (), ()))
        named = [each for each in found if each.folder.name == run] or _named(run, sources)
    if not named:
        raise ConfigError(f"{run!r}: no such run; `runreport list` shows their names")
    if len(named) > 1:
        folders = ", ".join(str(each.folder) for each in named[:10])
        raise ConfigError(f"{run!r}: {len(named)} runs are named so; give one of {folders}")
    return read(named[0])


def _named(run: str, sources: Sequence[Path]) -> list[RunFolder]:
    """Return the runs of an id or a name that is not their folder's: it stands in the runs."""
    from runreport.loading import look

    catalog = look(**find_arguments(sources, None, (), ()))
    rows = zip(catalog.found, catalog.load().rows, strict=True)
    return [found for found, row in rows if run in (row.run_id, row.name)]


def _tables(record: RunRecord) -> Iterator[tuple[Sequence[str], Sequence[Sequence[str]]]]:
    """Yield heads and rows, all as text."""
    from runreport.loading import summarise_all
    from runreport.reading.fields import as_text
    from runreport.text.numbers import bytes_text, count_text, exact_text

    yield ("", ""), list(_facts(record))
    for head, values in (("params", record.params), ("tags", record.tags)):
        yield (head, ""), [(name, as_text(values[name])) for name in sorted(values)]
    yield (
        ("metrics", *_NUMBERS, "points"),
        [
            (
                metric.name,
                *(exact_text(float(f"{getattr(metric, number):.6g}")) for number in _NUMBERS),
                count_text(metric.count),
            )
            for metric in summarise_all(record)
        ],
    )
    sizes = [(artifact.path, bytes_text(artifact.size)) for artifact in record.artifacts]
    yield ("artifacts", ""), sizes
    findings = [(each.level, each.place, each.message) for each in record.findings]
    yield ("findings", "", ""), findings


def _facts(record: RunRecord) -> Iterator[tuple[str, str]]:
    from runreport.reading.fields import as_text
    from runreport.rows import source_text
    from runreport.text.numbers import duration_text, exact_time_text

    started, ended = record.started, record.ended
    facts = {
        "run_id": record.run_id,
        "experiment": record.experiment,
        "started": "" if started is None else exact_time_text(started),
        "duration": ""
        if None in (started, ended)
        else duration_text((ended or 0) - (started or 0)),
        "user": record.user,
        "source": source_text(record.source),
        "version": record.version,
        "folder": str(record.folder),
        "error": ": ".join(as_text(value) for value in _error_words(record)),
        "notes": record.notes.strip(),
    }
    yield from ((name, text) for name, text in facts.items() if text)


def _error_words(record: RunRecord) -> list[object]:
    return [record.error[key] for key in ("type", "message") if key in record.error]
