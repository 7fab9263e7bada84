"""Segments of points as columns: fast where lines are alike, exact wherever they are not."""

import json
import math
import os
import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from runreport.reading import flatlines, pieces
from runreport.reading import problems as problems_of_files
from runreport.reading.builder import MAX_METRICS, Builder
from runreport.reading.flatlines import pack, read_numbers
from runreport.reading.points import Points, read_points
from runreport.reading.problems import Problems
from runreport.records import Finding


def read(path: Path, problems: Problems, before: Points | None = None) -> Points:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return read_points(descriptor, path.stat().st_size, problems, before=before)
    finally:
        os.close(descriptor)


def read_text(tmp_path: Path, text: str | bytes) -> tuple[Points, list[Finding]]:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    problems = Problems("metrics.jsonl")
    return read(path, problems), problems.findings()


def values(found: Points, name: str) -> list[float]:
    return list(found.columns[name].values.tolist())


def rows(found: Points, name: str) -> list[int] | None:
    where = found.columns[name].rows
    return None if where is None else where.tolist()


def make_lines(count: int, **last: Any) -> bytes:
    lines = [{"step": step, "loss": step / 3, "acc": 1 - step / 7} for step in range(count)]
    if last:
        lines[-1] = {**lines[-1], **last}
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


class TestAlikeLines:
    def test_the_fast_way_is_taken(self) -> None:
        found = read_numbers(make_lines(1000))

        assert found is not None
        keys, matrix = found
        assert keys == ("step", "loss", "acc")
        assert matrix.tolist() == [
            list(range(1000)),
            [step / 3 for step in range(1000)],
            [1 - step / 7 for step in range(1000)],
        ]

    def test_booleans_are_numbers(self) -> None:
        found = read_numbers(make_lines(1000, loss=False, acc=True))

        assert found is not None
        assert found[1][:, -1].tolist() == [999, 0, 1]

    @pytest.mark.parametrize(
        "last",
        [
            '{"step": 999, "loss": "NaN", "acc": 1}',
            '{"step": 999, "loss": NaN, "acc": 1}',
            '{"step": 999, "loss": null, "acc": 1}',
            '{"step": 999, "loss": 1e999, "acc": 1}',
            '{"step": 999, "loss": "0.5", "acc": 1}',
            '{"step": 999, "loss": [1], "acc": 1}',
            '{"step": 999, "loss": {}, "acc": 1}',
            '{"step": 999, "loss": {"a": 1}, "acc": 1}',
            '{"step": 999, "loss": 1, "accuracy": 1}',
            '{"step": 999, "acc": 1, "loss": 1}',
            '{"step": 999, "loss": 1}',
            '{"step": 999, "loss": 1, "acc": 1, "lr": 1}',
            '{"step": 999, "loss": 1, "acc": 1, "acc": 2}',
            '{"step": 999, "loss": 1, "acc": 1} ',
            '{"step": 999, "loss": 1,  "acc": 1}',
            '{"step": 999, "loss": , "acc": 1}',
            '{"step": 999, "loss": 1, 2, "acc": 1}',
            '{"step": 999, "loss": 1 2, "acc": 1}',
            '{"step": 999, "loss": 1, "acc": 1}}',
            '{"step": 999, "loss": 1, "acc": 1}, ',
            '["step": 999, "loss": 1, "acc": 1}',
            '{"step": 999, "loss": 1, "acc": 1]',
            '{"step": 999, "loss": 1, "acc": \x00 1}',
            '{"step": 999\n, "loss": 1, "acc": 1}',
            "",
            "junk",
        ],
    )
    def test_a_single_other_line_leaves_the_piece_to_the_exact_way(self, last: str) -> None:
        alike = make_lines(999)

        assert read_numbers(alike + last.encode() + b"\n") is None
        assert read_numbers(last.encode() + b"\n" + alike) is None

    def test_values_too_many_in_one_line_do_not_make_up_for_another(self) -> None:
        more = b'{"step": 999, "loss": 1, 2, "acc": 1}\n'
        less = b'{"step": 999, "loss": , "acc": 1}\n'

        assert read_numbers(make_lines(999) + more + less) is None

    def test_a_short_piece_is_not_worth_it(self) -> None:
        assert read_numbers(make_lines(10)) is None

    @pytest.mark.parametrize("key", ["a:b", "a,b", 'a"b', "a\\b", "é", "", "__proto__", "}\n{"])
    def test_no_key_is_taken_for_another(self, tmp_path: Path, key: str) -> None:
        line = json.dumps({"step": 1, key: 0.5, "z": 2}).encode() + b"\n"

        found, findings = read_text(tmp_path, line * 2000)

        assert values(found, key) == [0.5] * 2000
        assert set(found.columns) == {key, "z"}
        assert findings == []

    def test_text_is_never_packed_as_a_number(self) -> None:
        with pytest.raises(struct.error):
            pack([1.0, "2"])


