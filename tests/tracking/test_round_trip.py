"""Whatever is logged is read back as it was, by any JSON parser and by our own reader."""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

import runreport
from runreport.readers import native
from runreport.tracking.lines import field, metrics_line
from tests.tracking.folders import only_run, points, record

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
    lambda name: bool(name.strip()) and name not in {"step", "time"}
)
NUMBERS = st.floats() | st.integers(-(2**63), 2**63 - 1) | st.booleans()
METRICS = st.dictionaries(NAMES, NUMBERS, max_size=6)
STEPS = st.none() | st.integers(-(2**53), 2**53)
FIELDS = st.dictionaries(
    NAMES, st.text(max_size=30) | st.integers(-(2**63), 2**63 - 1) | NUMBERS, max_size=5
)
NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def is_same(written: object, logged: float) -> bool:
    value = NON_FINITE[written] if isinstance(written, str) else written
    assert isinstance(value, (int, float))
    return value == logged or (value != value and logged != logged)


@given(METRICS, STEPS)
def test_a_line_holds_what_was_logged(metrics: dict[str, float], step: int | None) -> None:
    line = metrics_line(metrics, step, 1.5, set())
    row = orjson.loads(line)

    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == row
    assert row.pop("time") == 1.5
    assert row.pop("step", None) == step
    assert row.keys() == metrics.keys()
    assert all(is_same(row[name], value) for name, value in metrics.items())


@given(METRICS, STEPS)
def test_a_name_that_is_known_makes_no_difference(
    metrics: dict[str, float], step: int | None
) -> None:
    known: set[str] = set()

    assert metrics_line(metrics, step, 1.5, known) == metrics_line(metrics, step, 1.5, known)


@given(st.recursive(st.none() | st.text() | NUMBERS, st.lists, max_leaves=5))
def test_a_param_of_any_kind_is_json(value: object) -> None:
    written = field(value)

    assert written is not None
    assert json.loads(orjson.dumps(written)) == written


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(METRICS, STEPS), max_size=12), FIELDS, FIELDS)
def test_a_run_is_read_back_as_it_was_logged(
    calls: list[tuple[dict[str, float], int | None]],
    params: dict[str, object],
    tags: dict[str, object],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with runreport.start_run(
            root=folder, params=params, tags=tags, code=False, durability="off"
        ):
            for metrics, step in calls:
                runreport.log_metrics(metrics, step=step)
        run = only_run(Path(folder))
        rows = points(run)
        read = native.read_run(run, Path(folder))
        folded = record(run)

    assert len(rows) == len(calls)
    logged: dict[str, list[float]] = {}
    for metrics, _ in calls:
        for name, value in metrics.items():
            logged.setdefault(name, []).append(float(value))
    histories = {history.name: history.values.tolist() for history in read.histories}
    assert histories.keys() == logged.keys()
    for name, values in logged.items():
        assert all(map(is_same, histories[name], values)), name
    assert folded.get("params", {}) == {name: field(value) for name, value in params.items()}
    assert dict(read.params) == folded.get("params", {})
    assert dict(read.tags) == folded.get("tags", {})
    assert [finding for finding in read.findings if finding.level == "error"] == []
