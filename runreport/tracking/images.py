"""Images as files, alone or in a series over the steps."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

from runreport.errors import LogError
from runreport.tracking import keep
from runreport.tracking.naming import artifact_parts
from runreport.tracking.series import keep_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runreport.tracking.run import Run
    from runreport.tracking.series import Place

_COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
"""PNG's color type by the number of channels: grey, grey and alpha, RGB, RGBA."""


def keep_image(run: Run, image: Any, artifact_file: str) -> None:
    """Keep an image as an artifact; the file's suffix is the format, PNG if it has none."""
    artifact_parts(artifact_file)
    name = artifact_file if Path(artifact_file).suffix else f"{artifact_file}.png"
    content, _ = image_bytes(image, Path(name).suffix)
    keep.write_file(run, name, lambda draft: draft.write_bytes(content))


def keep_in_series(run: Run, image: Any, place: Place) -> None:
    """Keep an image of a series."""
    content, suffix = image_bytes(image, ".png")
    keep_at(run, place, "image", content, suffix)


def image_bytes(image: Any, suffix: str) -> tuple[bytes, str]:
    """Return an image as the content of a file, and the suffix that fits it."""
    if isinstance(image, (str, os.PathLike)):
        path = Path(image)
        if not path.is_file():
            raise LogError(f"log_image: no file {str(path)!r}; check the path")
        return path.read_bytes(), path.suffix
    if hasattr(image, "to_pil"):
        image = image.to_pil()
    if hasattr(image, "savefig"):
        return _saved(lambda file, kind: image.savefig(file, format=kind), suffix)
    if hasattr(image, "save") and hasattr(image, "getbands"):
        return _saved(lambda file, kind: image.save(file, format=kind), suffix)
    if suffix.lower() == ".png":
        return png(image), ".png"
    from PIL import Image

    pixels = to_bytes(image)
    return _saved(lambda file, kind: Image.fromarray(pixels).save(file, format=kind), suffix)


def _saved(save: Any, suffix: str) -> tuple[bytes, str]:
    import io

    file = io.BytesIO()
    kind = suffix.lower().lstrip(".")
    try:
        save(file, "jpeg" if kind == "jpg" else kind)
    except (KeyError, ValueError) as error:
        raise LogError(
            f"log_image: this image cannot be kept as {suffix!r} ({error}); give '.png'"
        ) from error
    return file.getvalue(), suffix


def to_bytes(image: Any) -> Any:
    """Return an image as a numpy array of bytes; floats and truth values span 0 to 1."""
    import numpy as np

    array = np.asarray(image.detach().cpu() if hasattr(image, "detach") else image)
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in {2, 3} or channels not in _COLOR_TYPES or 0 in array.shape:
        raise LogError(
            f"log_image: an array of shape {array.shape} is no image; "
            "give height × width, or height × width × 1, 3 or 4"
        )
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * 255
    elif np.issubdtype(array.dtype, np.floating):
        _check_range(array, 0.0, 1.0)
        array = np.rint(np.nan_to_num(array) * 255)
    else:
        _check_range(array, 0, 255)
    return np.ascontiguousarray(
        array.astype(np.uint8).squeeze(2)
        if channels == 1 and array.ndim == 3
        else array.astype(np.uint8)
    )


def _check_range(array: Any, low: float, high: float) -> None:
    import numpy as np

    least, most = np.nanmin(array), np.nanmax(array)
    if least < low or most > high:
        raise LogError(
            f"log_image: values from {least:g} to {most:g} are no image; "
            f"scale them to {low:g} to {high:g}"
        )


def png(image: Any) -> bytes:
    """Return an array as a PNG file; it needs no image library."""
    array = to_bytes(image)
    height, width = array.shape[:2]
    channels = array.shape[2] if array.ndim == 3 else 1
    # Each row begins with its filter: 0, none.
    rows = b"".join(b"\0" + array[index].tobytes() for index in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOR_TYPES[channels], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
