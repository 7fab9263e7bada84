from __future__ import annotations

import re

import pytest
from markupsafe import Markup
from pygments.lexers import find_lexer_class_for_filename, get_all_lexers

from runreport.text.highlight import LONGEST, highlight, lexer_of


def test_source_is_marked_by_the_language_of_its_name() -> None:
    made = highlight('def run():\n    return "x"  # why\n', "code/train.py")

    assert made == (
        '<span class="line"><span class="hk">def</span> <span class="hn">run</span>():</span>\n'
        '<span class="line">    <span class="hk">return</span> <span class="hs">&#34;</span>'
        '<span class="hs">x</span><span class="hs">&#34;</span>'
        '  <span class="hc"># why</span></span>'
    )


def test_text_of_an_unknown_language_is_only_split_into_lines() -> None:
    assert highlight("a < b\nc", "MLmodel") == (
        '<span class="line">a &lt; b</span>\n<span class="line">c</span>'
    )


def test_token_over_several_lines_is_closed_at_each_end() -> None:
    made = highlight('"""one\ntwo"""', "a.py")

    assert made == (
        '<span class="line"><span class="hs">&#34;&#34;&#34;one</span></span>\n'
        '<span class="line"><span class="hs">two&#34;&#34;&#34;</span></span>'
    )


@pytest.mark.parametrize("name", ["a.py", "a.json", "a.yaml", "a.md", "a.html", "a.js", "a.x"])
@pytest.mark.parametrize(
    "text",
    [
        "</span></pre><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>\n'",
        "{{ 7 * 7 }} &amp; <!--<script>",
        "\n\n  indented\n\ttab",
        "\x00\u2028\u202e",
    ],
)
def test_text_shown_is_the_text_given(text: str, name: str) -> None:
    made = highlight(text, name)

    shown = Markup(made.replace('<span class="line">', "").replace("</span>", ""))
    for css in ("hk", "hs", "hm", "hn", "hc", "he"):
        shown = Markup(shown.replace(f'<span class="{css}">', ""))
    assert "<" not in shown
    assert shown.unescape() == text


def test_last_line_end_makes_no_empty_line() -> None:
    assert highlight("a\n", "x") == '<span class="line">a</span>'
    assert highlight("", "x") == ""


def test_very_long_text_is_shown_unmarked() -> None:
    text = "x = 1\n" * (LONGEST // 6 + 1)

    assert "hm" not in highlight(text, "a.py")


def test_same_text_is_marked_once() -> None:
    text = "value = [1, 2, 3]\n" * 30

    assert highlight(text, "same.py") is highlight(text, "same.py")


def test_a_name_has_the_language_that_pygments_finds_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What other packages bring must not change a site.
    known = find_lexer_class_for_filename.__globals__
    monkeypatch.setitem(known, "find_plugin_lexers", tuple)
    patterns = sorted(each for _, _, found, _ in get_all_lexers(plugins=False) for each in found)
    # Of each pattern a name, of many a name that is none of it, and of all those with a folder.
    names = [re.sub(r"\[(.).*\]", r"\1", each.replace("*", "a.b")) for each in patterns]
    names += [f"{each.upper()}x" for each in names[::9]] + [f"a.py/{each}" for each in names[::7]]

    for name in (*names, "", "a", ".py", "py", "a.py.", "a.PY", "Makefile"):
        found = lexer_of(name)
        assert (found and type(found)) == find_lexer_class_for_filename(name), name
