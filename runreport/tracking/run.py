"""One run that is open in this process: its record, its metrics, its end."""

from __future__ import annotations

import os
from pathlib import Path
from threading import RLock
from time import time

from runreport.errors import LogError
from runreport.layout import ARTIFACTS, METRICS, RUN, SEGMENT_HEADER
from runreport.tracking import context, state, stored
from runreport.tracking.complain import complain
from runreport.tracking.lines import (
    MANY,
    check_name,
    check_step,
    declaration,
    encode,
    field,
    in_parts,
    metrics_line,
    seconds,
)
from runreport.tracking.segments import Stream

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import Any, Literal

    from runreport.tracking.entities import RunData, RunInfo

    Role = Literal["first", "joined", "resumed", "added"]


class Run:
    """An open run; `start_run` makes it.

    Its methods may be called from any thread, from signal handlers, and in forked children, which
    write to segments of their own. Only the process that started the run writes its end.
    """

    def __init__(
        self,
        folder: Path,
        role: Role,
        *,
        fields: Mapping[str, Any],
        strict: bool = False,
        durability: str = "auto",
    ) -> None:
        self.folder = folder
        self.folder_name = str(folder)
        self.role: Role = role
        self.strict = strict
        self.durability = durability
        self.run_id = str(fields.get("run_id") or folder.name)
        self.name = str(fields.get("name") or folder.name)
        self.experiment = str(fields.get("experiment") or folder.parent.name)
        self.parent = str(fields.get("parent") or "")
        self.user = str(fields.get("user") or "")
        self.started = fields.get("started")
        self.status = "running"
        self.ended: float | None = None
        self.inherited = False
        """Whether this process got the run from its parent by a fork."""
        self.at_end: list[Callable[[], object]] = []
        """What is still to be called before the run ends, as stopping a background thread."""
        self.default_experiment = state.experiment()
        """Where runs went that named no experiment, when this one was opened."""
        self.threads_runs: list[Run] = []
        """The open runs of the thread that opened this one."""
        self._told = 0.0 if role == "first" else stored.last_time(folder)
        self._pid = os.getpid()
        self._params: dict[str, Any] = dict(fields.get("params") or {})
        self._known: set[str] = set()
        self._lock = RLock()
        self._streams: dict[str, Stream] = {}
        self._record = self.stream(RUN)
        self._metrics = self.stream(METRICS)

    def stream(self, name: str) -> Stream:
        """Return this process's writer of one stream."""
        if name not in self._streams:
            first = self.role in {"first", "joined"}
            self._streams[name] = Stream(self, name, first=first)
        return self._streams[name]

    def after_fork(self) -> None:
        """Go on in a forked child as a further writer of the same run."""
        self.role, self.inherited, self._pid = "joined", True, os.getpid()
        self._lock = RLock()
        self.at_end.clear()
        for stream in self._streams.values():
            stream.after_fork()

    def segment_header(self, now: float) -> bytes:
        """Return the first line of a further segment: who writes it, and why it exists."""
        kind = "joined" if self.role == "first" else self.role
        header = {
            "kind": kind,
            "time": now,
            "by": self.user,
            "pid": os.getpid(),
            "host": context.host(),
        }
        return encode({SEGMENT_HEADER: header})

    def report_gap(self, stream: str, dropped: int) -> None:
        """Note in the run record that lines could not be written."""
        if self._record.is_open_to_lines():
            self.write({"gap": {"stream": stream, "dropped": dropped}})

    def synced(self, stream: Stream, now: float) -> None:
        """Sync the record with the metrics: it may get no further line that would do it."""
        if stream is self._metrics:
            self._record.sync_if_due(now)

    def begin(self, fields: Mapping[str, Any]) -> bool:
        """Write the first line of a new run; False when another process has begun it.

        Unlike every later line, one that cannot be written is an error at once.
        """
        strict, self.strict = self.strict, True
        try:
            if not self._record.claim():
                return False
            self.write(fields)
        except LogError:
            self._record.close()
            raise
        except OSError as error:
            raise LogError(
                f"{self.folder_name}: the run cannot be begun ({error.strerror}); "
                "give another root or free the disk"
            ) from error
        finally:
            self.strict = strict
        return True

    def write(self, fields: Mapping[str, Any]) -> None:
        """Append one merge patch to the run record, with the time and the user."""
        # The record is read in order of time: a clock that was set back must not undo what is said.
        now = time()
        self._told = max(now, self._told)
        self._record.write(encode({"time": self._told, "by": self.user, **fields}), now)

    def log_metrics(
        self,
        metrics: Mapping[str, Any],
        step: float | None = None,
        timestamp: float | None = None,
    ) -> None:
        """Append one line of metrics; `timestamp` is in milliseconds since the epoch."""
        now = time()
        # Milliseconds: a shorter line, and finer than anyone's steps.
        moment = int(now * 1000) / 1000 if timestamp is None else seconds(timestamp)
        if metrics.__class__ is dict and len(metrics) > MANY:
            for part in in_parts(metrics):
                self.log_metrics(part, step, timestamp)
            return
        self._metrics.write(metrics_line(metrics, check_step(step), moment, self._known), now)

    def log_metric(
        self, key: str, value: Any, step: float | None = None, timestamp: float | None = None
    ) -> None:
        """Append one line with one metric."""
        self.log_metrics({key: value}, step, timestamp)

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Record params; one that was logged before with another value raises."""
        written = {check_name(key, "param"): field(value) for key, value in params.items()}
        with self._lock:
            for name, value in written.items():
                if name in self._params and self._params[name] != value:
                    raise LogError(
                        f"param {name!r}: is already {self._params[name]!r}, not {value!r}; "
                        "a param is an input fixed at the start; "
                        "correct it with `runreport set RUN --param`"
                    )
            fresh = {name: value for name, value in written.items() if name not in self._params}
            self._params.update(fresh)
        for part in in_parts(fresh):
            self.write({"params": part})

    def log_param(self, key: str, value: Any) -> None:
        """Record one param."""
        self.log_params({key: value})

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set tags; a later value replaces the earlier one."""
        written = {check_name(key, "tag"): field(value) for key, value in tags.items()}
        if "mlflow.runName" in written:
            self.name = str(written.pop("mlflow.runName"))
            self.write({"name": self.name})
        for part in in_parts(written):
            self.write({"tags": part})

    def set_tag(self, key: str, value: Any) -> None:
        """Set one tag."""
        self.set_tags({key: value})

    def delete_tag(self, key: str) -> None:
        """Take a tag away; the record keeps that it was there."""
        self.write({"tags": {check_name(key, "tag"): None}})

    def define_metric(
        self, name: str, *, goal: str | None = None, summary: str | None = None
    ) -> None:
        """Declare which way a metric is better, and which number stands for it in tables."""
        self.write({"metrics": {check_name(name): declaration(name, goal, summary)}})

    @property
    def root(self) -> Path:
        """The runs root that the run's folder is below."""
        from runreport.tracking.naming import root_of

        return root_of(self.folder, self.experiment)

    @property
    def artifacts(self) -> Path:
        """The folder of the run's artifacts; it may not exist yet."""
        return self.folder / ARTIFACTS

    @property
    def info(self) -> RunInfo:
        """The run's facts under MLflow's names."""
        from runreport.tracking.entities import make_info

        return make_info(self)

    @property
    def data(self) -> RunData:
        """The run's params, tags and last metric values, read from its folder."""
        from runreport.tracking.entities import read_data

        return read_data(self.folder)

    def end(self, status: str = "finished", error: Mapping[str, Any] | None = None) -> None:
        """Write the run's end and close its files; a second call does nothing."""
        if self.status != "running":
            return
        if self._pid != os.getpid():
            # A fork that Python's hooks did not see.
            self.after_fork()
        self._call_at_end()
        self.status = status
        self.ended = time()
        mine = self.role in {"first", "resumed"}
        patch: dict[str, Any] = {"status": status, "ended": self.ended} if mine else {}
        if error:
            patch["error"] = dict(error)
        for name, stream in self._streams.items():
            if name != RUN:
                stream.close()
        try:
            if patch:
                self.write(patch)
        finally:
            self._record.close()
            state.drop(self)

    def close(self) -> None:
        """Close the files of a run that goes on elsewhere."""
        for stream in self._streams.values():
            stream.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        from runreport.tracking.endings import describe_end

        self.end(*describe_end(error))

    def _call_at_end(self) -> None:
        for call in reversed(self.at_end):
            try:
                call()
            except Exception as failure:
                complain(f"{self.folder_name}: something at the run's end failed ({failure})")

    def _repr_html_(self) -> str:
        """Show the run as a card where a notebook shows its last value."""
        from runreport.tracking.card import make_card

        return make_card(self)

    def __repr__(self) -> str:
        return f"<Run {self.run_id!r} of {self.experiment!r}, {self.status}>"


ActiveRun = Run
"""MLflow's name for it, as scripts' annotations have it."""
