"""A run's facts under the names that MLflow scripts ask for."""

from __future__ import annotations

from runreport.tracking import stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from runreport.tracking.run import Run


class RunInfo:
    """Who and when: what `run.info` answers; times in milliseconds, status in capitals."""

    def __init__(self, folder: Path, fields: dict[str, Any]) -> None:
        self.run_id: str = str(fields.get("run_id") or folder.name)
        self.run_name: str = str(fields.get("name") or folder.name)
        self.experiment_id: str = str(fields.get("experiment") or folder.parent.name)
        self.user_id: str = str(fields.get("user") or "")
        self.status: str = str(fields.get("status") or "running").upper()
        self.start_time: int | None = _milliseconds(fields.get("started"))
        self.end_time: int | None = _milliseconds(fields.get("ended"))
        self.artifact_uri: str = str(folder / "artifacts")
        self.lifecycle_stage = "active"

    def __repr__(self) -> str:
        return f"<RunInfo {self.run_id!r}, {self.status}>"


class RunData:
    """What was logged: params and tags as text, each metric's last value."""

    def __init__(
        self, params: dict[str, str], metrics: dict[str, float], tags: dict[str, str]
    ) -> None:
        self.params = params
        self.metrics = metrics
        self.tags = tags

    def __repr__(self) -> str:
        return f"<RunData params={self.params!r} metrics={self.metrics!r} tags={self.tags!r}>"


class StoredRun:
    """A run as its folder tells it: what `get_run` returns."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.info = RunInfo(self.folder, stored.read_fields(folder))
        self.data = read_data(folder)

    def __repr__(self) -> str:
        return f"<StoredRun {self.info.run_id!r}, {self.info.status}>"


class Param:
    """An input of a run, for `MlflowClient.log_batch`."""

    def __init__(self, key: str, value: Any) -> None:
        self.key = key
        self.value = value

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key!r}: {self.value!r}>"


class RunTag(Param):
    """A label of a run, for `MlflowClient.log_batch`."""


class Metric(Param):
    """One point of a metric; its time is in milliseconds since the epoch."""

    def __init__(  # noqa: PLR0913 - MLflow's arguments
        self,
        key: str,
        value: float,
        timestamp: int,
        step: int,
        model_id: str | None = None,  # noqa: ARG002
        dataset_name: str | None = None,  # noqa: ARG002
        dataset_digest: str | None = None,  # noqa: ARG002
        run_id: str | None = None,  # noqa: ARG002
    ) -> None:
        super().__init__(key, value)
        self.timestamp = timestamp
        self.step = step


class FileInfo:
    """A file or folder among a run's artifacts."""

    def __init__(self, path: str, is_dir: bool, file_size: int | None) -> None:
        self.path = path
        self.is_dir = is_dir
        self.file_size = file_size

    def __repr__(self) -> str:
        return f"<FileInfo {self.path!r}>"


class ViewType:
    """Which runs a search is about; here none is ever deleted."""

    ACTIVE_ONLY, DELETED_ONLY, ALL = range(1, 4)


class RunStatus:
    """MLflow's words for how a run stands."""

    RUNNING, SCHEDULED, FINISHED, FAILED, KILLED = range(1, 6)

    @staticmethod
    def to_string(status: int) -> str:
        """Return a number's word."""
        return ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED")[status - 1]


def make_info(run: Run) -> RunInfo:
    """Return an open run's facts."""
    fields = {
        "run_id": run.run_id,
        "name": run.name,
        "experiment": run.experiment,
        "user": run.user,
        "status": run.status,
        "started": run.started,
        "ended": run.ended,
    }
    return RunInfo(run.folder, fields)


def read_data(folder: Path) -> RunData:
    """Return what a run folder holds at this moment."""
    fields = stored.read_fields(folder)
    return RunData(
        _texts(fields.get("params")),
        stored.last_values(folder),
        {**_texts(_facts(fields)), **_texts(fields.get("tags"))},
    )


def _texts(values: dict[str, Any] | None) -> dict[str, str]:
    return {name: str(value) for name, value in (values or {}).items()}


def _facts(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what MLflow keeps as tags of its own."""
    source = fields.get("source")
    facts = {
        "mlflow.runName": fields.get("name"),
        "mlflow.user": fields.get("user"),
        "mlflow.source.name": source.get("name") if isinstance(source, dict) else None,
        "mlflow.source.git.commit": fields.get("version"),
        "mlflow.parentRunId": fields.get("parent"),
    }
    return {name: value for name, value in facts.items() if value}


def _milliseconds(seconds: object) -> int | None:
    return round(seconds * 1000) if isinstance(seconds, (int, float)) else None
