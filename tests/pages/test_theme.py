"""The colours of theme.css: readable on every surface, and the same set in both schemes."""

from __future__ import annotations

import re

import pytest

from runreport.pages.table import BAR_STEPS
from runreport.render import static_folders

STATIC = static_folders()[0]
THEME = (STATIC / "theme.css").read_text(encoding="utf-8")

SURFACES = ("bg", "surface", "field")
TEXTS = ("ink", "muted", "faint", "accent")
CODE = ("h-keyword", "h-string", "h-number", "h-name", "h-comment", "h-error")
SERIES = tuple(f"s{number}" for number in range(12))
MARKS = ("ok", "warn", "bad", "idle")


def colors_in(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", block))


BLOCKS = re.findall(r":root[^{]*\{(.*?)\}", THEME, re.DOTALL)
LIGHT, DARK, CHOSEN_DARK = (colors_in(each) for each in BLOCKS)


def luminance(color: str) -> float:
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("text", TEXTS)
def test_text_is_readable_on_every_surface(scheme: dict[str, str], text: str) -> None:
    ratios = {surface: contrast(scheme[text], scheme[surface]) for surface in SURFACES}

    assert min(ratios.values()) >= 4.5, ratios


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "surface"),
    [
        *((name, "surface") for name in CODE),
        *((name, "bg") for name in CODE),
        ("bad-text", "bad-soft"),
        ("muted", "bad-soft"),
        ("bad-text", "surface"),
        ("warn-text", "warn-soft"),
        ("warn-text", "surface"),
        ("muted", "warn-soft"),
        ("accent", "accent-soft"),
        ("on-accent", "accent"),
        ("ink", "bar"),
    ],
)
def test_text_is_readable_on_its_own_surface(
    scheme: dict[str, str], text: str, surface: str
) -> None:
    assert contrast(scheme[text], scheme[surface]) >= 4.5


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("mark", [*SERIES, *MARKS])
def test_mark_stands_out_from_a_card(scheme: dict[str, str], mark: str) -> None:
    assert contrast(scheme[mark], scheme["surface"]) >= 3


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_series_differ(scheme: dict[str, str]) -> None:
    assert len({scheme[name] for name in SERIES}) == 12


def test_both_ways_to_the_dark_scheme_are_the_same() -> None:
    assert DARK == CHOSEN_DARK
    assert DARK.keys() == LIGHT.keys()


def test_every_variable_that_a_style_uses_is_set() -> None:
    styles = "".join(each.read_text(encoding="utf-8") for each in sorted(STATIC.glob("*.css")))

    used = set(re.findall(r"var\(--([\w-]+)\)", styles))
    assert used <= set(re.findall(r"--([\w-]+):", styles))


def test_every_bar_has_its_class() -> None:
    styles = (STATIC / "site.css").read_text(encoding="utf-8")

    for step in range(1, BAR_STEPS + 1):
        assert f".b{step} {{ --b: {step / BAR_STEPS:g}; }}" in styles
