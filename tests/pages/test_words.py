from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from runreport.contexts import FindingRow, Moment, StatusCount
from runreport.pages.versions import split_version
from runreport.pages.words import (
    finding_rows,
    findings_text,
    free_anchor,
    moment,
    run_link,
    status_counts,
    value_text,
)
from runreport.records import Finding, RunDigest, RunRecord
from runreport.rows import make_row
from runreport.text.numbers import plural


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1763806500.12, Moment("2025-11-22 10:15", "2025-11-22T10:15:00Z")),
        (0.0, Moment("1970-01-01 00:00", "1970-01-01T00:00:00Z")),
        (1e30, Moment("1e+30", "")),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
    ],
)
def test_moment_is_in_utc(seconds: float | None, expected: Moment | None) -> None:
    assert moment(seconds) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("adam", "adam"),
        (0.1, "0.1"),
        (1e-5, "0.00001"),
        (64, "64"),
        (True, "true"),
        (None, "null"),
        ([64, "测试"], '[64, "测试"]'),
        ({"b": 1, "a": float("nan")}, '{"a": NaN, "b": 1}'),
    ],
)
def test_logged_value_as_text(value: object, text: str) -> None:
    assert value_text(value) == text


def test_plural() -> None:
    assert [plural(count, "run") for count in (0, 1, 10_000)] == ["0 runs", "1 run", "10,000 runs"]


@pytest.mark.parametrize(
    ("name", "run_id", "expected"),
    [
        pytest.param("brave-otter", "20251122T101500-brave-otter-3f9c", "3f9c", id="end"),
        pytest.param("brave-otter", "r002210", "r002210", id="short id whole"),
        pytest.param("", "20251122T101500-brave-otter-3f9c", "", id="no name"),
        pytest.param("same", "same", "", id="name is the id"),
        pytest.param("x", "0123456789abcdef0123456789abcdef", "456789abcdef", id="long hash"),
    ],
)
def test_a_mark_tells_runs_of_one_name_apart(
    name: str,
    run_id: str,
    expected: str,
    full: RunRecord,
    digest_of: Callable[[RunRecord], RunDigest],
) -> None:
    digest = digest_of(replace(full, name=name, run_id=run_id))

    assert digest.mark == make_row(digest).mark == expected


def test_run_without_a_name_is_called_by_its_id(
    full: RunRecord, digest_of: Callable[[RunRecord], RunDigest]
) -> None:
    row = make_row(digest_of(replace(full, name="", run_id="r7")))

    assert run_link(row, 3, "../").name == "r7"


def test_statuses_are_counted_in_their_order(digests: list[RunDigest]) -> None:
    rows = list(map(make_row, digests))
    others = [rows[0]._replace(status=each) for each in ("odd", "interrupted", "finished")]

    assert status_counts([*rows, *others]) == (
        StatusCount("finished", "2 finished"),
        StatusCount("failed", "1 failed"),
        StatusCount("interrupted", "1 interrupted"),
        StatusCount("", "1 odd"),
    )


def test_worst_finding_comes_first() -> None:
    findings = [
        Finding("note", "a", "kept"),
        Finding("warning", "b:7", "bad line", 12),
        Finding("warning", "c", "hidden", 2),
        Finding("error", "c", "no line"),
    ]

    assert finding_rows(findings) == (
        FindingRow("error", "c", "no line", ""),
        FindingRow("warning", "b:7", "bad line", "12 times, first at"),
        FindingRow("warning", "c", "hidden", "2 times"),
        FindingRow("note", "a", "kept", ""),
    )
    assert findings_text(findings) == "1 error, 14 warnings, 1 note"
    assert findings_text([]) == ""


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (
            "3f9c1d0a8b7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a",
            ("3f9c1d0a", "8b7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a"),
        ),
        ("3f9c1d0a8b7e", ("3f9c1d0a", "8b7e")),
        ("1.0.0", ("1.0.0", "")),
        ("测试", ("测试", "")),
        (
            "v2.1.0-rc.1+build.20261122.gdeadbeefdeadbeef",
            ("v2.1.0-rc.1+build.20261122.gdeadbeefdeadbeef", ""),
        ),
        ("deadbeef", ("deadbeef", "")),
        ("", ("", "")),
    ],
)
def test_only_a_commit_id_has_a_muted_half(version: str, expected: tuple[str, str]) -> None:
    assert split_version(version) == expected


def test_anchors_are_free_and_safe() -> None:
    taken: set[str] = set()

    assert [free_anchor(title, taken) for title in ("A b", "a-b", "测试", "?")] == [
        "a-b",
        "a-b-2",
        "x",
        "x-2",
    ]
