"""Columns of times, from seconds since the epoch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Seconds = Sequence[float | None] | NDArray[np.float64]
"""Seconds since the epoch, None or NaN where there is no time."""


def moments(seconds: Seconds) -> NDArray[np.datetime64]:
    """Return UTC times to the microsecond, NaT where there is none.

    A microsecond is what a float64 of our time can hold.
    """
    times = np.asarray(seconds, dtype=np.float64)
    missing = np.isnan(times)
    micros = np.rint(np.where(missing, 0.0, times) * 1e6).astype("datetime64[us]")
    micros[missing] = "NaT"
    return micros


def iso_texts(seconds: Seconds) -> list[str]:
    """Return times as "2026-03-06T20:46:39.120000Z", "" where there is none."""
    texts = np.datetime_as_string(moments(seconds)).tolist()
    return ["" if text == "NaT" else f"{text}Z" for text in texts]
