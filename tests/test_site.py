"""The site's folder is replaced whole, keeps what did not change, and nothing else is touched."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from runreport.errors import OutputError
from runreport.site import Output, Written
from runreport.site.manifest import MANIFEST, is_site_path, read_manifest

PAGES = {"index.html": b"<p>one", "r/a/index.html": b"<p>run a", "data/runs.csv": b"a,b\n"}


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def build(files: dict[str, bytes], folder: str = "site", *, swap: bool = True) -> Written:
    with Output(Path(folder), sources=[Path("runs")], version="1.0", swap=swap) as output:
        for path, content in files.items():
            output.write(path, content)
        return output.publish()


def content(folder: str = "site") -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and path.name not in (MANIFEST, ".nojekyll")
    }


def beside() -> list[str]:
    return sorted(path.name for path in Path().iterdir() if path.name != "site")


def refusal(folder: str = "site", sources: list[Path] | None = None) -> str:
    before = everything()
    with pytest.raises(OutputError) as caught, Output(Path(folder), sources=sources or []):
        pass
    # Nothing was removed, written or left, here or in the folders around.
    assert everything() == before
    return str(caught.value)


def everything() -> dict[str, bytes]:
    return {
        str(path): b"" if path.is_symlink() or not path.is_file() else path.read_bytes()
        for path in Path().resolve().parent.rglob("*")
        if not path.name.endswith("-lock")
    }


def test_files_are_in_place_and_nothing_is_left_beside() -> None:
    written = build(PAGES)

    assert content() == PAGES
    assert beside() == []
    assert (written.changed, written.unchanged, written.removed) == (5, 0, 0)
    assert (written.pages_changed, written.pages_unchanged) == (2, 0)
    assert written.size == sum(path.stat().st_size for path in Path("site").rglob("*.*"))


def test_manifest_lists_every_other_file() -> None:
    build(PAGES)

    manifest = json.loads(Path("site", MANIFEST).read_bytes())
    assert (manifest["tool"], manifest["format"], manifest["version"]) == ("runreport", 1, "1.0")
    assert [each["path"] for each in manifest["files"]] == sorted([*PAGES, ".nojekyll"])
    assert manifest["files"][1] == {
        "path": "data/runs.csv",
        "sha256": hashlib.sha256(b"a,b\n").hexdigest(),
        "size": 4,
    }


def test_parents_of_the_folder_are_made() -> None:
    build(PAGES, "deep/er/site")

    assert content("deep/er/site") == PAGES


def test_stale_files_are_removed() -> None:
    build(PAGES)
    written = build({"index.html": b"<p>two"})

    assert content() == {"index.html": b"<p>two"}
    assert not Path("site/r").exists()
    assert written.removed == 2


@pytest.mark.parametrize("swap", [True, False], ids=["exchange", "two renames"])
def test_unchanged_files_keep_their_inode_and_time(swap: bool) -> None:
    build(PAGES)
    os.utime("site/r/a/index.html", ns=(10**18, 10**18))
    before = Path("site/r/a/index.html").stat()

    written = build(PAGES | {"index.html": b"<p>two"}, swap=swap)

    after = Path("site/r/a/index.html").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert (written.changed, written.unchanged) == (2, 3)
    assert content()["index.html"] == b"<p>two"
    assert beside() == []


def facts() -> list[tuple[int, int]]:
    paths = [Path("site"), Path("site/r/a"), Path("site", MANIFEST)]
    return [(path.stat().st_ino, path.stat().st_mtime_ns) for path in paths]


def test_site_without_a_change_is_not_touched() -> None:
    build(PAGES)
    before = facts()

    written = build(PAGES)

    assert (written.changed, written.unchanged) == (0, 5)
    assert facts() == before


def test_file_that_somebody_edited_is_written_again() -> None:
    build(PAGES)
    Path("site/index.html").write_bytes(b"<p>ONE")

    build(PAGES)

    assert content() == PAGES


def test_modes_are_fit_for_a_host_whatever_the_umask() -> None:
    before = os.umask(0o077)
    try:
        build(PAGES)
    finally:
        os.umask(before)

    modes = {stat.S_IMODE(path.stat().st_mode) for path in Path("site").rglob("*.*")}
    folders = {stat.S_IMODE(Path(path).stat().st_mode) for path in ("site", "site/r", "site/r/a")}
    assert (modes, folders) == ({0o644}, {0o755})


def test_file_with_another_mode_is_written_again() -> None:
    build(PAGES)
    Path("site/index.html").chmod(0o600)

    build(PAGES)

    assert stat.S_IMODE(Path("site/index.html").stat().st_mode) == 0o644


def test_empty_folder_is_taken() -> None:
    Path("site").mkdir()

    build(PAGES)

    assert content() == PAGES


def test_error_in_the_build_leaves_the_old_site_and_nothing_beside() -> None:
    build(PAGES)

    def half_a_build() -> None:
        with Output(Path("site")) as output:
            output.write("index.html", b"half")
            raise KeyError

    with pytest.raises(KeyError):
        half_a_build()

    assert content() == PAGES
    assert beside() == []


def test_second_build_ends_at_once() -> None:
    with Output(Path("site")) as output:
        output.write("index.html", b"one")
        message = refusal()
        output.publish()

    assert message == "site: another build is writing it; wait until that one has ended"
    assert content() == {"index.html": b"one"}
    assert beside() == []


def test_lock_holds_between_processes() -> None:
    code = (
        "from pathlib import Path; from runreport.site import Output;"
        "Output(Path('site')).__enter__()"
    )
    with Output(Path("site")):
        other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert "another build is writing it" in other.stderr


def test_path_is_written_once() -> None:
    with Output(Path("site")) as output:
        output.write("a/index.html", b"one")
        with pytest.raises(ValueError, match=r"taken by 'a/index\.html'"):
            output.write("a/Index.html", b"two")
        with pytest.raises(ValueError, match=r"taken by 'a/index\.html'"):
            output.write("a/index.html", b"two")


@pytest.mark.parametrize(
    "path",
    ["../x", "/x", "a//b", "a/", "", ".", "a/../b", ".x", "_x", "a/.git/x", "a\\b", "ä", "a."],
)
def test_unsafe_path_is_no_site_path(path: str) -> None:
    assert not is_site_path(path)


@pytest.mark.parametrize("path", ["index.html", "a/b-c_d.e/f.txt", ".nojekyll", "assets/NOTICE.md"])
def test_safe_path_is_a_site_path(path: str) -> None:
    assert is_site_path(path)


def test_spooled_file_is_adopted_once() -> None:
    with Output(Path("site")) as output:
        spooled = output.spool / "x"
        spooled.write_bytes(b"model")
        spooled.chmod(0o600)
        output.adopt("a/1234/model.bin", "0" * 64, 5, spooled)
        output.adopt("a/1234/model.bin", "0" * 64, 5, spooled)
        output.publish()

    assert content() == {"a/1234/model.bin": b"model"}
    assert stat.S_IMODE(Path("site/a/1234/model.bin").stat().st_mode) == 0o644


def test_adopted_file_of_the_old_site_stays() -> None:
    build({"a/1/model.bin": b"model"})
    entry = (read_manifest(Path("site")) or {})["a/1/model.bin"]
    with Output(Path("site")) as output:
        output.adopt("a/1/model.bin", entry.sha256, 5, None)
        written = output.publish()

    assert content() == {"a/1/model.bin": b"model"}
    assert written.unchanged == 2


def test_adopted_file_that_vanished_from_the_old_site_stops_the_build() -> None:
    build({"a/1/model.bin": b"model"})
    entry = (read_manifest(Path("site")) or {})["a/1/model.bin"]
    with Output(Path("site")) as output:
        Path("site/a/1/model.bin").unlink()
        with pytest.raises(OutputError) as caught:
            output.adopt("a/1/model.bin", entry.sha256, 5, None)

    assert str(caught.value) == "site: a/1/model.bin changed during the build; build again"


def test_adopted_file_that_the_old_site_has_with_other_bytes_stops_the_build() -> None:
    build({"a/1/model.bin": b"model"})

    with Output(Path("site")) as output, pytest.raises(OutputError, match="changed during"):
        output.adopt("a/1/model.bin", "0" * 64, 5, None)


def test_file_put_into_the_old_site_during_the_build_is_kept() -> None:
    build(PAGES)
    with Output(Path("site")) as output:
        output.write("index.html", b"<p>two")
        output.publish()
        (output.spool.parent / "new" / "mine.txt").write_text("precious")

    (kept,) = output.kept
    assert (kept / "mine.txt").read_text() == "precious"
    assert content() == {"index.html": b"<p>two"}


class TestRefusals:
    def test_folder_of_somebody_else(self) -> None:
        Path("site").mkdir()
        Path("site/thesis.tex").write_text("precious")

        assert refusal() == (
            "site: is not empty and no site of runreport (it has no valid runreport-site.json); "
            "empty it, or choose another folder with -o"
        )
        assert Path("site/thesis.tex").read_text() == "precious"
        assert beside() == []

    @pytest.mark.parametrize(
        "manifest",
        [
            "",
            "[]",
            "{}",
            '{"tool": "other", "format": 1, "files": []}',
            '{"tool": "runreport", "format": 2, "files": []}',
            '{"tool": "runreport", "format": 1, "files": [{"path": "../x"}]}',
            '{"tool": "runreport", "format": 1, "files": [{"path": "../x", "sha256": "'
            + "0" * 64
            + '", "size": 1}]}',
        ],
    )
    def test_manifest_that_is_not_ours(self, manifest: str) -> None:
        Path("site").mkdir()
        Path("site", MANIFEST).write_text(manifest)

        assert "is not empty and no site of runreport" in refusal()

    def test_files_beside_ours(self) -> None:
        build(PAGES)
        for name in ("r/mine.txt", "b.txt", "c.txt", "d.txt", "e.txt", "f.txt"):
            Path("site", name).write_text("precious")

        assert refusal() == (
            "site: holds files that runreport did not write "
            "('b.txt', 'c.txt', 'd.txt', 'e.txt', 'f.txt' and 1 more); "
            "move them away, or choose another folder with -o"
        )
        assert Path("site/r/mine.txt").read_text() == "precious"

    def test_empty_folder_beside_ours(self) -> None:
        build(PAGES)
        Path("site/mine").mkdir()

        assert "did not write ('mine')" in refusal()

    def test_link_in_place_of_our_file(self, tmp_path: Path) -> None:
        build(PAGES)
        Path("site/index.html").unlink()
        Path("site/index.html").symlink_to(tmp_path)

        assert "did not write ('index.html')" in refusal()

    def test_link_in_place_of_our_folder(self, tmp_path: Path) -> None:
        build(PAGES)
        Path("site/r").rename(tmp_path / "r")
        Path("site/r").symlink_to(tmp_path / "r")

        assert "did not write ('r')" in refusal()

    def test_symbolic_link(self) -> None:
        Path("real").mkdir()
        Path("site").symlink_to("real")

        assert refusal() == "site: is a symbolic link; name the folder itself with -o"

    def test_dangling_link(self) -> None:
        Path("site").symlink_to("nowhere")

        assert refusal() == "site: is a symbolic link; name the folder itself with -o"

    def test_file(self) -> None:
        Path("site").write_text("x")

        assert refusal() == "site: is not a folder; choose another folder with -o"

    def test_root(self) -> None:
        assert refusal("/") == ("/: is the root of the file system; choose another folder with -o")

    def test_home(self, tmp_path: Path) -> None:
        home = tmp_path / "home"

        assert refusal(str(home)) == f"{home}: is the home folder; choose another folder with -o"

    def test_current_folder(self) -> None:
        assert refusal(".") == ".: is the current folder; choose another folder with -o"

    def test_parent_of_the_current_folder(self) -> None:
        assert refusal("..") == "..: holds the home folder; choose another folder with -o"

    def test_source(self) -> None:
        assert refusal("runs", [Path("runs")]) == (
            "runs: is itself read by the build; choose another folder with -o"
        )

    def test_parent_of_a_source(self) -> None:
        assert refusal("site", [Path("site/runs")]) == (
            "site: holds site/runs, which the build reads; choose another folder with -o"
        )

    def test_folder_in_a_source(self) -> None:
        assert refusal("runs/site", [Path("runs")]) == (
            "runs/site: lies in runs, which the build reads; choose another folder with -o"
        )

    def test_root_of_a_repository(self) -> None:
        build(PAGES)
        Path("site/.git").mkdir()

        assert refusal() == "site: is the root of a repository; name a folder in it with -o"
