"""A site's mirror makes replacing it cheap; it never shows in what a site holds."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from runreport.cli import main
from runreport.config import Config
from runreport.errors import OutputError
from runreport.index.unchanged import mirror_path
from runreport.site import Last, Output, Written
from runreport.site.manifest import MANIFEST, Entry, read_manifest
from runreport.site.mirror import LEAST

MIRROR = Path(".cache/site.mirror")
TREE = MIRROR / "tree"
PAGES = {f"r/{each:02}/index.html": b"<p>%d" % each for each in range(60)}


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


class Site:
    """A site whose builds remember its state, as the index does."""

    def __init__(self, mirror: Path | None = MIRROR, least: int = 1) -> None:
        self.mirror = mirror
        self.least = least
        self.state = ""
        self.kept: list[Path] = []

    def build(
        self, files: dict[str, bytes], meanwhile: Callable[[], object] = lambda: None
    ) -> Written:
        last = Last(self.state, self.mirror, self.least)
        with Output(Path("site"), version="1.0", last=last) as output:
            for path, content in files.items():
                if path.startswith("r/") and not self.state:
                    output.take(output.drafts.put(path, content))
                else:
                    output.write(path, content)
            meanwhile()
            written = output.publish()
            self.state = output.state
        self.kept = list(output.kept)
        return written


def content(folder: Path = Path("site")) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (MANIFEST, ".nojekyll")
    }


def inodes(tree: Path) -> dict[str, int]:
    return {str(path.relative_to(tree)): path.lstat().st_ino for path in tree.rglob("*.*")}


def folder() -> int:
    """Return which of the two trees is the site."""
    return Path("site").stat().st_ino


def beside() -> set[str]:
    return {path.name for path in Path().iterdir()} - {"site", ".cache"}


@pytest.fixture
def site() -> Site:
    made = Site()
    made.build(PAGES)
    return made


def test_mirror_holds_the_same_files(site: Site) -> None:
    assert inodes(TREE) == inodes(Path("site"))

    site.build(PAGES | {"index.html": b"new", "r/03/index.html": b"other"})

    assert content() == PAGES | {"index.html": b"new", "r/03/index.html": b"other"}
    assert inodes(TREE) == inodes(Path("site"))
    assert beside() == set()


def test_two_trees_take_turns(site: Site) -> None:
    seen = [folder()]
    for each in range(4):
        site.build(PAGES | {"index.html": b"%d" % each})
        seen.append(folder())

    assert seen[0] == seen[2] == seen[4]
    assert seen[1] == seen[3] != seen[0]


def test_cost_goes_by_what_changed(site: Site) -> None:
    counted = ("os.link", "os.mkdir", "os.rmdir", "os.remove", "os.scandir", "os.rename")
    calls: list[str] = []
    child = os.fork()
    if child == 0:
        sys.addaudithook(lambda event, _: calls.append(event) if event in counted else None)
        site.build(PAGES | {"r/00/index.html": b"new"})
        os._exit(min(len(calls), 255))
    count = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    # Two files, the page and the manifest, in two trees; and the staging folder.
    assert 5 < count < len(PAGES)
    assert content() == PAGES | {"r/00/index.html": b"new"}


def test_unchanged_files_keep_their_inode_and_time(site: Site) -> None:
    os.utime("site/r/05/index.html", ns=(10**18, 10**18))
    site.build(PAGES | {"index.html": b"1"})
    before = Path("site/r/05/index.html").stat()

    site.build(PAGES | {"index.html": b"2"})

    after = Path("site/r/05/index.html").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, 10**18)


def test_site_without_a_change_stays_and_gets_its_mirror_back(site: Site) -> None:
    before = folder()
    (MIRROR / "mirror.json").unlink()

    site.build(PAGES)

    assert folder() == before
    assert (MIRROR / "mirror.json").exists()
    site.build(PAGES | {"index.html": b"1"})
    assert content() == PAGES | {"index.html": b"1"}
    assert beside() == set()


def test_files_become_folders_and_the_other_way_round(site: Site) -> None:
    one = {"a/b": b"file", "c/d/e.html": b"deep", "x.html": b"x"}
    two = {"a/b/c.html": b"below", "c/d": b"file now", "x.html": b"x"}
    for files in (one, two, one, two):
        site.build(files)

        assert content() == files
        assert inodes(TREE) == inodes(Path("site"))
    assert not Path("site/r").exists()


@pytest.mark.parametrize("seed", range(3))
def test_any_row_of_builds_leaves_what_a_clean_build_does(seed: int) -> None:
    dice, site = random.Random(seed), Site()
    names = [f"{a}/{b}/{c}.html" for a in "abc" for b in "de" for c in "fgh"] + ["i.html", "j.html"]
    for _ in range(25):
        chosen = dice.sample(names, dice.randint(1, len(names)))
        files = {name: b"%d" % dice.randint(0, 2) for name in chosen}
        touched = dice.choice([None, None, None, "site", "state", "mirror"])
        if touched == "site" and (existing := sorted(content())):
            Path("site", dice.choice(existing)).write_bytes(b"edited")
        elif touched == "state":
            site.state = ""
        elif touched == "mirror" and TREE.exists():
            (TREE / MANIFEST).unlink()
        site.build(files)

        assert content() == files
        assert inodes(TREE) == inodes(Path("site"))
        assert beside() == set()


def edit_site() -> None:
    # One inode in both trees.
    Path("site/r/07/index.html").write_bytes(b"<p>edited")


def replace_in_site() -> None:
    Path("site/r/07/draft").write_bytes(b"<p>edited")
    Path("site/r/07/draft").rename("site/r/07/index.html")


def touch_folder() -> None:
    os.utime("site/r/07", ns=(10**18, 10**18))


def remove_from_site() -> None:
    Path("site/r/07/index.html").unlink()


def edit_mirror() -> None:
    (TREE / "r/07/draft").write_bytes(b"<p>edited")
    (TREE / "r/07/draft").rename(TREE / "r/07/index.html")


def remove_from_mirror() -> None:
    (TREE / "r/07/index.html").unlink()
    (TREE / "r/07").rmdir()


def link_in_mirror() -> None:
    (TREE / "r/07").rename(TREE / "elsewhere")
    (TREE / "r/07").symlink_to("../elsewhere")


def record_of_nothing() -> None:
    (MIRROR / "mirror.json").write_text("[1]")


def record_of_another() -> None:
    (MIRROR / "mirror.json").write_text('{"format": 1, "site": "x", "folders": "y"}')


def torn_record() -> None:
    (MIRROR / "mirror.json").write_text('{"format": 1, "si')


def no_tree() -> None:
    TREE.rename("tree")
    shutil.rmtree("tree")


def file_in_its_place() -> None:
    shutil.rmtree(MIRROR)
    MIRROR.write_text("a file")


def build_without_it() -> None:
    Site(mirror=None).build(PAGES | {"index.html": b"without"})


@pytest.mark.parametrize(
    "harm",
    [
        *(edit_site, replace_in_site, touch_folder, remove_from_site),
        *(edit_mirror, remove_from_mirror, link_in_mirror),
        *(record_of_nothing, record_of_another, torn_record, no_tree, file_in_its_place),
        build_without_it,
    ],
    ids=lambda harm: harm.__name__,
)
def test_no_harm_to_either_tree_gets_into_the_site(site: Site, harm: Callable[[], None]) -> None:
    harm()
    site.build(PAGES | {"index.html": b"1"})
    assert content() == PAGES | {"index.html": b"1"}

    site.build(PAGES | {"index.html": b"2"})
    assert content() == PAGES | {"index.html": b"2"}


def test_file_that_somebody_put_into_the_mirror_is_kept(site: Site) -> None:
    (TREE / "r/07/mine.txt").write_text("precious")

    site.build(PAGES | {"index.html": b"1"})

    (kept,) = site.kept
    assert (kept / "r/07/mine.txt").read_text() == "precious"
    assert content() == PAGES | {"index.html": b"1"}


def test_file_that_somebody_put_into_the_site_meanwhile_is_kept(site: Site) -> None:
    def put() -> None:
        Path("site/r/07/mine.txt").write_text("precious")

    site.build(PAGES | {"index.html": b"1"}, put)

    (kept,) = site.kept
    assert (kept / "r/07/mine.txt").read_text() == "precious"
    assert content() == PAGES | {"index.html": b"1"}
    assert inodes(TREE) == inodes(Path("site"))


def test_file_that_somebody_edited_meanwhile_is_mended_by_the_next_build(site: Site) -> None:
    site.build(PAGES | {"index.html": b"1"}, edit_site)
    site.build(PAGES | {"index.html": b"1"})

    assert content() == PAGES | {"index.html": b"1"}


def test_file_that_somebody_put_into_the_site_stops_the_build(site: Site) -> None:
    Path("site/r/07/mine.txt").write_text("precious")

    with pytest.raises(OutputError, match=r"did not write \('r/07/mine.txt'\)"):
        site.build(PAGES | {"index.html": b"1"})

    assert Path("site/r/07/mine.txt").read_text() == "precious"


def test_mirror_of_an_earlier_site_is_not_taken(site: Site) -> None:
    MIRROR.rename("earlier")
    site.build(PAGES | {"index.html": b"1"})
    shutil.rmtree(MIRROR)
    Path("earlier").rename(MIRROR)

    site.build(PAGES | {"index.html": b"1", "r/07/index.html": b"2"})

    assert content() == PAGES | {"index.html": b"1", "r/07/index.html": b"2"}
    assert content(TREE) == content()


def test_small_site_has_none() -> None:
    site = Site(least=10)
    site.build({"index.html": b"1"})
    assert not MIRROR.exists()

    site.build(PAGES)
    assert TREE.exists()

    site.build({"index.html": b"1"})
    assert not TREE.exists()
    assert beside() == set()


def test_other_file_system_has_none(tmp_path: Path) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is one file system only")
    place = other / f"runreport-{os.getpid()}.mirror"
    try:
        site = Site(place)
        site.build(PAGES)
        site.build(PAGES | {"index.html": b"1"})
        assert content() == PAGES | {"index.html": b"1"}
        assert list(place.iterdir()) == []
    finally:
        place.rmdir()


def test_file_system_without_hard_links_has_none() -> None:
    child = os.fork()
    if child == 0:

        def hook(event: str, _: object) -> None:
            if event == "os.link":
                raise PermissionError(1, "Operation not permitted")

        sys.addaudithook(hook)
        code = 1
        try:
            site = Site()
            site.build(PAGES)
            site.build(PAGES | {"index.html": b"1"})
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

    assert content() == PAGES | {"index.html": b"1"}
    assert not TREE.exists()
    assert beside() == set()


class TestAdoptAll:
    def test_takes_over_what_the_site_has(self, site: Site) -> None:
        old = read_manifest(Path("site")) or {}
        with Output(Path("site"), version="1.0", last=Last(site.state)) as output:
            assert output.has_all(old)
            output.adopt_all({path: entry for path, entry in old.items() if path != ".nojekyll"})
            written = output.publish()

        assert (written.changed, written.unchanged) == (0, len(PAGES) + 2)
        assert content() == PAGES

    @pytest.mark.parametrize("state", ["known", "unknown"])
    def test_does_not_take_over_other_bytes(self, site: Site, state: str) -> None:
        old = dict(read_manifest(Path("site")) or {}) | {"r/07/index.html": Entry("0" * 64, 4)}
        last = Last(site.state if state == "known" else "")
        with Output(Path("site"), last=last) as output:
            assert not output.has_all(old)
            with pytest.raises(OutputError, match="changed during"):
                output.adopt_all(old)

    def test_reads_the_files_of_a_site_that_somebody_touched(self, site: Site) -> None:
        old = read_manifest(Path("site")) or {}
        edit_site()
        with Output(Path("site"), last=Last(site.state)) as output:
            assert not output.has_all(old)
            assert output.has_all({"r/08/index.html": old["r/08/index.html"]})

    @pytest.mark.usefixtures("site")
    @pytest.mark.parametrize("change", [Path.unlink, lambda path: path.write_bytes(b"edited")])
    def test_does_not_take_over_what_somebody_changes_meanwhile(
        self, change: Callable[[Path], object]
    ) -> None:
        found = read_manifest(Path("site")) or {}
        old = {path: each for path, each in found.items() if "/" in path}
        with Output(Path("site")) as output:
            assert output.has_all(old)
            change(Path("site/r/07/index.html"))
            with pytest.raises(OutputError, match="changed during"):
                output.adopt_all(old)

    def test_path_is_taken_once(self, site: Site) -> None:
        old = read_manifest(Path("site")) or {}
        with Output(Path("site"), last=Last(site.state)) as output:
            output.write("r/07/index.html", b"other")
            with pytest.raises(ValueError, match="taken by"):
                output.adopt_all({"r/07/index.html": old["r/07/index.html"]})
            output.write("r/08/Index.html", b"other case")
            with pytest.raises(ValueError, match="taken by"):
                output.adopt_all({"r/08/index.html": old["r/08/index.html"]})


class TestBuild:
    def test_bytes_are_those_of_a_clean_build(self) -> None:
        artifacts = Path("runs/iris/a/artifacts")
        artifacts.mkdir(parents=True)
        for each in range(LEAST):
            (artifacts / f"{each}.bin").write_bytes(b"\0%d" % each)
        Path("runs/iris/a/run.jsonl").write_text('{"run_id": "a"}\n')
        runreport("build")
        mirror, seen = Path(".runreport-cache/site.mirror/tree"), {folder()}
        for value in (b"1", b"2"):
            with Path("runs/iris/a/metrics.jsonl").open("ab") as file:
                file.write(b'{"loss": %s}\n' % value)
            runreport("build")
            assert inodes(mirror) == inodes(Path("site"))
            seen.add(folder())
        runreport("build", "--no-cache", "-o", "clean")

        assert content() == content(Path("clean"))
        assert len(seen) == 2

    def test_none_is_made_without_a_cache(self) -> None:
        assert mirror_path(Config(cache=False)) is None

    def test_sites_of_one_name_have_one_each_in_a_cache_folder_that_they_share(self) -> None:
        one, two = (
            mirror_path(Config(output=Path(each, "site"), cache=Path("kept"))) for each in "ab"
        )

        assert one
        assert two
        assert one != two
        assert one.parent == two.parent == Path("kept").absolute()


def runreport(*arguments: str) -> None:
    result = CliRunner().invoke(main, [*arguments, "-q"])
    assert result.exit_code == 0, result.output
