"""A run as it may be published: what the settings allow, without secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from runreport.config import Publish
from runreport.layout import CHANGES
from runreport.records import Change, Console, Finding, Media, RunRecord
from runreport.text.redact import HIDDEN, Redactor

_PATH: Final = re.compile(r"[/.~\\]|[A-Za-z]:[\\/]|file:")
_TEXTS: Final = ("name", "user", "os_user", "host", "version", "python", "command", "notes")
_MAPPINGS: Final = ("source", "git", "params", "tags", "datasets", "models", "error", "extra")


def disclosed(record: RunRecord, publish: Publish, redactor: Redactor, *, label: str) -> RunRecord:
    """Return the run with what ``publish`` allows; ``label`` is the run's place in findings."""
    shown = _allowed(record, publish)
    texts: dict[str, Any] = {name: redactor.text(getattr(shown, name)) for name in _TEXTS}
    mappings: dict[str, Any] = {name: redactor.value(getattr(shown, name)) for name in _MAPPINGS}
    clean = replace(
        shown,
        **texts,
        **mappings,
        media=tuple(_media(each, redactor) for each in shown.media),
        console=_console(shown.console, redactor),
        changes=tuple(_change(each, redactor) for each in shown.changes),
        findings=tuple(_redacted(each, redactor) for each in shown.findings),
    )
    hidden = _count_hidden(clean) - _count_hidden(shown)
    return replace(clean, findings=(*clean.findings, *_finding(hidden, label)))


def _allowed(record: RunRecord, publish: Publish) -> RunRecord:
    git = {
        key: value
        for key, value in record.git.items()
        if (key != "remote" or (publish.git_remote and not _is_path(value)))
        and (key != "diff" or publish.diff)
    }
    return replace(
        record,
        host=record.host if publish.host else "",
        os_user=record.os_user if publish.os_user else "",
        command=record.command if publish.command else "",
        console=record.console if publish.console else None,
        git=git,
        artifacts=tuple(each for each in record.artifacts if publish.diff or each.path != CHANGES),
    )


def _is_path(remote: Any) -> bool:
    """Return whether a remote is a folder of the machine, which says nothing elsewhere."""
    return isinstance(remote, str) and _PATH.match(remote) is not None


def _media(media: Media, redactor: Redactor) -> Media:
    return replace(media, key=redactor.text(media.key), caption=redactor.text(media.caption))


def _console(console: Console | None, redactor: Redactor) -> Console | None:
    if console is None:
        return None
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


def _count_hidden(record: RunRecord) -> int:
    console = record.console or Console("", "", 0)
    texts = [getattr(record, name) for name in _TEXTS]
    mappings = [getattr(record, name) for name in _MAPPINGS]
    return _count_in([*texts, console.head, console.tail, *mappings])


def _count_in(value: Any) -> int:
    if isinstance(value, str):
        return value.count(HIDDEN)
    if isinstance(value, Mapping):
        return sum(_count_in(each) for each in value.values())
    return sum(_count_in(each) for each in value) if isinstance(value, list | tuple) else 0


def _finding(hidden: int, label: str) -> tuple[Finding, ...]:
    if hidden <= 0:
        return ()
    message = "looks like a secret and is shown as [redacted]; take it out of the run folder"
    return (Finding("warning", label, message, hidden),)
