"""Record scikit-learn: every fit by itself with `autolog`, models with `log_model`.

Nothing here imports scikit-learn, matplotlib or pandas before a function is called. MLflow is never
imported; the model folders are its open format, so that it loads and serves them.
"""

from __future__ import annotations

from importlib.util import find_spec

from runreport.errors import LogError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from runreport.sklearn.model import ModelInfo

SERIALIZATION_FORMAT_PICKLE = "pickle"
SERIALIZATION_FORMAT_CLOUDPICKLE = "cloudpickle"
"""MLflow's names for them."""

__all__ = [
    "SERIALIZATION_FORMAT_CLOUDPICKLE",
    "SERIALIZATION_FORMAT_PICKLE",
    "autolog",
    "load_model",
    "log_model",
    "save_model",
]


def autolog(  # noqa: PLR0913 - the arguments are MLflow's
    *,
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,  # noqa: ARG001
    silent: bool = False,
    max_tuning_runs: int | None = None,
    log_post_training_metrics: bool = True,  # noqa: ARG001
    serialization_format: str = "pickle",
    pos_label: object = None,
    extra_tags: Mapping[str, Any] | None = None,
) -> None:
    """Record every fit of a scikit-learn estimator from here on.

    A fit is recorded in the active run, or else in a run of its own that ends with the fit: the
    estimator's params, its class and name as tags, training metrics under MLflow's names, the
    training confusion matrix of a classifier as a picture, and the fitted model. Only the outermost
    fit counts: what pipelines, searches and cross-validations fit inside is theirs. A search adds
    its best params and score, the table of all candidates, and a child run for each candidate.
    Transformers that are fitted on their own are not recorded.

    What cannot be recorded is told in the log and never stops a fit.

    Args:
        log_input_examples: Keep the first rows of the training data with the model.
        log_model_signatures: Keep what the model takes and returns.
        log_models: Keep the fitted model.
        log_datasets: Record the training data's digest and shape.
        disable: Stop recording; every class gets its own methods back.
        exclusive: Leave runs alone that were not started by a fit.
        disable_for_unsupported_versions: Taken for MLflow's sake; no version is known to fail.
        silent: Do not tell what cannot be recorded.
        max_tuning_runs: Most child runs of a search, for its best candidates; None for all of them.
        log_post_training_metrics: Taken for MLflow's sake; scores that a script computes after
            the fit are its own to log.
        serialization_format: "pickle" or "cloudpickle".
        pos_label: The class that precision, recall and f1 of a binary classifier are about.
        extra_tags: Tags for the runs that are started by a fit.

    Raises:
        LogError: scikit-learn is not installed, or an argument makes no sense.
    """
    _need_sklearn("autolog")
    from runreport.sklearn import autologging
    from runreport.sklearn.pickling import check_format
    from runreport.sklearn.recording import AutologOptions

    if disable:
        autologging.switch_off()
        return
    check_format(serialization_format)
    if max_tuning_runs is not None and max_tuning_runs < 0:
        raise LogError(f"autolog: max_tuning_runs {max_tuning_runs!r} is negative; give 0 for none")
    options = AutologOptions(
        log_input_examples=log_input_examples,
        log_model_signatures=log_model_signatures,
        log_models=log_models,
        log_datasets=log_datasets,
        exclusive=exclusive,
        silent=silent,
        max_tuning_runs=max_tuning_runs,
        serialization_format=serialization_format,
        pos_label=pos_label,
        extra_tags=extra_tags,
    )
    autologging.switch_on(options)


