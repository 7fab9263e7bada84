"""Train with automatic logging."""

import mlflow
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

mlflow.set_experiment("trained")
mlflow.sklearn.autolog(log_models=False, silent=True)
features, labels = load_iris(return_X_y=True)
with mlflow.start_run() as run:
    LogisticRegression(max_iter=300, C=0.5).fit(features, labels)
stored = mlflow.get_run(run.info.run_id)
print(stored.data.params["C"], stored.data.params["max_iter"], stored.data.params["fit_intercept"])
print(sorted(name for name in stored.data.metrics if name.startswith("training_")))
print(round(stored.data.metrics["training_accuracy_score"], 2))
print(stored.data.tags["estimator_name"])
