"""Every page: its links resolve, nothing is inline, and the policy comes first."""

from __future__ import annotations

import posixpath
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from runreport.bundles import BUNDLES
from runreport.contexts import Page, SiteModel
from runreport.pages import make_pages
from runreport.pages.frame import CSP, LATER, SCRIPTS, STYLES, VIEWER_CSP
from runreport.render import make_renderer, static_folders

Attributes = dict[str, str]


class Tags(HTMLParser):
    """The elements of a page, in their order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, Attributes]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in CELLS and self.open[-1] in CELLS:
            self.open.pop()
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr" and self.open[-1] in CELLS:
            self.open.pop()
        assert self.open.pop() == tag

    def values(self, attribute: str) -> list[str]:
        return [each[attribute] for _, each in self.found if attribute in each]


VOID = {"meta", "link", "img", "br", "hr", "input", "col"}
# They end where the next one or the row ends, whether they say so or not.
CELLS = {"td", "th"}


@pytest.fixture
def parsed(pages: list[Page]) -> dict[str, Tags]:
    render = make_renderer()
    return {page.path: Tags(render(page).decode()) for page in pages}


def test_every_element_is_closed(parsed: dict[str, Tags]) -> None:
    assert {path: tags.open for path, tags in parsed.items() if tags.open} == {}


def test_policy_is_the_first_thing_after_the_character_set(parsed: dict[str, Tags]) -> None:
    for path, tags in parsed.items():
        head = [(tag, each) for tag, each in tags.found if tag == "meta"]
        policy = VIEWER_CSP if "view" in path else CSP

        assert head[0] == ("meta", {"charset": "utf-8"})
        assert head[1] == ("meta", {"http-equiv": "Content-Security-Policy", "content": policy})
        assert [tag for tag, _ in tags.found[:4]] == ["html", "head", "meta", "meta"]


def test_policy_allows_nothing_but_files_of_the_site() -> None:
    directives = dict(each.strip().split(" ", 1) for each in CSP.split(";"))
    pictures = directives.pop("img-src")
    styles = directives.pop("style-src-attr")

    assert directives.pop("default-src") == "'none'"
    assert set(pictures.split()) == {"'self'", "data:", "blob:"}
    # What plotly sets on its own elements; no text from a run gets there.
    assert styles == "'unsafe-inline'"
    assert {"base-uri", "form-action", "script-src", "style-src"} <= directives.keys()
    assert set(directives.values()) <= {"'self'", "'none'"}


def test_nothing_is_inline(parsed: dict[str, Tags]) -> None:
    for path, tags in parsed.items():
        names = {name for _, each in tags.found for name in each}
        scripts = [each for tag, each in tags.found if tag == "script"]

        assert "style" not in names
        assert not [name for name in names if name.startswith("on")]
        assert all(each.get("src") for each in scripts)
        assert "view" in path or "style" not in [tag for tag, _ in tags.found]


def test_ids_are_unique_on_a_page(parsed: dict[str, Tags]) -> None:
    for path, tags in parsed.items():
        twice = [name for name, count in Counter(tags.values("id")).items() if count > 1]

        assert (path, twice) == (path, [])


def test_every_internal_link_and_anchor_resolves(site: SiteModel, parsed: dict[str, Tags]) -> None:
    known = set(parsed) | published_files(site)
    for path, tags in parsed.items():
        for link in [*tags.values("href"), *tags.values("src"), *tags.values("data-src")]:
            if link.startswith(("https://github.com/acme/iris/commit/", "data:image/svg+xml")):
                continue
            target, _, anchor = link.partition("#")
            file = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            page = file if target else path

            assert page in known, (path, link)
            assert not anchor or anchor in parsed[page].values("id"), (path, link)


def published_files(site: SiteModel) -> set[str]:
    """Return the files that the build writes beside the pages."""
    files = {*site.assets.values(), *(each.path for each in site.downloads)}
    for experiment in site.experiments:
        files |= {f"data/{experiment.slug}.csv", f"data/{experiment.slug}.json"}
        files.add(f"data/{experiment.table.data.name}")
        for run in experiment.digests.values():
            files |= {f"data/{chunk.name}" for chunk in (*run.chunks, *run.system_chunks)}
            for each in (*run.artifacts, *run.media):
                files |= {each.url, each.data_url}
    return files


def test_references_within_a_page_resolve(parsed: dict[str, Tags]) -> None:
    for path, tags in parsed.items():
        named = {name for each in tags.values("aria-labelledby") for name in each.split()}

        assert named <= set(tags.values("id")), path


def test_every_page_names_itself_and_leads_home(parsed: dict[str, Tags]) -> None:
    for path, tags in parsed.items():
        root = "../" * path.count("/")
        if "view" in path:
            continue

        assert tags.found[0] == (
            "html",
            {"lang": "en", "data-root": root, "data-site": "Experiments"},
        )
        assert f"{root}index.html" in tags.values("href")
        assert sum(tag == "h1" for tag, _ in tags.found) == 1
        assert sum(tag == "main" for tag, _ in tags.found) == 1


def test_headings_leave_no_level_out(parsed: dict[str, Tags]) -> None:
    for path, tags in parsed.items():
        levels = [int(tag[1]) for tag, _ in tags.found if tag in {"h1", "h2", "h3", "h4"}]

        assert levels[0] == 1, path
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_artifact_runs_only_in_a_sandbox_that_has_no_origin(parsed: dict[str, Tags]) -> None:
    viewer = next(tags for path, tags in parsed.items() if "view" in path)
    (frame,) = [each for tag, each in viewer.found if tag == "iframe"]

    assert frame["sandbox"] == "allow-scripts"
    assert "<script>draw()</script>" in frame["srcdoc"]
    assert "script" not in [tag for tag, _ in viewer.found]


def test_pages_are_the_same_every_time(site: SiteModel) -> None:
    render = make_renderer()

    first = [render(page) for page in make_pages(site)]
    assert [render(page) for page in make_pages(site)] == first


def test_every_static_file_is_loaded_by_some_page() -> None:
    folder = static_folders()[0]
    ours = {p.name for p in folder.iterdir() if p.suffix in {".js", ".css"}}
    theme_only = {"custom.css", "custom.js"}

    later = [names for parts in LATER.values() for names in parts.values()]
    named = {name for names in (*SCRIPTS.values(), *STYLES.values(), *later) for name in names}
    sources = {source for name in named for source in BUNDLES.get(name, (name,))} - theme_only
    vendored = {name for name in sources if name.startswith("vendor/")}
    assert set(BUNDLES) <= named
    assert sources - vendored == ours - {"theme.js"}
    assert all((folder / name).is_file() for name in vendored)
