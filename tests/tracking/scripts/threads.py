"""Log from a pool of threads into one run, by its id."""

from concurrent.futures import ThreadPoolExecutor

import mlflow

mlflow.set_experiment("parallel")


def work(number):
    for step in range(5):
        mlflow.log_metric(f"worker_{number}", number * step, step=step, run_id=run.info.run_id)


with mlflow.start_run() as run, ThreadPoolExecutor(4) as pool:
    list(pool.map(work, range(4)))
print(sorted(mlflow.get_run(run.info.run_id).data.metrics.items()))
