"""A run's record folded from its lines, and what changed in it."""

import math
from typing import Any

import pytest

from runreport.reading.fold import Patch, fold, merge
from runreport.records import Change


def fold_lines(*values: dict[str, Any]) -> tuple[dict[str, Any], tuple[Change, ...]]:
    patches = [
        Patch(value.get("time", -math.inf), 0, line, value, value.get("by", ""))
        for line, value in enumerate(values, 1)
    ]
    folded = fold(patches)
    return folded.fields, folded.changes


# The examples of RFC 7396, appendix A, whose target is an object.
RFC_7396: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "result"), RFC_7396)
def test_the_examples_of_the_standard_hold(target: Any, patch: Any, result: Any) -> None:
    for key, value in patch.items():
        merge(target, key, value)

    assert target == result


def test_lines_are_applied_in_order_of_time_segment_and_line() -> None:
    folded = fold(
        [
            Patch(3.0, 0, 1, {"a": "third"}),
            Patch(1.0, 1, 1, {"a": "first", "b": "second segment"}),
            Patch(1.0, 0, 2, {"b": "first segment, second line"}),
            Patch(1.0, 0, 1, {"b": "first segment, first line"}),
        ]
    )

    assert folded.fields == {"a": "third", "b": "second segment"}


def test_who_and_when_are_no_fields() -> None:
    fields, _ = fold_lines({"time": 1.0, "by": "kim", "a": 1, "gap": {}, "segment": {}})

    assert fields == {"a": 1}


def test_unknown_fields_are_kept() -> None:
    assert fold_lines({"colour": "teal"})[0] == {"colour": "teal"}


def test_the_first_value_of_a_field_is_no_change() -> None:
    assert fold_lines({"params": {"lr": 1}}, {"params": {"seed": 2}, "tags": {"a": "b"}})[1] == ()


def test_a_correction_names_old_and_new_value_time_and_person() -> None:
    _, changes = fold_lines(
        {"time": 1.0, "params": {"lr": 0.1, "opt": {"beta": 1}}, "name": "a"},
        {"time": 2.0, "by": "kim", "params": {"lr": 0.01, "opt": {"beta": 2}}, "name": "b"},
    )

    assert changes == (
        Change("params.lr", 0.1, 0.01, 2.0, "kim"),
        Change("params.opt.beta", 1, 2, 2.0, "kim"),
        Change("name", "a", "b", 2.0, "kim"),
    )


def test_the_same_value_again_is_no_change() -> None:
    assert fold_lines({"params": {"lr": 1}}, {"params": {"lr": 1}})[1] == ()


def test_another_type_of_an_equal_value_is_a_change() -> None:
    assert [change.new for change in fold_lines({"a": 1}, {"a": True})[1]] == [True]


def test_removing_a_value_is_a_change() -> None:
    fields, changes = fold_lines({"tags": {"a": "x"}}, {"tags": {"a": None, "b": None}})

    assert fields == {"tags": {}}
    assert changes == (Change("tags.a", "x", None, None, ""),)


def test_an_object_in_place_of_a_value_is_a_change() -> None:
    assert fold_lines({"a": 1}, {"a": {"b": 2}})[1] == (Change("a", 1, {"b": 2}, None, ""),)


def test_a_value_in_place_of_an_object_is_a_change() -> None:
    assert fold_lines({"a": {"b": 2}}, {"a": 1})[1] == (Change("a", {"b": 2}, 1, None, ""),)


def test_the_end_of_a_run_is_no_correction() -> None:
    fields, changes = fold_lines(
        {"status": "running"}, {"time": 5.0, "status": "finished", "ended": 5.0}
    )

    assert fields == {"status": "finished", "ended": 5.0}
    assert changes == ()


def test_whatever_is_written_after_the_end_is_a_change() -> None:
    _, changes = fold_lines(
        {"status": "finished", "ended": 5.0},
        {"time": 9.0, "by": "ada", "tags": {"checked": "yes"}, "status": "failed"},
    )

    assert changes == (
        Change("tags.checked", None, "yes", 9.0, "ada"),
        Change("status", "finished", "failed", 9.0, "ada"),
    )


def test_a_launch_that_resumes_the_run_logs_without_corrections() -> None:
    _, changes = fold_lines(
        {"status": "failed", "ended": 5.0},
        {"time": 9.0, "status": "running", "ended": None},
        {"time": 10.0, "params": {"new": 1}},
    )

    assert [change.name for change in changes] == ["status", "ended"]


@pytest.mark.parametrize("odd", [["finished"], {"finished": True}, 3, True])
def test_a_status_that_is_no_text_is_no_end(odd: Any) -> None:
    fields, changes = fold_lines({"status": odd}, {"params": {"x": 1}})

    assert fields == {"status": odd, "params": {"x": 1}}
    assert changes == ()
