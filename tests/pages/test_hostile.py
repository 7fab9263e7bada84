"""Whatever text stands in a run folder, the pages keep their elements and attributes."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from runreport.contexts import SiteModel
from runreport.pages import make_pages, make_shell, viewer_page
from runreport.render import make_renderer

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover=alert(1) x='",
    "`",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "&#106;avascript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "//evil.example",
    "\\\\evil\\x",
    "{{7*7}}",
    "{%raw%}",
    "${7*7}",
    "<%=7*7%>",
    "%{x}",
    "$\\href{javascript:alert(1)}{x}$",
    "red;background:url(//evil.example)",
    "</style><script>alert(1)</script>",
    "]]>",
    "--><svg onload=alert(1)>",
    "</textarea></title></iframe><b>",
    "a\u2028b\u2029c\u0085d",
    "a\x00b",
    "\ufeffbom",
    "\u202eright to left",
    "\u2066isolate",
    "zero\u200bwidth\u200djoin",
    "e" + "\u0301" * 1000,
    "👩‍👩‍👧‍👦",
    "x" * 10_000,
    "__proto__",
    "constructor",
    '=HYPERLINK("http://x","y")',
    "+1+cmd|' /C calc'!A0",
    "../../x",
    "..\\..\\x",
    "%2e%2e/",
    "C:\\x",
    "CON",
    "a:b",
    " ",
    ".",
    "..",
    "[link](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    "<a href='javascript:alert(1)'>x</a>",
]

LINKS = ("href", "src", "data-src", "action", "formaction", "xlink:href")


class Shape(HTMLParser):
    """Which elements a page has with which attributes, where its links lead, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.shape: set[tuple[str, str]] = set()
        self.links: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.shape |= {(tag, name) for name, _ in attrs} | {(tag, "")}
        self.links += [value or "" for name, value in attrs if name in LINKS]
        self.texts += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data!r}")


def shapes(site: SiteModel) -> dict[str, Shape]:
    """Return the shape of each kind of page; the last of a kind counts."""
    render = make_renderer()
    pages = list(make_pages(site))
    experiment = site.experiments[0]
    run = experiment.digests[experiment.runs[-1].slug]
    artifact = next(each for each in run.artifacts if each.view_url)
    name = run.record.name
    viewer = viewer_page(artifact, name, run_slug=run.slug, run_name=name, shell=make_shell(site))
    return {page.template: Shape(render(page).decode()) for page in [*pages, viewer]}


@pytest.fixture(scope="module")
def harmless(site_of_text: Callable[[str], SiteModel]) -> dict[str, Shape]:
    return shapes(site_of_text("harmless"))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_adds_no_element_and_no_attribute(
    text: str, harmless: dict[str, Shape], site_of_text: Callable[[str], SiteModel]
) -> None:
    # A long text, a Markdown link and a goal have markup of their own, written by us.
    known = {
        ("div", "class"),
        ("details", "class"),
        *(("a", name) for name in ("", "href", "rel", "title", "download")),
        *(("span", name) for name in ("", "class", "title", "aria-hidden")),
        *(
            (tag, "")
            for tag in ("p", "ul", "li", "ol", "hr", "blockquote", "code", "pre", "em", "strong")
        ),
        *(("td", name) for name in ("", "class", "title")),
        ("ol", "start"),
        ("pre", "class"),
    }

    for template, shape in shapes(site_of_text(text)).items():
        assert shape.shape - harmless[template].shape - known == set(), template
        for link in shape.links:
            safe = ("../", "#", "r/", "e/", "a/", "pages/", "assets/", "index", "log.html")
            assert link.startswith((*safe, "https://github.com/", "data:image/svg+xml;base64,")), (
                link
            )


@pytest.mark.parametrize(
    "text", [each for each in HOSTILE if each.isprintable() and len(each) < 60], ids=str
)
def test_text_shown_is_the_text_given(text: str, site_of_text: Callable[[str], SiteModel]) -> None:
    for template, shape in shapes(site_of_text(text)).items():
        assert any(text in each for each in shape.texts), template


def test_artifact_stays_inside_its_frame(site_of_text: Callable[[str], SiteModel]) -> None:
    shape = shapes(site_of_text('"></iframe><script>alert(1)</script>'))["viewer"]

    assert ("script", "") not in shape.shape
    assert '"></iframe><script>alert(1)</script>' in shape.texts
