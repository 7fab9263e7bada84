"""What every page has around its content: navigation, assets, the way back to the root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from runreport.contexts import Frame, Link, MarkdownPage, SiteModel
from runreport.text.numbers import count_text

Part = Literal["index", "run", "text", "grid", "charts", "media"]
"""What a page's scripts and styles are for."""

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self'; font-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
"""The policy of every page but the viewer; style-src-attr is for plotly, which sets styles."""

VIEWER_CSP: Final = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob: data:; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; worker-src blob:; "
    "base-uri 'none'; form-action 'none'"
)
"""The policy of an artifact in its sandbox: its scripts run, and no request leaves the page."""

STYLES: Final[Mapping[str, tuple[str, ...]]] = {
    "first": ("base.css",),
    "index": ("index.css",),
    "run": ("run.css",),
    "text": ("text.css",),
    "grid": ("grid.css",),
    "media": ("media.css",),
    "last": ("print.css", "custom.css"),
}
SCRIPTS: Final[Mapping[str, tuple[str, ...]]] = {
    "first": ("base.js",),
    "grid": ("table.js",),
    "charts": ("charts.js",),
    "media": ("gallery.js",),
    "last": ("custom.js",),
}
"""In the order in which they load. custom.css and custom.js are a theme's own, if it has them."""

LATER: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "grid": {"groups": ("grid-averages.js",)},
    "charts": {
        "charts": ("charts.css", "drawing.js"),
        "plotly": ("vendor/plotly.css", "vendor/plotly.min.js"),
    },
}
"""What a page names for its scripts to load with its first use."""

MOST_PAGES: Final = 4
"""More Markdown pages than this stand in the navigation as one link."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page lies, and what leads there."""

    path: str
    """Below the site's root."""
    title: str = ""
    crumbs: tuple[Link, ...] = ()
    """Their hrefs are below the site's root."""
    parts: tuple[Part, ...] = ()
    nav: str = ""
    """The path of the navigation's entry that is the current one."""


@dataclass(frozen=True, slots=True)
class Shell:
    """What the frames of one site's pages have in common; small, so that it goes to workers."""

    title: str
    version: str
    assets: Mapping[str, str]
    nav: tuple[Link, ...]

    frames: dict[tuple[str, tuple[Part, ...], str], Frame] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What has been made: frames without title and crumbs, by root, parts and navigation."""

    def frame(self, place: Place) -> Frame:
        """Return the frame of one page."""
        root = root_of(place.path)
        key = (root, place.parts, place.nav)
        if key not in self.frames:
            self.frames[key] = self._make_frame(*key)
        crumbs = tuple([_rooted(each, root, each.current) for each in place.crumbs])
        return replace(self.frames[key], title=place.title, crumbs=crumbs)

    def _make_frame(self, root: str, parts: tuple[Part, ...], nav: str) -> Frame:
        assets = {name: root + path for name, path in self.assets.items()}
        return Frame(
            site_title=self.title,
            title="",
            version=self.version,
            root=root,
            home=f"{root}index.html",
            nav=tuple(_rooted(each, root, each.href == nav) for each in self.nav),
            crumbs=(),
            assets=assets,
            styles=_chosen(STYLES, parts, assets),
            scripts=_chosen(SCRIPTS, parts, assets),
            later=_later(parts, assets),
            csp=CSP,
        )


def make_shell(site: SiteModel, *, is_counted: bool = False) -> Shell:
    """Return the common part of a site's frames.

    ``is_counted`` says how much the log holds. The pages of runs and experiments do not: they would
    have to be made anew for what is found in any other run.
    """
    nav = (
        Link("Experiments", "index.html"),
        *_page_links([each for each in site.pages if each.slug != "index"]),
        Link("Log", "log.html", count=_found(site) if is_counted else ""),
    )
    return Shell(site.title, site.version, site.assets, nav)


def _found(site: SiteModel) -> str:
    found = sum(each.count for each in site.findings)
    return count_text(found) if found else ""


def root_of(path: str) -> str:
    """Return the way from a page back to the site's root: "" or "../", repeated."""
    return "../" * path.count("/")


def experiment_path(slug: str) -> str:
    """Return where an experiment's page lies."""
    return f"e/{slug}/index.html"


def run_path(slug: str) -> str:
    """Return where a run's page lies."""
    return f"r/{slug}/index.html"


def markdown_path(slug: str) -> str:
    """Return where a Markdown page lies."""
    return f"pages/{slug}.html"


def _page_links(pages: Sequence[MarkdownPage]) -> list[Link]:
    if len(pages) > MOST_PAGES:
        return [Link("Pages", markdown_path(pages[0].slug))]
    return [Link(each.title, markdown_path(each.slug)) for each in pages]


def _rooted(link: Link, root: str, current: bool) -> Link:
    href = root + link.href if link.href else ""
    return Link(link.text, href, current, link.title, link.count)


def _chosen(
    names: Mapping[str, tuple[str, ...]], parts: tuple[Part, ...], assets: Mapping[str, str]
) -> tuple[str, ...]:
    groups = ("first", *parts, "last")
    wanted = (name for group in groups for name in names.get(group, ()))
    return tuple(assets[name] for name in wanted if name in assets)


def _later(parts: tuple[Part, ...], assets: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    named = [each for part in parts for each in LATER.get(part, {}).items()]
    found = [(name, [assets[file] for file in files if file in assets]) for name, files in named]
    return tuple((name, " ".join(urls)) for name, urls in found if urls)
