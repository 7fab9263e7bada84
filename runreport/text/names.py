"""Names that are safe on every file system and host, made from names that nobody has checked."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from typing import Final

from runreport.records import RunRecord

_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{port}{i}" for port in ("com", "lpt") for i in range(10)}
)
"""What Windows opens as a device, with any extension."""

_PASSIVE: Final = re.compile(
    "avif|bmp|gif|jpeg|jpg|png|tif|tiff|webp"
    "|flac|m4a|mp3|mp4|ogg|opus|wav|webm"
    "|cfg|conf|csv|ini|ipynb|json|jsonl|log|md|rst|toml|tsv|txt|yaml|yml"
    "|c|cpp|h|java|jl|py|pyi|r|rs|sh|sql"
    "|7z|arrow|bin|bz2|cbm|ckpt|feather|gz|h5|hdf5|joblib|keras|npy|npz|onnx|parquet|pickle|pkl|pt"
    "|pth|safetensors|sqlite|tar|tflite|ubj|whl|xz|zip|zst"
)
"""Extensions that no browser runs when the file is opened by its address."""

_ACTIVE_TEXT: Final = re.compile("css|htm|html|js|mjs|rss|svg|xhtml|xml|xsl")
"""Extensions that a browser may run; such a file is published as plain text."""

_ACTIVE_BINARY: Final = re.compile("hta|mht|mhtml|pdf|svgz|swf|wasm")
"""The same where text would be wrong; such a file is published for download alone."""

_SHORT_HASH: Final = re.compile(r"-[0-9a-f]{6}")

ALL_RUNS: Final = "all-runs"
"""The name of the files that hold the runs of every experiment; no experiment's."""

_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control, zero-width and direction-changing characters: what makes a name look like another."""


@lru_cache(maxsize=1024)
def slug(text: str, limit: int = 60) -> str:
    """Return ``text`` as ``[a-z0-9_-]``, at most ``limit`` long, never empty, never a device."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-_")[:limit].strip("-_")
    if not words:
        return "x"
    return f"{words[: limit - 1]}_" if words in _DEVICES else words


def run_slug(record: RunRecord, digits: int = 8) -> str:
    """Return the name of a run's folder in the site, the same whatever other runs there are."""
    key = f"{record.experiment}\0{record.run_id}"
    return f"{slug(record.name or record.run_id, 40)}-{_hash(key, digits)}"


def experiment_slug(name: str) -> str:
    """Return the name of an experiment's folder in the site: ``name`` itself where it can be."""
    safe = slug(name)
    # A name that ends like a hash could be taken for another name's slug.
    if safe == name and name != ALL_RUNS and not _SHORT_HASH.fullmatch(name[-7:]):
        return name
    return f"{safe}-{_hash(name, 6)}"


def output_name(original: str, *, text: bool = False) -> str:
    """Return a safe file name for an artifact; what a browser would run ends in .txt or .bin.

    ``text`` says what a file of unknown extension holds.
    """
    stem, _, extension = original.rpartition(".")
    extension = extension.lower() if stem else ""
    if _PASSIVE.fullmatch(extension):
        return f"{slug(stem)}.{extension}"
    if _ACTIVE_TEXT.fullmatch(extension):
        return f"{slug(stem)}.{extension}.txt"
    if _ACTIVE_BINARY.fullmatch(extension):
        return f"{slug(stem)}.{extension}.bin"
    return f"{slug(original)}.{'txt' if text else 'bin'}"


def visible(text: str) -> str:
    r"""Return ``text`` with invisible and direction-changing characters as escapes ("\u202e")."""
    return _INVISIBLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def _hash(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:digits]
