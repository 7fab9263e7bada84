"""Rules for the site's own scripts: classic, short, explained, and without a way to run data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[1] / "templates/static"
SCRIPTS = sorted(STATIC.glob("*.js"))

FORBIDDEN = {
    "markup from text": r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser",
    "code from text": r"\beval\(|new Function|setTimeout\(['\"`]|javascript:",
    "requests": r"\bfetch\(|XMLHttpRequest|sendBeacon|WebSocket|EventSource",
    "modules and workers": r"\bimport\b|\bexport\b|new Worker|serviceWorker",
    # SVG's namespace is a name: nothing is there that would be asked for.
    "addresses of other sites": r"['\"`]https?://(?!www\.w3\.org/2000/svg['\"`])[\w.]",
}


@pytest.fixture(params=SCRIPTS, ids=lambda path: path.name)
def script(request: pytest.FixtureRequest) -> str:
    path: Path = request.param
    return path.read_text("utf-8")


@pytest.mark.parametrize("what", FORBIDDEN)
def test_script_does_without(script: str, what: str) -> None:
    code = re.sub(r"^\s*//.*$", "", script, flags=re.MULTILINE)

    assert re.findall(FORBIDDEN[what], code) == []


def test_script_is_strict_short_and_says_what_it_does(script: str) -> None:
    assert script.startswith("// ")
    assert "'use strict';" in script
    assert script.count("\n") <= 400


def test_no_class_has_a_method_twice(script: str) -> None:
    methods = re.findall(r"^    (?:async )?(\w+)\(.*\) \{$", script, flags=re.MULTILINE)
    words = {"if", "for", "while", "switch", "catch", "function"}
    named = [name for name in methods if name not in words]

    assert "class" not in script or len(named) == len(set(named))
