"""Cuts a variable font down to what the site's styles use of it.

    python tools/vendor/fonts.py FROM TO "U+0020-007E, U+00A0" FEATURE...

Kept are these characters, the weights from 400 to 700, and the named layout features: without the
lighter and heavier masters, ligatures and other forms of letters, less than half of the bytes
remain. Needs the packages of requirements.txt beside it.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

WEIGHTS = (400, 700)


def reduced(path: str, characters: set[int], features: list[str]) -> bytes:
    """Return a font with only these characters and features, as WOFF2."""
    font = TTFont(path, recalcTimestamp=False)
    options = Options()
    options.layout_features = features
    options.hinting = False
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters & set(font.getBestCmap()))
    subsetter.subset(font)
    # Read anew, since the axis is cut from what the font's tables hold now.
    font = TTFont(io.BytesIO(saved(font, None)), recalcTimestamp=False)
    return saved(instantiateVariableFont(font, {"wght": WEIGHTS}), "woff2")


def saved(font: TTFont, flavor: str | None) -> bytes:
    """Return a font's file."""
    font.flavor = flavor
    file = io.BytesIO()
    font.save(file)
    return file.getvalue()


def parsed(ranges: str) -> set[int]:
    """Return the characters of what CSS calls a unicode-range."""
    found: set[int] = set()
    for part in ranges.split(","):
        first, _, last = part.strip().removeprefix("U+").partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return found


if __name__ == "__main__":
    source, target, ranges, *wanted = sys.argv[1:]
    Path(target).write_bytes(reduced(source, parsed(ranges), wanted))
