"""A run's facts: when, who, from which source and version, with which lineage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from runreport.contexts import Fact
from runreport.pages.family import Relative
from runreport.pages.frame import run_path
from runreport.pages.versions import split_version
from runreport.pages.words import moment, value_text
from runreport.records import RunRecord
from runreport.text.numbers import bytes_text, duration_text, plural

LONG: Final = 40
"""A description of more characters has a line of its own."""

_MOST_MB: Final = 1 << 40
"""No machine's memory is larger."""


def run_facts(record: RunRecord, link: str) -> tuple[Fact, ...]:
    """Return a run's facts; ``link`` is its version's web page, or ""."""
    facts = (*_when(record), *_who(record), *_what(record, link))
    return tuple([each for each in facts if each.text or each.moment])


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
        hardware = _hardware(value) if key == "hardware" else ""
        yield Fact("Hardware", hardware) if hardware else Fact(key, value_text(value))


def _hardware(value: Any) -> str:
    """Return what a run keeps of its machine as "EPYC · 64 processors · 270 GB · 2 × A100"."""
    if not isinstance(value, Mapping) or not value.keys() <= {"cpu", "cpus", "memory_mb", "gpus"}:
        return ""
    cpus, memory, gpus = (value.get(key) for key in ("cpus", "memory_mb", "gpus"))
    parts = [
        _text(value, "cpu"),
        plural(cpus, "processor") if type(cpus) is int else "",
        bytes_text(memory << 20) if type(memory) is int and 0 < memory < _MOST_MB else "",
    ]
    if isinstance(gpus, list):
        counts = Counter(map(value_text, gpus))
        parts += [f"{n} × {name}" if n > 1 else name for name, n in counts.items()]
    return " · ".join(filter(None, parts))


def _dirt(git: Mapping[str, Any]) -> str:
    return " · with uncommitted changes" if git.get("dirty") and git.get("branch") else ""


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return "" if value is None else value_text(value)


def lineage_facts(record: RunRecord, ancestors: Sequence[Relative], root: str) -> tuple[Fact, ...]:
    """Return the parent run, the datasets and the models."""
    facts = []
    if ancestors:
        parent = ancestors[-1]
        facts.append(Fact("Parent run", parent.title, href=root + run_path(parent.slug)))
    elif record.parent:
        facts.append(Fact("Parent run", record.parent))
    facts.extend(_entry(f"Dataset {name}", each) for name, each in record.datasets.items())
    facts.extend(_entry(f"Model {name}", each) for name, each in record.models.items())
    return tuple(facts)


def _entry(label: str, value: Any) -> Fact:
    """Return a dataset or a model with its description on one line."""
    text = value_text(value)
    if isinstance(value, Mapping):
        known = {key: each for key, each in value.items() if each not in (None, "")}
        text = " · ".join(f"{key} {value_text(each)}" for key, each in known.items()) or "–"
    return Fact(label, text, wide=len(text) > LONG)