class TestKeysThatComeAndGo:
    def test_a_metric_knows_the_lines_that_have_it(self, tmp_path: Path) -> None:
        text = '{"step":1,"loss":1}\n{"step":2,"acc":5,"loss":2}\n{"acc":6}\n{"loss":3,"step":4}\n'

        found, _ = read_text(tmp_path, text)

        assert (values(found, "loss"), rows(found, "loss")) == ([1, 2, 3], [0, 1, 3])
        assert (values(found, "acc"), rows(found, "acc")) == ([5, 6], [1, 2])
        assert found.steps.tolist()[:2] + found.steps.tolist()[3:] == [1, 2, 4]
        assert math.isnan(found.steps[2])

    def test_a_key_may_come_late_in_a_long_file(self, tmp_path: Path) -> None:
        late = b'{"step": 50000, "loss": 1, "acc": 1, "late": 7}\n'

        found, findings = read_text(tmp_path, make_lines(50_000) + late + make_lines(10))

        assert findings == []
        assert (values(found, "late"), rows(found, "late")) == ([7], [50_000])
        assert rows(found, "loss") is None
        assert len(values(found, "loss")) == 50_011

    def test_another_set_of_keys_may_take_over(self, tmp_path: Path) -> None:
        other = make_lines(5_000).replace(b'"acc"', b'"val"')

        found, _ = read_text(tmp_path, make_lines(5_000) + other)

        assert len(values(found, "acc")) == 5_000
        assert rows(found, "val") == list(range(5_000, 10_000))
        assert rows(found, "loss") is None

    def test_lines_without_any_metric_count_as_lines(self, tmp_path: Path) -> None:
        found, findings = read_text(tmp_path, '{}\n{"step":3}\n{"loss":1}\n')

        assert (found.lines, findings) == (3, [])
        assert rows(found, "loss") == [2]

    def test_an_empty_segment_has_no_columns(self, tmp_path: Path) -> None:
        found, findings = read_text(tmp_path, "")

        assert (dict(found.columns), found.lines, findings) == ({}, 0, [])

    def test_metrics_beyond_the_limit_are_named(self, tmp_path: Path) -> None:
        names = [f"m{index}" for index in range(MAX_METRICS + 5)]
        text = json.dumps({"step": 1, "time": 2, **dict.fromkeys(names, 1)}) + "\n"

        found, _ = read_text(tmp_path, text + '{"one more":1}\n')

        assert len(found.columns) == MAX_METRICS
        assert found.dropped == {*names[-5:], "one more"}

    def test_a_new_key_on_every_line_costs_no_memory_beyond_its_name(self, tmp_path: Path) -> None:
        text = "".join(f'{{"k{index}":{index}}}\n' for index in range(30_000))

        found, findings = read_text(tmp_path, '{"step":1}\n' + text + '{"time":5}\n')

        assert len(found.columns) == MAX_METRICS
        assert len(found.dropped) == 28_000
        assert found.times.tolist()[-1] == 5
        assert findings == []

    def test_a_line_of_very_many_keys_is_read(self, tmp_path: Path) -> None:
        line = json.dumps({f"k{index}": 1 for index in range(50_000)})

        found, _ = read_text(tmp_path, line + "\n")

        assert (len(found.columns), len(found.dropped)) == (MAX_METRICS, 48_000)


