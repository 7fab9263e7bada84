"""Audio as files."""

from __future__ import annotations

import io
import os
from pathlib import Path

from runreport.errors import LogError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SUFFIXES = (".wav", ".mp3", ".ogg", ".flac", ".m4a", ".opus")
"""Audio files that are kept as they are."""

RATE = 44_100


def audio_bytes(audio: Any, rate: int | None) -> tuple[bytes, str]:
    """Return audio as the content of a file, and the suffix that fits it."""
    if isinstance(audio, (str, os.PathLike)):
        path = Path(audio)
        if path.suffix.lower() not in SUFFIXES:
            raise LogError(f"log_audio: {path.name!r} is none of {', '.join(SUFFIXES)}; convert it")
        if not path.is_file():
            raise LogError(f"log_audio: no file {str(path)!r}; check the path")
        return path.read_bytes(), path.suffix.lower()
    return _wave(_samples(audio), rate or RATE), ".wav"


def _samples(audio: Any) -> Any:
    """Return audio as 16-bit samples × channels; floats span -1 to 1."""
    import numpy as np

    array = np.asarray(audio.detach().cpu() if hasattr(audio, "detach") else audio)
    channels = array.shape[1] if array.ndim == 2 else 1
    if array.ndim not in {1, 2} or not 1 <= channels <= 16 or not len(array):
        raise LogError(
            f"log_audio: an array of shape {array.shape} is no audio; "
            "give samples, or samples × channels (16 at most)"
        )
    if array.dtype == np.int16:
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise LogError(f"log_audio: {array.dtype} is no audio; give floats from -1 to 1, or int16")
    array = np.nan_to_num(array)
    if np.abs(array).max() > 1:
        raise LogError("log_audio: values beyond -1 to 1 are no audio; scale them")
    return np.rint(array * 32_767).astype(np.int16)


def _wave(samples: Any, rate: int) -> bytes:
    import wave

    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(samples.shape[1] if samples.ndim == 2 else 1)
        file.setsampwidth(2)
        file.setframerate(int(rate))
        file.writeframes(samples.astype("<i2").tobytes())
    return out.getvalue()
