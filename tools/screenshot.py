"""Take the README's pictures of the built example: one light, one dark.

    python tools/screenshot.py SITE

The browser is the one that RUNREPORT_CHROMIUM names.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

PICTURES = Path(__file__).resolve().parent.parent / "site-example"
PAGE = "e/spirals/index.html"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def take(browser: Browser, address: str, scheme: Literal["light", "dark"]) -> Path:
    """Write the picture of one colour scheme; return where."""
    page = browser.new_page(
        viewport={"width": 1280, "height": 1040}, device_scale_factor=1.5, color_scheme=scheme
    )
    page.goto(address)
    page.wait_for_selector(".js-plotly-plot .scatterlayer path", state="attached")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    path = PICTURES / f"screenshot-{scheme}.png"
    page.screenshot(path=path)
    page.close()
    # A page has few colours, and a palette makes the file a third of the size.
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    return path


def main(site: Path) -> None:
    """Take both pictures of one site."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("RUNREPORT_CHROMIUM"), args=list(FLAGS)
        )
        for scheme in SCHEMES:
            path = take(browser, (site / PAGE).resolve().as_uri(), scheme)
            sys.stdout.write(f"{path.relative_to(Path.cwd())}: {path.stat().st_size // 1000} kB\n")
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
