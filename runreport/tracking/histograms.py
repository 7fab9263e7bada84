"""How many numbers are spread, as a file."""

from __future__ import annotations

import orjson

from runreport.errors import LogError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def histogram_bytes(values: Any, bins: int) -> bytes:
    """Return the counts of values between edges as JSON; what is not finite is counted apart.

    `values` may be counts and edges already, as `numpy.histogram` returns them.
    """
    import numpy as np

    if isinstance(values, tuple) and len(values) == 2 and len(values[1]) == len(values[0]) + 1:
        counts, edges, nan, infinite = np.asarray(values[0]), np.asarray(values[1]), 0, 0
    else:
        array = np.asarray(values.detach().cpu() if hasattr(values, "detach") else values)
        try:
            flat = array.astype(float).ravel()
        except (TypeError, ValueError):
            raise LogError(f"log_histogram: {type(values).__name__} holds no numbers") from None
        nan, infinite = int(np.isnan(flat).sum()), int(np.isinf(flat).sum())
        counts, edges = np.histogram(flat[np.isfinite(flat)], bins)
    found = {
        "edges": edges.astype(float).tolist(),
        "counts": counts.tolist(),
        "nan": nan,
        "infinite": infinite,
    }
    return orjson.dumps(found) + b"\n"
