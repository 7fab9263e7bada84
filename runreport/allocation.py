"""Garbage collection for work that makes many objects which stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

OBJECTS: Final = 100_000
"""How many more objects than before make the collector look for cycles; 700 is usual."""


@contextmanager
def many_objects() -> Iterator[None]:
    """Collect more rarely within a ``with`` block.

    Rows of ten thousand runs are looked at again and again otherwise, which takes a third of the
    time that making them does; none of them is in a cycle.
    """
    before = gc.get_threshold()
    gc.set_threshold(OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
