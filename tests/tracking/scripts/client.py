"""Runs that are written by their ids, and are never the active one."""

from pathlib import Path

import mlflow

client = mlflow.MlflowClient()
experiment_id = client.create_experiment("by client")
parent = client.create_run(experiment_id, run_name="parent").info.run_id
children = []
for number in range(3):
    tags = {"mlflow.parentRunId": parent, "number": str(number)}
    run_id = client.create_run(experiment_id, tags=tags, run_name=f"child {number}").info.run_id
    client.log_param(run_id, "lr", 0.1 * number)
    client.log_metric(run_id, "loss", 1.0, step=0)
    client.log_metric(run_id, "loss", 0.5 + number, step=1)
    points = [
        mlflow.entities.Metric("acc", step / 10, 1_700_000_000_000, step) for step in range(5)
    ]
    client.log_batch(
        run_id,
        metrics=points,
        params=[mlflow.entities.Param("depth", "3")],
        tags=[mlflow.entities.RunTag("team", "red"), mlflow.entities.RunTag("gone", "x")],
    )
    client.delete_tag(run_id, "gone")
    client.log_text(run_id, "a text", "notes/a.txt")
    client.log_dict(run_id, {"a": [1, 2]}, "a.json")
    client.set_terminated(run_id, "FAILED" if number == 2 else None)
    children.append(run_id)
client.set_terminated(parent)

print(mlflow.active_run())
for run_id in children:
    run = client.get_run(run_id)
    print(run.info.run_name, run.info.status, sorted(run.data.params.items()))
    print(sorted(run.data.metrics.items()), run.data.tags["team"], "gone" in run.data.tags)
    print([(point.step, point.value) for point in client.get_metric_history(run_id, "loss")])
    print([file.path for file in client.list_artifacts(run_id)])
    print([file.path for file in client.list_artifacts(run_id, "notes")])
    print(Path(client.download_artifacts(run_id, "notes/a.txt")).read_text("utf-8"))
    print(client.get_parent_run(run_id).info.run_id == parent)

below = client.search_runs([experiment_id], f"tags.mlflow.parentRunId = '{parent}'")
print(sorted(run.info.run_name for run in below))
best = client.search_runs(
    [experiment_id],
    "metrics.loss < 2 and attributes.status = 'FINISHED'",
    order_by=["metrics.loss ASC"],
    max_results=1,
)
print([run.info.run_name for run in best])
print(client.get_experiment_by_name("by client").name)
