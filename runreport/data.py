"""Data sets with a name and a digest, for `log_input`, under the names of MLflow's module."""

from __future__ import annotations

from runreport.tracking.datasets import describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Dataset", "from_numpy", "from_pandas"]


class Dataset:
    """A table or array, and what is recorded of it."""

    def __init__(self, data: Any, *, name: str | None, digest: str | None, source: Any) -> None:
        _, facts = describe(data, name=name, context=None)
        self.name = name or "dataset"
        self.digest = digest or str(facts["digest"])
        self.source = source
        self.profile = {"num_rows": facts["rows"], "num_columns": facts["columns"]}
        self._data = data

    def __repr__(self) -> str:
        return f"<Dataset {self.name!r}, {self.digest}>"


class PandasDataset(Dataset):
    """A pandas frame."""

    targets: str | None = None
    predictions: str | None = None

    @property
    def df(self) -> Any:
        """The frame itself."""
        return self._data


class NumpyDataset(Dataset):
    """A numpy array of features, and maybe one of targets."""

    targets: Any = None

    @property
    def features(self) -> Any:
        """The array itself."""
        return self._data


def from_pandas(
    df: Any,
    source: Any = None,
    targets: str | None = None,
    name: str | None = None,
    digest: str | None = None,
    predictions: str | None = None,
) -> PandasDataset:
    """Return a pandas frame as a data set; `source` says where it comes from."""
    found = PandasDataset(df, name=name, digest=digest, source=source)
    found.targets, found.predictions = targets, predictions
    return found


def from_numpy(
    features: Any,
    source: Any = None,
    targets: Any = None,
    name: str | None = None,
    digest: str | None = None,
) -> NumpyDataset:
    """Return a numpy array as a data set; its digest is that of the features."""
    found = NumpyDataset(features, name=name, digest=digest, source=source)
    found.targets = targets
    return found
