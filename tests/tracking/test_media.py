"""Images, series of images, and figures."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

import runreport
from runreport.errors import LogError
from tests.tracking.folders import only_run, rows, segments

mpl.use("agg")

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7, 4), dtype=np.uint8)


def image_at(path: Path) -> Any:
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        return np.asarray(image)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (PIXELS, PIXELS),
        (PIXELS[:, :, :3], PIXELS[:, :, :3]),
        (PIXELS[:, :, :1], PIXELS[:, :, 0]),
        (PIXELS[:, :, 0], PIXELS[:, :, 0]),
        (PIXELS[::2, ::2, 0].astype(np.int64), PIXELS[::2, ::2, 0]),
        (PIXELS[:, :, 0] / 255, PIXELS[:, :, 0]),
        (PIXELS[:, :, 0] > 99, (PIXELS[:, :, 0] > 99) * np.uint8(255)),
        (np.array([[np.nan, 1.0]]), np.array([[0, 255]])),
    ],
    ids=["rgba", "rgb", "one channel", "grey", "integers", "floats", "truth", "nan"],
)
def test_arrays_become_png(root: Path, array: Any, expected: Any) -> None:
    with runreport.start_run():
        runreport.log_image(array, "a/image.png")

    assert np.array_equal(image_at(only_run(root) / "artifacts/a/image.png"), expected)


def test_images_of_other_kinds(root: Path, tmp_path: Path) -> None:
    picture = Image.fromarray(PIXELS[:, :, :3])
    picture.save(tmp_path / "file.png")
    with runreport.start_run():
        runreport.log_image(picture, "pil.png")
        runreport.log_image(tmp_path / "file.png", "path.png")
        runreport.log_image(PIXELS[:, :, :3], "array.jpg")
        runreport.log_image(PIXELS[:, :, :3], "bare")
    below = only_run(root) / "artifacts"

    assert np.array_equal(image_at(below / "pil.png"), PIXELS[:, :, :3])
    assert np.array_equal(image_at(below / "path.png"), PIXELS[:, :, :3])
    assert (below / "array.jpg").read_bytes().startswith(b"\xff\xd8")
    assert (below / "bare.png").exists()


def test_a_series_of_images_has_steps(root: Path) -> None:
    with runreport.start_run():
        for step in (0, 10):
            runreport.log_image(PIXELS, key="my samples/x", step=step, caption=f"at {step}")
        runreport.log_image(PIXELS, key="my samples/x", step=10, timestamp=2_000)
    folder = only_run(root)
    found = rows(folder / "media.jsonl")

    assert [(row["key"], row["step"], row.get("caption")) for row in found] == [
        ("my samples/x", 0, "at 0"),
        ("my samples/x", 10, "at 10"),
        ("my samples/x", 10, None),
    ]
    assert found[2]["time"] == 2.0
    assert len({row["path"] for row in found}) == 3
    for row in found:
        assert row["path"].startswith(f"media/my-samples-x-{row['step']}-")
        assert np.array_equal(image_at(folder / row["path"]), PIXELS)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((2, 2, 2, 2)), "an array of shape (2, 2, 2, 2) is no image"),
        (np.zeros((2, 2, 5)), "an array of shape (2, 2, 5) is no image"),
        (np.zeros(3), "an array of shape (3,) is no image"),
        (np.zeros((0, 3)), "an array of shape (0, 3) is no image"),
        (np.array([[0, 256]]), "values from 0 to 256 are no image; scale them to 0 to 255"),
        (np.array([[-0.5, 1.0]]), "values from -0.5 to 1 are no image; scale them to 0 to 1"),
        ("gone.png", "no file 'gone.png'; check the path"),
    ],
    ids=["4 axes", "5 channels", "1 axis", "empty", "too bright", "too dark", "no file"],
)
def test_what_is_no_image_is_refused(image: Any, message: str) -> None:
    with runreport.start_run(), pytest.raises(LogError) as caught:
        runreport.log_image(image, "image.png")

    assert message in str(caught.value)


def test_an_image_is_a_file_or_in_a_series() -> None:
    with runreport.start_run():
        with pytest.raises(LogError, match="give either artifact_file or key"):
            runreport.log_image(PIXELS)
        with pytest.raises(LogError, match="give either artifact_file or key"):
            runreport.log_image(PIXELS, "a.png", "a")


def test_figures_of_matplotlib_become_images(root: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot([1, 2])
    with runreport.start_run():
        runreport.log_figure(figure, "plots/loss.png", save_kwargs={"dpi": 20})
        runreport.log_figure(figure, "plots/loss.svg")
        runreport.log_figure(figure, "bare")
        runreport.log_image(figure, key="curve", step=1)
    folder = only_run(root)

    assert image_at(folder / "artifacts/plots/loss.png").shape == (96, 128, 4)
    assert b"<svg" in (folder / "artifacts/plots/loss.svg").read_bytes()
    assert (folder / "artifacts/bare.png").exists()
    assert len(segments(folder, "media")) == 1


@pytest.mark.parametrize("name", ["loss.html", "loss.json", "loss.plotly.json", "loss"])
def test_figures_of_plotly_become_json_and_a_page_without_network(root: Path, name: str) -> None:
    figure = go.Figure(go.Scatter(x=[1, 2], y=[3, 4]))
    with runreport.start_run():
        runreport.log_figure(figure, f"plots/{name}")
    below = only_run(root) / "artifacts/plots"
    page = (below / "loss.html").read_text("utf-8")

    assert sorted(path.name for path in below.iterdir()) == ["loss.html", "loss.plotly.json"]
    assert json.loads((below / "loss.plotly.json").read_text())["data"][0]["y"] == [3, 4]
    assert "Plotly.newPlot" in page
    assert 'src="http' not in page


def test_the_same_figure_gives_the_same_bytes(root: Path) -> None:
    figure = go.Figure(go.Scatter(x=[1, 2], y=[3, 4]))
    with runreport.start_run():
        runreport.log_figure(figure, "a.html")
        runreport.log_figure(figure, "b.html")
    below = only_run(root) / "artifacts"

    assert (below / "a.html").read_bytes() == (below / "b.html").read_bytes()


def test_what_is_no_figure_is_refused() -> None:
    with runreport.start_run(), pytest.raises(LogError) as caught:
        runreport.log_figure(3, "a.png")

    assert str(caught.value) == "log_figure: int is no figure; give one of matplotlib or plotly"
