"""The log page: everything that the build wants a person to see."""

from __future__ import annotations

from collections.abc import Sequence

from runreport.contexts import FindingGroup, Link, LogContext, Page, SiteModel
from runreport.pages.frame import Place, Shell
from runreport.pages.words import LEVELS, finding_rows, findings_text
from runreport.records import Finding
from runreport.text.numbers import plural


def log_page(site: SiteModel, shell: Shell) -> Page:
    """Return the page of all findings, the worst level first."""
    place = Place("log.html", "Build log", (Link("Build log", current=True),), nav="log.html")
    groups = (_group(level, [f for f in site.findings if f.level == level]) for level in LEVELS)
    return Page(
        place.path,
        "log",
        LogContext(
            site=shell.frame(place),
            groups=tuple(each for each in groups if each.rows),
            summary=_summary(site),
        ),
    )


def _group(level: str, findings: Sequence[Finding]) -> FindingGroup:
    total = sum(each.count for each in findings)
    return FindingGroup(level, plural(total, level).capitalize(), finding_rows(findings))


def _summary(site: SiteModel) -> str:
    runs = sum(len(each.runs) for each in site.experiments)
    experiments = plural(len(site.experiments), "experiment")
    read = f"{plural(runs, 'run')} of {experiments} read"
    return f"{read}: {findings_text(site.findings) or 'nothing to report'}."
