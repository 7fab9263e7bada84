"""Run folders that want more than to be shown: links, odd files, paths and code.

Each site is built by a process of its own, in which every file that is opened, every piece of code
that is run and every socket is written down. Files outside the run folders have names and contents
that nothing else has, so that a build that touched one shows it.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import runreport

SCRIPT = Path(__file__).with_name("guarded_build.py")
CANARY = "canary-7d1f0c"
NAME = f"{CANARY}.txt"
MODULE = "canary_module"
SECONDS = 60
"""That a build may take on a busy machine; one that hangs takes for ever."""

NOBODY = 65534

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes as on Unix")


class Place:
    """A folder for one test: runs, a site, and what lies outside of both."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runs = root / "runs"
        self.run = self.runs / "iris" / "a"
        self.artifacts = self.run / "artifacts"
        self.outside = root / "outside"
        self.site = root / "out" / "site"
        for folder in (self.artifacts, self.outside, self.site.parent):
            folder.mkdir(parents=True)
        self.record(run_id="a", name="otter", status="finished")
        (self.run / "metrics.jsonl").write_text('{"loss":0.5}\n{"loss":0.25}\n')
        (self.outside / NAME).write_text(f"{CANARY} text\n")

    def record(self, **fields: Any) -> None:
        with (self.run / "run.jsonl").open("a") as file:
            file.write(json.dumps(fields) + "\n")

    def build(self, *flags: str, cwd: Path | None = None) -> list[list[str]]:
        """Build the site; return the events."""
        events = self.root / "events.jsonl"
        events.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, SCRIPT, events, self.runs, "-o", self.site, "--jobs", "1", *flags],
            cwd=cwd or self.root,
            env=os.environ | {"HOME": str(self.outside), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return list(map(json.loads, events.read_text().splitlines()))

    def published(self) -> str:
        """Return the names and contents of the whole site."""
        return "\n".join(
            f"{path} {path.read_bytes().decode(errors='replace') if path.is_file() else ''}"
            for path in sorted(self.site.rglob("*"))
        )

    def is_allowed(self, path: str) -> bool:
        """Tell whether a build may open a path: runs, site, cache, and what Python came with."""
        if not path.startswith("/"):
            # A name in a folder that is open.
            return "/" not in path and path not in ("..", NAME)
        package = Path(runreport.__file__).parent.parent
        allowed = (
            *(self.runs, self.site.parent, package, Path(sys.prefix), Path(sys.base_prefix)),
            *map(Path, ("/proc", "/sys", "/dev", "/usr", "/lib", "/etc/mime.types")),
        )
        parts = Path(os.path.normpath(path)).parents
        return any(each in (Path(os.path.normpath(path)), *parts) for each in allowed)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def opened_outside(place: Place, events: list[list[str]]) -> list[str]:
    paths = [event[1] for event in events if event[0] == "open" and not event[1].isdigit()]
    assert len(paths) > 20, "the hook sees no files"
    return [path for path in paths if not place.is_allowed(path)]


def nothing_was_run(place: Place, events: list[list[str]]) -> list[list[str]]:
    """Return what was run, started or connected to beside runreport's own work."""
    folders = (str(place.runs), str(place.outside))

    def is_odd(event: str, *arguments: str) -> bool:
        if event in ("exec", "compile", "import", "code.__new__"):
            # A compiled template of ours is a text of its own; code of a run would have its marks.
            return any(folder in each or CANARY in each for folder in folders for each in arguments)
        calls = ("socket.gethostname", "sqlite3.connect", "sqlite3.connect/handle", "os.link")
        return event not in (*calls, "open", "ctypes.dlopen", "marshal.load", "marshal.loads")

    return [event for event in events if is_odd(*event)]


class TestLinksAndOddFiles:
    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[Place]:
        place = Place(tmp_path)
        self.fill(place)
        with socket.socket(socket.AF_UNIX) as listening:
            # Paths of sockets are short.
            before = Path.cwd()
            os.chdir(place.artifacts)
            listening.bind("socket")
            os.chdir(before)
            yield place

    def fill(self, place: Place) -> None:
        secret = place.outside / NAME
        git = place.outside / ".git"
        git.mkdir()
        (git / "config").write_text(f"[user]\nname = {CANARY}\n")
        links = {
            "absolute": secret,
            "relative": Path("../../../../outside", secret.name),
            "folder": place.outside,
            "loop": Path(),
            "up": Path(".."),
            "root": Path("/"),
            "dangling": Path("nowhere"),
            "itself": Path("itself"),
            "config": git / "config",
            "memory": Path("/proc/self/environ"),
        }
        for name, target in links.items():
            (place.artifacts / name).symlink_to(target)
        os.mkfifo(place.artifacts / "pipe")
        if os.geteuid() == 0:
            os.mknod(place.artifacts / "device", 0o600 | 0o020000, os.makedev(1, 5))
        for name in ("system.jsonl", "media.jsonl", "console.log", "README.md"):
            (place.run / name).symlink_to(secret)
        linked = place.runs / "iris" / "linked"
        linked.mkdir()
        (linked / "run.jsonl").symlink_to(secret)
        os.mkfifo(linked / "metrics.jsonl")
        (place.runs / "iris" / "README.md").symlink_to(secret)
        (place.runs / "elsewhere").symlink_to(place.outside)
        (place.artifacts / "good.txt").write_text("good text")

    def test_none_is_followed_and_each_is_named(self, place: Place) -> None:
        events = place.build()

        assert opened_outside(place, events) == []
        shown = place.published()
        assert f"{CANARY} text" not in shown
        assert f"name = {CANARY}" not in shown
        assert "good text" in shown
        log = (place.site / "log.html").read_text()
        for text in ("is a link", "is a named pipe", "is a socket", "a link to a folder"):
            assert text in log

    def test_a_second_build_follows_none_either(self, place: Place) -> None:
        place.build()
        with (place.run / "metrics.jsonl").open("a") as file:
            file.write('{"loss":0.125}\n')

        assert opened_outside(place, place.build()) == []
        assert f"{CANARY} text" not in place.published()

    @pytest.mark.skipif(os.geteuid() != 0, reason="root alone may become somebody else")
    def test_a_folder_without_rights_is_named(self, place: Place, tmp_path: Path) -> None:
        closed = place.artifacts / "closed"
        closed.mkdir()
        (closed / "x.txt").write_text("in a closed folder")
        (place.artifacts / "closed.txt").write_text("in a closed file")
        for path in (closed, place.artifacts / "closed.txt"):
            path.chmod(0)
        # The way there has to be open to somebody else.
        way = [each for each in tmp_path.parents if each.is_relative_to(tempfile.gettempdir())]
        for path in (tmp_path, *way[:-1], place.site.parent):
            path.chmod(0o777)
        # What root may load alone is loaded by a first build.
        code = (
            "import os, sys; from runreport.cli import main\n"
            "main(['build', *sys.argv[1:], '-o', 'first'], standalone_mode=False)\n"
            f"os.setgid({NOBODY}); os.setuid({NOBODY})\n"
            "main(['build', *sys.argv[1:], '-o', 'out/site'])\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, "runs", "--jobs", "1", "--no-cache"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

        assert done.returncode == 0, done.stderr
        log = (place.site / "log.html").read_text()
        assert "cannot be listed: Permission denied" in log
        assert "not published: permission denied" in log
        assert "in a closed" not in place.published()


def swapping(place: Place) -> subprocess.Popen[bytes]:
    """Put a link in place of a folder, of a file and of a run, over and over."""
    code = (
        "import os, sys\n"
        "pairs = [(sys.argv[i], sys.argv[i + 1]) for i in range(1, len(sys.argv), 2)]\n"
        "while os.getppid() != 1:\n"
        "    for name, target in pairs:\n"
        "        os.rename(name, name + '-aside'); os.symlink(target, name)\n"
        "        os.unlink(name); os.rename(name + '-aside', name)\n"
    )
    secret = place.outside / NAME
    pairs = [
        (place.artifacts / "sub", place.outside),
        (place.artifacts / "x.txt", secret),
        (place.run / "metrics.jsonl", secret),
        (place.run / "README.md", secret),
        (place.runs / "iris" / "b", place.outside),
    ]
    return subprocess.Popen([sys.executable, "-c", code, *(str(each) for p in pairs for each in p)])


def race(place: Place, seconds: float) -> None:
    (place.artifacts / "sub").mkdir()
    for name in (f"artifacts/sub/{CANARY}.txt", "artifacts/x.txt", "README.md"):
        (place.run / name).write_text("good text")
    shutil.copytree(place.run, place.runs / "iris" / "b")
    # What the folder of a run would be, were the link followed.
    shutil.copytree(place.run, place.outside, dirs_exist_ok=True)
    (place.outside / "README.md").write_text(f"{CANARY} text")
    for name in ("run.jsonl", "metrics.jsonl"):
        text = (place.outside / name).read_text().replace("otter", f"{CANARY} text")
        (place.outside / name).write_text(text)
    for number in range(50):
        folder = place.runs / "iris" / f"c{number}"
        folder.mkdir()
        (folder / "metrics.jsonl").write_text('{"loss":1}\n')
    end = time.monotonic() + seconds
    builds = 0
    with swapping(place) as attacker:
        try:
            while time.monotonic() < end or not builds:
                builds += 1
                events = place.build("--no-cache")
                assert f"{CANARY} text" not in place.published()
                outside = opened_outside(place, events)
                assert [each for each in outside if CANARY not in each] == []
        finally:
            attacker.kill()


def test_what_becomes_a_link_while_it_is_read_leads_nowhere(place: Place) -> None:
    race(place, 2)


@pytest.mark.slow
def test_what_becomes_a_link_while_it_is_read_leads_nowhere_for_long(place: Place) -> None:
    race(place, 20)


PATHS = [
    *(
        f"../../../outside/{NAME}",
        f"../../../../outside/{NAME}",
        f"media/../../../../outside/{NAME}",
    ),
    *("..", ".", "", "/", "//", "../", "./", "a//b", "media/..", "artifacts/../../../.."),
    *("/etc/passwd", "/etc/shadow", "//etc/passwd", "/proc/self/environ", "/proc/self/mem"),
    *(
        "/dev/zero",
        "/dev/stdin",
        f"{{outside}}/{NAME}",
        "{run}/run.jsonl",
        f"/proc/self/cwd/{NAME}",
    ),
    *(f"..\\..\\..\\outside\\{NAME}", f"C:\\{NAME}", f"C:{NAME}", f"\\\\host\\share\\{NAME}"),
    *(f"\\\\?\\C:\\{NAME}", "CON", "nul.txt", "a:b", f"file://{{outside}}/{NAME}"),
    *("file:///etc/passwd", "http://127.0.0.1:9/x.png", "//127.0.0.1/x", "data:text/plain,x"),
    *(f"%2e%2e/%2e%2e/%2e%2e/outside/{NAME}", f"..%2f..%2f..%2foutside%2f{NAME}"),
    *(f"%252e%252e/%252e%252e/outside/{NAME}", f"..;/..;/..;/outside/{NAME}"),
    *(
        f"x#/../../../outside/{NAME}",
        f"x?/../../../outside/{NAME}",
        f"../../../outside/{NAME}\0.png",
    ),
    *("x\0y", "~/x", f"~root/{NAME}", "$HOME/x", "${HOME}/x", "`id`", "$(id)", "| cat /etc/passwd"),
    *("\ud800/x", "\u202e/x", "．．/．．/x", "..\u2215..\u2215x", "a" * 5000, "a/" * 3000 + "x"),
]


def test_no_path_inside_data_leads_out_of_the_run(place: Place) -> None:
    paths = [
        path.replace("{outside}", str(place.outside)).replace("{run}", str(place.run))
        for path in PATHS
    ]
    assert len(set(paths)) >= 40
    with (place.run / "media.jsonl").open("w") as file:
        for kind in ("image", "text", "figure", "table", "html", "audio", ""):
            for path in paths:
                file.write(json.dumps({"key": path, "path": path, "kind": kind, "step": 1}) + "\n")
    for path in paths:
        fields = ("name", "parent", "version", "user", "host", "command", "python", "experiment")
        place.record(**dict.fromkeys(fields, path))
        objects = ("source", "git", "datasets", "models", "error", "extra", "params", "tags")
        inner = dict.fromkeys(("path", "name", "remote", "commit", "digest", "figure"), path)
        place.record(**dict.fromkeys(objects, inner))
        folder = place.runs / "iris" / f"{len(path)}-{abs(hash(path))}"
        folder.mkdir()
        record = {"run_id": path, "experiment": path, "name": path, "parent": path}
        (folder / "run.jsonl").write_text(json.dumps(record) + "\n")
    notes = "".join(f"![x]({path}) [x](<{path}>) <img src='{path}'>\n\n" for path in paths)
    (place.run / "README.md").write_text(notes, "utf-8", "backslashreplace")
    (place.runs / "iris" / "README.md").write_text(notes, "utf-8", "backslashreplace")

    events = place.build()

    assert opened_outside(place, events) == []
    assert nothing_was_run(place, events) == []
    assert f"{CANARY} text" not in place.published()


class Payload:
    """What a pickle does when it is loaded."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (self.command,)


def canaries(touch: str) -> dict[str, bytes]:
    """Return files that run ``touch`` where something loads or imports them."""
    code = f"import os\nos.system({touch!r})\n".encode()
    pickled = pickle.dumps(Payload(touch))
    array = np.empty(1, object)
    array[0] = Payload(touch)
    packed, single = io.BytesIO(), io.BytesIO()
    np.savez(packed, x=array)
    np.save(single, array)
    cells = [{"cell_type": "code", "source": code.decode(), "outputs": [], "metadata": {}}]
    mlmodel = (
        "flavors:\n  python_function:\n    loader_module: conftest\n    python_model: model.pkl\n"
    )
    modules = ("conftest", "sitecustomize", "usercustomize", "setup", "__init__", "__main__")
    shadows = ("json", "orjson", "numpy", "pandas", "jinja2", "plotly", "markdown", "runreport")
    return {
        **dict.fromkeys((f"{name}.py" for name in (*modules, *shadows, MODULE)), code),
        **dict.fromkeys(("model.pkl", "model.pt", "model.pth", "x.joblib", "x.ckpt"), pickled),
        "x.npz": packed.getvalue(),
        "x.npy": single.getvalue(),
        "x.yaml": f"!!python/object/apply:os.system [{touch!r}]\n".encode(),
        "conda.yaml": f"!!python/object/apply:os.system [{touch!r}]\n".encode(),
        "MLmodel": mlmodel.encode(),
        "x.ipynb": json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode(),
        "x.pth": f"import os; os.system({touch!r})\n".encode(),
        "pyproject.toml": f"[build-system]\nbuild-backend = '{MODULE}'\n".encode(),
        "index.html.jinja2": f"{{{{ cycler.__init__.__globals__.os.system({touch!r}) }}}}".encode(),
        "README.md": f"{{{{ cycler.__init__.__globals__.os.system({touch!r}) }}}}".encode(),
        "Makefile": f"all:\n\t{touch}\n".encode(),
        ".git/config": f"[core]\nfsmonitor = {touch}\n".encode(),
        ".git/hooks/post-checkout": f"#!/bin/sh\n{touch}\n".encode(),
        ".env": f"X=$({touch})\n".encode(),
    }


@pytest.mark.parametrize("cwd", ["elsewhere", "among the runs", "in the run"])
def test_no_code_in_a_run_folder_is_ever_run(place: Place, cwd: str) -> None:
    pwned = place.root / "pwned"
    files = canaries(f"touch {pwned}")
    for folder in (place.artifacts, place.artifacts / "model", place.run, place.runs / "iris"):
        for name, content in files.items():
            path = folder / name
            # The run's own settings would be the user's: they are not part of this.
            if name != "pyproject.toml" or folder != place.run:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    with (place.run / "media.jsonl").open("w") as file:
        for name in files:
            line = {"key": name, "path": f"artifacts/{name}", "kind": "table", "step": 1}
            file.write(json.dumps(line) + "\n")
    folders = {"elsewhere": place.root, "among the runs": place.runs, "in the run": place.run}

    for _ in range(2):
        events = place.build(cwd=folders[cwd])

        assert nothing_was_run(place, events) == []
        assert opened_outside(place, events) == []
        assert not pwned.exists()
        with (place.run / "metrics.jsonl").open("a") as file:
            file.write('{"loss":0.125}\n')


def test_canaries_are_alive(tmp_path: Path) -> None:
    pwned = tmp_path / "pwned"
    files = canaries(f"touch {pwned}")
    for content in (files["model.pkl"], files["x.npy"]):
        path = tmp_path / "x.npy"
        path.write_bytes(content)
        np.load(path, allow_pickle=True) if content[:1] == b"\x93" else pickle.loads(content)

        assert pwned.exists()
        pwned.unlink()
    exec(files["conftest.py"], {})
    assert pwned.exists()
