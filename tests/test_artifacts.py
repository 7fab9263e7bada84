"""A run's files are published by their bytes, under safe names; nothing leads out of the run."""

from __future__ import annotations

import base64
import hashlib
import os
import pickle
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from runreport.artifacts import Budget, Limits, Publication, Publisher, Store, viewer_source
from runreport.reading.sources import RunFolder
from runreport.records import Artifact, Finding, Media, PublishedArtifact, RunDigest, RunRecord
from runreport.reduction import with_publication
from runreport.site import Output
from runreport.text.redact import Redactor
from runreport.text.serialize import read_data_script

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (40).to_bytes(4) + (30).to_bytes(4) + b"\x08\2\0\0\0"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
TOKEN = "ghp" + "_" + "a1B2" * 9
LINK = "not published: is a link, which is never opened; put the file or folder itself there"
CANARY = b"not to be seen by anybody"
HOSTILE = [
    "<script>alert(1)<script>.html",
    '"><img src=x onerror=alert(1)>.svg',
    "javascript:alert(1).png",
    "data:text,html,x.svg",
    "%2e%2e%2fx.html",
    "..html",
    "C:\\x.js",
    "..\\..\\x",
    "CON",
    "nul.txt",
    "com1.tar.gz",
    "a:b#c?d.csv",
    " ",
    "trailing. ",
    "line\nbreak.txt",
    "tab\t.json",
    ".htaccess",
    "_config.yml",
    "index.html",
    "page.HTML",
    "x.php.png",
    "shell.php",
    "page.shtml",
    "\u202egnp.exe",
    "caf\u00e9.png",
    "cafe\u0301.png",
    "\u6d4b\u8bd5.md",
    "\udcff\udcfe.bin",
    "x" * 250 + ".png",
    "__proto__",
    "{{7*7}}.txt",
    "'; DROP TABLE.csv",
    "-rf",
    "~",
    "$(touch x)",
]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "iris" / "otter"
    (folder / "artifacts").mkdir(parents=True)
    (tmp_path / "spool").mkdir()
    return folder


def write(run: Path, path: str, content: bytes = b"x") -> Path:
    file = run / "artifacts" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def record_of(run: Path, media: tuple[Media, ...] = ()) -> RunRecord:
    root = run / "artifacts"
    found = sorted(path for path in root.rglob("*") if path.is_symlink() or not path.is_dir())
    listed = tuple(
        Artifact(path.relative_to(root).as_posix(), path.lstat().st_size) for path in found
    )
    return RunRecord("id", "otter", "iris", run, "native", artifacts=listed, media=media)


def publish(
    run: Path, limits: Limits | None = None, media: tuple[Media, ...] = (), record: Any = None
) -> Publication:
    root = run.parent.parent
    store = Store(root.parent / "spool", root.parent / "site")
    publisher = Publisher(store, limits or Limits(), Redactor(("correct horse",)))
    found = RunFolder("native", str(run), root, "iris/otter")
    return publisher.publish(record or record_of(run, media), found, "otter-12345678")


def only(run: Path, **arguments: Any) -> PublishedArtifact:
    (artifact,) = publish(run, **arguments).artifacts
    return artifact


def content_of(publication: Publication) -> dict[str, bytes]:
    return {file.path: file.spooled.read_bytes() for file in publication.files if file.spooled}


class TestNames:
    @pytest.mark.parametrize("name", HOSTILE, ids=ascii)
    def test_every_name_is_published_byte_for_byte_under_a_safe_one(
        self, run: Path, name: str
    ) -> None:
        content = os.fsencode(name) + b"\0" + os.urandom(64)
        write(run, name, content)

        publication = publish(run)

        ((path, published),) = content_of(publication).items()
        assert published == content
        assert re.fullmatch(r"a/[0-9a-f]{16}/[a-z0-9][a-z0-9_-]*(\.[a-z0-9]+){1,2}", path)
        assert not path.endswith((".html", ".svg", ".js", ".php", ".shtml", ".exe", ".htaccess"))
        assert publication.findings == ()

    def test_equal_files_are_stored_once(self, run: Path) -> None:
        write(run, "a/model.bin", b"\0same")
        write(run, "b/model.bin", b"\0same")

        publication = publish(run)

        assert len(publication.files) == 1
        assert publication.artifacts[0].url == publication.artifacts[1].url

    def test_bytes_that_another_run_had_are_not_written_again(self, run: Path) -> None:
        write(run, "train.py", b"print('same')\n")
        write(run, "model.bin", b"\0same")

        first, again = publish(run), publish(run)

        assert first == again
        assert len(list((run.parent.parent.parent / "spool").iterdir())) == 2
        inodes = [file.spooled.stat().st_ino for file in first.files if file.spooled]
        publish(run)
        assert inodes == [file.spooled.stat().st_ino for file in first.files if file.spooled]

    def test_address_is_made_of_the_content(self, run: Path) -> None:
        write(run, "x.bin", b"\0content")

        sha256 = hashlib.sha256(b"\0content").hexdigest()
        assert only(run).url == f"a/{sha256[:16]}/x.bin"


