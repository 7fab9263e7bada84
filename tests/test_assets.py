"""The site's own files are named by their content, and styles find what they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runreport.assets import read_assets
from runreport.bundles import BUNDLES, bundled, shortened
from runreport.render import templates_folder


def test_every_file_has_a_place_named_by_its_content() -> None:
    places, contents = read_assets()

    assert set(places.values()) == set(contents)
    assert all(re.fullmatch(r"assets/[\w.-]+\.[0-9a-f]{8}\.\w+", path) for path in contents)
    assert re.fullmatch(r"assets/print\.[0-9a-f]{8}\.css", places["print.css"])
    assert "vendor/plotly.min.js" in places
    assert "vendor/checksums.json" not in places


def test_styles_lead_to_fonts_beside_them() -> None:
    places, contents = read_assets()

    style = contents[places["base.css"]].decode()
    named = re.findall(r'url\("([^"]+)"\)', style)
    assert len(named) == 4
    assert all(f"assets/{name}" in contents for name in named)


def test_bundle_holds_its_sources_in_their_order_and_they_have_no_place_of_their_own() -> None:
    places, contents = read_assets()

    script = contents[places["table.js"]].decode()
    made = [script.index(f"rr.{name} =") for name in ("picks", "gridData", "GridView", "tableOf")]
    assert made == sorted(made)
    assert not {source for sources in BUNDLES.values() for source in sources} & set(places)


def test_vendored_file_is_served_as_it_is() -> None:
    places, contents = read_assets()

    for name in ("plotly.min.js", "plotly.css", "NOTICE.md"):
        file = templates_folder() / "static/vendor" / name
        assert contents[places[f"vendor/{name}"]] == file.read_bytes()


def test_sources_are_written_so_that_they_can_be_shortened() -> None:
    for file in (templates_folder() / "static").glob("*.js"):
        text = file.read_text()
        assert "`" not in re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE), file.name
        assert "/*" not in text.replace("/**", ""), file.name
        assert not re.search(r"\\$", text, flags=re.MULTILINE), file.name
    for file in (templates_folder() / "static").glob("*.css"):
        rules = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)
        quoted = re.findall(r'"[^"\n]*"', rules)
        assert not [text for text in quoted if re.search(r"[{};]|: |, |  ", text)], file.name
        assert rules.count('"') == 2 * len(quoted), file.name


@pytest.mark.parametrize(
    ("name", "text", "short"),
    [
        ("a.js", "// why\n(function () {\n  // how\n\n  a = 'x // y';\n})();\n", None),
        ("a.css", "/* a\n b */\na > b:hover , i {\n  c: d(1px - 2px), e;\n}\n\n", None),
        ("b.css", "/* a */\np {\n  q: r;\n}\n\n/* b */\ns {\n  t: u;\n}\n", "p{q:r}s{t:u}"),
        ("a.svg", "<svg>  </svg>\n", "<svg>  </svg>\n"),
    ],
)
def test_shortened_source_lacks_comments_and_indentation(
    name: str, text: str, short: str | None
) -> None:
    expected = {
        "a.js": "(function () {\na = 'x // y';\n})();\n",
        "a.css": "a > b:hover ,i{c:d(1px - 2px),e}",
    }

    assert shortened(name, text.encode()).decode() == (short or expected[name])


def test_source_that_ends_in_a_comment_does_not_swallow_the_next() -> None:
    files = bundled({"format.js": b"b()", "runreport.js": b"a() // last", "other.js": b"c()"})

    assert files == {"base.js": b"a() // last\nb()", "other.js": b"c()"}


def test_file_of_a_theme_stands_in_for_ours(tmp_path: Path) -> None:
    static = tmp_path / "static"
    static.mkdir()
    mine = "/* mine */  a  {}"
    (static / "site.css").write_text(mine)
    (static / "print.css").write_text(mine)
    (static / "custom.js").write_text("// more")

    places, contents = read_assets(tmp_path)

    assert contents[places["print.css"]] == mine.encode()
    assert contents[places["custom.js"]] == b"// more"
    assert contents[places["base.css"]].count(mine.encode()) == 1
    assert b".site-nav" not in contents[places["base.css"]]
    assert "table.js" in places


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
