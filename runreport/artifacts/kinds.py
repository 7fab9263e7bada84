"""What an artifact is, by its name and a look at its first bytes; nothing is decoded or run."""

from __future__ import annotations

import re
from typing import Final

HEAD: Final = 64_000
"""Bytes of a file that are looked at, and of a text that are shown."""

MOST_PIXELS: Final = 50_000_000
"""A larger picture would fill a reader's memory; it is offered for download."""

_MAGIC: Final = {
    "avif": re.compile(rb".{4}ftypavi[fs]", re.DOTALL),
    "bmp": re.compile(rb"BM"),
    "gif": re.compile(rb"GIF8[79]a"),
    "jpeg": re.compile(rb"\xff\xd8\xff"),
    "jpg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
AUDIO: Final = {
    "flac": re.compile(rb"fLaC"),
    "m4a": re.compile(rb".{4}ftyp(?:M4[AB]|mp4|isom)", re.DOTALL),
    "mp3": re.compile(rb"ID3|\xff[\xe0-\xff]"),
    "ogg": re.compile(rb"OggS"),
    "opus": re.compile(rb"OggS"),
    "wav": re.compile(rb"RIFF.{4}WAVE", re.DOTALL),
}
"""Sounds by their names' ends, with how their bytes begin."""

_TEXT_KINDS: Final = {
    "markdown": {"md", "markdown"},
    "csv": {"csv", "tsv"},
    "json": {"json", "ipynb", "geojson"},
    "html": {"html", "htm", "xhtml"},
    "svg": {"svg"},
}
_CODE: Final = {
    *("bash", "c", "cc", "cfg", "cpp", "cu", "css", "go", "h", "hpp", "ini", "java", "jl", "js"),
    *("lua", "m", "py", "pyi", "r", "rs", "scala", "sh", "sql", "toml", "ts", "xml", "yaml", "yml"),
    *("diff", "patch"),
}
_RUNS: Final = {"pkl", "pickle", "joblib", "pt", "pth", "ckpt", "npy", "npz", "dill", "cloudpickle"}
_HTML: Final = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html)\b", re.IGNORECASE | re.DOTALL
)


def extension_of(name: str) -> str:
    """Return a file name's extension in lower case, without its dot."""
    stem, _, extension = name.rpartition(".")
    return extension.lower() if stem else ""


def kind_of(name: str, head: bytes) -> str:
    """Return the kind of an artifact, as `PublishedArtifact.kind` names them."""
    extension = extension_of(name)
    if extension in _MAGIC:
        is_shown = _MAGIC[extension].match(head) and not is_huge_picture(head)
        return "image" if is_shown else "binary"
    if extension in AUDIO and AUDIO[extension].match(head):
        return "audio"
    if b"\0" in head or not is_text(head):
        return "binary"
    for kind, extensions in _TEXT_KINDS.items():
        if extension in extensions:
            return kind
    if extension in _CODE or name in {"Dockerfile", "Makefile"}:
        return "code"
    # A page by another name would still be one for a host that looks at the bytes.
    return "html" if not extension and _HTML.match(head) else "text"


def is_text(head: bytes) -> bool:
    """Return whether bytes are UTF-8, but for a last character that may be cut."""
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return len(head) == HEAD and error.start > HEAD - 4
    return True


def is_picture_name(name: str) -> bool:
    """Return whether a file is named like a picture."""
    return extension_of(name) in _MAGIC


def is_sound_name(name: str) -> bool:
    """Return whether a file is named like a sound."""
    return extension_of(name) in AUDIO


def runs_when_loaded(name: str) -> bool:
    """Return whether a file is of a form that executes code when it is loaded."""
    return extension_of(name) in _RUNS


def is_huge_picture(head: bytes) -> bool:
    """Return whether a file is a PNG of more than `MOST_PIXELS`."""
    if not head.startswith(b"\x89PNG"):
        return False
    return int.from_bytes(head[16:20]) * int.from_bytes(head[20:24]) > MOST_PIXELS
