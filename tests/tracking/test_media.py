"""Images, series of images, and figures."""

from __future__ import annotations

import io
import json
import math
import wave
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import orjson
import plotly.graph_objects as go
import pytest
from PIL import Image

import runreport
from runreport.errors import LogError
from runreport.readers.native import read_run
from runreport.tracking.histograms import histogram_bytes
from runreport.tracking.sounds import audio_bytes
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


def test_all_kinds_of_media_have_steps(root: Path) -> None:
    from matplotlib.figure import Figure

    with runreport.start_run() as run:
        for step in (0, 5):
            runreport.log_text(f"at {step}", "samples/said.txt", step=step, caption="words")
            runreport.log_text("<p>hi</p>", "page.html", step=step)
            runreport.log_table([{"a": step}], "wrong.json", step=step)
            runreport.log_figure(go.Figure(), "curve.json", step=step)
            runreport.log_figure(Figure(), "plot.png", step=step)
            runreport.log_audio(np.zeros(10), "spoken", step)
            runreport.log_histogram(np.arange(100), "weights/a", step)
    lines = rows(run.folder / "media.jsonl")
    at_five = {(row["key"], row["kind"], row["path"].partition(".")[2]) for row in lines[7:]}

    assert [row["step"] for row in lines] == [0] * 7 + [5] * 7
    assert at_five == {
        ("samples/said", "text", "txt"),
        ("page", "html", "html"),
        ("wrong", "table", "table.json"),
        ("curve", "figure", "plotly.json"),
        ("plot", "image", "png"),
        ("spoken", "audio", "wav"),
        ("weights/a", "histogram", "histogram.json"),
    }
    assert lines[0]["caption"] == "words"
    assert (run.folder / lines[7]["path"]).read_text() == "at 5"
    assert orjson.loads((run.folder / lines[9]["path"]).read_bytes()) == {
        "columns": ["a"],
        "data": [[5]],
    }
    assert not (run.folder / "artifacts" / "page.html").exists()
    assert {(media.key, media.kind) for media in read_run(run.folder, root).media} == {
        (key, kind) for key, kind, _ in at_five
    }


@pytest.mark.parametrize(
    ("samples", "channels", "first"),
    [
        (np.array([0.0, 1.0, -1.0, np.nan]), 1, [0, 32767, -32767, 0]),
        (np.array([[0, 7], [-8, 9]], np.int16), 2, [0, 7, -8, 9]),
    ],
    ids=["floats", "stereo"],
)
def test_samples_become_a_wave_file(samples: Any, channels: int, first: list[int]) -> None:
    content, suffix = audio_bytes(samples, 8_000)
    with wave.open(io.BytesIO(content)) as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        facts = (file.getnchannels(), file.getsampwidth(), file.getframerate())

    assert suffix == ".wav"
    assert facts == (channels, 2, 8_000)
    assert frames.tolist() == first


def test_an_audio_file_is_kept_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.MP3").write_bytes(b"sound")
    with runreport.start_run() as run:
        runreport.log_audio(tmp_path / "a.MP3", "spoken", 3)
    (line,) = rows(run.folder / "media.jsonl")

    assert line["path"].endswith(".mp3")
    assert (run.folder / line["path"]).read_bytes() == b"sound"


@pytest.mark.parametrize(
    ("audio", "message"),
    [
        (np.zeros((2, 2, 2)), "an array of shape (2, 2, 2) is no audio"),
        (np.zeros(0), "an array of shape (0,) is no audio"),
        (np.array([2.0]), "values beyond -1 to 1 are no audio; scale them"),
        (np.array([2]), "int64 is no audio; give floats from -1 to 1, or int16"),
        ("gone.wav", "no file 'gone.wav'; check the path"),
        ("a.txt", "'a.txt' is none of .wav, .mp3"),
    ],
    ids=["3 axes", "empty", "too loud", "ints", "no file", "no audio"],
)
def test_what_is_no_audio_is_refused(audio: Any, message: str) -> None:
    with runreport.start_run(), pytest.raises(LogError) as caught:
        runreport.log_audio(audio, "spoken")

    assert message in str(caught.value)


def test_a_histogram_counts_what_is_finite_and_names_the_rest() -> None:
    found = orjson.loads(histogram_bytes([0, 1, 1, 2, math.nan, math.inf], 2))
    made = orjson.loads(histogram_bytes((np.array([3, 4]), np.array([0.0, 1, 2])), 9))

    assert found == {"edges": [0, 1, 2], "counts": [1, 3], "nan": 1, "infinite": 1}
    assert made == {"edges": [0, 1, 2], "counts": [3, 4], "nan": 0, "infinite": 0}
    with pytest.raises(LogError, match="list holds no numbers"):
        histogram_bytes(["a"], 2)
