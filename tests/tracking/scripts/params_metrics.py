"""Log params, metrics and tags, and ask the run what it has."""

import mlflow

mlflow.set_experiment("numbers")
with mlflow.start_run(run_name="first", tags={"team": "blue"}, description="One *run*.") as run:
    print(mlflow.log_param("rate", 0.5), mlflow.log_param("solver", "saga"))
    mlflow.log_params({"deep": True, "layers": [64, 32], "nothing": None})
    for epoch in range(4):
        mlflow.log_metric("loss", 1 / (epoch + 1), step=epoch)
    mlflow.log_metric("accuracy", True)
    mlflow.log_metrics({"precision": 0.75, "recall": 1}, step=3)
    mlflow.log_metric("late", 2.5, step=1, timestamp=1_700_000_000_000, synchronous=True)
    mlflow.set_tag("stage", "draft")
    mlflow.set_tags({"seed": 7, "keep": "yes"})
    mlflow.delete_tag("keep")
    print(mlflow.active_run().info.run_name, mlflow.active_run().info.status)
    print(mlflow.active_run().info.run_id == run.info.run_id)

stored = mlflow.get_run(run.info.run_id)
print(sorted(stored.data.params.items()))
print(sorted(stored.data.metrics.items()))
print(sorted((k, v) for k, v in stored.data.tags.items() if not k.startswith("mlflow.")))
print(stored.data.tags["mlflow.runName"])
print(
    stored.info.status, stored.info.lifecycle_stage, stored.info.end_time >= stored.info.start_time
)
print(mlflow.active_run() is None, mlflow.last_active_run().info.run_id == run.info.run_id)
