"""The files of an MLflow model folder, made in memory; nothing here imports MLflow."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import pandas as pd
import sklearn

from runreport.errors import LogError
from runreport.sklearn.environment import (
    CONDA_ENV,
    PYTHON_ENV,
    environment_files,
    model_requirements,
)
from runreport.sklearn.pickling import pickle_model
from runreport.sklearn.signature import Signature, given_signature, infer_signature
from runreport.sklearn.yaml import yaml_text

MODEL_FILE = "MLmodel"
PICKLE = "model.pkl"
EXAMPLE = "input_example.json"
SERVING_EXAMPLE = "serving_input_example.json"

MLFLOW_VERSION = "2.9.0"
"""The release of MLflow whose model files these are; every later one reads them."""


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """How a model is to be saved; the names and meanings are those of MLflow's arguments."""

    signature: Any = None
    """A signature; None to infer it from the example; False for none."""
    input_example: Any = None
    pip_requirements: Sequence[str] | None = None
    """Instead of the versions in use."""
    extra_pip_requirements: Sequence[str] = ()
    """Beside the versions in use."""
    serialization_format: str = "pickle"
    pyfunc_predict_fn: str = "predict"
    metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model it is, and when and in which run it was made."""

    model_uuid: str
    utc_time_created: str
    run_id: str = ""
    artifact_path: str = ""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """The content of a model folder."""

    files: Mapping[str, bytes]
    flavors: tuple[str, ...]
    signature: Signature | None = field(default=None)


def make_model_folder(sk_model: Any, identity: ModelIdentity, options: ModelOptions) -> ModelFolder:
    """Return the files of an MLflow model folder that holds a fitted estimator."""
    pickled = pickle_model(sk_model, options.serialization_format)
    example = _example_files(options.input_example)
    signature = _signature(sk_model, options)
    flavors = _flavors(sk_model, options)
    document: dict[str, Any] = {
        "flavors": flavors,
        "metadata": options.metadata,
        "mlflow_version": MLFLOW_VERSION,
        "model_uuid": identity.model_uuid,
        "run_id": identity.run_id,
        "artifact_path": identity.artifact_path,
        "saved_input_example_info": example.facts,
        "signature": signature,
        "utc_time_created": identity.utc_time_created,
    }
    modules = set(pickled.modules)
    if isinstance(options.input_example, pd.DataFrame):
        modules.add("pandas")
    texts = {
        MODEL_FILE: yaml_text({key: value for key, value in sorted(document.items()) if value}),
        **environment_files(_requirements(modules, options)),
        **example.texts,
    }
    files = {name: text.encode() for name, text in texts.items()}
    return ModelFolder({**files, PICKLE: pickled.content}, tuple(flavors), signature)


def _flavors(sk_model: Any, options: ModelOptions) -> dict[str, Any]:
    flavors: dict[str, Any] = {}
    # MLflow's general interface is one for models that answer; a transformer only has its own.
    if hasattr(sk_model, options.pyfunc_predict_fn):
        flavors["python_function"] = {
            "env": {"conda": CONDA_ENV, "virtualenv": PYTHON_ENV},
            "loader_module": "mlflow.sklearn",
            "model_path": PICKLE,
            "predict_fn": options.pyfunc_predict_fn,
            "python_version": platform.python_version(),
        }
    flavors["sklearn"] = {
        "code": None,
        "pickled_model": PICKLE,
        "serialization_format": options.serialization_format,
        "sklearn_version": sklearn.__version__,
    }
    return flavors


def _requirements(modules: set[str], options: ModelOptions) -> list[str]:
    if options.pip_requirements is not None:
        return [*options.pip_requirements, *options.extra_pip_requirements]
    return [*model_requirements(modules), *options.extra_pip_requirements]


def _signature(sk_model: Any, options: ModelOptions) -> Signature | None:
    if options.signature is False:
        return None
    if options.signature is not None:
        return given_signature(options.signature)
    predict = getattr(sk_model, options.pyfunc_predict_fn, None)
    if options.input_example is None or predict is None:
        return None
    return infer_signature(options.input_example, predict(options.input_example))


@dataclass(frozen=True, slots=True)
class _Example:
    texts: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)


def _example_files(example: Any) -> _Example:
    """Return the files that keep an example of the model's input, and what MLmodel says of them."""
    if example is None:
        return _Example()
    facts = {"artifact_path": EXAMPLE, "serving_input_path": SERVING_EXAMPLE}
    if isinstance(example, pd.DataFrame):
        table = {"columns": list(example.columns), "data": example.to_numpy(object).tolist()}
        facts |= {"pandas_orient": "split", "type": "dataframe"}
        return _Example(_json_files(table, {"dataframe_split": table}), facts)
    if isinstance(example, (np.ndarray, list)):
        values = np.asarray(example).tolist()
        facts |= {"type": "ndarray"}
        return _Example(_json_files(values, {"inputs": values}), facts)
    raise LogError(
        f"log_model: an input_example of type {type(example).__name__} cannot be kept; "
        "pass a few rows as a pandas DataFrame or a numpy array"
    )


def _json_files(example: Any, serving: Any) -> dict[str, str]:
    # A missing number becomes null, which MLflow reads as one; a time becomes its text.
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    contents = {EXAMPLE: example, SERVING_EXAMPLE: serving}
    return {
        name: orjson.dumps(content, default=_text, option=options).decode()
        for name, content in contents.items()
    }


def _text(value: object) -> str | None:
    return None if value is pd.NA or value is pd.NaT else str(value)
