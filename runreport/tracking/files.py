"""The calls that keep files with a run: artifacts, figures, images, tables, notes, code.

Names, arguments and meanings are those of MLflow's fluent API. `run_id` may name a run that ended.
"""

from __future__ import annotations

import os
from pathlib import Path

from runreport.errors import LogError
from runreport.layout import CODE
from runreport.tracking import fluent, keep
from runreport.tracking.naming import artifact_parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from runreport.tracking.run import Run


def _run(run_id: str | None) -> Run:
    """Return the active run, or the one that is asked for, open or ended."""
    if run_id is None:
        return fluent.require_run()
    from runreport.tracking import others

    return others.writer(run_id)


def log_artifact(
    local_path: str | os.PathLike[str],
    artifact_path: str | None = None,
    run_id: str | None = None,
) -> None:
    """Copy a file (or folder) into the run.

    Args:
        local_path: What to copy.
        artifact_path: The folder below the run's artifacts to copy it to.
        run_id: Another run than the active one.
    """
    keep.keep_path(_run(run_id), local_path, artifact_path)


def log_artifacts(
    local_dir: str | os.PathLike[str],
    artifact_path: str | None = None,
    run_id: str | None = None,
) -> None:
    """Copy what is in a folder into the run."""
    keep.keep_folder(_run(run_id), Path(local_dir), artifact_path)


def log_text(
    text: str,
    artifact_file: str,
    run_id: str | None = None,
    *,
    step: float | None = None,
    caption: str = "",
) -> None:
    """Keep a text as a file of the run, as "notes/remarks.txt".

    Args:
        text: The text.
        artifact_file: The file; with a step, the name of a series of texts over the steps, or of
            HTML pages if it ends in ".html".
        run_id: Another run than the active one.
        step: The text's step in its series; without it, it is a plain file.
        caption: Shown below the text of a series.
    """
    from runreport.tracking.series import keep_at, place_of

    place = place_of(artifact_file, step, caption)
    if place is None:
        keep.keep_text(_run(run_id), artifact_file, str(text))
        return
    kind = "html" if artifact_file.lower().endswith((".html", ".htm")) else "text"
    content = str(text).encode("utf-8", "replace")
    keep_at(_run(run_id), place, kind, content, ".html" if kind == "html" else ".txt")


