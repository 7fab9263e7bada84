from __future__ import annotations

import pytest

from runreport.artifacts.histograms import Histogram, histogram_preview
from runreport.artifacts.tables import TableHead, table_preview
from runreport.contexts import ArtifactFile, ArtifactFolder
from runreport.pages.artifacts import FEW, PICTURES_OPEN, TABLE_COLUMNS, TABLE_ROWS, artifact_tree
from runreport.records import PublishedArtifact


def tree(*artifacts: PublishedArtifact) -> ArtifactFolder:
    made = artifact_tree(artifacts, "../../")
    assert made is not None
    return made


def only(artifact: PublishedArtifact) -> ArtifactFile:
    (file,) = tree(artifact).files
    return file


def test_run_without_artifacts_has_no_tree() -> None:
    assert artifact_tree((), "") is None


def test_folders_hold_their_files_and_sizes() -> None:
    made = tree(
        PublishedArtifact("code/train.py", 900, "code"),
        PublishedArtifact("model/data/a.bin", 2_000, "binary"),
        PublishedArtifact("model/model.pkl", 3_400_000, "binary"),
        PublishedArtifact("notes.txt", 10, "text"),
    )

    assert made.note == "4 files, 3.4 MB"
    assert [(each.name, each.note) for each in made.folders] == [
        ("code", "1 file, 900 B"),
        ("model", "2 files, 3.4 MB"),
    ]
    assert [each.name for each in made.files] == ["notes.txt"]
    (inner,) = made.folders[1].folders
    assert [(each.name, each.path) for each in inner.files] == [("a.bin", "model/data/a.bin")]


@pytest.mark.parametrize(("count", "expected"), [(FEW, True), (FEW + 1, False)])
def test_small_tree_is_open_from_the_start(count: int, expected: bool) -> None:
    made = tree(*(PublishedArtifact(f"d/{n:02d}", 1, "binary") for n in range(count)))

    assert made.folders[0].open is expected


@pytest.mark.parametrize(("count", "expected"), [(PICTURES_OPEN, True), (PICTURES_OPEN + 1, False)])
def test_few_pictures_show_without_a_click(count: int, expected: bool) -> None:
    made = tree(*(PublishedArtifact(f"{n}.png", 1, "image", f"a/{n}.png") for n in range(count)))

    assert made.files[0].picture == "../../a/0.png"
    assert made.files[0].open is expected


def test_svg_is_a_picture_only_as_data() -> None:
    uri = "data:image/svg+xml;base64,PHN2Zy8+"

    assert only(PublishedArtifact("a.svg", 1, "svg", "a/a.svg.txt", preview=uri)).picture == uri
    assert only(PublishedArtifact("a.svg", 1, "svg", "a/a.svg.txt", preview="<svg>")).picture == ""


def test_json_is_shown_a_value_a_line() -> None:
    file = only(PublishedArtifact("a.json", 1, "json", preview='{"b": [1], "a": "测试"}'))

    shown = file.code.striptags() if hasattr(file.code, "striptags") else ""
    assert shown == '{ "b": [ 1 ], "a": "测试" }'
    assert file.code.count('class="line"') == 6


@pytest.mark.parametrize("preview", ['{"cut": [1, 2', "[" * 100_000, "not json"])
def test_json_that_is_cut_is_shown_as_it_is(preview: str) -> None:
    file = only(PublishedArtifact("a.json", 1, "json", preview=preview))

    assert file.code
    assert "\n" not in str(file.code)


def test_table_shows_its_head() -> None:
    rows = "".join(f"{n},{n * n}\n" for n in range(TABLE_ROWS + 5))

    file = only(
        PublishedArtifact(
            "a.csv", 1, "csv", preview=f"n,square\n{rows}", note="64 kB of 3 MB shown"
        )
    )

    assert file.rows[:2] == (("n", "square"), ("0", "0"))
    assert len(file.rows) == TABLE_ROWS + 1
    assert file.note == f"64 kB of 3 MB shown; the first {TABLE_ROWS} rows are shown"


def test_wide_table_says_how_many_columns_are_shown() -> None:
    file = only(PublishedArtifact("a.tsv", 1, "csv", preview="\t".join(map(str, range(30)))))

    assert len(file.rows[0]) == TABLE_COLUMNS
    assert file.note == f"the first {TABLE_COLUMNS} columns are shown"


def test_table_that_cannot_be_parsed_has_no_preview() -> None:
    file = only(PublishedArtifact("a.csv", 1, "csv", "a/a.csv", preview='"' + "x" * 200_000))

    assert file.rows == ()
    assert not file.has_preview


def test_file_that_is_not_published_says_why() -> None:
    file = only(PublishedArtifact("w.bin", 9_000_000_000, "binary", note="larger than the limit"))

    assert (file.href, file.size, file.note) == ("", "9 GB", "larger than the limit")
    assert not file.has_preview


def test_html_leads_to_the_viewer_and_is_never_shown_in_the_page() -> None:
    file = only(
        PublishedArtifact(
            "a.html", 1, "html", "a/a.html.txt", "r/x/view-1.html", preview="<b>x</b>"
        )
    )

    assert file.view_href == "../../r/x/view-1.html"
    assert "<b>" not in str(file.code)


def test_a_table_shows_its_head_and_a_histogram_its_bars() -> None:
    head = TableHead(("a", "b"), (("1", "<x>"),), (0,), 9, 2)
    bars = Histogram((0.0, 1.0, 2.0), (1.0, 3.0), bins=2)

    table = only(PublishedArtifact("t.json", 1, "table", "a/1/t.json", preview=table_preview(head)))
    histogram = only(
        PublishedArtifact("h.histogram.json", 1, "histogram", preview=histogram_preview(bars))
    )

    assert table.rows == (("a", "b"), ("1", "<x>"))
    assert "<svg" in histogram.drawing
    assert table.has_preview
    assert histogram.has_preview


def test_a_sound_can_be_heard_where_it_is_published() -> None:
    assert only(PublishedArtifact("a.wav", 9, "audio", "a/1/a.wav")).sound == "../../a/1/a.wav"
    assert not only(PublishedArtifact("a.wav", 9, "audio", note="not published")).has_preview
