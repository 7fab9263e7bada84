"""Every estimator's fit tells, keeps its signature, and can be restored."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Iterator
from typing import Any

import cloudpickle
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline

from runreport.sklearn.patching import FitCall, patch_estimators, restore_estimators, unpatched

X, Y = load_iris(return_X_y=True)


@pytest.fixture
def fitted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(call: FitCall) -> Any:
        seen.append(type(call.estimator).__name__)
        return call.make()

    patch_estimators(note)
    yield seen
    restore_estimators()


def test_fit_is_told_and_still_fits(fitted: list[str]) -> None:
    model = LinearRegression()

    result = model.fit(X, Y)

    assert result is model
    assert model.score(X, Y) > 0.9
    assert fitted == ["LinearRegression"]


def test_fit_of_a_mixin_is_told(fitted: list[str]) -> None:
    KMeans(2, n_init=1).fit_predict(X)

    assert fitted == ["KMeans", "KMeans"]


def test_fit_that_only_some_instances_have_is_told(fitted: list[str]) -> None:
    pipeline = Pipeline([("cluster", KMeans(2, n_init=1))])

    labels = pipeline.fit_predict(X)

    assert len(labels) == len(X)
    assert fitted[0] == "Pipeline"
    assert not hasattr(Pipeline([("line", LinearRegression())]), "fit_predict")


def test_class_defined_later_is_told(fitted: list[str]) -> None:
    class Later(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # an untyped library
        def fit(self, X: Any, y: Any) -> Later:  # noqa: ARG002, N803
            return self

    Later().fit(X, Y)

    assert fitted == ["Later"]


def test_signature_name_and_doc_stay(fitted: list[str]) -> None:
    with unpatched():
        before = inspect.signature(LogisticRegression.fit)
        original = LogisticRegression.fit

    assert LogisticRegression.fit is not original
    assert inspect.signature(LogisticRegression.fit) == before
    assert LogisticRegression.fit.__doc__ == original.__doc__
    assert LogisticRegression.fit.__qualname__ == "LogisticRegression.fit"
    assert LogisticRegression().get_metadata_routing().fit.requests == {"sample_weight": None}
    assert fitted == []


def test_restoring_gives_every_class_its_own_method_back() -> None:
    before = LinearRegression.fit, vars(Pipeline)["fit_predict"], "__init_subclass__"

    patch_estimators(FitCall.make)
    patch_estimators(FitCall.make)
    patched = LinearRegression.fit
    restore_estimators()

    assert patched is not before[0]
    assert LinearRegression.fit is before[0]
    assert vars(Pipeline)["fit_predict"] is before[1]
    assert before[2] not in vars(BaseEstimator)


def test_wrapper_that_somebody_wrapped_since_falls_silent(
    fitted: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = LinearRegression.fit

    def theirs(self: Any, X: Any, y: Any) -> Any:  # noqa: N803
        return ours(self, X, y)

    monkeypatch.setattr(LinearRegression, "fit", theirs)
    restore_estimators()

    assert LinearRegression.fit is theirs
    assert LinearRegression().fit(X, Y).score(X, Y) > 0.9
    assert fitted == []
    monkeypatch.undo()
    # What is left in the class is a wrapper that tells nobody.
    type.__setattr__(LinearRegression, "fit", inspect.unwrap(ours))


def test_pickle_by_value_knows_nothing_of_the_patch(fitted: list[str]) -> None:
    class Local(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # an untyped library
        def fit(self, X: Any, y: Any) -> Local:  # noqa: ARG002, N803
            return self

    with unpatched():
        content = cloudpickle.dumps(Local())

    assert b"runreport.sklearn" not in content
    Local().fit(X, Y)
    assert fitted == ["Local"]


def test_pickle_by_reference_comes_back(fitted: list[str]) -> None:
    model = LinearRegression().fit(X, Y)

    assert pickle.loads(pickle.dumps(model)).coef_.tolist() == model.coef_.tolist()
    assert fitted == ["LinearRegression"]
