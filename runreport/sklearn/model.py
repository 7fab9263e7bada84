"""Save a fitted estimator as an MLflow model folder, by itself or among a run's artifacts."""

from __future__ import annotations

import pickle
import re
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runreport.errors import LogError
from runreport.sklearn.mlmodel import (
    MODEL_FILE,
    PICKLE,
    ModelFolder,
    ModelIdentity,
    ModelOptions,
    make_model_folder,
)
from runreport.tracking.fetching import locate
from runreport.tracking.keep import keep_folder
from runreport.tracking.run import Run


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that was logged; the names are those of MLflow's ``ModelInfo``."""

    artifact_path: str
    """Below the run's artifacts."""
    run_id: str
    model_uuid: str
    model_uri: str
    """The model's folder, as ``mlflow.pyfunc.load_model`` takes it."""
    flavors: tuple[str, ...]
    signature: Mapping[str, Any] | None
    utc_time_created: str
    name: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def model_id(self) -> str:
        """The model's own number."""
        return self.model_uuid


def write_model(sk_model: Any, path: Path, options: ModelOptions) -> None:
    """Write a model folder to ``path``, which must be new or empty."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise LogError(f"save_model: {str(path)!r} is already there; give a new folder's name")
    _write(make_model_folder(sk_model, _identity(), options), path)


def load_pickled(uri: str) -> tuple[Any, str]:
    """Return the estimator in a model folder, and the method that answers for it.

    A pickle runs code when it is loaded: only what the caller trusts may get here.
    """
    folder = locate(uri)
    try:
        document = (folder / MODEL_FILE).read_text("utf-8")
        with (folder / (_entry(document, "pickled_model") or PICKLE)).open("rb") as file:
            return pickle.load(file), _entry(document, "predict_fn") or "predict"
    except OSError as error:
        raise LogError(
            f"load_model: {str(folder)!r} is no model folder of scikit-learn's ({error.strerror}); "
            "give what log_model returns in model_uri, or 'runs:/ID/PATH'"
        ) from error


def _entry(document: str, key: str) -> str:
    """Return a one-line value of an MLmodel file."""
    found = re.search(rf"^ *{key}: *['\"]?([\w.-]+)", document, re.MULTILINE)
    return found[1] if found else ""


def record_model(
    run: Run, sk_model: Any, path: str, options: ModelOptions, more: Mapping[str, Any] | None = None
) -> ModelInfo:
    """Keep a model folder among a run's artifacts and note it, and `more`, in the run record.

    A model that was logged under the same path before is replaced.
    """
    identity = _identity(run.run_id, path)
    folder = make_model_folder(sk_model, identity, options)
    with tempfile.TemporaryDirectory(prefix="runreport-") as scratch:
        _write(folder, Path(scratch))
        keep_folder(run, Path(scratch), path)
    facts: dict[str, Any] = {
        "model_uuid": identity.model_uuid,
        "flavors": list(folder.flavors),
        "estimator_class": class_name(sk_model),
        "utc_time_created": identity.utc_time_created,
        **(more or {}),
    }
    run.write({"models": {path: facts}})
    return ModelInfo(
        artifact_path=path,
        run_id=run.run_id,
        model_uuid=identity.model_uuid,
        model_uri=str(run.artifacts / path),
        flavors=folder.flavors,
        signature=folder.signature,
        utc_time_created=identity.utc_time_created,
        name=path,
        params={name: str(value) for name, value in facts.get("params", {}).items()},
    )


def class_name(estimator: object) -> str:
    """Return an estimator's class with its module, as "sklearn.linear_model._base.Ridge"."""
    kind = type(estimator)
    return f"{kind.__module__}.{kind.__qualname__}"


def _identity(run_id: str = "", path: str = "") -> ModelIdentity:
    now = datetime.now(UTC).replace(tzinfo=None)
    return ModelIdentity(uuid.uuid4().hex, now.isoformat(" ", "microseconds"), run_id, path)


def _write(folder: ModelFolder, path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    for name, content in folder.files.items():
        (path / name).write_bytes(content)
