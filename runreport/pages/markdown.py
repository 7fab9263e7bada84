"""The user's own Markdown pages, with a table of contents, and the parts of a README."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import Final

from markupsafe import Markup

from runreport.contexts import Link, MarkdownContext, MarkdownPage, Page, Section
from runreport.pages.frame import Part, Place, Shell, markdown_path, root_of

_PARTS: Final[tuple[Part, ...]] = ("text", "charts", "grid")

# What comes in is the sanitiser's output: every tag is whole, lower-case and closed.
_HEADING = re.compile(r'<h([23]) id="([^"]+)">(.*?)</h\1>', re.DOTALL)
_TITLE = re.compile(r"\s*<h([1-3])(?: [^>]*)?>.*?</h\1>\s*", re.DOTALL)
_LEAD = re.compile(r"\s*<p>((?:(?!<img).)*?)</p>\s*", re.DOTALL)


def markdown_pages(pages: Sequence[MarkdownPage], shell: Shell) -> Iterator[Page]:
    """Yield the pages in their order; the one called "index" is shown on the site's index."""
    shown = [each for each in pages if each.slug != "index"]
    for position, page in enumerate(shown):
        yield _markdown_page(page, position, shown, shell)


def _markdown_page(
    page: MarkdownPage, position: int, pages: Sequence[MarkdownPage], shell: Shell
) -> Page:
    path = markdown_path(page.slug)
    nav = path if any(each.href == path for each in shell.nav) else markdown_path(pages[0].slug)
    place = Place(path, page.title, (Link(page.title, current=True),), _PARTS, nav)
    links = [
        Link(each.title, root_of(path) + markdown_path(each.slug), each.slug == page.slug)
        for each in pages
    ]
    return Page(
        path,
        "page",
        MarkdownContext(
            site=shell.frame(place),
            title=page.title,
            html=page.html,
            toc=contents(page.html),
            siblings=tuple(links),
            previous=links[position - 1] if position else None,
            next=links[position + 1] if position + 1 < len(links) else None,
        ),
    )


def contents(html: Markup) -> tuple[Section, ...]:
    """Return the second and third headings of a text."""
    return tuple(
        Section(unescape(anchor), Markup(title).striptags(), level=int(level))
        for level, anchor, title in _HEADING.findall(html)
    )


def without_title(html: Markup | str) -> Markup:
    """Return a text without the heading that it begins with, if any."""
    return Markup(_TITLE.sub("", html, count=1) if _TITLE.match(html) else html)


def split_lead(html: Markup | str) -> tuple[Markup, Markup]:
    """Return a README's first paragraph without its tag, and what follows; its title is left out.

    A text that begins with something else has no lead.
    """
    text = without_title(html)
    match = _LEAD.match(text)
    return (Markup(match[1]), Markup(text[match.end() :])) if match else (Markup(), text)


def plain_lead(html: Markup | str) -> str:
    """Return a README's first paragraph as text, for places that are links themselves."""
    return split_lead(html)[0].striptags()
