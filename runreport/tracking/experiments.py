"""Which experiment and which runs root new runs go to."""

from __future__ import annotations

import os

from runreport.errors import LogError
from runreport.tracking import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

_DELETED_ONLY = 2
"""MLflow's number for a look at what was deleted."""


class Experiment:
    """A named group of runs; its id is its name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.experiment_id = name
        self.lifecycle_stage = "active"
        self.tags: dict[str, str] = {}

    @property
    def artifact_location(self) -> str:
        """The folder of the experiment's runs."""
        from pathlib import Path

        from runreport.tracking.naming import experiment_parts

        return str(Path(state.root(), *experiment_parts(self.name)).absolute())

    def __repr__(self) -> str:
        return f"<Experiment {self.name!r}>"


def set_experiment(
    experiment_name: str | None = None, experiment_id: str | None = None
) -> Experiment:
    """Set the experiment of the runs to come; "/" in its name makes folders."""
    from runreport.tracking.naming import experiment_parts

    name = experiment_name if experiment_name is not None else experiment_id
    if name is None:
        raise LogError("set_experiment: no name; give one, as set_experiment('iris')")
    experiment_parts(name)
    state.settings.experiment = str(name).strip().strip("/")
    return Experiment(state.settings.experiment)


def create_experiment(
    name: str,
    artifact_location: str | None = None,
    tags: Mapping[str, Any] | None = None,
) -> str:
    """Return the experiment's id, which is its name; its folder is made by its first run.

    Args:
        name: The name; "/" in it makes folders.
        artifact_location: Is not used, and that is told: artifacts lie in their run's folder.
        tags: Are not kept, and that is told: an experiment's README.md describes it.
    """
    from runreport.tracking.complain import complain
    from runreport.tracking.naming import experiment_parts

    experiment_parts(name)
    if artifact_location is not None:
        told = "artifacts lie in each run's folder, artifact_location is not used"
        complain(f"create_experiment: {told}", once="artifact_location")
    if tags:
        told = "an experiment has no tags; describe it in the README.md of its folder"
        complain(f"create_experiment: {told}", once="tags of an experiment")
    return str(name).strip().strip("/")


def get_experiment(experiment_id: str) -> Experiment:
    """Return the experiment of that id."""
    return Experiment(experiment_id)


def get_experiment_by_name(name: str) -> Experiment | None:
    """Return the experiment of that name, None when it has no folder below the root."""
    from pathlib import Path

    found = Experiment(str(name).strip().strip("/"))
    return found if Path(found.artifact_location).is_dir() else None


def search_experiments(
    view_type: int = 1,
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: list[str] | None = None,
) -> list[Experiment]:
    """Return the experiments below the runs root that have runs, by name.

    Args:
        view_type: MLflow's number of active (1), deleted (2) or all (3) ones; none is deleted.
        max_results: How many at most.
        filter_string: Not offered; pick from the list instead.
        order_by: Not offered; sort the list instead.
    """
    from pathlib import Path

    from runreport.tracking import stored

    if filter_string or order_by:
        raise LogError(
            "search_experiments: filter_string and order_by are not offered; "
            "pick from the list that is returned"
        )
    if view_type == _DELETED_ONLY:
        return []
    root = Path(state.root())
    names = set()
    for folder in stored.find_folders(root):
        below = folder.parent.relative_to(root).as_posix()
        names.add(root.resolve().name if below == "." else below)
    return [Experiment(name) for name in sorted(names)[:max_results]]


def set_tracking_uri(uri: str | Path) -> None:
    """Set the runs root: a folder, or the ``file:`` address of one."""
    text = os.fspath(uri)
    scheme, mark, rest = text.partition(":")
    if mark and scheme == "file":
        from urllib.parse import unquote, urlsplit
        from urllib.request import url2pathname

        text = url2pathname(urlsplit(text).path) if rest.startswith("//") else unquote(rest)
    elif mark and len(scheme) > 1 and rest.startswith("//"):
        raise LogError(
            f"set_tracking_uri: {text!r} is a server or database; runs are plain folders here, "
            "give one, as set_tracking_uri('runs')"
        )
    state.settings.root = text or None


def get_tracking_uri() -> str:
    """Return the runs root."""
    return state.root()
