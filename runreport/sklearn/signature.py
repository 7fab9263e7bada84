"""What a model takes and returns, in the words of MLflow's model signature."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from runreport.errors import LogError

Signature = dict[str, str | None]
"""``inputs``, ``outputs`` and ``params``, each a schema as JSON text, as MLmodel files keep it."""

_OF_VALUES = {
    "string": "string",
    "boolean": "boolean",
    "integer": "long",
    "floating": "double",
    "bytes": "binary",
    "datetime": "datetime",
}
"""MLflow's column type for what pandas finds in a column of objects."""


def infer_signature(example: Any, prediction: Any) -> Signature | None:
    """Return the signature of a model that answers ``example`` with ``prediction``.

    None when either is of a kind that a signature has no word for.
    """
    inputs, outputs = schema_of(example), schema_of(prediction)
    if inputs is None or outputs is None:
        return None
    return {"inputs": json.dumps(inputs), "outputs": json.dumps(outputs), "params": None}


def given_signature(signature: object) -> Signature:
    """Return a signature given by the user: MLflow's own object, or its mapping."""
    found = signature.to_dict() if hasattr(signature, "to_dict") else signature
    if not isinstance(found, Mapping) or "inputs" not in found:
        raise LogError(
            f"log_model: not a signature: {signature!r}; pass what mlflow.models.infer_signature "
            "returns, or an input_example to infer it from"
        )
    return {key: found.get(key) for key in ("inputs", "outputs", "params")}


def schema_of(data: Any) -> list[dict[str, Any]] | None:
    """Return the schema of a table, a column or an array, else None."""
    if isinstance(data, pd.DataFrame):
        columns = [_column(data[name], name) for name in data.columns]
        return None if None in columns else [column for column in columns if column is not None]
    if isinstance(data, pd.Series):
        column = _column(data, data.name)
        return None if column is None else [column]
    if isinstance(data, np.ndarray) or hasattr(data, "tocsr"):
        shape = [-1, *data.shape[1:]]
        return [{"type": "tensor", "tensor-spec": {"dtype": _array_type(data), "shape": shape}}]
    return None


def _array_type(data: Any) -> str:
    # Texts and bytes lose their width: another batch may hold longer ones.
    return {"U": "str", "S": "bytes"}.get(data.dtype.kind, str(data.dtype.name))


def _column(values: pd.Series[Any], name: object) -> dict[str, Any] | None:
    kind = _column_type(values)
    if kind is None:
        return None
    column: dict[str, Any] = {"type": kind}
    if name is not None:
        column["name"] = name if isinstance(name, str) else str(name)
    return {**column, "required": not bool(values.isna().any())}


def _column_type(values: pd.Series[Any]) -> str | None:
    kind = values.dtype.kind
    # Unsigned numbers need the next wider type; the widest of them has none.
    size = int(getattr(values.dtype, "itemsize", 8)) + (kind == "u")
    if kind == "b":
        return "boolean"
    if kind in "iu":
        return "integer" if size <= 4 else "long" if size <= 8 else None
    if kind == "f":
        return "float" if size <= 4 else "double"
    if kind == "M":
        return "datetime"
    return _OF_VALUES.get(pd.api.types.infer_dtype(values.astype(object), skipna=True))
