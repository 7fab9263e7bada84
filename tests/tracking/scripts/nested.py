"""A search over settings: one run above, one below it for each setting."""

import mlflow

mlflow.set_experiment("search")
with mlflow.start_run(run_name="search") as parent:
    mlflow.log_param("candidates", 3)
    best = None
    for rate in (0.3, 0.1, 0.2):
        with mlflow.start_run(run_name=f"rate-{rate}", nested=True) as child:
            mlflow.log_param("rate", rate)
            mlflow.log_metric("loss", (rate - 0.1) ** 2)
            found = mlflow.get_parent_run(child.info.run_id)
            print(found.info.run_name, mlflow.active_run().info.run_name)
        if best is None or child.info.run_id != best[1]:
            loss = mlflow.get_run(child.info.run_id).data.metrics["loss"]
            best = min(best or (loss, rate), (loss, rate))
    print(mlflow.active_run().info.run_id == parent.info.run_id)
    mlflow.log_metric("best_loss", best[0])
print(best, mlflow.get_parent_run(parent.info.run_id))
print(len(mlflow.search_runs(experiment_names=["search"])))
below = mlflow.get_run(child.info.run_id)
print(below.data.tags["mlflow.parentRunId"] == parent.info.run_id)
try:
    with mlflow.start_run(run_name="above"):
        mlflow.start_run(run_name="beside")
except Exception:
    print("a second run must be nested")
while mlflow.active_run() is not None:
    mlflow.end_run("FAILED")
print(mlflow.last_active_run().info.run_name)