class TestOddValues:
    def test_the_three_words_are_numbers(self, tmp_path: Path) -> None:
        found, findings = read_text(
            tmp_path, '{"a":"NaN"}\n{"a":"Infinity"}\n{"a":"-Infinity"}\n{"a":NaN}\n{"a":1e999}\n'
        )

        assert [str(value) for value in values(found, "a")] == ["nan", "inf", "-inf", "nan", "inf"]
        assert findings == []

    def test_what_is_no_number_is_counted_once_a_key(self, tmp_path: Path) -> None:
        found, findings = read_text(
            tmp_path,
            '{"a":1,"b":2}\n{"a":"0.5","b":[3]}\n{"a":{"x":1},"b":4}\n{"a":true}\n',
        )

        assert (values(found, "a"), rows(found, "a")) == ([1, 1], [0, 3])
        assert (values(found, "b"), rows(found, "b")) == ([2, 4], [0, 2])
        assert findings == [
            Finding(
                "warning",
                "metrics.jsonl:2",
                "not a number: 'a' is '0.5'; log a number for it",
                2,
            ),
            Finding("warning", "metrics.jsonl:2", "not a number: 'b' is [3]; log a number for it"),
        ]

    def test_null_is_no_point_and_noted_once_a_key(self, tmp_path: Path) -> None:
        found, findings = read_text(
            tmp_path, '{"step":null,"time":null,"a":1}\n{"step":5,"a":null}\n{"a":null}\n'
        )

        assert (values(found, "a"), rows(found, "a")) == ([1], [0])
        assert found.steps.tolist()[1] == 5
        assert findings == [
            Finding(
                "note",
                "metrics.jsonl:2",
                "no value: 'a' is null, which is no point; write NaN as \"NaN\"",
                2,
            )
        ]

    def test_a_key_that_is_never_a_number_is_no_metric(self, tmp_path: Path) -> None:
        found, findings = read_text(tmp_path, '{"a":"x"}\n{"a":"' + "y" * 99 + '"}\n')

        assert dict(found.columns) == {}
        assert [finding.count for finding in findings] == [2]

    def test_steps_and_times_that_are_no_numbers_are_missing(self, tmp_path: Path) -> None:
        found, findings = read_text(
            tmp_path, '{"step":"one","time":"now","a":1}\n{"step":2,"time":Infinity,"a":2}\n'
        )

        assert math.isnan(found.steps[0])
        assert np.isnan(found.times).all()
        assert [finding.message.partition(";")[0] for finding in findings] == [
            "not a number: 'step' is 'one'",
            "not a number: 'time' is 'now'",
        ]

    def test_a_long_value_is_shown_cut(self, tmp_path: Path) -> None:
        _, findings = read_text(tmp_path, '{"a":"' + "x" * 1000 + '"}\n')

        assert len(findings[0].message) < 100


class TestSegments:
    HEADER = b'{"segment":{"kind":"resumed","by":"kim"}}\n'

    def test_the_header_of_a_segment_is_not_a_point(self, tmp_path: Path) -> None:
        found, findings = read_text(tmp_path, self.HEADER + make_lines(1000))

        assert found.header == {"kind": "resumed", "by": "kim"}
        assert (found.lines, len(values(found, "loss")), findings) == (1001, 1000, [])

    def test_a_header_alone_is_a_segment_without_points(self, tmp_path: Path) -> None:
        found, findings = read_text(tmp_path, self.HEADER)

        assert (found.lines, dict(found.columns), findings) == (1, {}, [])

    def test_lines_are_counted_from_the_header(self, tmp_path: Path) -> None:
        _, findings = read_text(tmp_path, self.HEADER + b'{"a":1}\njunk\n')

        assert findings[0].place == "metrics.jsonl:3"

    @pytest.mark.parametrize(
        "first", ['{"segment":5}', '{"segment":{"kind":"joined"}', '"segment"']
    )
    def test_what_is_no_header_is_read_as_any_line(self, tmp_path: Path, first: str) -> None:
        found, findings = read_text(tmp_path, first + '\n{"a":1}\n')

        assert found.header == {}
        assert values(found, "a") == [1]
        assert [finding.place for finding in findings] in ([], ["metrics.jsonl:1"])

    def test_a_reading_goes_on_where_another_ended(self, tmp_path: Path) -> None:
        path = tmp_path / "metrics.jsonl"
        path.write_bytes(self.HEADER + b'junk\n{"a":1}\n{"a":')
        problems = Problems("metrics.jsonl")
        before = read(path, problems)
        path.write_bytes(self.HEADER + b'JUNK\n{"A":1}\n{"a":2}\njunk\n{"a":3}\n')

        found = read(path, problems, before)

        assert (before.lines, before.torn) == (3, True)
        assert values(found, "a") == [1, 2, 3]
        assert found.header == before.header != {}
        assert (found.end, found.lines, found.torn) == (path.stat().st_size, 6, False)
        assert problems.bad_lines == 2
        assert [(each.place, each.count) for each in problems.findings()] == [
            ("metrics.jsonl:2", 2)
        ]

    def test_a_line_that_is_too_long_is_counted(self, tmp_path: Path) -> None:
        long = b'{"a":"' + b"x" * (5 << 20) + b'"}\n'

        found, findings = read_text(tmp_path, b'{"a":1}\n' + long + b'{"a":2}\n{"a"\n')

        assert values(found, "a") == [1, 2]
        assert [finding.place for finding in findings] == ["metrics.jsonl:2", "metrics.jsonl:4"]
        assert findings[0].message.startswith("longer than 4 MiB; ")


