"""Record every training of a boosting library: each call of `train` gets a callback of ours."""

from __future__ import annotations

import functools
from importlib import import_module

from runreport.errors import LogError
from runreport.frameworks import need
from runreport.tracking.complain import complain
from runreport.tracking.keep import write_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from runreport.frameworks import Training

MLFLOWS = frozenset(
    {
        "disable_for_unsupported_versions",
        "exclusive",
        "importance_types",
        "log_datasets",
        "log_input_examples",
        "log_model_signatures",
        "model_format",
        "registered_model_name",
        "silent",
    }
)
"""Arguments of MLflow's `autolog` that are taken and change nothing."""

_originals: dict[tuple[str, str], Any] = {}


def check_others(library: str, others: Mapping[str, object]) -> None:
    """Raise for an argument that MLflow's `autolog` has not either."""
    for name in sorted(others.keys() - MLFLOWS):
        raise LogError(f"{library}.autolog: there is no argument {name!r}; leave it out")


def record(library: str, model_file: str | None, tags: Mapping[str, Any] | None) -> None:
    """Record each training from here on, with our callback for that library.

    Args:
        library: Its name, as "xgboost".
        model_file: What the trained model is kept as; None keeps none.
        tags: Of the runs that a training starts.
    """
    need(library)
    callback = import_module(f"runreport.frameworks.{library}").RunReportCallback

    def finish(ours: Any, model: Any) -> None:
        if model_file is not None:
            keep_model(ours.training, model_file, model.save_model)

    hook(library, lambda: callback(tags=tags), finish)


def hook(
    library: str, make_callback: Callable[[], Any], finish: Callable[[Any, Any], None]
) -> None:
    """Have a new callback put into each training; `finish` gets it and the trained model."""
    unhook(library)
    module = import_module(library)
    ours = _with_callback(module.train, make_callback, finish)
    # The estimators have a name of their own for it.
    for place in (library, f"{library}.sklearn"):
        holder: Any = import_module(place)
        _originals[library, place] = holder.train
        holder.train = ours


def unhook(library: str) -> None:
    """Give a library its own function back."""
    for (owner, place), original in list(_originals.items()):
        if owner == library:
            holder: Any = import_module(place)
            holder.train = original
            del _originals[owner, place]


def keep_model(training: Training, name: str, save: Callable[[str], object]) -> None:
    """Keep a trained model's own file; what fails is told and stops nothing."""
    try:
        write_file(training.run, f"model/{name}", lambda draft: save(str(draft)))
    except Exception as error:
        complain(f"autolog: the model cannot be kept: {type(error).__name__}: {error}")


def _with_callback(
    original: Callable[..., Any],
    make_callback: Callable[[], Any],
    finish: Callable[[Any, Any], None],
) -> Callable[..., Any]:
    @functools.wraps(original)
    def train(*args: Any, callbacks: Any = None, **kwargs: Any) -> Any:
        ours = make_callback()
        given = list(callbacks or ())
        if any(isinstance(each, type(ours)) for each in given):
            return original(*args, callbacks=given, **kwargs)
        try:
            model = original(*args, callbacks=[*given, ours], **kwargs)
        except BaseException as error:
            ours.training.fail(error)
            raise
        finish(ours, model)
        ours.training.end()
        return model

    return train
