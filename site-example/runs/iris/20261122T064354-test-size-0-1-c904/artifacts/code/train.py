"""Train a small forest on the iris data five times, each time with another share for the test."""

from __future__ import annotations

from typing import Any

from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split

import runreport

TREES = 40

# A version is any text: a release, a commit, a build's full name.
RUNS = {
    0.3: "1.0.0",
    0.2: "123.456.789",
    0.1: "测试",
    0.05: "0f3a9c51e7d24b86a1c05d9e3b7f8264c0d1e2f3",
    0.01: "v2.1.0-rc.1+build.20261122.gdeadbeefdeadbeef",
}


def log_learning_curve(parts: list[Any]) -> None:
    """Log how a forest does on the test data while it grows, a step a tree."""
    x_train, x_test, y_train, y_test = parts
    forest = RandomForestClassifier(warm_start=True, random_state=0)
    for trees in range(1, TREES + 1):
        forest.set_params(n_estimators=trees).fit(x_train, y_train)
        chances = forest.predict_proba(x_test)
        values = {
            "accuracy": accuracy_score(y_test, forest.predict(x_test)),
            "log_loss": log_loss(y_test, chances, labels=forest.classes_),
        }
        runreport.log_metrics(values, step=trees)


def train(test_size: float, version: str) -> None:
    """Train one forest as a run of its own."""
    features, target = load_iris(return_X_y=True, as_frame=True)
    parts = train_test_split(features, target, test_size=test_size, random_state=0)
    with runreport.start_run(
        experiment="iris",
        run_name=f"test-size-{test_size}",
        version=version,
        params={"test_size": test_size},
        tags={"data": "iris"},
    ):
        log_learning_curve(parts)
        # Only the forest of two trees is the run's model, so only its fit is recorded.
        runreport.sklearn.autolog(log_input_examples=True)
        forest = RandomForestClassifier(n_estimators=2, random_state=0).fit(parts[0], parts[2])
        runreport.sklearn.autolog(disable=True)
        accuracy = forest.score(parts[1], parts[3])
        runreport.log_metrics({"test_accuracy": accuracy})
    print(f"iris: test_size {test_size}: accuracy {accuracy:.3f}")


def main() -> None:
    """Train all five."""
    for test_size, version in RUNS.items():
        train(test_size, version)


if __name__ == "__main__":
    main()
