"""Markdown that anybody wrote to HTML that is safe on our pages.

Raw HTML is off, so that it shows as text; what Markdown makes goes through an allow-list all the
same. Pictures come from the run's own artifacts alone: no note makes a reader's browser ask for
anything.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

import markdown
import nh3
from markdown.extensions.fenced_code import FencedCodeExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension
from markdown.extensions.toc import TocExtension, slugify_unicode
from markdown.treeprocessors import Treeprocessor
from markupsafe import Markup

from runreport.text.highlight import highlight
from runreport.text.serialize import clean_text

LONGEST: Final = 100_000
"""Characters; a longer text is shown as it stands, since Markdown may take minutes over it."""

MOST_OPEN: Final = 100
"""Brackets open at once in a paragraph; a text with more is shown as it stands, too."""

MOST_MARKS: Final = 2000
"""Lines that begin a heading or a fenced block; likewise."""

_OPENING: Final = {"]": "[", ")": "("}
_ANCHOR: Final = "n-"
"""Before every heading's id: a note cannot take an id that the page or a script looks for."""

_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_TAGS: Final = _HEADINGS | {
    *("a", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "hr", "img", "li", "ol", "p"),
    *("pre", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "pre": {"class"},
    "span": {"class"},
    "td": {"class"},
    "th": {"class"},
    **{heading: {"id"} for heading in _HEADINGS},
}
_OUTSIDE: Final = ("http", "https", "mailto")
_CLASSES: Final = re.compile("code|line|missing|left|right|center|h[a-z]")
_PICTURE: Final = re.compile(r"(?:data:image/svg\+xml;base64,|(?:\.\./)*a/)[\w+/=.-]*")
_FENCED: Final = re.compile(
    r'<pre><code class="language-([\w#.+-]+)">(.*?)</code></pre>', re.DOTALL
)
_ALIGNED: Final = re.compile(r'<(t[hd]) style="text-align: (left|right|center);">')
_EXTENSIONS: Final = {
    "python": "py",
    "bash": "sh",
    "shell": "sh",
    "console": "sh",
    "markdown": "md",
}
"""Of languages whose usual name is not the extension of their files."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Where a note's relative links and pictures lead, by the path that the note may give."""

    files: Mapping[str, str] = field(default_factory=dict)
    """To a published file or to another page, relative to the note's page."""
    pictures: Mapping[str, str] = field(default_factory=dict)
    """The same, or a data: URI, for what can be shown in place."""


def make_notes(text: str, targets: Targets | None = None, *, level: int = 2) -> Markup:
    """Return Markdown as safe HTML whose highest headings are of ``level``."""
    text = clean_text(text)
    if len(text) > LONGEST or _is_costly(text):
        return _plain(text)
    try:
        made = _converter(targets or Targets(), level).convert(text)
    except (RecursionError, ValueError):
        # Nesting that no person writes.
        return _plain(text)
    made = _FENCED.sub(_highlighted, made)
    made = _ALIGNED.sub(r'<\1 class="\2">', made)
    return Markup(
        nh3.clean(
            made,
            tags=set(_TAGS),
            attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
            attribute_filter=_attribute,
            url_schemes={*_OUTSIDE, "data"},
            link_rel="noopener noreferrer nofollow ugc",
        )
    )


def page_title(text: str, default: str) -> str:
    """Return the first heading of a Markdown text, without its marks."""
    match = re.search(r"^#\s+(.+?)\s*#*\s*$", text, re.MULTILINE)
    return re.sub(r"[`*_]", "", match[1]) if match else default


def _is_costly(text: str) -> bool:
    """Return whether Markdown would take minutes over a text that no person wrote."""
    if len(re.findall(r"^\W{0,9}(?:#|~~~|```)", text, re.MULTILINE)) > MOST_MARKS:
        return True
    return any(map(_is_tangled, re.split(r"\n\s*\n", text)))


def _is_tangled(paragraph: str) -> bool:
    """Return whether brackets are open by the hundred, which takes quadratic time."""
    depth = Counter(dict.fromkeys("[(", 0))
    for bracket in re.findall(r"[\[\]()]", paragraph):
        opening = _OPENING.get(bracket, bracket)
        depth[opening] = max(0, depth[opening] + (1 if bracket == opening else -1))
        if depth[opening] > MOST_OPEN:
            return True
    return False


def _plain(text: str) -> Markup:
    return Markup('<pre class="code">{}</pre>').format(text)


def _converter(targets: Targets, level: int) -> markdown.Markdown:
    anchors: Counter[str] = Counter()

    def unique_anchor(title: str, separator: str) -> str:
        # Markdown's own search for a free name takes minutes over many equal headings.
        anchor = _anchor(title, separator)
        anchors[anchor] += 1
        return anchor if anchors[anchor] == 1 else f"{anchor}{separator}{anchors[anchor]}"

    # Not by their names, which other packages may take and which are looked for in all of them.
    extensions = (
        TableExtension(),
        FencedCodeExtension(),
        TocExtension(baselevel=level, slugify=unique_anchor, marker=""),
        SaneListExtension(),
    )
    converter = markdown.Markdown(extensions=extensions, output_format="html")
    converter.preprocessors.deregister("html_block")
    converter.inlinePatterns.deregister("html")
    # It hides addresses behind entities, which `_Links` could not tell from a disguised script.
    converter.inlinePatterns.deregister("automail")
    # After the last of Markdown's own, which restores escaped characters in addresses.
    converter.treeprocessors.register(_Links(converter, targets), "runreport", -1)
    return converter


def _anchor(title: str, separator: str) -> str:
    return _ANCHOR + slugify_unicode(title, separator)


class _Links(Treeprocessor):
    """Leads links to what is published and takes the address of all others."""

    def __init__(self, converter: markdown.Markdown, targets: Targets) -> None:
        super().__init__(converter)
        self.targets = targets

    def run(self, root: Element) -> None:
        for link in root.iter("a"):
            href = self._href(link.get("href", ""))
            link.attrib.pop("href", None)
            if href:
                link.set("href", href)
        for image in root.iter("img"):
            self._lead_image(image)

    def _href(self, given: str) -> str:
        try:
            parts = urlsplit(given)
        except ValueError:
            return ""
        if parts.scheme or parts.netloc:
            return given if parts.scheme in _OUTSIDE else ""
        anchor = f"#{_anchor(unquote(parts.fragment), '-')}" if parts.fragment else ""
        if not parts.path:
            return anchor
        target = self.targets.files.get(_file(parts.path), "")
        return target + anchor if target.endswith(".html") else target

    def _lead_image(self, image: Element) -> None:
        source = self.targets.pictures.get(_file(image.get("src", "")), "")
        if source:
            image.set("src", source)
            return
        # A picture from elsewhere would tell its host who reads the page.
        image.tag, text = "span", image.get("alt") or "picture"
        image.attrib.clear()
        image.set("class", "missing")
        image.text = f"[{text}: not shown, since it is not an artifact of the run]"


def _file(path: str) -> str:
    """Return the path of a link as the run's files are named."""
    return unquote(html.unescape(path)).removeprefix("./")


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return value if _CLASSES.fullmatch(value) else None
    if name == "href":
        return None if value.startswith("data:") else value
    if name == "src":
        return value if _PICTURE.fullmatch(value) else None
    if name == "id":
        return value if value.startswith(_ANCHOR) else None
    return value if tag != "ol" or value.isdecimal() else None


def _highlighted(match: re.Match[str]) -> str:
    language = match[1].lower()
    code = highlight(html.unescape(match[2]), f"x.{_EXTENSIONS.get(language, language)}")
    return str(Markup('<pre class="code">{}</pre>').format(code))
