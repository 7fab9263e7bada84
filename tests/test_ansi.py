"""Terminal output as HTML: colours and styles kept, every other sequence gone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from runreport.text.ansi import ansi_html

E = "\x1b"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (f"{E}[31mred{E}[0m plain", '<span class="a1">red</span> plain'),
        (f"{E}[1;32mok{E}[m", '<span class="a2 ab">ok</span>'),
        (f"{E}[1mbold{E}[0m plain", '<span class="ab">bold</span> plain'),
        (f"{E}[92mbright{E}[39m.", '<span class="a2">bright</span>.'),
        (
            f"{E}[1m{E}[3mboth{E}[22mitalic",
            '<span class="ab ai">both</span><span class="ai">italic</span>',
        ),
        (f"{E}[38;5;196mred{E}[0m", '<span class="a1">red</span>'),
        (f"{E}[38;5;12mblue", '<span class="a4">blue</span>'),
        (f"{E}[38;5;245mgrey", "grey"),
        (f"{E}[38;2;10;200;220mcyan", '<span class="a6">cyan</span>'),
        (f"{E}[38:2:200:10:190mmagenta", '<span class="a5">magenta</span>'),
        (f"{E}[48;5;1;33mon red", '<span class="a3">on red</span>'),
        (f"{E}[2Kcleared{E}[10;3H", "cleared"),
        (f"{E}]0;a title\x07text", "text"),
        (f"{E}]8;;http://x.invalid{E}\\link{E}]8;;{E}\\", "link"),
        (f"{E}(Bset {E}7 saved", "set  saved"),
        (f"cut {E}", "cut "),
        (f"cut {E}[", "cut "),
        (f"{E}[31m<b>&{E}[0m<i>", '<span class="a1">&lt;b&gt;&amp;</span>&lt;i&gt;'),
        (f"{E}[38;5m{E}[38;2;1m{E}[38mtext", "text"),
    ],
)
def test_what_a_terminal_shows_is_what_the_page_shows(text: str, html: str) -> None:
    assert ansi_html(text) == Markup(html)


def test_text_without_sequences_is_left_to_the_template() -> None:
    assert type(ansi_html("<plain>")) is str


@given(
    st.lists(st.sampled_from([E, "[", "]", "m", "3", "8", ";", "5", "<", '"', "a", "\x07", "\\"]))
)
def test_nothing_but_our_elements_comes_out(parts: list[str]) -> None:
    html = str(Markup("{}").format(ansi_html("".join(parts))))

    assert E not in html
    rest = re.sub(r'<span class="[a-z0-9 ]+">|</span>', "", html)
    assert "<" not in rest
    assert html.count("<span") == html.count("</span>")
