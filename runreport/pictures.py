"""The pictures that lie beside the user's own Markdown pages."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from runreport.artifacts.kinds import kind_of
from runreport.site import Output
from runreport.text.names import output_name


def publish_pictures(folder: Path | None, output: Output) -> dict[str, str]:
    """Write the pictures of a folder of pages; return, by their paths in it, where they are.

    The address is relative to the pages; a drawing's is a data: URI.
    """
    pictures: dict[str, str] = {}
    written: set[str] = set()
    for file in sorted(folder.rglob("*")) if folder else []:
        if not file.is_file() or file.is_symlink():
            continue
        content = file.read_bytes()
        kind, name = kind_of(file.name, content), file.relative_to(folder or file).as_posix()
        if kind == "svg":
            text = base64.b64encode(content).decode()
            pictures[name] = f"data:image/svg+xml;base64,{text}"
        elif kind == "image":
            path = f"a/{hashlib.sha256(content).hexdigest()[:16]}/{output_name(file.name)}"
            pictures[name] = f"../{path}"
            if path not in written:
                output.write(path, content)
                written.add(path)
    return pictures
