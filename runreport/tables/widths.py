"""How wide a text is in `ch`, the width of a digit, so that no column is narrower than its cells.

An estimate from above: glyphs that a browser takes from another font than the page's count as wide.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

# Beyond Latin, Greek and Cyrillic a glyph comes from a font with a pitch of its own.
_FIRST_FOREIGN: Final = 0x0530
_WIDE: Final = 2.0
# Colour emoji are drawn wider than two digits.
_EMOJI: Final = 2.25
# One code point, a whole phrase.
_LIGATURES: Final = frozenset("\ufdfa\ufdfb\ufdfd")
_PHRASE: Final = 14.0
_INVISIBLE: Final = frozenset({"Mn", "Me", "Cf"})


def text_width(text: str) -> int:
    """Return the width in `ch`: wide glyphs count twice, combining marks and joiners nothing."""
    if text.isascii():
        return len(text)
    # A font in place of the page's own may be a little wider even where its glyphs are narrow.
    return math.ceil(sum(map(_glyph_width, text))) + 1


def longest(texts: Iterable[str], limit: int | None = None) -> int:
    """Return the width of the widest text, 0 for none, and at most ``limit``."""
    if limit is None:
        return max(map(text_width, texts), default=0)
    # Twice the limit in characters is more than the limit in width, combining marks aside.
    return min(max((text_width(text[: 2 * limit]) for text in texts), default=0), limit)


@lru_cache(maxsize=4096)
def _glyph_width(character: str) -> float:
    code = ord(character)
    if code < 0x0300:
        # Control characters may be drawn as a box.
        return 1.0 if character.isprintable() or code == 0xAD else _WIDE
    kind = unicodedata.category(character)
    if kind in _INVISIBLE:
        return 0.0
    if character in _LIGATURES:
        return _PHRASE
    if kind == "So" and unicodedata.east_asian_width(character) == "W":
        return _EMOJI
    return 1.0 if code < _FIRST_FOREIGN else _WIDE
