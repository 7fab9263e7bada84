"""A build that is stopped at any call to the file system leaves the old or the new site whole.

Each case runs in a forked process with an audit hook that stops it before its n-th such call.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runreport.errors import OutputError
from runreport.site import Last, Output
from runreport.site.facts import look
from runreport.site.manifest import MANIFEST, read_manifest

OLD = {"index.html": b"<p>old", "r/a/index.html": b"<p>same", "r/b/index.html": b"<p>gone"}
NEW = {"index.html": b"<p>new", "r/a/index.html": b"<p>same", "r/c/index.html": b"<p>new run"}
MIRROR = Path(".cache/site.mirror")
WAYS = ["exchange", "two renames", "mirror", "mirror, two renames"]
CALLS = re.compile(
    r"open|os\.(mkdir|rename|link|chmod|remove|rmdir|listdir|scandir)"
    r"|ctypes\.dlopen|shutil\.rmtree|tempfile\.mkdtemp"
)
SURVIVED = 5
"""Exit code of a build that was hit and got over it."""


@pytest.fixture(autouse=True)
def _cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def build(files: dict[str, bytes], way: str = "exchange", state: str = "") -> str:
    """Build a site that was left in ``state``; return in which state it is now."""
    last = Last(state, MIRROR if "mirror" in way else None, least=1)
    swap = "two renames" not in way
    with Output(Path("site"), version="1.0", swap=swap, last=last) as output:
        for path, content in files.items():
            if path.startswith("r/"):
                output.take(output.drafts.put(path, content))
            else:
                output.write(path, content)
        output.publish()
    return output.state


def is_mirrored() -> bool:
    """Return whether the next build would take the mirror, after checking that it may."""
    try:
        record = json.loads((MIRROR / "mirror.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return False
    files = read_manifest(Path("site"))
    facts = files and look(Path("site"), files)
    assert facts
    if record["site"] != facts.state.partition(" ")[0]:
        return False
    assert inodes(MIRROR / "tree") == inodes(Path("site"))
    return True


def inodes(tree: Path) -> dict[str, int]:
    return {
        str(path.relative_to(tree)): path.stat().st_ino
        for path in tree.rglob("*")
        if path.is_file()
    }


def beside() -> set[str]:
    return {path.name for path in Path().iterdir()} - {"site", ".cache"}


def whole_site(folder: Path) -> dict[str, bytes]:
    """Return a site's files, after checking each against the manifest."""
    entries = read_manifest(folder)
    assert entries is not None
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    assert found.keys() == entries.keys() | {MANIFEST}
    for path, entry in entries.items():
        assert hashlib.sha256(found[path].read_bytes()).hexdigest() == entry.sha256
    return {path: found[path].read_bytes() for path in entries if path.endswith(".html")}


def in_child(work: Callable[[], None]) -> int:
    """Run ``work`` in a forked process; return its exit code."""
    child = os.fork()
    if child == 0:
        code = 3
        try:
            work()
            code = 0
        except OutputError:
            code = 1
        except KeyboardInterrupt:
            code = 2
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def stop_at(number: int, stop: Callable[[], None]) -> Callable[[], bool]:
    """Call ``stop`` before this process's ``number``-th call to the file system.

    Return a function that tells whether that has happened.
    """
    left = number

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal left
        if CALLS.fullmatch(event) and not (event == "open" and ".py" in str(args[0])):
            left -= 1
            if left == 0:
                stop()

    sys.addaudithook(hook)
    return lambda: left <= 0


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt() -> None:
    raise KeyboardInterrupt


def run_out_of_space() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def cases(stop: Callable[[], None], way: str) -> Iterator[tuple[int, str]]:
    """Replace a site, stopped before each call in turn; yield exit code and the old state."""
    number = 0
    while True:
        number += 1
        state = build(OLD, way)
        assert is_mirrored() == ("mirror" in way)

        def work(number: int = number, state: str = state) -> None:
            is_hit = stop_at(number, stop)
            build(NEW, way, state)
            if is_hit():
                os._exit(SURVIVED)

        code = in_child(work)
        yield code, state
        if code == 0:
            break
    # Fewer would mean that the hook does not see the calls.
    assert number > 40


@pytest.mark.parametrize("way", WAYS)
def test_killed_build_leaves_a_whole_site_and_the_next_one_mends_all(way: str) -> None:
    seen = set()
    for code, state in cases(die, way):
        assert code in (0, -signal.SIGKILL)
        # Between two renames there is no site for a moment.
        if "two renames" not in way or Path("site").exists():
            site = whole_site(Path("site"))
            assert site in (OLD, NEW)
            seen.add("old" if site == OLD else "new")
            is_mirrored()
        state = build(NEW, way, state)
        assert whole_site(Path("site")) == NEW
        assert not beside()
        assert is_mirrored() == ("mirror" in way)
        if "mirror" in way:
            # And that mirror, whatever it was made of, is a sound one.
            build(OLD, way, state)
            assert whole_site(Path("site")) == OLD
    assert seen == {"old", "new"}


@pytest.mark.parametrize("way", WAYS[:3])
@pytest.mark.parametrize("stop", [interrupt, run_out_of_space])
def test_failed_build_leaves_a_whole_site_and_an_exit_code(
    stop: Callable[[], None], way: str
) -> None:
    for code, state in cases(stop, way):
        site = whole_site(Path("site"))
        assert site in (OLD, NEW)
        assert code in (1, 2) or site == NEW
        is_mirrored()
        build(OLD, way, state)
        assert whole_site(Path("site")) == OLD
        assert not beside()


@pytest.mark.parametrize("stop", [die, interrupt, run_out_of_space])
def test_first_build_that_is_stopped_leaves_a_whole_site_or_none(stop: Callable[[], None]) -> None:
    number, code = 0, 1
    while code != 0:
        number += 1
        for folder in (Path("site"), MIRROR):
            shutil.rmtree(folder, ignore_errors=True)

        def work(number: int = number) -> None:
            is_hit = stop_at(number, stop)
            build(OLD, "mirror")
            if is_hit():
                os._exit(SURVIVED)

        code = in_child(work)
        is_there = Path("site").exists()
        assert is_there or code not in (0, SURVIVED)
        assert code != 0 or is_mirrored()
        assert not is_there or whole_site(Path("site")) == OLD
        state = build(NEW, "mirror")
        assert whole_site(Path("site")) == NEW
        assert is_mirrored()
        build(OLD, "mirror", state)
        assert whole_site(Path("site")) == OLD
        assert not beside()
    assert number > 30


def test_full_disk_leaves_the_old_site_and_nothing_beside() -> None:
    build(OLD)
    before = whole_site(Path("site"))

    def work() -> None:
        # A write past this limit is cut short and then fails, as on a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        build({"index.html": b"x" * 5000})

    assert in_child(work) == 1
    assert whole_site(Path("site")) == before
    assert not beside()


def test_site_that_was_moved_aside_comes_back() -> None:
    build(OLD)
    staging = Path(".site.runreport-staging-dead")
    staging.mkdir()
    Path("site").rename(staging / "old")

    with Output(Path("site")):
        assert whole_site(Path("site")) == OLD


def test_reader_finds_a_whole_site_while_it_is_replaced() -> None:
    build(OLD)
    child = os.fork()
    if child == 0:
        for _ in range(30):
            build(NEW)
            build(OLD)
        os._exit(0)
    missing = 0
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        missing += not Path("site/index.html").exists()

    assert missing == 0
