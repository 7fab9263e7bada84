"""Model folders: what is written, and that a real MLflow loads it."""

from __future__ import annotations

import json
import pickle
import platform
import threading
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import runreport
from runreport import LogError
from runreport.reading.sources import find_runs, read
from runreport.sklearn import log_model, save_model
from runreport.sklearn.signature import infer_signature
from runreport.sklearn.yaml import yaml_text
from runreport.tracking import state

with warnings.catch_warnings():
    # Of its own libraries; ours give none.
    warnings.simplefilter("ignore")
    import mlflow.models
    import mlflow.pyfunc
    import mlflow.sklearn

X, Y = load_iris(return_X_y=True)
FRAME, _ = load_iris(return_X_y=True, as_frame=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("RUNREPORT_DIR", str(tmp_path / "runs"))
    monkeypatch.delenv("RUNREPORT_RUN", raising=False)
    monkeypatch.setattr(state.settings, "root", None)
    monkeypatch.setattr(state.settings, "experiment", None)
    yield tmp_path / "runs"
    for run in list(state.opened):
        run.end()


def quiet(call: Any, *arguments: Any) -> Any:
    """Call MLflow, which warns of its own dependencies and hints."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(*arguments)


def document(folder: Path) -> Any:
    return yaml.safe_load((folder / "MLmodel").read_text())


@pytest.mark.parametrize("form", ["pickle", "cloudpickle"])
@pytest.mark.parametrize(
    ("model", "features", "target"),
    [
        pytest.param(RandomForestClassifier(n_estimators=2), FRAME, Y, id="frame"),
        pytest.param(RandomForestClassifier(n_estimators=2), X, NAMES, id="array and texts"),
        pytest.param(RandomForestRegressor(n_estimators=2), X, Y, id="regressor"),
        pytest.param(make_pipeline(StandardScaler(), LinearRegression()), FRAME, Y, id="pipeline"),
    ],
)
def test_mlflow_loads_it_and_predicts_the_same(
    tmp_path: Path, model: Any, features: Any, target: Any, form: str
) -> None:
    model.fit(features, target)
    folder = tmp_path / "model"

    save_model(model, folder, input_example=features[:3], serialization_format=form)

    loaded = quiet(mlflow.pyfunc.load_model, str(folder))
    plain = quiet(mlflow.sklearn.load_model, str(folder))
    expected = model.predict(features)
    for predicted in (quiet(loaded.predict, features), plain.predict(features)):
        # MLflow hands on a copy in another memory layout, which BLAS sums in another order.
        same = predicted == expected if expected.dtype.kind in "iU" else None
        assert np.allclose(predicted, expected, rtol=1e-9) if same is None else same.all()
    assert np.array_equal(np.asarray(loaded.input_example), np.asarray(features[:3]))
    assert loaded.metadata.signature is not None


def test_logged_model_is_an_artifact_and_in_the_record(root: Path) -> None:
    model = RandomForestClassifier(n_estimators=2).fit(X, Y)

    with runreport.start_run(run_name="mine") as run:
        info = log_model(model, "forests/best", input_example=X[:2])

    folder = run.artifacts / "forests" / "best"
    assert Path(info.model_uri) == folder
    assert info.run_id == document(folder)["run_id"] == run.run_id
    assert info.flavors == ("python_function", "sklearn")
    loaded = quiet(mlflow.pyfunc.load_model, info.model_uri)
    assert loaded.metadata.model_uuid == info.model_uuid
    (found,) = find_runs([root])[0]
    assert read(found).models["forests/best"] == {
        "model_uuid": info.model_uuid,
        "flavors": ["python_function", "sklearn"],
        "estimator_class": "sklearn.ensemble._forest.RandomForestClassifier",
        "utc_time_created": info.utc_time_created,
    }


def test_model_without_a_run_starts_one_like_any_log_call() -> None:
    info = log_model(LinearRegression().fit(X, Y), name="line")

    run = runreport.active_run()
    assert run is not None
    assert (info.run_id, info.artifact_path) == (run.run_id, "line")
    assert log_model(LinearRegression().fit(X, Y)).artifact_path == "model"


def test_versions_in_use_are_named_exactly(tmp_path: Path) -> None:
    save_model(LinearRegression().fit(FRAME, Y), tmp_path / "m", input_example=FRAME[:2])

    lines = (tmp_path / "m/requirements.txt").read_text().splitlines()
    assert lines[0].startswith("mlflow")
    assert {
        f"{name}=={version(name)}" for name in ("scikit-learn", "numpy", "scipy", "pandas")
    } <= {*lines}
    assert not any(line.startswith("runreport") for line in lines)
    python_env = yaml.safe_load((tmp_path / "m/python_env.yaml").read_text())
    assert python_env["python"] == platform.python_version()
    assert python_env["dependencies"] == ["-r requirements.txt"]
    conda_env = yaml.safe_load((tmp_path / "m/conda.yaml").read_text())
    assert conda_env["dependencies"][-1] == {"pip": lines}
    assert document(tmp_path / "m")["flavors"]["sklearn"]["sklearn_version"] == sklearn.__version__


def test_own_requirements_and_metadata_are_kept() -> None:
    info = log_model(
        LinearRegression().fit(X, Y),
        pip_requirements=["scikit-learn"],
        extra_pip_requirements=["my-package==1"],
        metadata={"team": {"name": "flowers: all", "size": 3}},
    )

    folder = Path(info.model_uri)
    assert (folder / "requirements.txt").read_text() == "scikit-learn\nmy-package==1\n"
    assert document(folder)["metadata"] == {"team": {"name": "flowers: all", "size": 3}}


def test_probabilities_may_answer_for_the_model() -> None:
    model = RandomForestClassifier(n_estimators=2).fit(X, Y)

    info = log_model(model, pyfunc_predict_fn="predict_proba", input_example=X[:2])

    loaded = quiet(mlflow.pyfunc.load_model, info.model_uri)
    assert np.array_equal(quiet(loaded.predict, X), model.predict_proba(X))


def test_transformer_has_the_flavor_of_scikit_learn_only() -> None:
    info = log_model(StandardScaler().fit(X), input_example=X[:2])

    assert info.flavors == ("sklearn",)
    assert info.signature is None
    loaded = quiet(mlflow.sklearn.load_model, info.model_uri)
    assert np.array_equal(loaded.transform(X), StandardScaler().fit_transform(X))


def test_signature_may_be_given_by_mlflow_or_refused() -> None:
    model = LinearRegression().fit(X, Y)
    theirs = quiet(mlflow.models.infer_signature, X, model.predict(X))

    info = log_model(model, signature=theirs)
    none = log_model(model, "unsigned", signature=False, input_example=X[:2])

    assert quiet(mlflow.pyfunc.load_model, info.model_uri).metadata.signature == theirs
    assert none.signature is None


COLUMNS = {
    "long": [1, 2],
    "integer": np.array([1, 2], dtype="i4"),
    "short": np.array([1, 2], dtype="u2"),
    "unsigned": np.array([1, 2], dtype="u4"),
    "double": [1.5, np.nan],
    "float": np.array([1, 2], dtype="f4"),
    "bool": [True, False],
    "text": ["a", None],
    "category": pd.Categorical(["x", "y"]),
    "bytes": [b"a", b"b"],
    "time": pd.to_datetime(["2026-01-01", "2026-01-02"]),
    "nullable": pd.array([1, None], dtype="Int64"),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_column_types_are_those_that_mlflow_infers(name: str) -> None:
    frame = pd.DataFrame({name: COLUMNS[name]})

    theirs = quiet(mlflow.models.infer_signature, frame, frame[name]).to_dict()

    ours = infer_signature(frame, frame[name])
    assert ours is not None
    for side in ("inputs", "outputs"):
        assert json.loads(str(ours[side])) == json.loads(theirs[side])


@pytest.mark.parametrize(
    "array",
    [X, X.astype("f4"), NAMES, Y, np.zeros((2, 3, 4), dtype=bool)],
    ids=["f8", "f4", "text", "int", "three axes"],
)
def test_array_types_are_those_that_mlflow_infers(array: Any) -> None:
    theirs = quiet(mlflow.models.infer_signature, array, array).to_dict()

    ours = infer_signature(array, array)
    assert ours is not None
    assert json.loads(str(ours["inputs"])) == json.loads(theirs["inputs"])


def test_what_has_no_schema_has_no_signature() -> None:
    assert infer_signature(["a", "b"], Y) is None
    assert infer_signature(pd.DataFrame({"odd": [{}, {}]}), Y) is None


def test_example_keeps_its_missing_values_and_digits() -> None:
    frame = pd.DataFrame({"a": [0.1 + 0.2, np.nan], "b": ["x", None]})

    class Counter(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # an untyped library
        def predict(self, X: Any) -> Any:  # noqa: N803
            return np.zeros(len(X))

    info = log_model(Counter(), input_example=frame, serialization_format="cloudpickle")

    example = json.loads((Path(info.model_uri) / "input_example.json").read_text())
    assert example == {"columns": ["a", "b"], "data": [[0.1 + 0.2, "x"], [None, None]]}


def test_class_of_the_script_itself_comes_back_by_value(tmp_path: Path) -> None:
    class Constant(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # an untyped library
        def predict(self, X: Any) -> Any:  # noqa: N803
            return np.full(len(X), 7)

    save_model(Constant(), tmp_path / "m", serialization_format="cloudpickle")

    loaded = quiet(mlflow.sklearn.load_model, str(tmp_path / "m"))
    assert loaded.predict(X[:2]).tolist() == [7, 7]
    lines = (tmp_path / "m/requirements.txt").read_text()
    assert f"cloudpickle=={version('cloudpickle')}\n" in lines


def test_what_cannot_be_pickled_says_what_to_do(tmp_path: Path) -> None:
    model = FunctionTransformer(lambda x: x)

    with pytest.raises(LogError) as raised:
        save_model(model, tmp_path / "m")

    assert str(raised.value).startswith("log_model: cannot pickle FunctionTransformer: ")
    assert str(raised.value).endswith("or pass serialization_format='cloudpickle'")
    assert not (tmp_path / "m").exists()


def test_what_nothing_can_pickle_is_an_error_too(tmp_path: Path) -> None:
    model = LinearRegression().fit(X, Y)
    model.lock = threading.Lock()

    with pytest.raises(LogError, match="cannot pickle"):
        save_model(model, tmp_path / "m", serialization_format="cloudpickle")


def test_folder_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "mine.txt").write_text("keep me")

    with pytest.raises(LogError) as raised:
        save_model(LinearRegression().fit(X, Y), tmp_path / "m")

    assert str(raised.value) == (
        f"save_model: {str(tmp_path / 'm')!r} is already there; give a new folder's name"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"signature": "frame"}, "not a signature: 'frame'"),
        ({"input_example": {"a": 1}}, "an input_example of type dict cannot be kept"),
        ({"serialization_format": "skops"}, "serialization_format 'skops' is unknown"),
        ({"artifact_path": "../out"}, "leads out of the run"),
    ],
)
def test_arguments_without_sense_raise(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(LogError, match=message):
        log_model(LinearRegression().fit(X, Y), **arguments)


def test_pickle_is_that_of_the_model_alone(tmp_path: Path) -> None:
    model = LinearRegression().fit(X, Y)

    save_model(model, tmp_path / "m")

    assert (tmp_path / "m/model.pkl").read_bytes() == pickle.dumps(model, pickle.DEFAULT_PROTOCOL)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.sampled_from(
        ["1.9.1", "yes", "null", "a: b", "a #b", "- x", "2026-11-22", "", " x", "x ", "é", "1e5"]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner | st.dictionaries(st.text(), SCALARS, max_size=2), max_size=3)
        | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), SCALARS | st.dictionaries(st.text(), VALUES, max_size=3)))
def test_yaml_comes_back_as_it_was(value: dict[str, Any]) -> None:
    assert yaml.safe_load(yaml_text(value)) == (value or None)
