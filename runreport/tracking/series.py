"""Files that belong to steps: each is kept below ``media``, with a line that says to which."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from time import time

from runreport.layout import MEDIA
from runreport.tracking import keep
from runreport.tracking.lines import check_name, check_step, clean, encode, seconds
from runreport.tracking.naming import artifact_parts, words_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runreport.tracking.run import Run


class Place:
    """Where in a series something belongs; without a step at 0."""

    def __init__(
        self, key: str, step: float | None, caption: str = "", timestamp: float | None = None
    ) -> None:
        self.key = check_name(key, "media")
        self.step = check_step(step) or 0
        self.caption = clean(caption)
        self.timestamp = timestamp


def place_of(artifact_file: str, step: float | None, caption: str) -> Place | None:
    """Return the place that a file's name stands for; None without a step, for a plain file."""
    if step is None:
        return None
    path = PurePosixPath(*artifact_parts(artifact_file))
    return Place(str(path.with_suffix("")), step, caption)


def keep_at(run: Run, place: Place, kind: str, content: bytes, suffix: str) -> None:
    """Keep a file of a series, and the line that says to which step it belongs."""
    # Another rank may log the same key and step.
    words = words_of(place.key) or kind
    file = f"{words}-{place.step:g}-{os.urandom(2).hex()}{suffix}"
    now = time()
    with keep.forgiving(run.folder, f"{MEDIA}/{file}", strict=run.strict):
        keep.replace(
            run.folder, run.folder / MEDIA / file, lambda draft: draft.write_bytes(content)
        )
    row = {
        "step": place.step,
        "time": now if place.timestamp is None else seconds(place.timestamp),
        "key": place.key,
        "kind": kind,
        "path": f"{MEDIA}/{file}",
        **({"caption": place.caption} if place.caption else {}),
    }
    run.stream(MEDIA).write(encode(row), now)
