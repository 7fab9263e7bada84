"""Log runs into plain folders, and report them as a static site.

Importing this package loads nothing else: every public name is looked up when it is first used, so
that a training script pays for what it calls. Type checkers read the names in ``__init__.pyi``.
"""

__version__ = "0.1.0"

_HOMES = {
    "runreport.api": ("load_metrics", "load_runs", "search_runs"),
    "runreport.autologging": ("autolog",),
    "runreport.errors": (
        "ConfigError",
        "LogError",
        "OutputError",
        "ReadError",
        "RunReportError",
        "TemplateError",
    ),
    "runreport.experiment_report": ("report_metrics_to_experiment",),
    "runreport.tracking.amend": (
        "add_metrics",
        "add_metrics_to_run",
        "amend",
        "report_custom_metrics",
    ),
    "runreport.tracking.client": ("MlflowClient",),
    "runreport.tracking.experiments": (
        "Experiment",
        "create_experiment",
        "get_experiment",
        "get_experiment_by_name",
        "get_tracking_uri",
        "search_experiments",
        "set_experiment",
        "set_tracking_uri",
    ),
    "runreport.tracking.files": (
        "get_artifact_uri",
        "load_table",
        "log_artifact",
        "log_artifacts",
        "log_audio",
        "log_code",
        "log_dict",
        "log_figure",
        "log_histogram",
        "log_image",
        "log_input",
        "log_inputs",
        "log_stream",
        "log_table",
        "log_text",
        "note",
    ),
    "runreport.tracking.fluent": (
        "active_run",
        "define_metric",
        "delete_tag",
        "end_run",
        "get_parent_run",
        "get_run",
        "last_active_run",
        "log_metric",
        "log_metrics",
        "log_param",
        "log_params",
        "set_tag",
        "set_tags",
        "start_run",
    ),
    "runreport.tracking.run": ("ActiveRun", "Run"),
    "runreport.tracking.switches": (
        "disable_system_metrics_logging",
        "enable_system_metrics_logging",
        "flush_artifact_async_logging",
        "flush_async_logging",
        "is_tracking_uri_set",
        "set_system_metrics_sampling_interval",
    ),
}
_SUBMODULES = (
    "artifacts",
    "data",
    "entities",
    "exceptions",
    "lightgbm",
    "models",
    "pyfunc",
    "sklearn",
    "tracking",
    "training",
    "xgboost",
)
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "__version__",
    *sorted((*_HOME_OF, *_SUBMODULES)),
]


def __getattr__(name: str) -> object:
    """Import a public name's module when the name is first used."""
    from importlib import import_module

    if name in _SUBMODULES:
        return import_module(f"runreport.{name}")
    if name not in _HOME_OF:
        from runreport.tracking.elsewhere import explain

        raise AttributeError(explain(name), name=name, obj=None)
    value: object = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
