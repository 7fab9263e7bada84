"""Two experiments in turn, and a run that goes on later."""

import mlflow

first = mlflow.set_experiment("early")
with mlflow.start_run(run_name="short") as run:
    mlflow.log_metric("loss", 1.0, step=0)
second = mlflow.set_experiment(experiment_name="late")
print(first.name, second.name)
mlflow.start_run(run_name="other")
mlflow.log_metric("loss", 0.1)
print(mlflow.get_experiment(mlflow.active_run().info.experiment_id).name)
mlflow.end_run()
mlflow.set_experiment("early")
with mlflow.start_run(run_id=run.info.run_id) as again:
    print(again.info.run_id == run.info.run_id, again.info.run_name)
    mlflow.log_metric("loss", 0.5, step=1)
    mlflow.log_param("added", "later")
whole = mlflow.get_run(run.info.run_id)
print(whole.data.metrics, whole.data.params, whole.info.status)
print(mlflow.get_experiment(whole.info.experiment_id).name)
try:
    with mlflow.start_run(run_name="broken") as broken:
        raise RuntimeError("no data")
except RuntimeError as error:
    print(error, mlflow.get_run(broken.info.run_id).info.status)
mlflow.log_metric("without", 1)
print(mlflow.active_run() is not None)
mlflow.end_run(status="KILLED")
print(mlflow.get_run(mlflow.last_active_run().info.run_id).info.status)
mlflow.end_run()
mlflow.flush_async_logging()
