"""Tables of several runs as one frame."""

from __future__ import annotations

from pathlib import Path

from runreport.errors import LogError
from runreport.layout import ARTIFACTS
from runreport.tracking import state, stored
from runreport.tracking.documents import stored_columns
from runreport.tracking.entities import StoredRun
from runreport.tracking.experiments import Experiment
from runreport.tracking.naming import artifact_parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def load_tables(
    artifact_file: str, run_ids: Sequence[str] | None, extra_columns: Sequence[str]
) -> Any:
    """Return one pandas frame of a table that several runs keep."""
    import pandas as pd

    root = Path(state.root())
    if run_ids is None:
        folders = list(stored.find_folders(Path(Experiment(state.experiment()).artifact_location)))
    else:
        folders = [stored.find_run(run_id, root) for run_id in run_ids]
    frames = []
    for folder in folders:
        path = folder.joinpath(ARTIFACTS, *artifact_parts(artifact_file))
        if path.is_file():
            facts = _facts(folder) if extra_columns else {}
            frame = pd.DataFrame(stored_columns(path))
            frames.append(frame.assign(**{name: facts.get(name) for name in extra_columns}))
    if not frames:
        raise LogError(
            f"load_table: none of {len(folders)} runs keeps {artifact_file!r}; "
            "check the name, and set_experiment or run_ids"
        )
    return pd.concat(frames, ignore_index=True)


def _facts(folder: Path) -> dict[str, Any]:
    """Return what a run is under the names of `search_runs`."""
    run = StoredRun(folder)
    groups: dict[str, dict[str, Any]] = {
        "params": {**run.data.params},
        "metrics": {**run.data.metrics},
        "tags": {**run.data.tags},
    }
    named = {f"{group}.{name}": v for group, values in groups.items() for name, v in values.items()}
    return {**vars(run.info), **named}
