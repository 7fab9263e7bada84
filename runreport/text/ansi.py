r"""Terminal output as HTML: its colours as classes, and none of its other control sequences."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup, escape

_SEQUENCE: Final = re.compile(
    # A control sequence; a title or link, with its end; any other escape, whole or cut.
    "\x1b\\[([0-?]*)([ -/]*[@-~])|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|\x1b[ -/]*[0-~]?"
)
_STYLES: Final = {1: "ab", 2: "ad", 3: "ai", 4: "au"}
"""Bold, dim, italic, underlined."""

_ENDS: Final = {21: "ab", 22: "ab ad", 23: "ai", 24: "au"}
_BLACK: Final = 8
_BRIGHT: Final = 90
_CUBE: Final = 16
_GREYS: Final = 232
_EDGE: Final = 128


def ansi_html(text: str) -> Markup | str:
    """Return text with what colours it on a terminal as elements with classes.

    ``a0`` to ``a7`` are the terminal's eight colours, ``ab``, ``ad``, ``ai`` and ``au`` its styles.
    """
    if "\x1b" not in text:
        return text
    parts: list[Markup] = []
    styles: set[str] = set()
    color = ""
    at = 0
    for match in _SEQUENCE.finditer(text):
        parts.append(_span(text[at : match.start()], styles, color))
        at = match.end()
        if match[2] == "m":
            color = _select(match[1], styles, color)
    parts.append(_span(text[at:], styles, color))
    return Markup("").join(parts)


def _span(text: str, styles: set[str], color: str) -> Markup:
    if not text or not (styles or color):
        return escape(text)
    names = " ".join(sorted({*styles, color} - {""}))
    return Markup('<span class="{}">{}</span>').format(names, text)


def _select(parameters: str, styles: set[str], color: str) -> str:
    """Apply one selection of styles, and return the colour after it."""
    codes = [int(each) if each.isdigit() else 0 for each in parameters.replace(":", ";").split(";")]
    while codes:
        code = codes.pop(0)
        if code == 0:
            styles.clear()
            color = ""
        elif code in _STYLES:
            styles.add(_STYLES[code])
        elif code in _ENDS:
            styles.difference_update(_ENDS[code].split())
        elif 30 <= code < 30 + _BLACK or _BRIGHT <= code < _BRIGHT + _BLACK:
            color = f"a{code % 10}"
        elif code == 39:
            color = ""
        elif code in (38, 48):
            chosen = _of_many(codes)
            color = chosen if code == 38 else color
    return color


def _of_many(codes: list[int]) -> str:
    """Take a colour of 256, or one of channels, off the codes; return the nearest of ours."""
    form = codes.pop(0) if codes else 0
    if form == 5 and codes:
        return _of_palette(codes.pop(0))
    if form == 2 and len(codes) >= 3:
        return _nearest(*(codes.pop(0) for _ in range(3)))
    # What follows half a colour means nothing.
    codes.clear()
    return ""


def _of_palette(code: int) -> str:
    if code < _CUBE:
        return f"a{code % _BLACK}"
    if code >= _GREYS:
        return ""
    red, green, blue = (code - _CUBE) // 36, (code - _CUBE) // 6 % 6, (code - _CUBE) % 6
    return _nearest(*(each * 51 for each in (red, green, blue)))


def _nearest(red: int, green: int, blue: int) -> str:
    """Return the one of the eight colours that has the same channels; greys have no colour."""
    most, least = max(red, green, blue), min(red, green, blue)
    if most - least < _EDGE // 4:
        return ""
    middle = (most + least) / 2
    bits = sum(1 << place for place, each in enumerate((red, green, blue)) if each > middle)
    return f"a{bits}"