class TestRefusals:
    def refusal(self, run: Path) -> str:
        publication = publish(run)
        (artifact,) = publication.artifacts
        (finding,) = publication.findings
        assert (artifact.url, publication.files) == ("", ())
        assert finding.message == artifact.note
        assert finding.place == f"iris/otter/artifacts/{artifact.path}"
        return artifact.note

    @pytest.mark.parametrize(
        "target", ["secret", "../secret", "nowhere", "/etc/hostname", "link"], ids=str
    )
    def test_link_to_a_file(self, run: Path, tmp_path: Path, target: str) -> None:
        (tmp_path / "secret").write_bytes(CANARY)
        where = target if target != "secret" else str(tmp_path / "secret")
        (run / "artifacts" / "link").symlink_to(where)

        assert self.refusal(run) == LINK

    def test_link_to_a_folder(self, run: Path, tmp_path: Path) -> None:
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "secret").write_bytes(CANARY)
        (run / "artifacts" / "sub").symlink_to(tmp_path / "outside")
        record = RunRecord(
            "id", "x", "iris", run, "native", artifacts=(Artifact("sub/secret", 25),)
        )

        publication = publish(run, record=record)

        assert publication.files == ()
        assert "is a link, which is never opened" in publication.artifacts[0].note

    def test_run_folder_that_became_a_link(self, run: Path, tmp_path: Path) -> None:
        write(run, "x.txt")
        record = record_of(run)
        run.rename(tmp_path / "moved")
        run.symlink_to(tmp_path / "moved")

        publication = publish(run, record=record)

        assert publication.files == ()

    def test_pipe_does_not_hang(self, run: Path) -> None:
        os.mkfifo(run / "artifacts" / "pipe")

        assert "is a named pipe, which is never opened" in self.refusal(run)

    def test_socket(self, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(run / "artifacts")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("socket")

            assert "is a socket, which is never opened" in self.refusal(run)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a device")
    def test_device(self, run: Path) -> None:
        os.mknod(run / "artifacts" / "zero", 0o666 | 0o020000, os.makedev(1, 5))

        assert "is a device, which is never opened" in self.refusal(run)

    def test_vanished_file(self, run: Path) -> None:
        record = RunRecord("id", "x", "iris", run, "native", artifacts=(Artifact("gone", 3),))

        (artifact,) = publish(run, record=record).artifacts

        assert artifact.note == (
            "not published: no such file or directory; make it readable or remove it"
        )

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_unreadable_file(self, run: Path) -> None:
        write(run, "x.txt").chmod(0)

        assert self.refusal(run) == (
            "not published: permission denied; make it readable or remove it"
        )

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
    def test_hard_link_to_another_users_file(self, run: Path, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_bytes(CANARY)
        os.chown(secret, 12345, 12345)
        (run / "artifacts" / "mine").hardlink_to(secret)

        assert self.refusal(run) == (
            "not published: is a hard link to another user's file; put a copy there"
        )

    def test_hard_link_to_ones_own_file_is_a_file(self, run: Path) -> None:
        write(run, "a.bin", b"\0x")
        (run / "artifacts" / "b.bin").hardlink_to(run / "artifacts" / "a.bin")

        assert [each.note for each in publish(run).artifacts] == ["", ""]

    @pytest.mark.parametrize(
        "path",
        ["/etc/hostname", "../../../secret", "a/../../../../secret", ".", "..", "", "a//b", "x\0y"],
    )
    def test_path_inside_data_that_leads_elsewhere(
        self, run: Path, tmp_path: Path, path: str
    ) -> None:
        (tmp_path / "secret").write_bytes(CANARY)
        record = RunRecord("id", "x", "iris", run, "native", media=(Media("k", 0, None, path),))

        publication = publish(run, record=record)

        assert publication.files == ()
        assert publication.media[0].note == ("not published: it is no path inside the run folder")

    @pytest.mark.parametrize(
        "path",
        ["file:///etc/hostname", "C:\\x", "\\\\host\\x", "%2e%2e/secret", "~/x", "http://x/y"],
    )
    def test_path_in_another_notation_is_a_mere_name(self, run: Path, path: str) -> None:
        record = RunRecord("id", "x", "iris", run, "native", media=(Media("k", 0, None, path),))

        assert publish(run, record=record).media[0].note.startswith("not published: ")

    def test_equal_refusals_are_counted_with_their_first_place(self, run: Path) -> None:
        for name in ("a", "b", "c"):
            (run / "artifacts" / name).symlink_to("nowhere")

        assert publish(run).findings == (
            Finding(
                "warning",
                "iris/otter/artifacts/a",
                LINK,
                3,
            ),
        )

    def test_folder_that_is_swapped_for_a_link_meanwhile_leads_nowhere(
        self, run: Path, tmp_path: Path
    ) -> None:
        write(run, "sub/x.txt", b"good")
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "x.txt").write_bytes(CANARY)
        record = record_of(run)
        code = (
            "import os, sys\n"
            "sub, aside, outside = sys.argv[1:]\n"
            "while os.getppid() != 1:\n"
            "    os.rename(sub, aside); os.symlink(outside, sub)\n"
            "    os.unlink(sub); os.rename(aside, sub)\n"
        )
        sub = run / "artifacts" / "sub"
        arguments = [sys.executable, "-c", code, str(sub), str(sub) + "-aside", str(outside)]
        with subprocess.Popen(arguments) as attacker:
            try:
                seen = [publish(run, record=record) for _ in range(1500)]
            finally:
                attacker.kill()

        files = {content for each in seen for content in content_of(each).values()}
        assert files == {b"good"}
        # Otherwise the race did not take place.
        assert any(not each.files for each in seen)


class TestLimits:
    def test_large_file_is_named_with_its_setting(self, run: Path) -> None:
        write(run, "model.bin", b"\0" * 2000)

        publication = publish(run, Limits(max_artifact_bytes=1000))

        text = "not published: 2 kB is more than max_artifact_bytes = 1 kB; raise that setting"
        assert publication.artifacts[0].note == text
        assert publication.findings == (Finding("warning", "iris/otter/artifacts/model.bin", text),)
        assert publication.files == ()

    def test_sparse_file_is_not_read(self, run: Path) -> None:
        with write(run, "sparse.bin").open("wb") as file:
            file.truncate(50 * 2**30)

        assert "is more than max_artifact_bytes" in only(run).note

    def test_omitted_files_are_listed(self, run: Path) -> None:
        write(run, "model.bin", b"\0" * 2000)

        publication = publish(run, Limits(artifacts="omit"))

        (artifact,) = publication.artifacts
        assert (artifact.path, artifact.size, artifact.url) == ("model.bin", 2000, "")
        assert artifact.note == 'not copied: the site is built with artifacts = "omit"'
        assert (publication.files, publication.findings) == ((), ())

    def test_total_is_kept_and_equal_files_count_once(self, run: Path) -> None:
        write(run, "a/x.bin", b"\0" * 600)
        write(run, "b/x.bin", b"\0" * 600)
        write(run, "c/x.bin", b"\1\0" * 300)
        write(run, "d/x.bin", b"\0" * 300)
        budget = Budget(1000)
        publication = publish(run)
        record = RunRecord("otter", "otter", "iris", run, "native")
        whole = with_publication(RunDigest(record, "otter", "", (), ()), publication)

        refused = budget.refused(publication.files)
        admitted = budget.without(whole, refused, len(publication.files), "iris/otter")

        urls = [bool(each.url) for each in admitted.artifacts]
        assert urls == [True, True, False, True]
        assert admitted.artifacts[2].note == (
            "not published: over max_total_bytes = 1 kB for the whole site"
        )
        assert admitted.findings == (
            Finding(
                "warning",
                "iris/otter",
                "1 of 3 files (600 B) not published: all artifacts together would be more than "
                "max_total_bytes = 1 kB; raise that setting",
            ),
        )
        assert budget.refused([file for file in publication.files if file not in refused]) == ()


class TestKinds:
    @pytest.mark.parametrize(
        ("name", "content", "kind"),
        [
            ("x.png", PNG, "image"),
            ("X.PNG", PNG, "image"),
            ("x.jpg", b"\xff\xd8\xff\xe0", "image"),
            ("x.gif", b"GIF89a", "image"),
            ("x.webp", b"RIFF\0\0\0\0WEBP", "image"),
            ("x.png", b"<script>alert(1)</script>", "binary"),
            ("x.jpg", PNG, "binary"),
            ("x.svg", SVG, "svg"),
            ("x.html", b"<p>x", "html"),
            ("page", b"\n<!-- x --> <!DOCTYPE html><p>", "html"),
            ("x.txt", b"<!doctype html><script>", "text"),
            ("x.json", b'{"a": 1}', "json"),
            ("x.csv", b"a,b\n", "csv"),
            ("x.md", b"# x", "markdown"),
            ("x.py", b"import os", "code"),
            ("Makefile", b"all:\n", "code"),
            ("MLmodel", b"flavors:\n", "text"),
            ("x.txt", b"a\0b", "binary"),
            ("x.txt", b"\xff\xfe\x00", "binary"),
            ("x.html", b"\0<p>", "binary"),
            ("model.pkl", b"\x80\x04", "binary"),
            ("empty", b"", "text"),
        ],
    )
    def test_kind_is_told_by_name_and_bytes(
        self, run: Path, name: str, content: bytes, kind: str
    ) -> None:
        write(run, name, content)

        assert only(run).kind == kind

    def test_what_only_claims_to_be_a_picture_is_not_offered_as_one(self, run: Path) -> None:
        write(run, "x.png", b"<script>")

        assert only(run).url.endswith("/x-png.bin")

    def test_picture_that_would_fill_the_memory_is_only_offered(self, run: Path) -> None:
        write(run, "x.png", PNG[:16] + (60_000).to_bytes(4) * 2)
        file = only(run)

        assert file.kind == "binary"
        assert file.note == "more than 50,000,000 pixels: not shown in the page"

    def test_text_that_is_cut_within_a_character_is_text(self, run: Path) -> None:
        write(run, "x.txt", b"a" + "é".encode() * 40_000)

        artifact = only(run)

        assert artifact.kind == "text"
        assert set(artifact.preview) == {"a", "é"}

    @pytest.mark.parametrize("name", ["m.pkl", "m.joblib", "m.pt", "m.npy"])
    def test_what_executes_when_loaded_says_so_and_is_not_loaded(
        self, run: Path, tmp_path: Path, name: str
    ) -> None:
        class Bomb:
            def __reduce__(self) -> tuple[Any, ...]:
                return (os.mkdir, (str(tmp_path / "ran"),))

        write(run, name, pickle.dumps(Bomb()))

        assert only(run).note == "executes code when it is loaded"
        assert not (tmp_path / "ran").exists()


class TestPreviews:
    def test_head_of_a_text(self, run: Path) -> None:
        write(run, "x.log", b"a" * 100_000)

        artifact = only(run)

        assert artifact.preview == "a" * 64_000
        assert artifact.note == "64 kB of 100 kB shown"

    def test_head_of_a_table(self, run: Path) -> None:
        write(run, "x.csv", b"".join(b"%d,x\n" % row for row in range(1000)))

        artifact = only(run)

        assert artifact.preview.splitlines() == [f"{row},x" for row in range(51)]
        assert artifact.note == "the first 50 rows are shown"

    def test_short_table_is_whole(self, run: Path) -> None:
        write(run, "x.csv", b"a,b\n1,2\n")

        assert (only(run).preview, only(run).note) == ("a,b\n1,2\n", "")

    def test_drawing_is_shown_as_a_picture_and_offered_as_text(self, run: Path) -> None:
        write(run, "x.svg", SVG)

        artifact = only(run)

        assert artifact.url.endswith("/x.svg.txt")
        head, _, data = artifact.preview.partition(",")
        assert (head, base64.b64decode(data)) == ("data:image/svg+xml;base64", SVG)

    def test_large_drawing_is_only_offered(self, run: Path) -> None:
        write(run, "x.svg", SVG + b" " * 600_000)

        assert (only(run).preview, only(run).note) == (
            "",
            "larger than 512 kB: not shown in the page",
        )

    def test_page_is_offered_as_text_with_a_viewer(self, run: Path) -> None:
        write(run, "deep/x.html", b"<p>x")

        artifact = only(run)

        assert artifact.url.endswith("/x.html.txt")
        assert re.fullmatch(r"r/otter-12345678/x-html-[0-9a-f]{8}\.html", artifact.view_url)
        assert artifact.note == ""

    @pytest.mark.parametrize(
        "source",
        [
            b'<script src="https://example.org/x.js"></script>',
            b"<img src=//example.org/x.png>",
            b'<link rel=stylesheet href="http://example.org/x.css">',
            b"<style>@import 'https://example.org/x.css'</style>",
            b"<style>*{background:url(https://example.org/x.png)}</style>",
        ],
    )
    def test_page_that_needs_the_network_says_so(self, run: Path, source: bytes) -> None:
        write(run, "x.html", source)

        (finding,) = publish(run).findings

        assert only(run).note == (
            "needs the network, which its viewer does not give it; make it self-contained"
        )
        assert finding.message == f"the page {only(run).note}"

    def test_page_whose_only_load_is_plotly_does_not_need_the_network(self, run: Path) -> None:
        source = b'<script src="https://cdn.plot.ly/plotly-2.35.2.min.js"></script><p>'
        write(run, "x.html", source)

        assert only(run).note == ""

    def test_media_are_published_beside_the_artifacts(self, run: Path) -> None:
        (run / "media").mkdir()
        (run / "media" / "x.png").write_bytes(PNG)

        publication = publish(run, media=(Media("samples", 1, None, "media/x.png"),))

        (media,) = publication.media
        assert (media.kind, media.path) == ("image", "media/x.png")
        assert list(content_of(publication)) == [media.url]


class TestFigures:
    def figure(self, run: Path, **parts: Any) -> dict[str, Any]:
        write(run, "x.plotly.json", orjson.dumps({"data": [], "layout": {}, **parts}))
        publication = publish(run)
        (artifact,), (file,) = publication.artifacts, publication.data
        assert artifact.kind == "figure"
        assert artifact.data_url == f"data/{file.name}"
        value: dict[str, Any] = read_data_script(file.content)
        return value

    def test_figure_goes_into_a_data_file(self, run: Path) -> None:
        data = [{"type": "bar", "x": ["a"], "y": [1.5]}, {"y": [1]}]
        layout = {"title": {"text": "A<br><b>B</b>"}, "xaxis": {"range": [0, 1]}}

        assert self.figure(run, data=data, layout=layout) == {"data": data, "layout": layout}

    def test_what_loads_or_runs_something_is_left_out(self, run: Path) -> None:
        hostile = {
            "images": [{"source": "https://evil.example/x.png"}],
            "updatemenus": [{}],
            "sliders": [{}],
            "map": {"style": "https://evil.example"},
            "template": {"layout": {"images": [{"source": "https://evil.example"}]}},
            "__proto__": {"x": 1},
        }

        figure = self.figure(run, data=[{"y": [1], "__proto__": {}}], layout=hostile, frames=[{}])

        assert figure == {"data": [{"y": [1]}], "layout": {"template": {"layout": {}}}}

    def test_texts_keep_plain_marks_alone(self, run: Path) -> None:
        text = '<a href="https://x">y</a><b onclick=x>z</b><b>w</b> a&lt;b <span style="x">'

        figure = self.figure(run, data=[{"y": [1], "name": text}])

        assert figure["data"][0]["name"] == (
            '&lt;a href="https://x"&gt;y&lt;/a&gt;&lt;b onclick=x&gt;z</b><b>w</b> a&amp;lt;b '
            '&lt;span style="x"&gt;'
        )

    def test_traces_by_webgl_are_drawn_as_svg(self, run: Path) -> None:
        assert self.figure(run, data=[{"type": "scattergl"}])["data"] == [{"type": "scatter"}]

    def test_figure_of_other_traces_has_a_viewer(self, run: Path) -> None:
        write(run, "x.json", orjson.dumps({"data": [{"type": "surface"}], "layout": {}}))

        publication = publish(run)

        (artifact,) = publication.artifacts
        assert (artifact.kind, artifact.data_url, publication.data) == ("figure", "", ())
        assert artifact.view_url.endswith(".html")

    @pytest.mark.parametrize(
        "content",
        [
            b'{"data": 1, "layout": {}}',
            b'{"data": [1], "layout": {}}',
            b'{"data": [], "layout": []}',
            b'{"data": []}',
            b'["data"]',
            b'{"data": [',
            b"[" * 5000,
        ],
    )
    def test_other_json_is_json(self, run: Path, content: bytes) -> None:
        write(run, "x.json", content)

        assert only(run).kind == "json"


class TestViewer:
    def test_page_gets_plotly_itself_in_place_of_the_tag_that_would_load_it(self) -> None:
        source = b'<p>a</p><script src="https://cdn.plot.ly/plotly-2.35.2.min.js"></script><p>b</p>'

        shown = viewer_source(PublishedArtifact("x.html", 1, "html"), source)

        assert shown.startswith("<p>a</p><script>")
        assert shown.endswith("</script><p>b</p>")
        assert "cdn.plot.ly/plotly-2.35.2" not in shown

    def test_other_page_is_shown_as_it_is(self) -> None:
        artifact = PublishedArtifact("x.html", 1, "html")

        assert viewer_source(artifact, b"<p>\xff") == "<p>\ufffd"

    def test_figure_is_drawn_by_the_installed_plotly(self) -> None:
        figure = {"data": [{"type": "surface", "name": "</script>"}], "layout": {}}

        shown = viewer_source(PublishedArtifact("x.json", 1, "figure"), orjson.dumps(figure))

        assert "Plotly.newPlot(" in shown
        assert '{"name":"\\u0026lt;/script\\u0026gt;","type":"surface"}' in shown


class TestSecrets:
    @pytest.mark.parametrize(
        "name", ["x.txt", "x.py", "x.json", "x.csv", "x.html", "x.svg", "x.md"]
    )
    def test_secret_in_a_text_is_not_published(self, run: Path, name: str) -> None:
        write(run, name, f'a,"{TOKEN}","correct horse" é'.encode() + b"\n")

        publication = publish(run)

        (content,) = content_of(publication).values()
        assert TOKEN.encode() not in content
        assert b"correct horse" not in content
        assert "é".encode() in content
        assert TOKEN not in publication.artifacts[0].preview
        assert publication.findings == (
            Finding(
                "warning",
                f"iris/otter/artifacts/{name}",
                "looks like a secret and is published as [redacted]; take it out of the file",
                2,
            ),
        )

    def test_secret_in_a_name_is_not_shown(self, run: Path) -> None:
        write(run, f"{TOKEN}.txt")

        assert TOKEN not in repr(publish(run).artifacts)

    def test_home_folder_is_kept_in_the_file_and_hidden_in_its_preview(self, run: Path) -> None:
        write(run, "x.txt", b"/home/kim/x")

        publication = publish(run)

        assert list(content_of(publication).values()) == [b"/home/kim/x"]
        assert publication.artifacts[0].preview == "~/x"

    def test_text_too_large_to_be_searched_says_so(self, run: Path) -> None:
        write(run, "x.txt", b"a" * 9_000_000)

        assert only(run).note.startswith("not searched for secrets: larger than 8 MB; ")


class TestAgain:
    @pytest.fixture
    def first(self, run: Path, tmp_path: Path) -> None:
        write(run, "model.bin", b"\0model")
        write(run, "x.txt", b"text")
        with Output(tmp_path / "site") as output:
            for file in publish(run).files:
                output.adopt(file.path, file.sha256, file.size, file.spooled)
            output.publish()

    @pytest.mark.usefixtures("first")
    def test_what_the_site_has_is_not_copied_again(self, run: Path) -> None:
        assert [file.spooled for file in publish(run).files] == [None, None]

    @pytest.mark.usefixtures("first")
    def test_what_was_damaged_in_the_site_is_copied_again(self, run: Path, tmp_path: Path) -> None:
        for file in (tmp_path / "site" / "a").rglob("*.*"):
            file.write_bytes(file.read_bytes().swapcase())

        assert all(file.spooled for file in publish(run).files)
