"""The picture of a confusion matrix, drawn without touching the state of the user's pyplot."""

from __future__ import annotations

import io
import warnings

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from runreport.sklearn.metrics import ConfusionMatrix

LABELLED = 40
"""Up to so many classes are named at the axes."""

NUMBERED = 20
"""Up to so many classes the fields carry their counts."""


def confusion_png(confusion: ConfusionMatrix, *, title: str = "Confusion matrix") -> bytes:
    """Return a PNG: counts as text, each row's shares as colour."""
    size = len(confusion.labels)
    side = min(4.2 + 0.35 * size, 12.0)
    figure = Figure(figsize=(side + 1.0, side), dpi=120, facecolor="white", layout="constrained")
    # The canvas registers itself with the figure; pyplot never hears of it.
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    shares = _row_shares(confusion.counts)
    image = axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0)
    figure.colorbar(image, ax=axes, fraction=0.046, label="share of the true class")
    axes.set(title=title, xlabel="predicted class", ylabel="true class")
    _name_classes(axes, confusion.labels)
    if size <= NUMBERED:
        _write_counts(axes, confusion.counts, shares)
    content = io.BytesIO()
    with warnings.catch_warnings():
        # A class name in a script that the font lacks is drawn as boxes, and the log stays quiet.
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(content, format="png", metadata={"Software": None})
    return content.getvalue()


def _row_shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.zeros_like(counts)
    np.divide(counts, totals, out=shares, where=totals > 0)
    return shares


def _name_classes(axes: Axes, labels: tuple[str, ...]) -> None:
    if len(labels) > LABELLED:
        axes.set(xticks=[], yticks=[])
        return
    # A dollar sign would start a formula.
    shown = [_shorten(label).replace("$", r"\$") for label in labels]
    places = range(len(labels))
    long = max(map(len, shown), default=0) * len(shown) > 40
    axes.set_xticks(places, shown, rotation=45 if long else 0, ha="right" if long else "center")
    axes.set_yticks(places, shown)


def _shorten(label: str, limit: int = 24) -> str:
    return label if len(label) <= limit else label[: limit - 1] + "…"


def _write_counts(axes: Axes, counts: NDArray[np.float64], shares: NDArray[np.float64]) -> None:
    for (row, column), count in np.ndenumerate(counts):
        axes.text(
            column,
            row,
            f"{count:g}" if count < 1e6 else f"{count:.3g}",
            ha="center",
            va="center",
            fontsize=max(6.0, 11.0 - 0.25 * len(counts)),
            color="white" if shares[row, column] > 0.55 else "#1b1f24",
        )
