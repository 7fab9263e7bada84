"""Models that answer data, whatever made them, under the names of MLflow's module."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["PyFuncModel", "load_model"]


class PyFuncModel:
    """A model that answers through one method."""

    def __init__(self, model: Any, predict: str) -> None:
        self._model = model
        self._predict = predict

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """Return the model's answer."""
        return getattr(self._model, self._predict)(data, **(params or {}))

    def get_raw_model(self) -> Any:
        """Return the model itself."""
        return self._model


def load_model(
    model_uri: str,
    suppress_warnings: bool = False,  # noqa: ARG001
    dst_path: str | None = None,  # noqa: ARG001
    model_config: Any = None,  # noqa: ARG001
) -> PyFuncModel:
    """Return a model that `sklearn.log_model` kept; a pickle runs code, so trust where it is from.

    Args:
        model_uri: Its folder, or "runs:/ID/PATH".
        suppress_warnings: Taken for MLflow's sake.
        dst_path: Taken for MLflow's sake.
        model_config: Taken for MLflow's sake.
    """
    from runreport.sklearn.model import load_pickled

    return PyFuncModel(*load_pickled(str(model_uri)))
