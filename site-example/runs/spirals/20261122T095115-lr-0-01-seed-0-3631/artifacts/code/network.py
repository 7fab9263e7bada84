"""A classifier of points in the plane: two hidden layers, plain gradient descent, numpy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

HIDDEN = 24
POINTS = 150
"""Points of each spiral."""
TURNS = 1.6
NOISE = 0.035


def make_spirals(rng: np.random.Generator) -> tuple[Array, Array]:
    """Return points of two spirals with some noise, and which spiral each belongs to."""
    share = np.sqrt(rng.uniform(0.02, 1.0, POINTS))
    turn = share * TURNS * 2.0 * np.pi
    arm = np.column_stack([np.cos(turn), np.sin(turn)]) * share[:, None]
    points = np.concatenate([arm, -arm]) + rng.normal(scale=NOISE, size=(2 * POINTS, 2))
    return points, np.repeat([0.0, 1.0], POINTS)


class Network:
    """The network's weights, and what can be done with them."""

    def __init__(self, rng: np.random.Generator) -> None:
        sizes = [(2, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, 1)]
        self.weights = [rng.normal(scale=(2.0 / a) ** 0.5, size=(a, b)) for a, b in sizes]
        self.biases = [np.zeros(b) for _, b in sizes]
        self.speeds = [np.zeros_like(w) for w in (*self.weights, *self.biases)]

    def chances(self, points: Array) -> Array:
        """Return how likely each point is one of the second spiral."""
        return self._forward(points)[-1][:, 0]

    def all_weights(self) -> Array:
        """Return the weights of all layers in one row."""
        return np.concatenate([weights.ravel() for weights in self.weights])

    def step(self, points: Array, target: Array, learning_rate: float) -> None:
        """Move all weights down the gradient once, with momentum."""
        layers = self._forward(points)
        error = (layers[-1] - target[:, None]) / len(points)
        downhill: list[tuple[Array, Array]] = []
        for number in (2, 1, 0):
            downhill.insert(0, (layers[number].T @ error, error.sum(axis=0)))
            error = (error @ self.weights[number].T) * (1.0 - layers[number] ** 2)
        gradients = [w for w, _ in downhill] + [b for _, b in downhill]
        for weights, speed, gradient in zip(
            [*self.weights, *self.biases], self.speeds, gradients, strict=True
        ):
            speed *= 0.9
            speed -= learning_rate * gradient
            weights += speed

    def _forward(self, points: Array) -> list[Array]:
        first = np.tanh(points @ self.weights[0] + self.biases[0])
        second = np.tanh(first @ self.weights[1] + self.biases[1])
        logits = second @ self.weights[2] + self.biases[2]
        return [points, first, second, 1.0 / (1.0 + np.exp(-logits))]


def measure(network: Network, points: Array, target: Array) -> tuple[float, float]:
    """Return the loss and the accuracy."""
    chances = network.chances(points)
    loss = -np.mean(target * np.log(chances) + (1.0 - target) * np.log(1.0 - chances))
    return float(loss), float(np.mean((chances > 0.5) == target))
