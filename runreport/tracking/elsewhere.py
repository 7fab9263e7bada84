"""What MLflow has and runreport does not, and what to do instead."""

from __future__ import annotations

_REGISTRY = "there is no model registry; keep the model with `runreport.sklearn.log_model`"
_MODELS = "models have no entries of their own; they belong to runs, as `sklearn.log_model` does it"
_TRACES = "there are no traces; log times with `log_metrics` and texts with `log_text`"
_SERVER = "there is no server; give folders, as `runreport.load_runs('runs')`"
_FOLDERS = "runs and experiments are plain folders; remove the folder, or move it away and back"
_ABOUT = "describe an experiment in the README.md of its folder"
_EVALUATE = "compute the numbers in the script and log them with `log_metrics`"
_FRAMEWORK = (
    "use the callback or logger of `runreport.frameworks` (keras, lightning, optuna, "
    "transformers), or keep the model's file with `log_artifact`"
)
_ONE_NODE = "each process writes its own file; give nodes names with tags"

_ADVICE = {
    _REGISTRY: (
        "delete_prompt_alias load_prompt register_model register_prompt search_model_versions "
        "search_prompts search_registered_models set_model_version_tag set_prompt_alias"
    ),
    _MODELS: (
        "ActiveModel clear_active_model create_external_model delete_logged_model_tag "
        "finalize_logged_model get_active_model_id get_logged_model import_checkpoints "
        "initialize_logged_model last_logged_model log_model_params log_outputs "
        "search_logged_models set_active_model set_logged_model_tags"
    ),
    _TRACES: (
        "add_trace context delete_assessment delete_trace_tag flush_trace_async_logging "
        "get_active_trace_id get_assessment get_current_active_span get_last_active_trace_id "
        "get_trace log_assessment log_expectation log_feedback log_issue log_trace "
        "override_feedback search_sessions search_traces set_trace_tag start_span "
        "start_span_no_context trace tracing update_assessment update_current_trace"
    ),
    _SERVER: (
        "client create_workspace delete_workspace deployments gateway "
        "get_registry_uri get_workspace list_workspaces login set_registry_uri set_workspace "
        "update_workspace"
    ),
    _FOLDERS: "delete_experiment delete_run restore_experiment restore_run",
    _ABOUT: "delete_experiment_tag set_experiment_tag set_experiment_tags",
    _EVALUATE: "evaluate genai metrics validate_evaluation_results",
    _FRAMEWORK: (
        "catboost fastai keras langchain onnx openai paddle pmdarima prophet pytorch shap spacy "
        "spark statsmodels tensorflow transformers"
    ),
    _ONE_NODE: "set_system_metrics_node_id set_system_metrics_samples_before_logging",
    "catch `runreport.RunReportError`": "MlflowException",
    "give the array or the path itself to `log_image`": "Image",
    "run the script itself; `runreport check` looks at what it logged": "doctor projects run test",
}
_INSTEAD = {name: advice for advice, names in _ADVICE.items() for name in names.split()}


def explain(name: str) -> str:
    """Return the message for a name that the package does not have."""
    message = f"module 'runreport' has no attribute {name!r}"
    return f"{message}: {_INSTEAD[name]}" if name in _INSTEAD else message


def explain_of_client(name: str) -> str:
    """Return the message for a method that `MlflowClient` does not have here."""
    message = f"MlflowClient has no method {name!r} here"
    if name in _INSTEAD:
        return f"{message}: {_INSTEAD[name]}"
    subjects = {"model": _REGISTRY, "alias": _REGISTRY, "prompt": _REGISTRY, "webhook": _SERVER}
    subjects |= {"trace": _TRACES, "span": _TRACES, "assessment": _TRACES}
    advice = next((each for word, each in subjects.items() if word in name), "")
    return f"{message}: {advice}" if advice else message
