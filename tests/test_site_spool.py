"""Files that workers write for a site: taken over whole, once, or not at all."""

from __future__ import annotations

import json
import os
import pickle
import resource
import stat
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from runreport.errors import OutputError
from runreport.site import Draft, Output, Spool, Written
from runreport.site.files import hash_kept
from runreport.site.manifest import MANIFEST, read_manifest

LIMIT = 20_000
"""Bytes of the largest file that a build may write which is to find the disk full."""


@pytest.fixture(autouse=True)
def _cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def build(*files: tuple[str, bytes]) -> Written:
    with Output(Path("site"), version="1.0") as output:
        for path, content in files:
            output.take(output.drafts.put(path, content))
        return output.publish()


def content() -> dict[str, bytes]:
    return {
        path.relative_to("site").as_posix(): path.read_bytes()
        for path in sorted(Path("site").rglob("*"))
        if path.is_file() and path.name not in (MANIFEST, ".nojekyll")
    }


def put_elsewhere(spool: Spool, path: str, content: bytes) -> Draft:
    os.chdir("/")
    os.umask(0o077)
    return spool.put(path, content)


def test_process_with_other_surroundings_writes_for_a_site() -> None:
    with (
        Output(Path("site")) as output,
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
    ):
        drafts = [
            pool.submit(put_elsewhere, output.drafts, f"r/{name}/index.html", name.encode())
            for name in ("a", "b")
        ]
        for each in drafts:
            output.take(each.result())
        output.publish()

    assert content() == {"r/a/index.html": b"a", "r/b/index.html": b"b"}
    assert [path.name for path in Path().iterdir()] == ["site"]
    assert {stat.S_IMODE(p.stat().st_mode) for p in Path("site").rglob("*.html")} == {0o644}
    for path, (sha256, size) in (read_manifest(Path("site")) or {}).items():
        assert hash_kept(Path("site"), path, size) == sha256


def test_what_nobody_takes_is_not_in_the_site() -> None:
    with Output(Path("site")) as output:
        output.drafts.put("data/first.js", b"of a worker that was taken for dead")
        output.take(output.drafts.put("data/second.js", b"2"))
        output.publish()

    assert content() == {"data/second.js": b"2"}
    assert [path.name for path in Path().iterdir()] == ["site"]


def test_same_file_may_come_twice() -> None:
    build(("data/figure.js", b"1"), ("data/figure.js", b"1"))

    assert content() == {"data/figure.js": b"1"}


@pytest.mark.parametrize("path", ["data/figure.js", "data/Figure.js", "../x", "data/.x"])
def test_path_that_is_taken_or_unsafe_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not a path of the site, or taken"):
        build(("data/figure.js", b"1"), (path, b"2"))

    assert not Path("site").exists()


@pytest.mark.parametrize("is_touched", [False, True])
def test_file_with_the_bytes_of_the_old_one_keeps_its_inode_and_time(is_touched: bool) -> None:
    build(("a.html", b"same"), ("b.html", b"old"))
    before = Path("site/a.html").stat()
    if is_touched:
        os.utime("site/b.html")

    written = build(("a.html", b"same"), ("b.html", b"new"))

    after = Path("site/a.html").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert content() == {"a.html": b"same", "b.html": b"new"}
    assert (written.pages_changed, written.pages_unchanged) == (1, 1)


def test_file_that_somebody_edited_is_written_again() -> None:
    build(("a.html", b"same"))
    Path("site/a.html").write_bytes(b"SAME")

    build(("a.html", b"same"))

    assert content() == {"a.html": b"same"}


def test_spool_that_cannot_be_written_names_the_site() -> None:
    with pytest.raises(OutputError, match=r"^/somewhere/site: cannot be written: no such file"):
        Spool(Path("gone"), Path("/somewhere/site")).put("x.html", b"")


def test_draft_is_as_small_as_what_it_tells(tmp_path: Path) -> None:
    draft = Spool(tmp_path, tmp_path / "site").put("r/otter/index.html", b"x" * 100_000)

    assert len(pickle.dumps(draft)) < 300


def test_forked_process_has_names_of_its_own(tmp_path: Path) -> None:
    spool = Spool(tmp_path, tmp_path / "site")
    spool.put("a", b"before")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            spool.put("a", b"child")
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    spool.put("a", b"parent")

    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"before", b"child", b"parent"}


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("what", ["history", "artifact"])
def test_full_disk_in_a_worker_leaves_the_old_site(jobs: int, what: str) -> None:
    for name in ("otter", "wombat"):
        Path(f"runs/{name}/artifacts").mkdir(parents=True)
        lines = (json.dumps({"loss": 1 / step}) for step in range(1, 20))
        Path(f"runs/{name}/metrics.jsonl").write_text("\n".join(lines) + "\n")
    command = [sys.executable, "-m", "runreport", "build", "-q", "-o", "site", "--jobs", str(jobs)]
    subprocess.run(command, check=True)
    before = content()
    if what == "artifact":
        Path("runs/otter/artifacts/model.bin").write_bytes(os.urandom(2 * LIMIT))
    else:
        with Path("runs/otter/metrics.jsonl").open("a") as file:
            file.writelines(json.dumps({"loss": 1 / step}) + "\n" for step in range(1, 9999))

    def limit() -> None:
        # A write past this is cut short and then fails, as on a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))

    result = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit, check=False)

    assert result.returncode == 1
    assert f"{Path('site').absolute()}: cannot be written: file too large; " in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert content() == before
    assert sorted(path.name for path in Path().iterdir()) == [".runreport-cache", "runs", "site"]


def test_full_disk_for_temporary_files_leaves_the_old_site() -> None:
    for number in range(60):
        Path(f"runs/{number}").mkdir(parents=True)
        values = {f"metric{each}": number for each in range(20)}
        Path(f"runs/{number}/metrics.jsonl").write_text(json.dumps(values) + "\n")
    build_all = "from runreport.cli import main; main(['build', '-q', '-o', 'site'])"
    subprocess.run([sys.executable, "-c", build_all], check=True)
    before = content()
    for number in range(60):
        with Path(f"runs/{number}/metrics.jsonl").open("a") as file:
            file.write('{"metric0": -1}\n')
    # As with runs so many that not all of them are held in memory.
    few = "from runreport.index.texts import Texts; Texts.__init__.__defaults__ = (1000,)"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5 * LIMIT, 5 * LIMIT))

    result = subprocess.run(
        [sys.executable, "-c", f"{few}; {build_all}"],
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=False,
    )

    assert result.returncode == 1
    assert "a temporary file cannot be written: file too large; " in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert content() == before
