"""HTML artifacts: what their sandbox needs to show them without the network."""

from __future__ import annotations

import re
from typing import Final

from runreport.artifacts.figures import plotly_script

_PLOTLY_CDN: Final = re.compile(
    r"<script\b[^>]*\bsrc=[\"']https://(?:cdn\.plot\.ly/plotly|cdn\.jsdelivr\.net/npm/plotly\.js)"
    r"[^\"']*[\"'][^>]*>\s*</script>",
    re.IGNORECASE,
)
_LOADS: Final = re.compile(
    r"<(?:script|img|link|iframe|video|audio|source|embed)\b[^>]*\b(?:src|href)\s*=\s*[\"']?"
    r"(?:https?:)?//|@import\s+(?:url\()?[\"']?(?:https?:)?//|\burl\([\"']?(?:https?:)?//",
    re.IGNORECASE,
)


def needs_network(source: str) -> bool:
    """Return whether a page loads something that `self_contained` does not bring along."""
    return _LOADS.search(_PLOTLY_CDN.sub("", source)) is not None


def self_contained(source: str) -> str:
    """Return a page with plotly itself in place of the tag that would load it."""
    if not _PLOTLY_CDN.search(source):
        return source
    script = f"<script>{plotly_script()}</script>"
    return _PLOTLY_CDN.sub(lambda _: script, source)