# The oracle: every line on its own, as Python's own parser and a plain loop understand it.
def slow_points(lines: list[bytes]) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    row = 0
    for line in lines:
        try:
            item = json.loads(line)
        except ValueError:
            continue
        if not isinstance(item, dict):
            continue
        for key, value in item.items():
            if isinstance(value, int | float):
                found.setdefault(key, []).append((row, float(value)))
        row += 1
    return found


NUMBERS = st.one_of(
    st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
KEYS = st.sampled_from(["loss", "acc", "a:b", "a,b", "", "é", "time", "step", "__proto__"])
LINES = st.one_of(
    st.dictionaries(KEYS, NUMBERS, max_size=4).map(lambda item: json.dumps(item).encode()),
    st.just(b'{"step":1,"loss":2.5}'),
    st.just(b'{"step":1,"loss":2.5,"acc":3}'),
    st.sampled_from([b'{"step":1,"loss":2.5},{"step":2,"loss":3}', b'{"step":1', b'"loss":2.5}']),
    st.sampled_from([b'{"step":1,"loss":}', b'{"step":1,2,"loss":1}', b"junk", b"[1]", b""]),
    st.sampled_from([b'{"step":[1,"loss":2.5]}', b'{"step":1,"loss":[2.5}', b'{"a":"x}', b'{y"}']),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=12), st.booleans())
@example([b'{"a":1', b'"b":2}', b'{"c":1},{"d":2}'], False)
@example([b'{"a":"x}', b'{y"}', b'{"c":1},{"d":2}'], False)
def test_every_way_reads_what_a_plain_loop_reads(lines: list[bytes], is_long: bool) -> None:
    piece = b"".join(line + b"\n" for line in lines)
    # From this length on, lines that are alike are read in another way.
    times = flatlines.MIN_LINES + 1 if is_long else 1
    builder = Builder(Problems("x"))

    builder.add_piece(piece * times, 1)

    found = {}
    for key, column in builder.finish().items():
        where = range(len(column.values)) if column.rows is None else column.rows.tolist()
        found[key] = list(zip(where, column.values.tolist(), strict=True))
    assert found == slow_points(lines * times)


ODD_LINES = st.one_of(
    LINES,
    st.dictionaries(
        st.sampled_from([*"abcdefgh", "step", "time"]),
        st.sampled_from([None, "x", "NaN", 1, 2.5, "Infinity", [1], {"a": 1}, True, "\ud800"]),
    ).map(lambda item: json.dumps(item).encode()),
    st.sampled_from(
        [b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", b"\0\0", b'{"segment":{"kind":"joined"}}']
    ),
    st.integers(0, 99).map(lambda key: b'{"k%d":"no number"}' % key),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(ODD_LINES, min_size=1, max_size=90),
    st.lists(st.floats(0, 1), max_size=3),
    st.sampled_from([7, 64, 500, pieces.PIECE]),
    st.sampled_from([3, 50]),
)
def test_a_reading_in_parts_finds_what_a_reading_of_all_finds(
    lines: list[bytes], cuts: list[float], size: int, most: int
) -> None:
    content = b"".join(line + b"\n" for line in lines)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder, "metrics.jsonl")
        path.write_bytes(content)
        patch.setattr(problems_of_files, "MAX_KINDS", most)
        problems = Problems("metrics.jsonl")
        whole = described(read(path, problems), problems)

        patch.setattr(pieces, "PIECE", size)
        found, problems = None, Problems("metrics.jsonl")
        for cut in (*sorted(cuts), 1.0):
            path.write_bytes(content[: round(cut * len(content))])
            found = read(path, problems, found)
            kept = json.loads(json.dumps(problems.state()))
            problems = Problems("metrics.jsonl")
            problems.restore(kept)

        assert found is not None
        assert described(found, problems) == whole


def described(found: Points, problems: Problems) -> dict[str, Any]:
    columns = {
        name: (column.values.tobytes(), rows(found, name)) for name, column in found.columns.items()
    }
    return {
        "columns": list(columns.items()),
        "steps": found.steps.tobytes(),
        "times": found.times.tobytes(),
        "rest": (found.end, found.lines, found.torn, found.header, found.dropped),
        "bad": problems.bad_lines,
        "findings": problems.findings(),
    }
