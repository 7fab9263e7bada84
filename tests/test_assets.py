"""The site's own files are named by their content, and styles find what they name."""

from __future__ import annotations

import re
from pathlib import Path

from runreport.assets import read_assets


def test_every_file_has_a_place_named_by_its_content() -> None:
    places, contents = read_assets()

    assert set(places.values()) == set(contents)
    assert all(re.fullmatch(r"assets/[\w.-]+\.[0-9a-f]{8}\.\w+", path) for path in contents)
    assert re.fullmatch(r"assets/site\.[0-9a-f]{8}\.css", places["site.css"])
    assert "vendor/plotly.min.js" in places
    assert "vendor/checksums.json" not in places


def test_styles_lead_to_fonts_beside_them() -> None:
    places, contents = read_assets()

    style = contents[places["vendor/fonts.css"]].decode()
    named = re.findall(r'url\("([^"]+)"\)', style)
    assert named
    assert all(f"assets/{name}" in contents for name in named)


def test_file_of_a_theme_stands_in_for_ours(tmp_path: Path) -> None:
    static = tmp_path / "static"
    static.mkdir()
    (static / "site.css").write_text("mine")
    (static / "custom.js").write_text("more")

    places, contents = read_assets(tmp_path)

    assert contents[places["site.css"]] == b"mine"
    assert contents[places["custom.js"]] == b"more"
    assert "grid.js" in places


def test_style_changes_its_name_with_what_it_leads_to(tmp_path: Path) -> None:
    static = tmp_path / "static"
    static.mkdir()
    (static / "custom.css").write_text('a { background: url("x.png") } b { c: url(none.png) }')
    names = set()
    for content in (b"one", b"two"):
        (static / "x.png").write_bytes(content)
        places, contents = read_assets(tmp_path)
        names.add(places["custom.css"])

    text = contents[places["custom.css"]].decode()
    assert len(names) == 2
    assert f'url("{places["x.png"].removeprefix("assets/")}")' in text
    assert "url(none.png)" in text
