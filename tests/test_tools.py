"""The set-up scripts on machines that lack something: small commands of our own stand for them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BASICS = ("sh", "printf", "mkdir", "touch", "cat", "dirname")
WORKS = "exit 0"
FAILS = "exit 1"


def make_command(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    """A folder that is the whole PATH: the basics, and a person who is not root."""
    folder = tmp_path / "commands"
    folder.mkdir()
    for name in BASICS:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    make_command(folder, "id", "echo 1000")
    return folder


def run_tool(
    name: str, *arguments: str, commands: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [commands / "sh", ROOT / "tools" / name, *arguments],
        cwd=commands.parent,
        env={"PATH": str(commands), "VENV": "venv", **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def make_python(commands: Path, version: str, *, ensurepip: bool = True) -> None:
    """Make a python3 that answers the questions of setup.sh."""
    old = 1 if version < "3.11" else 0
    make_command(
        commands,
        "python3",
        f"""case "$*" in
            --version) echo "Python {version}" ;;
            *version_info\\ \\<*) exit {old} ;;
            *ensurepip*) {WORKS if ensurepip else FAILS} ;;
            *-venv*) echo python{version}-venv ;;
        esac""",
    )


def test_a_python_that_is_too_old_is_named_with_the_way_out(commands: Path) -> None:
    make_python(commands, "3.09")
    done = run_tool("setup.sh", "test", commands=commands)

    assert done.returncode == 1
    assert done.stderr == (
        "setup: found Python 3.09, but runreport needs Python 3.11 or newer; "
        "install one and name it: make PYTHON=/path/to/python3.11 ...\n"
    )


def test_a_missing_venv_module_is_named_with_its_package(commands: Path) -> None:
    make_python(commands, "3.12", ensurepip=False)
    done = run_tool("setup.sh", "test", commands=commands)

    assert done.returncode == 1
    assert "sudo apt-get install python3.12-venv" in done.stderr


def test_the_browser_of_the_variable_comes_first(commands: Path) -> None:
    make_command(commands, "chromium", WORKS)
    mine = str(make_command(commands, "mine", WORKS))
    done = run_tool("browser.sh", commands=commands, variables={"RUNREPORT_CHROMIUM": mine})

    assert done.stdout == f"{mine}\n"


def test_a_browser_of_the_variable_that_does_not_run_is_an_error(commands: Path) -> None:
    make_command(commands, "chromium", WORKS)
    variables = {"RUNREPORT_CHROMIUM": "/nowhere/chrome"}
    done = run_tool("browser.sh", commands=commands, variables=variables)

    assert done.returncode == 1
    assert done.stderr.startswith("browser: RUNREPORT_CHROMIUM=/nowhere/chrome does not run")


def test_a_browser_that_cannot_start_is_passed_over(commands: Path) -> None:
    make_command(commands, "chromium", FAILS)
    chrome = make_command(commands, "google-chrome", WORKS)
    done = run_tool("browser.sh", commands=commands)

    assert done.stdout == f"{chrome}\n"


def test_root_gets_debians_browser(commands: Path) -> None:
    make_command(commands, "id", "echo 0")
    installed = f'printf "#!/bin/sh\\n" > {commands}/chromium; /bin/chmod +x {commands}/chromium'
    make_command(commands, "apt-get", f'case "$*" in *install*chromium*) {installed} ;; esac')
    done = run_tool("browser.sh", commands=commands)

    assert done.stdout == f"{commands}/chromium\n"


def test_without_any_browser_the_way_out_is_named(commands: Path) -> None:
    python = commands.parent / "venv/bin"
    python.mkdir(parents=True)
    make_command(python, "python", FAILS)
    done = run_tool("browser.sh", commands=commands)

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.endswith(
        "install one (Debian: sudo apt-get install chromium) "
        "or set RUNREPORT_CHROMIUM to its path\n"
    )
