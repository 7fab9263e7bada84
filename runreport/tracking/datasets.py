"""What is recorded of a data set: its name, digest, rows and columns."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from runreport.errors import LogError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PIECE = 1 << 20


def describe(dataset: Any, *, name: str | None, context: str | None) -> tuple[str, dict[str, Any]]:
    """Return a data set's name and its facts."""
    if isinstance(dataset, (str, os.PathLike)):
        own, facts = _file_facts(Path(dataset))
    elif hasattr(dataset, "digest") and hasattr(dataset, "name"):
        own, facts = _object_facts(dataset)
    elif hasattr(dataset, "columns") and hasattr(dataset, "index"):
        own, facts = "", _frame_facts(dataset)
    elif hasattr(dataset, "tobytes") and hasattr(dataset, "shape"):
        own, facts = "", _array_facts(dataset)
    else:
        raise LogError(
            f"log_input: {type(dataset).__name__} is no data set; "
            "give a pandas frame, a numpy array, a file's path, or an object with name and digest"
        )
    if context:
        facts["context"] = str(context)
    return str(name or own or context or "data"), facts


def _file_facts(path: Path) -> tuple[str, dict[str, Any]]:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
            size = file.tell()
    except OSError as error:
        raise LogError(f"log_input: {str(path)!r} cannot be read ({error.strerror})") from error
    return path.name, {"digest": digest.hexdigest()[:16], "bytes": size}


def _object_facts(dataset: Any) -> tuple[str, dict[str, Any]]:
    facts: dict[str, Any] = {"digest": str(dataset.digest)}
    profile = getattr(dataset, "profile", None)
    if isinstance(profile, dict):
        rows, columns = profile.get("num_rows"), profile.get("num_columns")
        facts.update({k: v for k, v in (("rows", rows), ("columns", columns)) if v is not None})
    return str(dataset.name), facts


def _frame_facts(frame: Any) -> dict[str, Any]:
    import pandas as pd

    digest = hashlib.sha256(repr([str(column) for column in frame.columns]).encode())
    try:
        hashed = pd.util.hash_pandas_object(frame, index=True)
        digest.update(hashed.to_numpy().tobytes())
    except TypeError:
        # Cells that cannot be hashed, as lists.
        digest.update(frame.to_csv().encode("utf-8", "replace"))
    rows, columns = frame.shape
    return {"digest": digest.hexdigest()[:16], "rows": int(rows), "columns": int(columns)}


def _array_facts(array: Any) -> dict[str, Any]:
    digest = hashlib.sha256(f"{array.dtype} {tuple(array.shape)}".encode())
    digest.update(array.tobytes())
    shape = tuple(int(length) for length in array.shape)
    columns = 1
    for length in shape[1:]:
        columns *= length
    return {
        "digest": digest.hexdigest()[:16],
        "rows": shape[0] if shape else 1,
        "columns": columns,
    }
