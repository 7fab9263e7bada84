"""Runs by their ids, under the names of MLflow's client: for tools that log on others' behalf."""

from __future__ import annotations

from runreport.errors import LogError
from runreport.tracking import (
    capture,
    experiments,
    fetching,
    files,
    fluent,
    opening,
    others,
    stored,
)
from runreport.tracking.entities import Metric, StoredRun

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from runreport.tracking.entities import FileInfo, Param, RunTag

_PARENT, _NAME = "mlflow.parentRunId", "mlflow.runName"
"""Tags that mean more than a label."""


class MlflowClient:
    """Reads and writes runs that need not be active, or were started by another process.

    Each run that is written to gets one further file of each kind, however many calls there are.
    What a server would be needed for is an `AttributeError` that says what to do instead.
    """

    def __init__(self, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:  # noqa: ARG002
        if tracking_uri is not None:
            experiments.set_tracking_uri(tracking_uri)
        self.tracking_uri = experiments.get_tracking_uri()

    create_experiment = staticmethod(experiments.create_experiment)
    get_experiment = staticmethod(experiments.get_experiment)
    get_experiment_by_name = staticmethod(experiments.get_experiment_by_name)
    search_experiments = staticmethod(experiments.search_experiments)
    get_run = staticmethod(fluent.get_run)
    get_parent_run = staticmethod(fluent.get_parent_run)

    def create_run(
        self,
        experiment_id: str,
        start_time: int | None = None,
        tags: Mapping[str, Any] | None = None,
        run_name: str | None = None,
    ) -> StoredRun:
        """Make a run that is not the active one; `set_terminated` ends it."""
        labels = opening.check_fields(tags, "tag")
        parent, name = labels.pop(_PARENT, ""), labels.pop(_NAME, None)
        wish = opening.Wish(
            experiment=str(experiment_id),
            name=run_name or name,
            parent=str(parent),
            parts=capture.choose(None),
        )
        run = opening.make_run(wish)
        others.keep(run)
        if start_time is not None:
            run.write({"started": start_time / 1000})
        run.set_tags(labels)
        return StoredRun(run.folder)

    def set_terminated(
        self, run_id: str, status: str | None = None, end_time: int | None = None
    ) -> None:
        """End a run, as "FINISHED", "FAILED" or "KILLED"."""
        run = others.writer(run_id)
        word = fluent.check_end(status or "FINISHED")
        if run.role in {"first", "resumed"}:
            run.end(word)
        else:
            run.write({"status": word, "ended": _now(end_time)})
            run.end(word)
        others.forget(run_id)

    def update_run(self, run_id: str, status: str | None = None, name: str | None = None) -> None:
        """Correct a run's status or name."""
        known = {"RUNNING": "running", "SCHEDULED": "running"}
        if status is not None:
            word = known.get(str(status)) or fluent.check_end(status)
            others.writer(run_id).write({"status": word})
        if name is not None:
            others.writer(run_id).write({"name": str(name)})

    def log_metric(  # noqa: PLR0913 - MLflow's arguments
        self,
        run_id: str,
        key: str,
        value: float,
        timestamp: int | None = None,
        step: int | None = None,
        synchronous: bool | None = None,  # noqa: ARG002
        dataset_name: str | None = None,  # noqa: ARG002
        dataset_digest: str | None = None,  # noqa: ARG002
        model_id: str | None = None,  # noqa: ARG002
    ) -> None:
        """Log one number; see `runreport.log_metric`."""
        others.writer(run_id).log_metrics({key: value}, step, timestamp)

    def log_param(
        self,
        run_id: str,
        key: str,
        value: Any,
        synchronous: bool | None = None,  # noqa: ARG002
    ) -> Any:
        """Log an input of a run and return it."""
        others.writer(run_id).log_params({key: value})
        return value

    def set_tag(
        self,
        run_id: str,
        key: str,
        value: Any,
        synchronous: bool | None = None,  # noqa: ARG002
    ) -> None:
        """Set a label of a run."""
        others.writer(run_id).set_tag(key, value)

    def delete_tag(self, run_id: str, key: str) -> None:
        """Take a label away."""
        others.writer(run_id).delete_tag(key)

    def log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric] = (),
        params: Sequence[Param] = (),
        tags: Sequence[RunTag] = (),
        synchronous: bool | None = None,  # noqa: ARG002
    ) -> None:
        """Log many numbers, inputs and labels; those of one step and time share a line."""
        run = others.writer(run_id)
        run.log_params({each.key: each.value for each in params})
        run.set_tags({each.key: each.value for each in tags})
        lines: dict[tuple[int, int], list[dict[str, float]]] = {}
        for each in metrics:
            rows = lines.setdefault((each.step, each.timestamp), [{}])
            if each.key in rows[-1]:
                rows.append({})
            rows[-1][each.key] = each.value
        for (step, timestamp), rows in lines.items():
            for row in rows:
                run.log_metrics(row, step, timestamp)

    def log_artifact(self, run_id: str, local_path: str, artifact_path: str | None = None) -> None:
        """Copy a file into a run."""
        files.log_artifact(local_path, artifact_path, run_id)

    def log_artifacts(self, run_id: str, local_dir: str, artifact_path: str | None = None) -> None:
        """Copy what is in a folder into a run."""
        files.log_artifacts(local_dir, artifact_path, run_id)

    def log_text(self, run_id: str, text: str, artifact_file: str) -> None:
        """Keep a text as a file of a run."""
        files.log_text(text, artifact_file, run_id)

    def log_dict(self, run_id: str, dictionary: Mapping[str, Any], artifact_file: str) -> None:
        """Keep a dictionary as JSON or YAML."""
        files.log_dict(dictionary, artifact_file, run_id)

    def log_figure(
        self,
        run_id: str,
        figure: Any,
        artifact_file: str,
        *,
        save_kwargs: dict[str, Any] | None = None,
    ) -> None:
        """Keep a figure; see `runreport.log_figure`."""
        with others.active(run_id):
            files.log_figure(figure, artifact_file, save_kwargs=save_kwargs)

    def log_image(  # noqa: PLR0913 - MLflow's arguments
        self,
        run_id: str,
        image: Any,
        artifact_file: str | None = None,
        key: str | None = None,
        step: int | None = None,
        timestamp: int | None = None,
        synchronous: bool | None = None,  # noqa: ARG002
    ) -> None:
        """Keep an image; see `runreport.log_image`."""
        with others.active(run_id):
            files.log_image(image, artifact_file, key, step, timestamp)

    def log_table(self, run_id: str, data: Any, artifact_file: str) -> None:
        """Keep a table, or add rows to it."""
        files.log_table(data, artifact_file, run_id)

    def load_table(
        self,
        experiment_id: str,
        artifact_file: str,
        run_ids: Sequence[str] | None = None,
        extra_columns: Sequence[str] | None = None,
    ) -> Any:
        """Return a table that several runs keep as one pandas frame."""
        if run_ids is None:
            found = self.search_runs([experiment_id], max_results=10**9)
            run_ids = [run.info.run_id for run in found]
        return files.load_table(artifact_file, run_ids, extra_columns or ())

    def log_inputs(
        self, run_id: str, datasets: Sequence[Any] | None = None, models: object = None
    ) -> None:
        """Record which data went in; each may be what `log_input` takes."""
        if models:
            raise LogError("log_inputs: models have no entries of their own; leave models out")
        with others.active(run_id):
            for each in datasets or ():
                files.log_input(getattr(each, "dataset", each))

    def get_metric_history(self, run_id: str, key: str) -> list[Metric]:
        """Return all points of a metric, in the order of their steps."""
        points = sorted(stored.points_of(self.get_run(run_id).folder, key), key=lambda p: p[0])
        return [
            Metric(key, value, round((time or 0) * 1000), int(step)) for step, value, time in points
        ]

    def search_runs(
        self,
        experiment_ids: Sequence[str],
        filter_string: str = "",
        run_view_type: int = 1,
        max_results: int = 1000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,  # noqa: ARG002
    ) -> list[StoredRun]:
        """Return the runs that a filter lets through; see `runreport.search_runs`."""
        import runreport

        found: list[StoredRun] = runreport.search_runs(
            list(experiment_ids),
            filter_string,
            run_view_type,
            max_results,
            order_by,
            output_format="list",
        )
        return found

    def list_artifacts(self, run_id: str, path: str | None = None) -> list[FileInfo]:
        """Return what a run keeps in a folder of its artifacts."""
        return fetching.list_artifacts(run_id=run_id, artifact_path=path)

    def download_artifacts(self, run_id: str, path: str, dst_path: str | None = None) -> str:
        """Return where an artifact is; with `dst_path`, copy it there."""
        return fetching.download_artifacts(run_id=run_id, artifact_path=path, dst_path=dst_path)

    def __getattr__(self, name: str) -> Any:
        from runreport.tracking.elsewhere import explain_of_client

        raise AttributeError(explain_of_client(name), name=name, obj=self)


def _now(milliseconds: int | None) -> float:
    from time import time

    return time() if milliseconds is None else milliseconds / 1000
