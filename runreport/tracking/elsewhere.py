"""What MLflow has and runreport does not, and what to do instead."""

from __future__ import annotations

_REGISTRY = "there is no model registry; keep the model with `runreport.sklearn.log_model`"
_TRACES = "there are no traces; log times with `log_metrics` and texts with `log_text`"
_SERVER = "there is no server; give folders, as `runreport.load_runs('runs')`"

_INSTEAD = {
    **dict.fromkeys(
        ("register_model", "search_registered_models", "search_model_versions", "MlflowModel"),
        _REGISTRY,
    ),
    **dict.fromkeys(("trace", "start_span", "search_traces", "get_trace"), _TRACES),
    **dict.fromkeys(("MlflowClient", "login", "set_registry_uri"), _SERVER),
    "delete_run": "runs are plain folders; remove the folder",
    "delete_experiment": "experiments are plain folders; remove the folder",
    "restore_run": "runs are plain folders; put the folder back",
    "pyfunc": "load stored models with MLflow itself: `mlflow.pyfunc.load_model(folder)`",
    "evaluate": "log the numbers with `log_metrics`",
}


def explain(name: str) -> str:
    """Return the message for a name that the package does not have."""
    message = f"module 'runreport' has no attribute {name!r}"
    return f"{message}: {_INSTEAD[name]}" if name in _INSTEAD else message
