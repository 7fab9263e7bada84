"""Garbage collection for work that makes many objects which stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

OBJECTS: Final = 100_000
"""How many more objects than before make the collector look for cycles; 700 is usual."""

_FEW: Final = 1000
"""Frozen objects that are no program's: Python 3.12 freezes some hundreds of its own."""


@contextmanager
def many_objects() -> Iterator[None]:
    """Collect more rarely within a ``with`` block.

    Rows of ten thousand runs are looked at again and again otherwise, which takes a third of the
    time that making them does; none of them is in a cycle.
    """
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if frozen < _FEW:
            gc.unfreeze()


@contextmanager
def staying_objects() -> Iterator[None]:
    """Collect nothing within a ``with`` block that makes objects which stay, and hardly a cycle.

    Collections that come later leave them out, until a `many_objects` that is around this ends.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # Else the next object would have all of them looked at.
        gc.freeze()
        if was_enabled:
            gc.enable()
