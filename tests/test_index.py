"""A build that remembers writes the bytes of one that does not, whatever happened between."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from runreport.build import build
from runreport.built import Built
from runreport.config import load_config
from runreport.index.unchanged import unchanged

NOW = 1_763_806_500.0
CACHE = Path(".runreport-cache/site.sqlite")
OLD_NS = 10**18 + 123_456_789


@pytest.fixture(autouse=True)
def _cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def built(**settings: Any) -> Built:
    """Build as the command does: first see whether there is anything to do."""
    config = load_config(None, settings)
    return unchanged(config, now=NOW, version="1") or build(config, now=NOW, version="1")


def write_run(path: str, points: int = 3, **record: Any) -> Path:
    folder = Path(path)
    folder.mkdir(parents=True)
    first: dict[str, Any] = {"run_id": folder.name, "name": folder.name, "status": "finished"}
    first |= {"started": NOW, "ended": NOW + 9, "params": {"lr": 0.1}} | record
    (folder / "run.jsonl").write_text(f"{json.dumps(first)}\n")
    append(folder, range(points))
    return folder


def append(folder: Path, steps: range) -> None:
    with (folder / "metrics.jsonl").open("a") as file:
        for step in steps:
            file.write(f'{{"step": {step}, "time": {NOW + step}, "loss": {1 / (step + 1)}}}\n')


def snapshot(folder: str | Path = "site") -> dict[str, bytes]:
    root = Path(folder)
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def clean(**settings: Any) -> dict[str, bytes]:
    """Return the site that a build without any past makes."""
    shutil.rmtree("clean", ignore_errors=True)
    built(output="clean", cache=False, **settings)
    return snapshot("clean")


def age(folder: str | Path = "runs") -> None:
    """Make files old enough for their times to be trusted."""
    for path in Path(folder).rglob("*"):
        os.utime(path, ns=(OLD_NS, OLD_NS), follow_symlinks=False)


def lives(chance: random.Random) -> Path | None:
    runs = sorted(path.parent for path in Path("runs").rglob("run.jsonl"))
    return chance.choice(runs) if len(runs) > 1 else None


class Changes:
    """What may happen to runs between two builds, by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.count = 0
        self.kinds = [getattr(self, name) for name in sorted(vars(Changes)) if name[:3] == "do_"]

    def any(self) -> None:
        self.chance.choice(self.kinds)()

    def pick(self) -> Path:
        runs = sorted(path.parent for path in Path("runs").rglob("run.jsonl"))
        return self.chance.choice(runs) if runs else self.do_add()

    def do_add(self) -> Path:
        self.count += 1
        experiment = self.chance.choice(["iris", "deep/er", "wide"])
        name = self.chance.choice(["same", f"run-{self.count}"])
        parent = self.chance.choice(["", f"{self.count - 1}"])
        return write_run(
            f"runs/{experiment}/{self.count}",
            self.chance.randrange(5),
            name=name,
            parent=parent,
            started=NOW - self.chance.randrange(3),
            status=self.chance.choice(["finished", "failed", "running", ""]),
            params={"x": self.chance.choice([1, 1.0, True, "1", None, [1, 2], {"a": "😀"}, 2**70])},
        )

    def do_append(self) -> None:
        append(self.pick(), range(10, 12))

    def do_truncate(self) -> None:
        path = self.pick() / "metrics.jsonl"
        content = path.read_bytes()
        path.write_bytes(content[: self.chance.randrange(len(content) + 1)])

    def do_replace(self) -> None:
        """Other bytes of the same length, and the times of before."""
        path = self.pick() / "metrics.jsonl"
        before = path.stat()
        path.write_bytes(path.read_bytes().replace(b"0.5", b"0.7"))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def do_remove(self) -> None:
        shutil.rmtree(self.pick())

    def do_rename(self) -> None:
        self.count += 1
        self.pick().rename(Path(f"runs/iris/{self.count}")) if Path("runs/iris").is_dir() else None

    def do_copy(self) -> None:
        self.count += 1
        shutil.copytree(self.pick(), f"runs/wide/{self.count}", symlinks=True)

    def do_add_artifact(self) -> None:
        folder = self.pick() / "artifacts"
        folder.mkdir(exist_ok=True)
        name = self.chance.choice(["a.txt", "b.html", "c.svg", "d.json", "e.png"])
        text = self.chance.choice(["<b>1</b>", '{"data": [], "layout": {}}', "x" * 9])
        (folder / name).write_text(text)

    def do_link_artifact(self) -> None:
        folder = self.pick() / "artifacts"
        folder.mkdir(exist_ok=True)
        (folder / "link").unlink(missing_ok=True)
        (folder / "link").symlink_to(self.chance.choice(["a.txt", "../run.jsonl", "none"]))

    def do_annotate(self) -> None:
        (self.pick() / "README.md").write_text(f"# {self.chance.random()}\n[x](artifacts/a.txt)")

    def do_describe(self) -> None:
        self.pick().parent.joinpath("README.md").write_text(f"# {self.chance.random()}")

    def do_correct(self) -> None:
        with (self.pick() / "run.jsonl").open("a") as file:
            change = self.chance.choice(
                [{"tags": {"a": "b"}}, {"status": "killed"}, {"experiment": "moved"}, {"name": "n"}]
            )
            file.write(json.dumps({"time": NOW + 50, **change}) + "\n")

    def do_spoil(self) -> None:
        with (self.pick() / "metrics.jsonl").open("a") as file:
            file.write(self.chance.choice(["nonsense\n", '{"loss": NaN}\n', '{"lo', "\0\n"]))

    def do_restore(self) -> None:
        """What a CI cache does: the same bytes, other times."""
        for path in sorted(Path("runs").rglob("*")):
            os.utime(path, follow_symlinks=False)

    def do_age(self) -> None:
        age()

    def do_touch_the_site(self) -> None:
        pages = sorted(Path("site").rglob("*.*"))
        files = [path for path in pages if path.is_file() and path.suffix in (".html", ".js")]
        if files:
            self.chance.choice(files).write_bytes(b"changed")

    def do_lose_the_site(self) -> None:
        shutil.rmtree("site", ignore_errors=True)

    def do_lose_the_cache(self) -> None:
        shutil.rmtree(".runreport-cache", ignore_errors=True)

    def do_damage_the_cache(self) -> None:
        if CACHE.exists():
            content = bytearray(CACHE.read_bytes())
            for _ in range(20):
                content[self.chance.randrange(len(content))] ^= 1 << self.chance.randrange(8)
            CACHE.write_bytes(content)

    def do_nothing(self) -> None:
        pass


def check_case(seed: int, builds: int = 4) -> None:
    changes = Changes(seed)
    for _ in range(4):
        changes.do_add()
    settings: dict[str, Any] = {}
    for _ in range(builds):
        built(**settings)
        for _ in range(changes.chance.randrange(4)):
            changes.any()
        if not list(Path("runs").rglob("run.jsonl")):
            changes.do_add()
        if not changes.chance.randrange(4):
            settings = changes.chance.choice(
                [{}, {"title": "T"}, {"goals": {"loss": "max"}}, {"max_total_bytes": 12}]
            )
        built(**settings)

        assert snapshot() == clean(**settings), f"seed {seed}"


@pytest.mark.parametrize("seed", range(30))
def test_site_is_that_of_a_clean_build(seed: int) -> None:
    check_case(seed, builds=2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1200))
def test_site_is_that_of_a_clean_build_many_times(seed: int) -> None:
    check_case(seed, builds=6)