def log_stream(stream: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Keep what a binary stream still holds as a file of the run."""
    keep.keep_stream(_run(run_id), artifact_file, stream)


def load_table(
    artifact_file: str, run_ids: Sequence[str] | None = None, extra_columns: Sequence[str] = ()
) -> Any:
    """Return a table that several runs keep as one pandas frame, run below run.

    Args:
        artifact_file: The file, as it was given to `log_table`.
        run_ids: The runs; else all of the experiment.
        extra_columns: What to add of each run: "run_id", "run_name", "params.<name>", ...
    """
    from runreport.tracking.collect import load_tables

    return load_tables(artifact_file, run_ids, extra_columns)


def log_dict(
    dictionary: Mapping[str, Any] | Sequence[Any], artifact_file: str, run_id: str | None = None
) -> None:
    """Keep a dictionary or list as JSON, or as YAML where the file's name ends so.

    YAML needs PyYAML; without it JSON is written, which YAML readers take.
    """
    from runreport.tracking.documents import document_text

    keep.keep_text(_run(run_id), artifact_file, document_text(dictionary, artifact_file))


def log_figure(
    figure: Any,
    artifact_file: str,
    *,
    save_kwargs: dict[str, Any] | None = None,
    step: float | None = None,
    caption: str = "",
) -> None:
    """Keep a figure: a matplotlib one as an image, a plotly one as its JSON and as HTML.

    Args:
        figure: The figure.
        artifact_file: As "curves/loss.png"; its suffix is the image format. A plotly figure is
            kept as "loss.plotly.json" and "loss.html", which holds all that it needs.
        save_kwargs: Passed to matplotlib's ``savefig``, or plotly's ``write_html``.
        step: The figure's step, in the series that `artifact_file` names.
        caption: Shown below the figure of a series.
    """
    from runreport.tracking import figures
    from runreport.tracking.series import place_of

    place = place_of(artifact_file, step, caption)
    if place is None:
        figures.keep_figure(_run(None), figure, artifact_file, save_kwargs or {})
    else:
        figures.keep_in_series(_run(None), figure, place, save_kwargs or {})


def log_image(  # noqa: PLR0913 - MLflow's arguments
    image: Any,
    artifact_file: str | None = None,
    key: str | None = None,
    step: int | None = None,
    timestamp: int | None = None,
    synchronous: bool | None = False,  # noqa: ARG001
    *,
    caption: str = "",
) -> None:
    """Keep an image: a numpy array, a PIL image, a matplotlib figure, or the path of a file.

    Args:
        image: The image; arrays are height × width (× 1, 3 or 4), 0 to 255 or 0.0 to 1.0.
        artifact_file: A file of the run, as "samples/best.png".
        key: Instead, a series of images over the steps, as "samples".
        step: The image's step in its series.
        timestamp: Milliseconds since the epoch; else now.
        synchronous: Taken for MLflow's sake; the image is written before the call returns.
        caption: Shown below the image of a series.
    """
    from runreport.tracking import images, series

    if (artifact_file is None) == (key is None):
        raise LogError("log_image: give either artifact_file or key")
    run = _run(None)
    if artifact_file is not None:
        images.keep_image(run, image, artifact_file)
    else:
        images.keep_in_series(run, image, series.Place(str(key), step, caption, timestamp))


def log_table(
    data: Any,
    artifact_file: str,
    run_id: str | None = None,
    *,
    step: float | None = None,
    caption: str = "",
) -> None:
    """Keep a table as JSON {"columns", "data"}; called again, it adds rows to the same file.

    Args:
        data: A pandas frame, a dictionary of columns, or a list of row dictionaries.
        artifact_file: The file, as "samples.json".
        run_id: Another run than the active one.
        step: The table's step, in the series that `artifact_file` names.
        caption: Shown below the table of a series.
    """
    from runreport.tracking import documents
    from runreport.tracking.series import keep_at, place_of

    place = place_of(artifact_file, step, caption)
    if place is None:
        documents.keep_table(_run(run_id), data, artifact_file)
        return
    content = documents.table_bytes(documents.table_columns(data))
    keep_at(_run(run_id), place, "table", content, ".table.json")


def log_audio(
    audio: Any, key: str, step: float | None = None, *, rate: int | None = None, caption: str = ""
) -> None:
    """Keep audio of a series over the steps.

    Args:
        audio: Samples (× channels), as floats from -1 to 1 or as int16; or the path of a file.
        key: The series, as "spoken".
        step: The audio's step in its series.
        rate: Samples a second; 44,100 if it is not given.
        caption: Shown below it.
    """
    from runreport.tracking import series, sounds

    content, suffix = sounds.audio_bytes(audio, rate)
    series.keep_at(_run(None), series.Place(key, step, caption), "audio", content, suffix)


def log_histogram(
    values: Any, key: str, step: float | None = None, *, bins: int = 64, caption: str = ""
) -> None:
    """Keep how many numbers are spread, as one histogram of a series over the steps.

    Args:
        values: The numbers, as an array of any shape; or counts and edges of `numpy.histogram`.
        key: The series, as "weights/layer1".
        step: The histogram's step in its series.
        bins: Into how many parts the range is divided.
        caption: Shown below it.
    """
    from runreport.tracking import histograms, series

    content = histograms.histogram_bytes(values, bins)
    place = series.Place(key, step, caption)
    series.keep_at(_run(None), place, "histogram", content, ".histogram.json")


def log_input(
    dataset: Any = None,
    context: str | None = None,
    tags: Mapping[str, str] | None = None,
    *,
    name: str | None = None,
) -> None:
    """Record which data went in: name, digest, rows, columns.

    Args:
        dataset: A pandas frame, a numpy array, a file's path, or an object with `name` and
            `digest`, as MLflow's data sets.
        context: What it is for, as "training".
        tags: Further labels of the data set.
        name: Its name; else the object's own, the file's, or the context.
    """
    from runreport.tracking.datasets import describe

    run = _run(None)
    found, facts = describe(dataset, name=name, context=context)
    if tags:
        facts["tags"] = {str(key): str(value) for key, value in tags.items()}
    run.write({"datasets": {found: facts}})


def log_inputs(
    datasets: Sequence[Any] | None = None,
    contexts: Sequence[str | None] | None = None,
    tags_list: Sequence[Mapping[str, str] | None] | None = None,
) -> None:
    """Record several data sets, each with its context and tags; see `log_input`."""
    found = list(datasets or ())
    for_each = contexts or [None] * len(found)
    tags = tags_list or [None] * len(found)
    if not len(found) == len(for_each) == len(tags):
        raise LogError("log_inputs: datasets, contexts and tags_list differ in length")
    for dataset, context, labels in zip(found, for_each, tags, strict=True):
        log_input(dataset, context, labels)


def note(text: str, run_id: str | None = None) -> None:
    """Add Markdown to the run's notes, its README.md."""
    keep.append_note(_run(run_id), str(text))


def log_code(path: str | os.PathLike[str] | None = None, run_id: str | None = None) -> None:
    """Keep code with the run: a file, the Python files of a folder, or the running script."""
    run = _run(run_id)
    if path is None:
        keep.keep_script(run)
        return
    source = Path(path)
    if not source.is_dir():
        keep.keep_path(run, source, CODE)
        return
    hidden = {"__pycache__", "node_modules", "site-packages"}
    for file in sorted(source.rglob("*.py")):
        inner = file.relative_to(source)
        if not any(part in hidden or part.startswith(".") for part in inner.parts):
            keep.keep_copy(run, file, f"{CODE}/{inner.as_posix()}")


def get_artifact_uri(artifact_path: str | None = None) -> str:
    """Return the path of the run's artifacts, or of one of them."""
    return str(_run(None).artifacts.joinpath(*artifact_parts(artifact_path or "")))
