"""Figures as files: matplotlib's as images, plotly's as JSON and as HTML that needs no network."""

from __future__ import annotations

import io
from pathlib import PurePosixPath

from runreport.errors import LogError
from runreport.tracking import keep
from runreport.tracking.naming import artifact_parts
from runreport.tracking.series import keep_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from runreport.tracking.run import Run
    from runreport.tracking.series import Place


def keep_in_series(run: Run, figure: Any, place: Place, options: dict[str, Any]) -> None:
    """Keep a figure of a series: matplotlib's as an image, plotly's as its JSON."""
    if hasattr(figure, "to_plotly_json"):
        keep_at(run, place, "figure", figure.to_json().encode(), ".plotly.json")
    elif hasattr(figure, "savefig"):
        file = io.BytesIO()
        figure.savefig(file, **{"format": "png", **options})
        keep_at(run, place, "image", file.getvalue(), f".{options.get('format', 'png')}")
    else:
        raise _no_figure(figure)


def keep_figure(run: Run, figure: Any, artifact_file: str, options: dict[str, Any]) -> None:
    """Keep a matplotlib or plotly figure below the run's artifacts."""
    artifact_parts(artifact_file)
    if hasattr(figure, "to_plotly_json"):
        _keep_plotly(run, figure, artifact_file, options)
    elif hasattr(figure, "savefig"):
        _keep_matplotlib(run, figure, artifact_file, options)
    else:
        raise _no_figure(figure)


def _no_figure(figure: Any) -> LogError:
    return LogError(
        f"log_figure: {type(figure).__name__} is no figure; give one of matplotlib or plotly"
    )


def _keep_matplotlib(run: Run, figure: Any, artifact_file: str, options: dict[str, Any]) -> None:
    name = artifact_file if PurePosixPath(artifact_file).suffix else f"{artifact_file}.png"
    keep.write_file(run, name, lambda draft: figure.savefig(draft, **options))


def _keep_plotly(run: Run, figure: Any, artifact_file: str, options: dict[str, Any]) -> None:
    """Keep the figure's JSON, which the site draws, and a page that stands on its own."""
    path = PurePosixPath(artifact_file)
    stem = (
        path.name.removesuffix(".json").removesuffix(".plotly")
        if path.suffix == ".json"
        else (path.stem if path.suffix else path.name)
    )
    as_json = path.with_name(f"{stem}.plotly.json")
    keep.keep_text(run, str(as_json), figure.to_json())
    # A fixed id: the same figure gives the same bytes.
    settings = {"include_plotlyjs": True, "full_html": True, "div_id": "figure", **options}
    page = str(path if path.suffix in {".html", ".htm"} else path.with_name(f"{stem}.html"))

    def write(draft: Path) -> None:
        draft.write_text(figure.to_html(**settings), "utf-8")

    keep.write_file(run, page, write)
