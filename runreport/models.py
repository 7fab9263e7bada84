"""What a model takes and returns, under the names of MLflow's module."""

from __future__ import annotations

import json

from runreport.errors import LogError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["ModelSignature", "infer_signature"]


class ModelSignature:
    """The columns or the shape of what goes into a model and what comes out of it."""

    def __init__(self, inputs: Any = None, outputs: Any = None, params: Any = None) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.params = params

    def to_dict(self) -> dict[str, str | None]:
        """Return what an MLmodel file says of it: each part as JSON text."""
        parts = {"inputs": self.inputs, "outputs": self.outputs, "params": self.params}
        return {name: None if part is None else json.dumps(part) for name, part in parts.items()}

    def __repr__(self) -> str:
        return f"ModelSignature({self.to_dict()})"


def infer_signature(
    model_input: Any = None, model_output: Any = None, params: dict[str, Any] | None = None
) -> ModelSignature:
    """Return the signature that data and a model's answer show.

    Args:
        model_input: A pandas frame or series, a numpy array, or a dictionary or list of columns.
        model_output: What the model answers to it.
        params: What else the model's ``predict`` takes, with the defaults.
    """
    return ModelSignature(
        _schema(model_input, "model_input"),
        _schema(model_output, "model_output"),
        [_param(name, value) for name, value in params.items()] if params else None,
    )


def _schema(data: Any, what: str) -> Any:
    if data is None:
        return None
    import pandas as pd

    from runreport.sklearn.signature import schema_of

    table = pd.DataFrame(data) if isinstance(data, (dict, list)) else data
    found = schema_of(table)
    if found is None:
        raise LogError(
            f"infer_signature: there is no word for {what}, a {type(data).__name__}; "
            "give a pandas frame of numbers and texts, or a numpy array"
        )
    return found


def _param(name: str, value: Any) -> dict[str, Any]:
    kinds = {bool: "boolean", int: "long", float: "double", str: "string"}
    if type(value) not in kinds:
        raise LogError(f"infer_signature: params {name!r}: {value!r} is no number, text or bool")
    return {"name": name, "type": kinds[type(value)], "default": value, "shape": None}


def __getattr__(name: str) -> object:
    from runreport.tracking.elsewhere import explain

    message = explain(name).replace("'runreport'", "'runreport.models'")
    raise AttributeError(message, name=name, obj=None)