def log_model(  # noqa: PLR0913 - the arguments are MLflow's
    sk_model: Any,
    artifact_path: str | None = None,
    *,
    name: str | None = None,
    signature: Any = None,
    input_example: Any = None,
    pip_requirements: Sequence[str] | None = None,
    extra_pip_requirements: Sequence[str] = (),
    serialization_format: str = "pickle",
    pyfunc_predict_fn: str = "predict",
    metadata: Mapping[str, Any] | None = None,
    registered_model_name: str | None = None,
    params: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,  # noqa: ARG001
    await_registration_for: int | None = None,  # noqa: ARG001
) -> ModelInfo:
    """Keep a fitted estimator among the active run's artifacts, as an MLflow model folder.

    Without an active run one is started, and stays active. A real MLflow loads the folder with
    ``mlflow.pyfunc.load_model`` or ``mlflow.sklearn.load_model``, and serves it.

    Args:
        sk_model: The fitted estimator.
        artifact_path: The folder's path below the artifacts; "model" when neither this nor
            ``name`` is given.
        name: The same, under the name that newer MLflow scripts use.
        signature: What ``mlflow.models.infer_signature`` returns; by default inferred from the
            example, with False left out.
        input_example: A few rows of input, a pandas frame or a numpy array, kept with the model.
        pip_requirements: Requirements instead of the versions in use.
        extra_pip_requirements: Requirements beside the versions in use.
        serialization_format: "pickle", or "cloudpickle" for classes defined in the script itself.
        pyfunc_predict_fn: The method that answers for the model, as "predict_proba".
        metadata: Anything to be kept in the MLmodel file.
        registered_model_name: Kept with the model, and it is told that there is no registry.
        params: What the model was made with; kept with the model,
        tags: as are its labels
        model_type: and what it is for.
        step: Taken for MLflow's sake,
        await_registration_for: as this is.

    Raises:
        LogError: scikit-learn is not installed, the model cannot be pickled, or an argument makes
            no sense.
    """
    _need_sklearn("log_model")
    from runreport.sklearn.mlmodel import ModelOptions
    from runreport.sklearn.model import record_model
    from runreport.tracking.fluent import require_run
    from runreport.tracking.lines import field

    options = ModelOptions(
        signature=signature,
        input_example=input_example,
        pip_requirements=pip_requirements,
        extra_pip_requirements=extra_pip_requirements,
        serialization_format=serialization_format,
        pyfunc_predict_fn=pyfunc_predict_fn,
        metadata=metadata,
    )
    if registered_model_name is not None:
        from runreport.tracking.complain import complain

        complain(
            f"log_model: there is no model registry for {registered_model_name!r}; "
            "the name is kept with the model, load it from the run's artifacts",
            once="registered_model_name",
        )
    given = {
        "registered_model_name": registered_model_name,
        "params": {str(key): field(value) for key, value in (params or {}).items()},
        "tags": {str(key): field(value) for key, value in (tags or {}).items()},
        "model_type": model_type,
    }
    more = {key: value for key, value in given.items() if value}
    path = name or artifact_path or "model"
    return record_model(require_run(), sk_model, path, options, more)


def load_model(model_uri: str, dst_path: str | None = None) -> Any:  # noqa: ARG001
    """Return the estimator that `log_model` or `save_model` kept.

    It is a pickle, which runs code: load only what you trust.

    Args:
        model_uri: The folder, as `log_model` returns it, or "runs:/ID/PATH".
        dst_path: Taken for MLflow's sake.
    """
    _need_sklearn("load_model")
    from runreport.sklearn.model import load_pickled

    return load_pickled(str(model_uri))[0]


def save_model(
    sk_model: Any,
    path: str | Path,
    *,
    signature: Any = None,
    input_example: Any = None,
    serialization_format: str = "pickle",
) -> None:
    """Write a fitted estimator to a new folder, as an MLflow model folder; no run is needed.

    The arguments are those of `log_model`.
    """
    _need_sklearn("save_model")
    from pathlib import Path

    from runreport.sklearn.mlmodel import ModelOptions
    from runreport.sklearn.model import write_model

    options = ModelOptions(
        signature=signature,
        input_example=input_example,
        serialization_format=serialization_format,
    )
    write_model(sk_model, Path(path), options)


def _need_sklearn(function: str) -> None:
    if find_spec("sklearn") is None:
        raise LogError(
            f"sklearn.{function}: scikit-learn is not installed; "
            "run: pip install scikit-learn matplotlib"
        )
