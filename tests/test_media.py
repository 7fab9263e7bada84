"""The media stream's files: published as what their lines say, and data files for long series."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from runreport.artifacts import Limits, Publication, Publisher, Store
from runreport.artifacts.drawing import draw_histogram, draw_ridges
from runreport.artifacts.histograms import BINS, Histogram, read_histogram
from runreport.artifacts.series import PART, SHOWN, make_series
from runreport.artifacts.tables import read_table
from runreport.reading.sources import RunFolder
from runreport.records import Artifact, Media, RunRecord
from runreport.text.redact import Redactor
from runreport.text.serialize import read_data_script

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (40).to_bytes(4) + (30).to_bytes(4) + b"\x08\2\0\0\0"
WAV = b"RIFF\x24\0\0\0WAVEfmt \0\0\0\0"
HTML = b"<!doctype html><p>page"
TABLE = b'{"columns":["a","b"],"data":[[1,"x"],[2,null]]}\n'
HISTOGRAM = b'{"edges":[0,1,2],"counts":[3,4],"nan":1,"infinite":0}\n'
FIGURE = b'{"data":[{"type":"bar","y":[1]}],"layout":{}}'
DEEP_FIGURE = b'{"data":[{"type":"scatter3d","x":[1]}],"layout":{}}'
TOKEN = "ghp" + "_" + "a1B2" * 9


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "iris" / "otter"
    (folder / "media").mkdir(parents=True)
    (tmp_path / "spool").mkdir()
    return folder


def publish(run: Path, *media: Media, record: RunRecord | None = None) -> Publication:
    root = run.parent.parent
    store = Store(root.parent / "spool", root.parent / "site")
    publisher = Publisher(store, Limits(), Redactor())
    record = record or RunRecord("id", "otter", "iris", run, "native", media=media)
    return publisher.publish(record, RunFolder("native", str(run), root, "iris/otter"), "otter-1")


def only(run: Path, name: str, content: bytes, kind: str = "") -> Publication:
    (run / "media" / name).write_bytes(content)
    return publish(run, Media("k", 0, None, f"media/{name}", kind=kind))


class TestKinds:
    @pytest.mark.parametrize(
        ("name", "content", "declared", "kind"),
        [
            ("x.png", PNG, "", "image"),
            ("x.wav", WAV, "", "audio"),
            ("x.mp3", b"ID3\4\0\0", "audio", "audio"),
            ("x.ogg", b"OggS\0\0", "audio", "audio"),
            ("x.flac", b"fLaC\0\0", "", "audio"),
            ("x.m4a", b"\0\0\0\x20ftypM4A ", "", "audio"),
            ("x.opus", b"OggS\0\0", "", "audio"),
            ("x.html", HTML, "", "html"),
            ("x.table.json", TABLE, "", "table"),
            ("x.json", TABLE, "table", "table"),
            ("x.histogram.json", HISTOGRAM, "", "histogram"),
            ("x.plotly.json", FIGURE, "", "figure"),
            ("x.txt", b"hello", "text", "text"),
            ("x.txt", TABLE, "table", "table"),
        ],
    )
    def test_a_file_is_what_its_line_or_its_name_says(
        self, run: Path, name: str, content: bytes, declared: str, kind: str
    ) -> None:
        publication = only(run, name, content, declared)

        assert publication.findings == ()
        assert publication.media[0].kind == kind
        assert publication.media[0].url.startswith("a/")

    @pytest.mark.parametrize(
        ("name", "content", "declared", "reason"),
        [
            ("x.png", b"no picture", "", "it is no picture that browsers show"),
            ("x.wav", b"no sound", "", "it is no sound that browsers play"),
            ("x.png", PNG, "audio", "it is no sound that browsers play"),
            ("x.bin", b"\0", "text", "it is no text in UTF-8"),
            ("x.html", b"\0", "", "it is no HTML page in UTF-8"),
            ("x.plotly.json", b"{}", "", "it is no plotly figure"),
            ("x.table.json", b"{", "", "it is no JSON"),
            ("x.table.json", b"[]", "", "it is no table"),
            ("x.table.json", b'{"columns":["a"],"data":[[1,2]]}', "", "its rows do not have"),
            ("x.table.json", b'{"columns":["a"],"data":[7]}', "", "its rows do not have"),
            ("x.histogram.json", b"[1]", "", "it is no histogram"),
            ("x.histogram.json", b'{"edges":[1],"counts":[1]}', "", "1 edges do not fit"),
            (
                "x.histogram.json",
                b'{"edges":[1,2],"counts":[-1]}',
                "",
                "its edges and counts are not finite",
            ),
            (
                "x.histogram.json",
                b'{"edges":[1,"NaN"],"counts":[1]}',
                "",
                "its edges and counts are not finite",
            ),
            ("x.histogram.json", b'{"edges":[2,1],"counts":[1]}', "", "its edges do not rise"),
            ("x.histogram.json", b'{"edges":[0,5e-324],"counts":[1]}', "", "its edges do not rise"),
            ("x.histogram.json", b"\0", "", "it is no text"),
        ],
    )
    def test_a_file_that_is_not_is_named_and_said_to_be_not_shown(
        self, run: Path, name: str, content: bytes, declared: str, reason: str
    ) -> None:
        publication = only(run, name, content, declared)
        (finding,) = publication.findings

        assert finding.place == f"iris/otter/media/{name}"
        assert finding.message.startswith(f"cannot be shown: {reason}")
        assert publication.media[0].note.startswith(f"cannot be shown: {reason}")
        assert publication.media[0].preview == ""

    def test_equal_faults_are_counted(self, run: Path) -> None:
        for name in ("x.png", "y.png"):
            (run / "media" / name).write_bytes(b"no")
        media = (Media("k", n, None, f"media/{x}.png") for n, x in enumerate("xyx"))

        (finding,) = publish(run, *media).findings

        assert finding.count == 3

    def test_what_only_claims_to_be_a_sound_is_not_offered_as_one(self, run: Path) -> None:
        assert only(run, "x.wav", b"\0nothing").media[0].url.endswith("/x-wav.bin")

    def test_a_page_has_a_viewer_and_a_picture_none(self, run: Path) -> None:
        assert only(run, "x.html", HTML).media[0].view_url.startswith("r/otter-1/x-html-")
        assert only(run, "x.png", PNG).media[0].view_url == ""

    def test_a_page_logged_as_text_is_text(self, run: Path) -> None:
        (file,) = only(run, "x.html", HTML, "text").media

        assert (file.view_url, file.preview) == ("", HTML.decode())

    def test_a_long_text_is_cut_and_says_so(self, run: Path) -> None:
        (file,) = only(run, "x.txt", b"x" * 20_000).media

        assert (len(file.preview), file.note) == (8_000, "8 kB of 20 kB shown")

    def test_a_table_kept_as_an_artifact_is_known_by_its_content(self, run: Path) -> None:
        (file,) = only(run, "x.json", TABLE).media

        assert file.kind == "table"

    @pytest.mark.parametrize("name", ["x.json", "x.table.json", "x.histogram.json"])
    def test_json_of_another_form_that_nobody_called_ours_is_json(
        self, run: Path, name: str
    ) -> None:
        (run / "artifacts").mkdir()
        (run / "artifacts" / name).write_bytes(b'{"columns":["a"],"data":[[1,2]]}')
        record = RunRecord("id", "x", "iris", run, "native", artifacts=(Artifact(name, 33),))

        publication = publish(run, record=record)

        assert publication.findings == ()
        assert publication.artifacts[0].kind == "json"
        assert publication.artifacts[0].preview.startswith('{"columns"')


class TestTables:
    def test_head_says_how_much_there_is(self) -> None:
        rows = [list(range(30)) for _ in range(50)]
        content = orjson.dumps({"columns": [f"c{n}" for n in range(30)], "data": rows})

        head = read_table(content, Redactor())

        assert (len(head.rows), len(head.rows[0]), len(head.columns)) == (20, 20, 20)
        assert (head.total_rows, head.total_columns) == (50, 30)

    def test_cells_are_texts_whatever_they_hold(self) -> None:
        data = [["<b>", 1, 0.125, None], [True, 2, 2, {"a": [1]}]]
        content = orjson.dumps({"columns": ["t", "n", "x", 4], "data": data})

        head = read_table(content, Redactor())

        assert head.columns == ("t", "n", "x", "4")
        assert head.rows == (("<b>", "1", "0.1250", ""), ("true", "2", "2.0000", '{"a":[1]}'))
        assert head.numbers == (1, 2)

    def test_cells_have_no_secrets_and_an_end(self) -> None:
        content = orjson.dumps({"columns": ["a"], "data": [[TOKEN], ["y" * 1000]]})

        ((first,), (second,)) = read_table(content, Redactor()).rows

        assert first == "[redacted]"
        assert second == "y" * 400 + "…"


class TestHistograms:
    def test_a_fine_one_has_its_bins_added_up(self) -> None:
        content = json.dumps({"edges": list(range(1001)), "counts": [1] * 1000}).encode()

        histogram = read_histogram(content)

        assert len(histogram.counts) <= BINS
        assert sum(histogram.counts) == 1000
        assert (histogram.edges[0], histogram.edges[-1], histogram.bins) == (0, 1000, 1000)
        assert len(histogram.edges) == len(histogram.counts) + 1

    @pytest.mark.parametrize("edges", [(-1e299, 1e299), (0.0, 1e-289), (1e9, 1e9 + 1)])
    def test_any_range_can_be_drawn(self, edges: tuple[float, float]) -> None:
        histogram = Histogram((edges[0], edges[1]), (3.0,), bins=1)

        bars = dict(draw_histogram(histogram).paths)["bars"]
        ridges = draw_ridges([("step 0", histogram)] * 3)

        assert bars.startswith("M6 152v-136h408")
        assert "nan" not in bars + str(ridges.paths)
        assert "inf" not in bars + str(ridges.paths)

    def test_heights_are_shares_of_the_fullest(self) -> None:
        drawn = draw_histogram(Histogram((0.0, 1.0, 2.0, 3.0), (0.0, 2.0, 1.0), bins=3))

        assert dict(drawn.paths)["bars"] == "M142 152v-136h136v136zM278 152v-68h136v68z"
        assert drawn.label == "Histogram of 3 values from 0 to 3 in 3 bins"

    def test_an_empty_one_has_no_bars(self) -> None:
        drawn = draw_histogram(Histogram((0.0, 1.0), (0.0,), bins=1))

        assert dict(drawn.paths)["bars"] == ""

    def test_zero_is_marked_where_it_is(self) -> None:
        drawn = draw_histogram(Histogram((-1.0, 1.0), (1.0,), bins=1))

        assert (210, 166, "middle", "0") in drawn.texts


class TestLongSeries:
    def many(self, run: Path, count: int, name: str = "x.png", content: bytes = PNG) -> Publication:
        (run / "media" / name).write_bytes(content)
        return publish(
            run,
            *(Media("k", step, 1e9 + step, f"media/{name}", f"c{step}") for step in range(count)),
        )

    def listed(self, publication: Publication) -> tuple[Any, list[Any]]:
        files = {f.name: read_data_script(f.content) for f in publication.data if f.name[0] == "m"}
        index = files.pop(publication.media_data.removeprefix("data/"))
        assert [name for name, _ in index["parts"]] == list(files)
        return index, [item for name, _ in index["parts"] for item in files[name]["items"]]

    def test_a_short_series_has_no_data_file(self, run: Path) -> None:
        publication = self.many(run, SHOWN)

        assert (publication.media_data, publication.data) == ("", ())

    def test_every_item_of_a_long_one_is_in_the_data(self, run: Path) -> None:
        index, items = self.listed(self.many(run, 3000))

        assert [item["caption"] for item in items] == [f"c{step}" for step in range(3000)]
        assert items[0]["src"].startswith("a/")
        assert index["series"] == [
            {
                "count": 3000,
                "steps": {"range": [0.0, 1.0, 3000]},
                "times": {"range": [1e9, 1.0, 3000]},
            }
        ]
        starts = [start for _, start in index["parts"]]
        assert starts[0] == 0
        assert len(starts) > 1
        assert starts == sorted(starts)

    def test_parts_have_about_one_size(self, run: Path) -> None:
        publication = self.many(run, 200, "x.txt", b"text " * 1000)

        sizes = [
            len(f.content) for f in publication.data if not publication.media_data.endswith(f.name)
        ]
        assert len(sizes) > 3
        assert max(sizes) < PART + 9000

    def test_previews_that_only_the_data_shows_are_kept_there_alone(self, run: Path) -> None:
        publication = self.many(run, 100, "x.txt", b"hello")
        _, items = self.listed(publication)

        assert sum(bool(file.preview) for file in publication.media) == SHOWN
        assert {item["text"] for item in items} == {"hello"}

    def test_tables_histograms_and_figures_are_there_as_they_are_drawn(self, run: Path) -> None:
        for name, content in (("t.table.json", TABLE), ("h.histogram.json", HISTOGRAM)):
            (run / "media" / name).write_bytes(content)
        (run / "media" / "f.plotly.json").write_bytes(FIGURE)
        names = ("t.table.json", "h.histogram.json", "f.plotly.json")
        media = [Media(name, s, None, f"media/{name}") for name in names for s in range(9)]

        _, items = self.listed(publish(run, *media))

        assert items[0]["rows"] == [["1", "x"], ["2", ""]]
        assert items[9]["drawing"]["size"] == [420, 170]
        assert items[9]["odd"] == "1 NaN"
        assert items[18]["figure"].startswith("data/p-")

    def test_figures_that_need_all_of_plotly_have_few_viewers(self, run: Path) -> None:
        publication = self.many(run, 50, "f.plotly.json", DEEP_FIGURE)

        with_viewer = [file for file in publication.media if file.view_url]
        assert len(with_viewer) == SHOWN
        assert publication.media[1].note.startswith("cannot be shown: ")

    def test_series_are_in_order_of_step_and_steps_without_one_come_last(self) -> None:
        steps = (3.0, float("nan"), -1.0, float("inf"), 3.0)
        (series,) = make_series([Media("k", step, None, "x") for step in steps])

        assert series.places == (2, 0, 4, 3, 1)
