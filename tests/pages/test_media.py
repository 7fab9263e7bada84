"""A run's media: a panel for each key, with a few of its items, and the rest left to data files."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from runreport.artifacts.series import SHOWN
from runreport.contexts import MediaSection, Page
from runreport.pages.media import MOST_KEYS, media_section
from runreport.records import Media, PublishedArtifact, RunDigest, RunRecord
from runreport.render import make_renderer

HISTOGRAM = json.dumps(
    {"edges": [-1.0, 0.0, 1.0], "counts": [3.0, 5.0], "nan": 1, "infinite": 0, "bins": 2}
)
TABLE = json.dumps(
    {
        "columns": ["name", "error"],
        "rows": [["<b>a</b>", "0.5"]],
        "numbers": [1],
        "total_rows": 9,
        "total_columns": 2,
    }
)

Section = Callable[..., MediaSection]


@pytest.fixture
def section(full: RunRecord, digest_of: Callable[..., RunDigest]) -> Section:
    def make(media: tuple[Media, ...], files: tuple[PublishedArtifact, ...]) -> MediaSection:
        digest = replace(digest_of(replace(full, media=media)), media=files, media_data="data/m.js")
        found = media_section(digest, "../../", 3)
        assert found is not None
        return found

    return make


def series(
    count: int, kind: str = "image", preview: str = ""
) -> tuple[tuple[Media, ...], tuple[PublishedArtifact, ...]]:
    media = tuple(Media("k", 10 * step, 1e9 + step, f"media/{step}") for step in range(count))
    files = tuple(
        PublishedArtifact(each.path, 9, kind, f"a/{place}/x", preview=preview)
        for place, each in enumerate(media)
    )
    return media, files


def test_a_run_without_media_has_no_section(
    digest_of: Callable[..., RunDigest], full: RunRecord
) -> None:
    assert media_section(digest_of(replace(full, media=())), "", 0) is None


def test_items_are_grouped_by_key_and_ordered_by_step(section: Section) -> None:
    media = (
        Media("b", 20, None, "media/2.png"),
        Media("a", 5, None, "media/3.png"),
        Media("b", 10, 1_763_806_500.0, "media/1.png", "first"),
    )
    files = tuple(PublishedArtifact(m.path, 1, "image", f"a/{m.path}") for m in media)

    first, second = section(media, files).panels

    assert (first.key, second.key) == ("b", "a")
    assert [(each.step, each.caption, each.src) for each in first.items] == [
        ("step 10", "first", "../../a/media/1.png"),
        ("step 20", "", "../../a/media/2.png"),
    ]
    assert first.items[0].moment is not None
    assert first.items[0].moment.text == "2025-11-22 10:15"
    assert first.items[1].moment is None
    assert (first.series, first.note) == ("", "")


def test_of_a_long_series_a_few_items_stand_in_the_page(section: Section) -> None:
    page = section(*series(1000))
    (panel,) = page.panels

    assert [each.index for each in panel.items] == [0, 200, 400, 599, 799, 999]
    assert (panel.count, panel.note, panel.series) == (1000, "6 of 1,000 steps", "0")
    assert page.data == "../../data/m.js"


def test_a_series_that_fits_the_page_needs_no_data(section: Section) -> None:
    (panel,) = section(*series(SHOWN)).panels

    assert len(panel.items) == SHOWN
    assert (panel.note, panel.series) == ("", "")


def test_long_series_are_numbered_among_themselves(section: Section) -> None:
    media, files = series(SHOWN + 1)
    few = (Media("few", 0, None, "media/0"),)
    other = tuple(replace(each, key="other") for each in media)

    panels = section((*few, *media, *other), (files[0], *files, *files)).panels

    assert [each.series for each in panels] == ["", "0", "1"]


def test_places_without_a_file_are_named_as_ranges(section: Section) -> None:
    media, files = series(10)
    gone = {0, 3, 4, 5, 9}
    cut = tuple(replace(f, url="") if place in gone else f for place, f in enumerate(files))

    (panel,) = section(media, cut).panels

    assert panel.refused == "0 3-5 9"


def test_histograms_over_steps_have_a_picture_of_all(section: Section) -> None:
    (panel,) = section(*series(3, "histogram", HISTOGRAM)).panels
    (few,) = section(*series(2, "histogram", HISTOGRAM)).panels

    assert panel.ridges.count("<path") == 3
    assert "step 20" in panel.ridges
    assert few.ridges == ""
    assert "<svg" in panel.items[0].drawing
    assert panel.items[0].note == "1 NaN"


def test_a_table_is_shown_by_its_head(section: Section) -> None:
    (panel,) = section(*series(1, "table", TABLE)).panels
    (item,) = panel.items

    assert (item.columns, item.rows, item.numbers) == (
        ("name", "error"),
        (("<b>a</b>", "0.5"),),
        (1,),
    )


def test_what_cannot_be_shown_says_why(section: Section) -> None:
    media = (Media("k", 0, None, "media/x.png"),)
    files = (PublishedArtifact("media/x.png", 1, "binary", note="not published: is a link"),)

    ((item,),) = (panel.items for panel in section(media, files).panels)

    assert (item.kind, item.src, item.href, item.note) == ("", "", "", "not published: is a link")


def test_keys_over_the_limit_are_counted(section: Section) -> None:
    media = tuple(Media(f"k{n}", 0, None, "media/x") for n in range(MOST_KEYS + 50))
    files = tuple(PublishedArtifact("media/x", 1, "image", "a/x") for _ in media)

    page = section(media, files)

    assert len(page.panels) == MOST_KEYS
    assert page.note == "200 of 250 keys are shown; log under fewer keys"


def test_keys_that_look_alike_have_anchors_of_their_own(section: Section) -> None:
    media = (Media("a/b", 0, None, "x"), Media("a b", 0, None, "x"))
    files = (PublishedArtifact("x", 1, "image", "a/x"),) * 2

    assert [each.anchor for each in section(media, files).panels] == ["media-a-b", "media-a-b-2"]


def test_a_page_without_media_loads_none_of_its_scripts(pages: list[Page]) -> None:
    render = make_renderer()
    with_media = {page.path for page in pages if b"gallery." in render(page)}

    assert len(with_media) == 1
    assert all("brave-otter" in path for path in with_media)
