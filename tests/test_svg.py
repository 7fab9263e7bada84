from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from numpy.typing import NDArray

from runreport.svg import Series, line_chart, sparkline

Floats = NDArray[np.float64]
NAN = float("nan")


def chart(*lines: list[float], label: str = "loss by step", width: int = 640) -> Markup:
    series = [
        Series(f"run-{number}", number, np.arange(len(ys), dtype=float), np.array(ys))
        for number, ys in enumerate(lines)
    ]
    return line_chart(series, label=label, width=width)


def parse(markup: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(markup)


def ticks(markup: Markup, anchor: str) -> list[str]:
    groups = (each for each in parse(markup).iter("g") if each.get("text-anchor") == anchor)
    return [text.text or "" for group in groups for text in group.iter("text")]


def paths(markup: Markup) -> list[list[list[tuple[float, float]]]]:
    """Return each line's stretches as absolute points, in pixels."""
    return [
        [_points(stretch) for stretch in re.findall("M[^M]+", path.get("d", ""))]
        for path in parse(markup).iter("path")
        if "plot-line" in path.get("class", "")
    ]


def _points(stretch: str) -> list[tuple[float, float]]:
    # In tenths of pixels; what stands before a minus sign may touch it.
    (x, y), moves = (
        [int(number) for number in re.findall(r"-?\d+", part)]
        for part in stretch.replace("h0", "").partition("l")[::2]
    )
    points = [(x / 10, y / 10)]
    for dx, dy in zip(moves[::2], moves[1::2], strict=True):
        x, y = x + dx, y + dy
        points.append((x / 10, y / 10))
    return points


def test_a_chart_has_round_ticks_and_a_line() -> None:
    made = chart([2.4, 1.0, 0.6, 0.2])

    assert ticks(made, "end") == ["0.5", "1", "1.5", "2", "2.5"]
    assert ticks(made, "middle") == ["0", "1", "2", "3", "step"]
    (((first, *_, last),),) = paths(made)
    assert first[0] < last[0] == 624
    assert first[1] < last[1]


def test_long_runs_have_short_ticks() -> None:
    xs = np.arange(0.0, 100_001, 1000)
    made = line_chart([Series("a", 0, xs, xs * 1e-9)], label="a")

    assert ticks(made, "middle") == ["0", "20k", "40k", "60k", "80k", "100k", "step"]
    assert ticks(made, "end") == ["0", "0.00002", "0.00004", "0.00006", "0.00008", "0.0001"]


def test_steps_between_whole_steps_are_not_ticks() -> None:
    assert ticks(chart([1.0, 2.0, 1.5]), "middle") == ["0", "1", "2", "step"]


def test_steps_that_are_not_whole_have_ticks_between() -> None:
    xs = np.arange(0.0, 1.1, 0.25)

    assert ticks(line_chart([Series("a", 0, xs, xs)], label="x"), "middle")[:3] == [
        "0",
        "0.2",
        "0.4",
    ]


def test_lines_of_different_steps_share_an_axis() -> None:
    early, late = np.arange(0.0, 11.0), np.arange(10.0, 21.0)
    made = line_chart([Series("a", 0, early, early), Series("b", 1, late, late)], label="x")

    ((first,), (second,)) = paths(made)
    assert first[-1][0] == second[0][0]
    assert first[-1][1] == second[0][1]
    assert ticks(made, "middle")[:-1] == ["0", "5", "10", "15", "20"]


def test_a_gap_is_left_where_a_value_is_missing() -> None:
    ((first, second), (alone,)) = paths(chart([1.0, 2.0, NAN, 3.0, 4.0, np.inf, 5.0]))

    assert (len(first), len(second), len(alone)) == (2, 2, 1)
    assert second[0][0] > first[-1][0] + 100
    assert alone[0][0] == 624


def test_each_line_has_its_colour_and_its_name() -> None:
    made = parse(chart([1.0, 2.0], [2.0, 3.0]))
    lines = [path for path in made.iter("path") if "plot-line" in path.get("class", "")]

    assert [line.get("class") for line in lines] == ["plot-line s0", "plot-line s1"]
    assert [line.findtext("title") for line in lines] == ["run-0", "run-1"]
    assert "s2" in line_chart([Series("x", 14, np.arange(2.0), np.ones(2))], label="x")


def test_a_chart_is_named_for_those_who_do_not_see_it() -> None:
    made = parse(chart([1.0, 2.0], label='loss "by" <step>'))

    assert (made.get("role"), made.get("aria-label")) == ("img", 'loss "by" <step>')
    assert made.get("viewBox") == "0 0 640 240"


@pytest.mark.parametrize(
    "text",
    ["</title><script>alert(1)</script>", '" onload="alert(1)', "a\0b\x1b[0m", "\ud800", "&lt;"],
)
def test_hostile_names_stay_text(text: str) -> None:
    series = [Series(text, 0, np.arange(2.0), np.ones(2))]
    made = parse(line_chart(series, label=text))

    shown = re.sub("[\x00-\x1f\ud800]", "\ufffd", text)
    assert [title.text for title in made.iter("title")] == [shown]
    assert made.get("aria-label") == shown
    assert not list(made.iter("script"))
    assert set(made.attrib) == {"class", "role", "aria-label", "viewBox", "width", "height"}


def test_classes_alone_style_a_chart() -> None:
    made = chart([1.0, NAN, 2.0, 3.0]) + sparkline(np.arange(3.0), np.arange(3.0))

    assert not re.search(r"\bstyle|<style|href|url\(|\bon\w+=", made)


@pytest.mark.parametrize("ys", [[], [NAN, NAN], [np.inf]])
def test_a_chart_without_a_finite_value_says_so(ys: list[float]) -> None:
    assert ticks(chart(ys), "middle") == ["no finite value"]
    assert paths(chart(ys)) == []
    assert sparkline(np.arange(float(len(ys))), np.array(ys)) == ""


def test_a_single_point_is_a_dot_in_the_middle() -> None:
    (((point,),),) = paths(chart([5.0]))

    assert 300 < point[0] < 360
    assert 90 < point[1] < 120


def test_a_flat_line_is_in_the_middle() -> None:
    (((left, right),),) = paths(chart([5.0, 5.0]))

    assert 90 < left[1] == right[1] < 120


@given(
    st.lists(st.tuples(st.floats(), st.floats()), max_size=40),
    st.lists(st.tuples(st.floats(width=32), st.floats(width=32)), max_size=40),
)
def test_every_finite_point_lies_inside_the_picture(
    first: list[tuple[float, float]], second: list[tuple[float, float]]
) -> None:
    double, single = (
        np.array(points, dtype=np.float64).reshape(-1, 2) for points in (first, second)
    )
    narrow = single.astype(np.float32)
    made = line_chart(
        [Series("a", 0, double[:, 0], double[:, 1]), Series("b", 1, narrow[:, 0], narrow[:, 1])],
        label="x",
    )

    points = [each for line in paths(made) for stretch in line for each in stretch]
    finite = sum(int(np.isfinite(part).all(axis=1).sum()) for part in (double, single))
    assert len(points) == finite
    assert all(0 <= x <= 624 and 0 <= y <= 240 for x, y in points)


def test_a_long_history_is_thinned_with_its_spike_kept() -> None:
    ys = np.zeros(100_000)
    ys[77_777] = 9.0
    made = line_chart([Series("a", 0, np.arange(100_000.0), ys)], label="a")

    ((line,),) = paths(made)
    assert len(line) <= 1280
    assert min(y for _, y in line) < 30


def test_small_differences_of_large_values_have_ticks_that_differ() -> None:
    texts = ticks(chart([1.7e9 + 0.001, 1.7e9 + 0.004]), "end")

    assert len(set(texts)) == len(texts) > 2


def test_a_sparkline_marks_its_last_point() -> None:
    made = parse(sparkline(np.arange(4.0), np.array([1.0, 2.0, 3.0, NAN]), color=17))
    (((*_, last),),) = paths(sparkline(np.arange(4.0), np.array([1.0, 2.0, 3.0, NAN])))
    dot = made.find(".//circle")

    assert dot is not None
    assert (float(dot.get("cx", "")) / 10, float(dot.get("cy", "")) / 10) == last
    assert dot.get("class") == "s5"
    assert made.get("aria-hidden") == "true"


def test_a_sparkline_with_a_label_is_a_picture() -> None:
    made = parse(sparkline(np.arange(2.0), np.arange(2.0), label="loss"))

    assert (made.get("role"), made.get("aria-label")) == ("img", "loss")


def test_the_same_points_give_the_same_picture() -> None:
    assert chart([0.1, 0.2, 0.7]) == chart([0.1, 0.2, 0.7])
    assert isinstance(chart([1.0, 2.0]), Markup)
