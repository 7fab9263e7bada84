"""A run as it may be published: what the settings allow, without secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any, Final

from runreport.config import Publish
from runreport.layout import CHANGES
from runreport.records import Change, Console, Finding, Media, RunRecord
from runreport.text.redact import HIDDEN, Redactor

_PATH: Final = re.compile(r"[/.~\\]|[A-Za-z]:[\\/]|file:")
_TEXTS: Final = ("name", "user", "os_user", "host", "version", "python", "command", "notes")
_MAPPINGS: Final = ("source", "git", "params", "tags", "datasets", "models", "error", "extra")
_texts: Final = attrgetter(*_TEXTS)
_mappings: Final = attrgetter(*_MAPPINGS)
_COUNTED: Final = (*_TEXTS, *_MAPPINGS, "console")


def disclosed(record: RunRecord, publish: Publish, redactor: Redactor, *, label: str) -> RunRecord:
    """Return the run with what ``publish`` allows; ``label`` is the run's place in findings."""
    shown = _with(record, _withheld(record, publish))
    changes = _cleaned(shown, redactor)
    if not changes:
        return shown
    findings = changes.get("findings", shown.findings)
    hidden = sum(
        _count_in(changes[name]) - _count_in(getattr(shown, name))
        for name in _COUNTED
        if name in changes
    )
    return _with(shown, {**changes, "findings": (*findings, *_finding(hidden, label))})


def _with(record: RunRecord, values: Mapping[str, Any]) -> RunRecord:
    """Return the record with other values; itself where they are no others, as most often."""
    others = {name: each for name, each in values.items() if each != getattr(record, name)}
    return replace(record, **others) if others else record


def _cleaned(shown: RunRecord, redactor: Redactor) -> dict[str, Any]:
    """Return the fields in which something is hidden."""
    texts = zip(_TEXTS, _texts(shown), strict=True)
    mappings = zip(_MAPPINGS, _mappings(shown), strict=True)
    # Most fields of most runs are empty.
    values: dict[str, Any] = {name: redactor.text(text) for name, text in texts if text}
    values |= {name: redactor.value(each) for name, each in mappings if each}
    if shown.media:
        values["media"] = tuple(_media(each, redactor) for each in shown.media)
    if shown.console:
        values["console"] = _console(shown.console, redactor)
    if shown.changes:
        values["changes"] = tuple(_change(each, redactor) for each in shown.changes)
    if shown.findings:
        values["findings"] = tuple(_redacted(each, redactor) for each in shown.findings)
    return {name: each for name, each in values.items() if each != getattr(shown, name)}


def _withheld(record: RunRecord, publish: Publish) -> dict[str, Any]:
    """Return what takes the place of fields that are not to be published."""
    allowed: dict[str, Any] = {
        "host": record.host if publish.host else "",
        "os_user": record.os_user if publish.os_user else "",
        "command": record.command if publish.command else "",
        "console": record.console if publish.console else None,
        "git": {
            key: value
            for key, value in record.git.items()
            if (key != "remote" or (publish.git_remote and not _is_path(value)))
            and (key != "diff" or publish.diff)
        },
    }
    if not publish.diff:
        allowed["artifacts"] = tuple(each for each in record.artifacts if each.path != CHANGES)
    return allowed


def _is_path(remote: Any) -> bool:
    """Return whether a remote is a folder of the machine, which says nothing elsewhere."""
    return isinstance(remote, str) and _PATH.match(remote) is not None


def _media(media: Media, redactor: Redactor) -> Media:
    return replace(media, key=redactor.text(media.key), caption=redactor.text(media.caption))


def _console(console: Console, redactor: Redactor) -> Console:
    return replace(console, head=redactor.text(console.head), tail=redactor.text(console.tail))


def _change(change: Change, redactor: Redactor) -> Change:
    name = change.name.rpartition(".")[2]
    return replace(
        change,
        old=redactor.value(change.old, name),
        new=redactor.value(change.new, name),
        by=redactor.text(change.by),
    )


def _redacted(finding: Finding, redactor: Redactor) -> Finding:
    return replace(
        finding, place=redactor.text(finding.place), message=redactor.text(finding.message)
    )


def _count_in(value: Any) -> int:
    if isinstance(value, str):
        return value.count(HIDDEN)
    if isinstance(value, Console):
        return _count_in((value.head, value.tail))
    if isinstance(value, Mapping):
        return sum(_count_in(each) for each in value.values())
    return sum(_count_in(each) for each in value) if isinstance(value, list | tuple) else 0


def _finding(hidden: int, label: str) -> tuple[Finding, ...]:
    if hidden <= 0:
        return ()
    message = "looks like a secret and is shown as [redacted]; take it out of the run folder"
    return (Finding("warning", label, message, hidden),)
