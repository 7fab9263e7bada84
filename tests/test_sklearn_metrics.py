"""Training metrics: MLflow's names, for every kind of target that scikit-learn knows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.metrics import f1_score, mean_squared_error, precision_score, roc_auc_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from runreport.sklearn.metrics import TrainingData, evaluate_training

X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])

CLASSIFIER = {
    "training_accuracy_score",
    "training_precision_score",
    "training_recall_score",
    "training_f1_score",
    "training_score",
}
PROBABLE = CLASSIFIER | {"training_log_loss", "training_roc_auc"}
REGRESSOR = {
    "training_mean_squared_error",
    "training_root_mean_squared_error",
    "training_mean_absolute_error",
    "training_r2_score",
    "training_score",
}


def shallow_tree(**options: Any) -> DecisionTreeClassifier:
    return DecisionTreeClassifier(max_depth=1, random_state=0, **options)


def test_multiclass_metrics_are_weighted_averages() -> None:
    # The last class is rarer than the others, so that a plain average is another number.
    features, target = X[:120], Y[:120]
    tree = shallow_tree().fit(features, target)

    found = evaluate_training(tree, TrainingData(features, target))

    assert set(found.metrics) == PROBABLE
    assert found.failures == {}
    assert found.metrics["training_accuracy_score"] == pytest.approx(100 / 120)
    predicted = tree.predict(features)
    assert found.metrics["training_f1_score"] == f1_score(target, predicted, average="weighted")
    chances = tree.predict_proba(features)
    expected = roc_auc_score(target, chances, multi_class="ovo", average="weighted")
    assert found.metrics["training_roc_auc"] == expected


def test_class_names_may_be_texts() -> None:
    found = evaluate_training(shallow_tree().fit(X, NAMES[Y]), TrainingData(X, NAMES[Y]))

    assert set(found.metrics) == PROBABLE
    assert found.confusion is not None
    assert found.confusion.labels == ("setosa", "versicolor", "virginica")


def test_confusion_matrix_has_a_row_a_true_class() -> None:
    found = evaluate_training(shallow_tree().fit(X, Y), TrainingData(X, Y))

    assert found.confusion is not None
    assert found.confusion.counts.tolist() == [[50, 0, 0], [0, 50, 0], [0, 50, 0]]


def test_pos_label_makes_binary_scores() -> None:
    target = NAMES[np.minimum(Y, 1)]
    model = LogisticRegression().fit(X[:, :1], target)

    found = evaluate_training(model, TrainingData(X[:, :1], target), pos_label="setosa")

    expected = precision_score(target, model.predict(X[:, :1]), pos_label="setosa")
    assert found.metrics["training_precision_score"] == expected
    assert set(found.metrics) == PROBABLE


def test_sample_weights_count() -> None:
    # Only the first two classes weigh, and a tree of two leaves tells these apart.
    weight = (Y < 2).astype(float)
    tree = shallow_tree().fit(X, Y, sample_weight=weight)

    found = evaluate_training(tree, TrainingData(X, Y, weight))

    assert found.metrics["training_accuracy_score"] == 1.0
    assert found.metrics["training_score"] == 1.0
    # Its weighted form for many classes is unknown to scikit-learn.
    assert set(found.metrics) == PROBABLE - {"training_roc_auc"}
    assert found.failures == {}


def test_weights_are_kept_from_a_score_that_knows_none() -> None:
    class Plain(LinearRegression):  # type: ignore[misc]  # an untyped library
        def score(self, X: Any, y: Any) -> float:  # noqa: N803
            return 0.5 if len(X) == len(y) else 0.0

    model = Plain().fit(X, Y)

    found = evaluate_training(model, TrainingData(X, Y, np.ones(len(Y))))

    assert found.metrics["training_score"] == 0.5


def test_model_without_probabilities_has_neither_log_loss_nor_auc() -> None:
    found = evaluate_training(RidgeClassifier().fit(X, Y), TrainingData(X, Y))

    assert set(found.metrics) == CLASSIFIER
    assert found.failures == {}


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(RandomForestClassifier(n_estimators=3, random_state=0), id="list of arrays"),
        pytest.param(KNeighborsClassifier(), id="neighbours"),
    ],
)
def test_multilabel_target(model: Any) -> None:
    features, labels = make_multilabel_classification(n_classes=3, random_state=0)

    found = evaluate_training(model.fit(features, labels), TrainingData(features, labels))

    assert set(found.metrics) == PROBABLE - {"training_log_loss"}
    assert found.confusion is None
    assert found.failures == {}


def test_several_outputs_of_many_classes_have_only_a_score() -> None:
    target = np.column_stack([Y, (Y + 1) % 3])
    model = MultiOutputClassifier(shallow_tree()).fit(X, target)

    found = evaluate_training(model, TrainingData(X, target))

    assert set(found.metrics) == {"training_score"}


def test_one_class_leaves_out_what_it_does_not_define() -> None:
    target = np.zeros(len(X))
    model = DummyClassifier().fit(X, target)

    found = evaluate_training(model, TrainingData(X, target))

    assert found.metrics["training_accuracy_score"] == 1.0
    assert "training_roc_auc" not in found.metrics


def test_regression_metrics() -> None:
    model = LinearRegression().fit(X[:, :1], X[:, 1])

    found = evaluate_training(model, TrainingData(X[:, :1], X[:, 1]))

    assert set(found.metrics) == REGRESSOR
    squared = mean_squared_error(X[:, 1], model.predict(X[:, :1]))
    assert found.metrics["training_mean_squared_error"] == squared
    assert found.metrics["training_root_mean_squared_error"] == pytest.approx(squared**0.5)


def test_regression_of_several_outputs() -> None:
    model = LinearRegression().fit(X[:, :2], X[:, 2:])

    assert set(evaluate_training(model, TrainingData(X[:, :2], X[:, 2:])).metrics) == REGRESSOR


def test_without_a_target_there_is_nothing_to_measure() -> None:
    found = evaluate_training(shallow_tree().fit(X, Y), TrainingData(X))

    assert found.metrics == {}
    assert found.failures == {}


def test_metric_that_fails_is_named_with_its_reason() -> None:
    class Broken(LinearRegression):  # type: ignore[misc]  # an untyped library
        def score(self, X: Any, y: Any) -> float:  # noqa: ARG002, N803
            raise RuntimeError("no score today")

    found = evaluate_training(Broken().fit(X, Y), TrainingData(X, Y))

    assert found.failures == {"training_score": "RuntimeError: no score today"}
    assert set(found.metrics) == REGRESSOR - {"training_score"}
