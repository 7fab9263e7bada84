"""Every kind of page as it was last looked at, one file each; `pytest --update-golden` rewrites."""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path

import pytest

from runreport.contexts import Page, SiteModel
from runreport.render import make_renderer

GOLDEN = Path(__file__).parent.parent / "golden" / "pages"
KINDS = ("index", "experiment", "run", "log", "page", "viewer")


ASSETS = {
    name: f"assets/{name}"
    for name in ("favicon.svg", "logo.svg", "base.js", "base.css", "theme.js")
}


@pytest.fixture
def site(site: SiteModel) -> SiteModel:
    """The same site with few assets, so that a new script leaves these files alone."""
    return replace(site, assets=ASSETS)


@pytest.fixture
def is_update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.mark.parametrize("kind", KINDS)
def test_page_is_as_it_was(kind: str, pages: list[Page], is_update: bool) -> None:
    # The run that has everything is the last one; a failed and an unread one come before it.
    text = make_renderer()([page for page in pages if page.template == kind][-1]).decode()
    file = GOLDEN / f"{kind}.html"
    if is_update:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    kept = file.read_text(encoding="utf-8") if file.is_file() else ""

    changed = difflib.unified_diff(kept.splitlines(), text.splitlines(), "golden", "now", n=1)
    hint = "look at the change, then run `pytest --update-golden`\n"
    assert text == kept, hint + "\n".join(changed)


def test_no_golden_file_is_left_behind() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(KINDS)
