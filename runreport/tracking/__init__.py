"""What scripts import: open a run folder, append lines to it, keep files with it.

It shares only `runreport.errors` and `runreport.layout` with the reading half.
"""


def __getattr__(name: str) -> object:
    """Offer what MLflow's module of that name has: the client, and the package's own functions."""
    import runreport

    if name == "MlflowClient" or name in runreport.__all__:
        return getattr(runreport, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=None)
