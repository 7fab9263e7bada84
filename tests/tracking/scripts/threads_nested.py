"""A search whose trials are runs below one, started by threads."""

from concurrent.futures import ThreadPoolExecutor

import mlflow


def trial(rate):
    """Train with one rate."""
    with mlflow.start_run(run_name=f"rate {rate}", nested=True, parent_run_id=parent) as run:
        mlflow.log_param("rate", rate)
        for step in range(3):
            mlflow.log_metric("rmse", rate / (step + 1), step=step)
    return run.info.run_id


mlflow.set_experiment("trials")
with mlflow.start_run(run_name="search") as search:
    parent = search.info.run_id
    with ThreadPoolExecutor(4) as pool:
        trials = list(pool.map(trial, [0.1, 0.2, 0.3, 0.4]))
    found = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{parent}'")
    print(sorted(found["params.rate"]), sorted(found["metrics.rmse"].round(4)))
    print(sorted(found["run_id"]) == sorted(trials))
    best = mlflow.search_runs(order_by=["metrics.rmse ASC"], max_results=1).iloc[0]
    mlflow.log_metric("best", best["metrics.rmse"])
    mlflow.set_tag("best", best["tags.mlflow.runName"])

print(mlflow.get_run(parent).data.tags["best"])
print({mlflow.get_parent_run(each).info.run_id == parent for each in trials})
