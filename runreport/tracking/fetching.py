"""Find what runs keep: by a path, or by MLflow's "runs:/ID/PATH"."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from runreport.errors import LogError
from runreport.layout import ARTIFACTS
from runreport.tracking import state, stored
from runreport.tracking.entities import FileInfo
from runreport.tracking.naming import artifact_parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def locate(uri: str) -> Path:
    """Return the path that is meant by a path, a ``file:`` address or "runs:/ID/PATH"."""
    text = str(uri)
    if text.startswith("runs:/"):
        run_id, _, inner = text.removeprefix("runs:").strip("/").partition("/")
        return _below(run_id, inner)
    if text.startswith("models:/"):
        raise LogError(
            f"{text!r}: there is no model registry; give the model's folder, "
            "as log_model returns it in model_uri, or 'runs:/ID/PATH'"
        )
    return Path(unquote(urlsplit(text).path)) if text.startswith("file:") else Path(text)


def download_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    dst_path: str | None = None,
    tracking_uri: str | None = None,  # noqa: ARG001
) -> str:
    """Return where an artifact is; with `dst_path`, copy it below that folder and return the copy.

    Args:
        artifact_uri: A path, or "runs:/ID/PATH".
        run_id: Instead, the run,
        artifact_path: and the path below its artifacts.
        dst_path: A folder; it is made if need be.
        tracking_uri: Taken for MLflow's sake.
    """
    source = _source(artifact_uri, run_id, artifact_path)
    if not source.exists():
        raise LogError(f"download_artifacts: there is no {str(source)!r}; check run and path")
    if dst_path is None:
        return str(source)
    target = Path(dst_path, source.name if artifact_path or artifact_uri else "")
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)
    return str(target.absolute())


def list_artifacts(
    artifact_uri: str | None = None,
    run_id: str | None = None,
    artifact_path: str | None = None,
    tracking_uri: str | None = None,  # noqa: ARG001
) -> list[FileInfo]:
    """Return what a folder of artifacts holds, by name; paths are those below the artifacts."""
    folder = _source(artifact_uri, run_id, artifact_path)
    root = _below(run_id, "") if run_id is not None else folder
    if not folder.is_dir():
        return []
    return [
        FileInfo(
            path.relative_to(root).as_posix(),
            path.is_dir(),
            None if path.is_dir() else path.stat().st_size,
        )
        for path in sorted(folder.iterdir())
    ]


def load_text(artifact_uri: str) -> str:
    """Return a text that is kept with a run."""
    return locate(artifact_uri).read_text("utf-8")


def load_dict(artifact_uri: str) -> Any:
    """Return a dictionary that is kept with a run as JSON."""
    return json.loads(load_text(artifact_uri))


def _source(artifact_uri: str | None, run_id: str | None, artifact_path: str | None) -> Path:
    if (artifact_uri is None) == (run_id is None):
        raise LogError("artifacts: give either artifact_uri or run_id")
    return locate(artifact_uri) if artifact_uri is not None else _below(str(run_id), artifact_path)


def _below(run_id: str, artifact_path: str | None) -> Path:
    opened = state.find_open(run_id)
    folder = opened.folder if opened else stored.find_run(run_id, Path(state.root())).absolute()
    return folder.joinpath(ARTIFACTS, *artifact_parts(artifact_path or ""))
