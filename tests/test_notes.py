"""Markdown becomes HTML that neither runs nor loads anything, and links lead to what is there."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runreport.text.notes import Targets, make_notes, page_title

HOSTILE = [
    "<script>alert(1)</script>",
    "</p><script>alert(1)</script>",
    "<!--<script>-->alert(1)",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<style>*{background:url(//evil.example)}</style>",
    "<math><mi xlink:href='javascript:alert(1)'>",
    "<form action=//evil.example><input name=x>",
    "<a href=javascript:alert(1)>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;avascript&colon;alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](\\javascript:alert(1))",
    "[x](vbscript:x)",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](data:image/svg+xml;base64,AAAA)",
    "[x](//evil.example)",
    "[x](\\\\evil\\x)",
    "[x](http://[::1)",
    "[x](../../etc/passwd)",
    "[x](file:///etc/passwd)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "<https://evil.example/'onmouseover=alert(1)>",
    "[x](https://evil.example \"' onmouseover=alert(1) x='\")",
    "![x](https://evil.example/pixel.png)",
    "![x](//evil.example/pixel.png)",
    "![x](data:text/html;base64,AAAA)",
    "![x](javascript:alert(1))",
    '![" onerror=alert(1)](x.png)',
    "![x][1]\n\n[1]: https://evil.example/x.png",
    "[![x](https://evil.example/x.png)](javascript:alert(1))",
    "```html\n<script>alert(1)</script>\n```",
    "``` {#id .cls onclick=alert(1)}\nx\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "    <script>alert(1)</script>",
    "`<script>alert(1)</script>`",
    "# <script>alert(1)</script>",
    "# __proto__\n\n# constructor\n\n# data",
    "# x {onclick=alert(1)}",
    "|<script>|x|\n|-|-|\n|<img src=x onerror=alert(1)>|x|",
    "<b",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<<script>script>alert(1)<</script>/script>",
    "<p style='color:red' onclick=alert(1) id=x class=y name=z>",
    "\u2028<script>\u2029alert(1)",
    "\x02amp\x03#106;avascript",
    "\ud800<script>",
    "wzxhzdk:0 klzzwxh:0001",
    "> " * 500 + "<script>",
    "- " * 500 + "x",
    "[" * 5000,
    "[x](" * 5000,
    "# a\n" * 20_000,
    "~~~a\n" * 20_000,
    "x" * 200_000,
]
ALLOWED = {
    "a": {"href", "title", "rel"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    **{tag: {"class"} for tag in ("pre", "span", "td", "th")},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}
PLAIN = {
    *("blockquote", "br", "code", "em", "hr", "li", "p", "strong"),
    *("table", "tbody", "thead", "tr", "ul"),
}


class Checker(HTMLParser):
    """Collects what a browser would make of the HTML that is not on the short list above."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED and tag not in PLAIN:
            self.wrong.append(tag)
        for name, value in attrs:
            if name not in ALLOWED.get(tag, set()):
                self.wrong.append(f"{tag} {name}")
            if name == "href" and not (value or "").startswith(("https://", "#n-")):
                self.wrong.append(f"{tag} {name}={value}")
            if name == "src" or (name == "id" and not (value or "").startswith("n-")):
                self.wrong.append(f"{tag} {name}={value}")

    def handle_comment(self, data: str) -> None:
        self.wrong.append(data)

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(decl)


def wrong_in(html: str) -> list[str]:
    checker = Checker()
    checker.feed(html)
    checker.close()
    return checker.wrong


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:40]))
def test_hostile_markdown_neither_runs_nor_loads(text: str) -> None:
    assert wrong_in(make_notes(text)) == []


@given(st.lists(st.sampled_from(HOSTILE[:-8]) | st.text(max_size=8), max_size=4).map("".join))
@settings(max_examples=150, deadline=None)
def test_no_mixture_of_hostile_markdown_gets_through(text: str) -> None:
    assert wrong_in(make_notes(text)) == []


def test_raw_html_is_shown_as_text() -> None:
    assert make_notes("a <b>c</b>") == "<p>a &lt;b&gt;c&lt;/b&gt;</p>"


def test_blocks_of_raw_html_are_shown_as_text() -> None:
    assert make_notes("<table>\n<tr><td>x</td></tr>\n</table>").startswith("<p>&lt;table&gt;")


def test_headings_begin_at_the_given_level_with_their_own_ids() -> None:
    assert make_notes("# A b\n\n## C\n\n# A b", level=2) == (
        '<h2 id="n-a-b">A b</h2>\n<h3 id="n-c">C</h3>\n<h2 id="n-a-b-2">A b</h2>'
    )


def test_links_to_headings_lead_to_their_ids() -> None:
    assert 'href="#n-a-b"' in make_notes("[x](#a-b)")


def test_links_lead_to_published_files_and_pages() -> None:
    targets = Targets(files={"artifacts/a b.csv": "../../a/1/a-b.csv", "data.md": "data.html"})

    html = make_notes("[x](artifacts/a%20b.csv) [y](./data.md#some-part)", targets)

    assert 'href="../../a/1/a-b.csv"' in html
    assert 'href="data.html#n-some-part"' in html


def test_link_to_what_is_not_published_is_text() -> None:
    html = make_notes("[x](artifacts/none.csv)")

    assert html == '<p><a rel="noopener noreferrer nofollow ugc">x</a></p>'


@pytest.mark.parametrize("url", ["https://example.org/a?b=c&d=e#f", "mailto:kim@example.org"])
def test_links_to_elsewhere_stay_and_tell_nothing(url: str) -> None:
    html = make_notes(f"[x]({url})")

    assert f'href="{url}"'.replace("&", "&amp;") in html
    assert 'rel="noopener noreferrer nofollow ugc"' in html


@pytest.mark.parametrize("url", ["../../a/12/x.png", "data:image/svg+xml;base64,PHN2Zz4="])
def test_pictures_come_from_artifacts(url: str) -> None:
    html = make_notes("![loss](plots/x.png)", Targets(pictures={"plots/x.png": url}))

    assert html == f'<p><img alt="loss" src="{url}"></p>'


def test_other_picture_says_that_it_is_not_shown() -> None:
    assert make_notes("![loss](https://example.org/x.png) after") == (
        '<p><span class="missing">[loss: not shown, since it is not an artifact of the run]</span>'
        " after</p>"
    )


def test_code_is_highlighted_by_classes() -> None:
    html = make_notes("```python\nimport x\n```")

    assert html.startswith('<pre class="code"><span class="line"><span class="hk">import</span>')


def test_code_of_an_unknown_language_is_kept() -> None:
    assert "a &lt; b" in make_notes("```zzz\na < b\n```")


def test_tables_are_aligned_by_classes() -> None:
    html = make_notes("| a | b |\n|--:|:-:|\n| 1 | 2 |")

    assert '<th class="right">a</th>' in html
    assert '<td class="center">2</td>' in html


def test_too_long_a_text_is_shown_as_it_stands() -> None:
    assert make_notes("<b># x\n" * 20_000).startswith('<pre class="code">&lt;b&gt;# x\n')


@pytest.mark.parametrize(
    ("text", "title"),
    [("# The *iris* `set` #\n", "The iris set"), ("x\n\n# Y", "Y"), ("no heading", "page")],
)
def test_title_is_the_first_heading(text: str, title: str) -> None:
    assert page_title(text, "page") == title
