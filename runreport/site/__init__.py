"""Write the site: staged beside its folder, swapped in whole, and never over anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runreport.records import Written
    from runreport.site.output import Last, Output
    from runreport.site.spool import Draft, Spool

__all__ = ["Draft", "Last", "Output", "Spool", "Written"]


def __getattr__(name: str) -> Any:
    # A build that has nothing to do needs the facts of files alone.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from runreport.site import output

    return getattr(output, name)
