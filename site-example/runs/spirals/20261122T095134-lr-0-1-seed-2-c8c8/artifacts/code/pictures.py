"""What a network makes of the plane: as an image, as a matplotlib and as a plotly figure."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from matplotlib.figure import Figure
from network import Array, Network
from numpy.typing import NDArray

SIDE = 72
EDGE = 1.25
BLUE, ORANGE = "#4269d0", "#d1711a"


def plane(network: Network, side: int = SIDE) -> Array:
    """Return how likely each place of the plane is one of the second spiral."""
    line = np.linspace(-EDGE, EDGE, side)
    places = np.column_stack([axis.ravel() for axis in np.meshgrid(line, line)])
    with np.errstate(all="ignore"):
        return network.chances(places).reshape(side, side)


def image(network: Network) -> NDArray[np.uint8]:
    """Return the plane as pixels: blue for the first spiral, orange for the second."""
    chances = np.nan_to_num(plane(network), nan=0.5)[::-1, :, None]
    first, second = np.array([66, 105, 208]), np.array([209, 113, 26])
    return (first + (second - first) * chances).astype(np.uint8)


def matplotlib_figure(network: Network, points: Array, target: Array) -> Figure:
    """Return the plane with the points on it."""
    figure = Figure(figsize=(4.4, 4.2), dpi=72, layout="constrained")
    axes = figure.add_subplot()
    extent = (-EDGE, EDGE, -EDGE, EDGE)
    axes.imshow(plane(network), origin="lower", extent=extent, cmap="PuOr_r", alpha=0.6)
    colors = np.where(target > 0.5, ORANGE, BLUE)
    axes.scatter(points[:, 0], points[:, 1], s=7, c=colors)
    axes.set(title="what the network has learned", xlabel="x", ylabel="y")
    return figure


def plotly_figure(network: Network) -> go.Figure:
    """Return the plane as a heatmap to be zoomed and read."""
    line = np.linspace(-EDGE, EDGE, 48).round(3).tolist()
    heatmap = go.Heatmap(x=line, y=line, z=plane(network, 48).round(3).tolist(), zmin=0, zmax=1)
    layout = {"title": {"text": "chance of the second spiral"}, "template": "none"}
    return go.Figure([heatmap], layout)
