from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreport.tables.widths import longest, text_width


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("", 0),
        ("1.0.0", 5),
        ("9" * 40, 40),
        ("測試", 5),
        ("测试 1.0", 9),
        ("é", 2),
        ("e\u0301" * 3, 4),
        ("Ω Ж", 4),
        ("🚀", 4),
        ("\ufdfd", 15),
        ("\u202eabc\u2066", 4),
        ("\x85", 3),
    ],
)
def test_wide_glyphs_count_twice_and_marks_nothing(text: str, width: int) -> None:
    assert text_width(text) == width


@given(st.lists(st.text(max_size=30)))
def test_no_text_is_wider_than_the_longest(texts: list[str]) -> None:
    widest = longest(texts)

    assert all(text_width(text) <= widest for text in texts)
    assert longest(texts, 10) == min(widest, 10)


def test_the_longest_of_nothing_is_no_width() -> None:
    assert longest([]) == 0
    assert longest([], 5) == 0
