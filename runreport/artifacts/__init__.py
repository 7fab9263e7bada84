"""Publish a run's artifacts: every file by its bytes, none by a link, and nothing is ever run.

The run folder may be anybody's. Names are looked up below open folders without following links,
so that a folder that is swapped for a link meanwhile leads nowhere; published names are made anew;
what a browser could run is offered as text, or in a sandbox.
"""

from runreport.artifacts.budget import Budget
from runreport.artifacts.publish import NOTHING, Limits, Publication, Publisher
from runreport.artifacts.store import OutFile, Store
from runreport.artifacts.viewer import viewer_source

__all__ = [
    "NOTHING",
    "Budget",
    "Limits",
    "OutFile",
    "Publication",
    "Publisher",
    "Store",
    "viewer_source",
]


def __getattr__(name: str) -> object:
    """Offer what MLflow's module of that name has, to scripts that look at their own artifacts."""
    from runreport.tracking import fetching

    if name in {"download_artifacts", "list_artifacts", "load_dict", "load_text"}:
        return getattr(fetching, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=None)
