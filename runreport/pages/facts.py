"""A run's facts: when, who, from which source and version, with which lineage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runreport.contexts import Fact
from runreport.numbers import duration_text
from runreport.pages.frame import run_path
from runreport.pages.versions import split_version
from runreport.pages.words import moment, run_name, value_text
from runreport.records import RunDigest, RunRecord


def run_facts(record: RunRecord, link: str) -> tuple[Fact, ...]:
    """Return a run's facts; ``link`` is its version's web page, or ""."""
    return tuple(
        each
        for each in (*_when(record), *_who(record), *_what(record, link))
        if each.text or each.moment
    )


def _when(record: RunRecord) -> Iterator[Fact]:
    yield Fact("Started", "", moment=moment(record.started), mono=True)
    yield Fact("Ended", "", moment=moment(record.ended), mono=True)
    if record.started is not None and record.ended is not None:
        yield Fact("Duration", duration_text(record.ended - record.started))


def _who(record: RunRecord) -> Iterator[Fact]:
    differs = record.os_user not in ("", record.user)
    rest = f"{record.os_user} on the machine" if differs else ""
    yield Fact("User", record.user or rest, rest=f" · {rest}" if record.user and rest else "")
    yield Fact("Host", record.host)


def _what(record: RunRecord, link: str) -> Iterator[Fact]:
    source = record.source
    name, entry = _text(source, "name") or _text(source, "path"), _text(source, "entry_point")
    yield Fact("Source", name, rest=f" · {entry}" if name and entry else "")
    yield Fact("Python", record.python)
    yield Fact("Branch", _text(record.git, "branch"), rest=_dirt(record.git))
    yield Fact("Repository", _text(record.git, "remote"))
    text, rest = split_version(record.version)
    yield Fact("Version", text, rest=rest, href=link, copy=True, mono=True, wide=True)
    commit = _text(record.git, "commit")
    if commit not in ("", record.version):
        text, rest = split_version(commit)
        yield Fact("Commit", text, rest=rest, copy=True, mono=True, wide=True)
    yield Fact("Command", record.command, copy=True, mono=True, wide=True)
    for key, value in sorted(record.extra.items()):
        yield Fact(key, value_text(value))


def _dirt(git: Mapping[str, Any]) -> str:
    return " · with uncommitted changes" if git.get("dirty") and git.get("branch") else ""


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return "" if value is None else value_text(value)


def lineage_facts(record: RunRecord, parent: RunDigest | None, root: str) -> tuple[Fact, ...]:
    """Return the parent run, the datasets and the models."""
    facts = []
    if parent is not None:
        facts.append(Fact("Parent run", run_name(parent), href=root + run_path(parent.slug)))
    elif record.parent:
        facts.append(Fact("Parent run", record.parent))
    facts.extend(Fact(f"Dataset {name}", _entry(each)) for name, each in record.datasets.items())
    facts.extend(Fact(f"Model {name}", _entry(each)) for name, each in record.models.items())
    return tuple(facts)


def _entry(value: Any) -> str:
    """Return a dataset's or model's description on one line."""
    if not isinstance(value, Mapping):
        return value_text(value)
    parts = (f"{key} {value_text(each)}" for key, each in value.items() if each not in (None, ""))
    return " · ".join(parts) or "–"
