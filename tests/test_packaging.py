"""runreport as it reaches people: as a wheel, a source archive, an editable install, a checkout.

Nothing is downloaded. A fresh environment gets only runreport installed; a path file lends it the
libraries of the environment that runs the tests, which come after its own on the search path.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import runreport

ROOT = Path(__file__).resolve().parent.parent
STATIC = "runreport/templates/static"


def run(*command: str | Path, cwd: Path, path: Path | None = None) -> str:
    """Run a command that sees no other runreport than the one meant; return what it says."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    if path:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True)
class Archives:
    """What `python -m build` makes; the wheel is built from the unpacked source archive."""

    wheel: Path
    sdist: Path


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return Archives(wheel=next(folder.glob("*.whl")), sdist=next(folder.glob("*.tar.gz")))


@pytest.fixture(scope="module")
def wheel_names(archives: Archives) -> set[str]:
    with zipfile.ZipFile(archives.wheel) as wheel:
        return set(wheel.namelist())


@pytest.fixture(scope="module")
def sdist_names(archives: Archives) -> set[str]:
    with tarfile.open(archives.sdist) as sdist:
        return {name.partition("/")[2] for name in sdist.getnames()}


@dataclass(frozen=True)
class Installed:
    """A Python that has runreport, and the folder that it must come from."""

    python: Path
    home: Path
    path: Path | None = None

    def run(self, *arguments: str | Path, cwd: Path) -> str:
        return run(self.python, *arguments, cwd=cwd, path=self.path)


def make_environment(folder: Path) -> Path:
    """Return the Python of a fresh environment that borrows the libraries of this one."""
    venv.create(folder, with_pip=False, symlinks=os.name == "posix")
    python = folder / ("bin/python" if os.name == "posix" else "Scripts/python.exe")
    place = Path(
        run(
            python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder
        ).strip()
    )
    (place / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def install(folder: Path, *what: str | Path) -> Path:
    python = make_environment(folder)
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python)
    run(*pip, "install", *options, *what, cwd=folder)
    return python


def copy_checkout(folder: Path) -> Path:
    """Copy what a build of the package needs; the copy is not a git repository."""
    for name in ("runreport", "templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def as_wheel(folder: Path, archives: Archives) -> Installed:
    return Installed(install(folder / "venv", archives.wheel), folder / "venv")


def as_editable(folder: Path, _archives: Archives) -> Installed:
    checkout = copy_checkout(folder / "checkout")
    return Installed(install(folder / "venv", "--editable", checkout), checkout)


def as_checkout(folder: Path, _archives: Archives) -> Installed:
    checkout = copy_checkout(folder / "checkout")
    return Installed(make_environment(folder / "venv"), checkout, path=checkout)


@pytest.fixture(
    scope="module", params=[as_wheel, as_editable, as_checkout], ids=lambda way: way.__name__
)
def installed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, archives: Archives
) -> Installed:
    way: Callable[[Path, Archives], Installed] = request.param
    return way(tmp_path_factory.mktemp(way.__name__), archives)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder away from the checkout, with one small run in it."""
    folder = tmp_path / "runs" / "demo" / "first"
    folder.mkdir(parents=True)
    record = {"format": "runreport/1", "run_id": "first", "status": "finished", "started": 1.0}
    (folder / "run.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    (folder / "metrics.jsonl").write_text('{"loss":0.5}\n{"loss":0.25}\n', encoding="utf-8")
    return tmp_path


def test_the_package_comes_from_where_it_was_installed(
    installed: Installed, tmp_path: Path
) -> None:
    said = installed.run("-c", "import runreport; print(runreport.__file__)", cwd=tmp_path)

    assert Path(said.strip()).is_relative_to(installed.home)


def test_a_build_in_another_folder_is_styled(installed: Installed, elsewhere: Path) -> None:
    installed.run("-m", "runreport", "build", "--quiet", cwd=elsewhere)
    site = elsewhere / "site"
    page = (site / "index.html").read_text(encoding="utf-8")
    styles = [path for path in (site / "assets").glob("*.css") if path.stat().st_size]

    assert "demo" in page
    assert styles
    assert any(f"assets/{path.name}" in page for path in styles)


def test_the_command_is_installed_with_the_wheel(
    archives: Archives, tmp_path: Path, elsewhere: Path
) -> None:
    python = install(tmp_path / "venv", archives.wheel)
    said = run(python.with_name("runreport"), "--version", cwd=elsewhere)

    assert runreport.__version__ in said


@pytest.mark.parametrize(
    "name",
    [
        "runreport/py.typed",
        "runreport/__init__.pyi",
        "runreport/format/format-1.md",
        "runreport/templates/base.html.jinja2",
        f"{STATIC}/site.css",
        f"{STATIC}/vendor/NOTICE.md",
    ],
)
def test_the_wheel_holds(wheel_names: set[str], name: str) -> None:
    assert name in wheel_names


def test_the_wheel_holds_every_template(wheel_names: set[str]) -> None:
    ours = {
        f"runreport/templates/{path.relative_to(ROOT / 'templates').as_posix()}"
        for path in (ROOT / "templates").rglob("*")
        if path.is_file()
    }

    assert sorted(ours - wheel_names) == []


def test_the_wheel_holds_the_package_and_nothing_else(wheel_names: set[str]) -> None:
    tops = {name.partition("/")[0] for name in wheel_names}

    assert tops == {"runreport", f"runreport-{runreport.__version__}.dist-info"}


def test_the_wheel_holds_our_licence_and_the_notices_of_others(wheel_names: set[str]) -> None:
    licences = f"runreport-{runreport.__version__}.dist-info/licenses"

    assert f"{licences}/LICENSE" in wheel_names
    assert f"{licences}/templates/static/vendor/NOTICE.md" in wheel_names


@pytest.mark.parametrize(
    "name",
    [
        "LICENSE",
        "CHANGELOG.md",
        "Makefile",
        "templates/base.html.jinja2",
        "tests/test_packaging.py",
        "tools/setup.sh",
        "site-example/runreport.toml",
    ],
)
def test_the_source_archive_holds(sdist_names: set[str], name: str) -> None:
    assert name in sdist_names


def test_every_public_name_can_be_had() -> None:
    missing = [name for name in runreport.__all__ if getattr(runreport, name, None) is None]

    assert missing == []


def test_the_public_names_are_those_that_type_checkers_see() -> None:
    tree = ast.parse((ROOT / "runreport/__init__.pyi").read_text(encoding="utf-8"))
    typed = {
        alias.asname
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert typed | {"__version__"} == set(runreport.__all__)
