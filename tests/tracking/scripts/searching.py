"""Log several runs and look for the best."""

import mlflow

mlflow.set_experiment("other")
with mlflow.start_run(run_name="elsewhere"):
    mlflow.log_metric("accuracy", 1.0)
mlflow.set_experiment("grid")
for number, rate in enumerate((0.1, 0.01, 0.5)):
    with mlflow.start_run(run_name=f"run-{number}"):
        mlflow.log_params({"rate": rate, "kind": "a" if number else "b"})
        mlflow.log_metric("accuracy", 0.9 - rate, step=0)
        mlflow.set_tag("group", "even" if number % 2 == 0 else "odd")

runs = mlflow.search_runs(order_by=["metrics.accuracy DESC"])
print(runs["tags.mlflow.runName"].tolist(), runs["params.rate"].tolist())
good = mlflow.search_runs(filter_string="metrics.accuracy > 0.5 and params.kind = 'a'")
print(good["tags.mlflow.runName"].tolist())
odd = mlflow.search_runs(
    experiment_names=["grid"], filter_string="tags.group = 'odd'", max_results=5
)
print(odd["params.rate"].tolist(), odd["status"].tolist())
everything = mlflow.search_runs(search_all_experiments=True)
print(len(everything), len(mlflow.search_runs(["grid-is-no-id"], "metrics.accuracy > 2")))
listed = mlflow.search_runs(order_by=["metrics.accuracy ASC"], output_format="list")
print([run.data.params["rate"] for run in listed], listed[0].data.metrics["accuracy"] < 0.5)
print({"run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"} <= {*runs})
names = {experiment.name for experiment in mlflow.search_experiments()}
print({"grid", "other"} <= names, mlflow.get_experiment_by_name("no such one"))
