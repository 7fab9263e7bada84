"""Train networks on two spirals: three learning rates, three seeds each, and two that go wrong.

``train.py`` trains all of them; ``train.py NAME`` only one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from network import Network, make_spirals, measure
from pictures import image, matplotlib_figure, plotly_figure

import runreport

STEPS = 1000
EVALUATE_EVERY = 20
PICTURE_EVERY = 200


@dataclass(frozen=True)
class Setting:
    """What one run is trained with."""

    learning_rate: float
    seed: int
    growth: float = 1.0
    """By how much the learning rate grows with each step."""
    killed_at: int | None = None

    @property
    def group(self) -> str:
        """What the runs of one learning rate have in common."""
        return f"learning rate {self.learning_rate:g}" if self.growth == 1.0 else ""


SETTINGS = {
    f"lr-{rate:g}-seed-{seed}": Setting(rate, seed)
    for rate in (0.01, 0.03, 0.1)
    for seed in (0, 1, 2)
} | {
    # With less growth, the rounding of the machine decides whether its loss stays a number.
    "too-hot": Setting(0.1, 6, growth=1.02),
    "pulled-plug": Setting(0.03, 3, killed_at=640),
}


def train(name: str, setting: Setting) -> None:
    """Train one network as a run of its own."""
    rng = np.random.default_rng(setting.seed)
    training, held_out = make_spirals(rng), make_spirals(rng)
    network = Network(rng)
    params = {"learning_rate": setting.learning_rate, "seed": setting.seed, "steps": STEPS}
    with runreport.start_run(
        experiment="spirals",
        run_name=name,
        params=params if setting.growth == 1.0 else {**params, "growth": setting.growth},
        group=setting.group or None,
    ) as run:
        runreport.log_code(Path(__file__).parent)
        run.define_metric("val_accuracy", goal="max", summary="max")
        for step in range(STEPS):
            rate = setting.learning_rate * setting.growth**step
            network.step(*training, rate)
            loss, accuracy = measure(network, *training)
            run.log_metrics({"loss": loss, "accuracy": accuracy}, step=step)
            if step % EVALUATE_EVERY == 0:
                val_loss, val_accuracy = measure(network, *held_out)
                run.log_metrics(
                    {"val_loss": val_loss, "val_accuracy": val_accuracy, "learning_rate": rate},
                    step=step,
                )
            if step % PICTURE_EVERY == 0:
                caption = f"{accuracy:.0%} of the points are on their side"
                runreport.log_image(image(network), key="plane", step=step, caption=caption)
                runreport.log_histogram(network.all_weights(), key="weights", step=step)
                runreport.log_table(worst_points(network, *held_out), "worst points", step=step)
            if step == setting.killed_at:
                pull_the_plug()
        finish(network, held_out)


def worst_points(
    network: Network, points: np.ndarray, target: np.ndarray, count: int = 8
) -> dict[str, list[float]]:
    """Return the points whose chance is furthest from what they are, as columns of a table."""
    chances = network.chances(points)
    worst = np.argsort(-np.abs(chances - target), kind="stable")[:count]
    return {
        "x": points[worst, 0].round(3).tolist(),
        "y": points[worst, 1].round(3).tolist(),
        "spiral": target[worst].astype(int).tolist(),
        "chance of 1": chances[worst].round(4).tolist(),
    }


def finish(network: Network, held_out: tuple[np.ndarray, np.ndarray]) -> None:
    """Keep figures, a page and a note of what has been learned."""
    loss, accuracy = measure(network, *held_out)
    runreport.log_figure(matplotlib_figure(network, *held_out), "plane.png")
    # log_figure would keep a page of 5 MB beside it, with all of plotly inside.
    runreport.log_text(plotly_figure(network).to_json(), "plane.plotly.json")
    runreport.log_text(page(network), "weights.html")
    if np.isfinite(loss):
        runreport.note(f"Ended with a loss of **{loss:.4f}** and {accuracy:.1%} on unseen points.")
    else:
        runreport.note(
            "**Diverged**: the learning rate grew until the loss was no number any more."
        )


def page(network: Network) -> str:
    """Return a small HTML page on the network's weights."""
    rows = "".join(
        f"<tr><td>{number}<td>{weights.shape[0]} × {weights.shape[1]}"
        f"<td>{np.abs(weights).mean():.3g}<td>{np.abs(weights).max():.3g}"
        for number, weights in enumerate(network.weights, 1)
    )
    head = "<tr><th>layer<th>shape<th>mean size<th>largest"
    style = "body{font:15px sans-serif}td,th{padding:4px 14px;text-align:right}"
    return f"<!doctype html><meta charset=utf-8><style>{style}</style><table>{head}{rows}</table>\n"


def pull_the_plug() -> None:
    """End this process as the system does when memory runs out: at once, with no word."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def main() -> None:
    """Train the runs that are asked for; who is to be killed gets a process of its own."""
    np.seterr(all="ignore")
    for name in sys.argv[1:] or SETTINGS:
        if SETTINGS[name].killed_at is None or name in sys.argv:
            train(name, SETTINGS[name])
            print(f"spirals: {name}")
        else:
            done = subprocess.run([sys.executable, sys.argv[0], name], check=False)
            print(f"spirals: {name}: ended by signal {-done.returncode}")


if __name__ == "__main__":
    main()
