"""The group of commands."""

import subprocess
import sys
from importlib import import_module

import click
import pytest
from click.testing import CliRunner

import runreport
from runreport.cli import COMMANDS, main
from runreport.errors import ConfigError


def test_the_help_lists_every_command_with_its_own_first_line() -> None:
    result = CliRunner().invoke(main, ["--help"])

    assert result.exit_code == 0
    for name, (module, function, text) in COMMANDS.items():
        command: click.Command = getattr(import_module(f"runreport.cli.{module}"), function)
        assert f"  {name} " in result.output
        assert text in result.output
        assert command.help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])

    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: main {name}")


def test_the_version_is_the_packages() -> None:
    result = CliRunner().invoke(main, ["--version"])

    assert result.output == f"runreport, version {runreport.__version__}\n"


def last_line(script: str) -> str:
    """Return what a script of its own process writes last."""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()[-1]


def test_the_help_loads_no_command_and_no_frame_library() -> None:
    script = (
        "import sys\n"
        "from runreport.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        "heavy = {'pandas', 'numpy', 'orjson', 'jinja2', 'plotly', 'rich', 'runreport.config'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )

    assert last_line(script) == "[]"


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "runreport", "readers"]
    result = subprocess.run(command, capture_output=True, text=True)

    assert result.returncode == 0
    assert result.stdout.startswith("native  runreport  ")


def test_a_users_mistake_is_one_line_and_exit_code_1() -> None:
    result = CliRunner().invoke(main, ["list", "nope"])

    assert result.exit_code == 1
    assert result.output == (
        "Error: 'nope': no such folder; give the folder that your runs were written to\n"
    )


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("runreport.readers.origins", fail)

    assert isinstance(CliRunner().invoke(main, ["readers"]).exception, ZeroDivisionError)


def test_our_errors_are_the_ones_that_are_turned(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ConfigError("here: it is wrong; mend it")

    monkeypatch.setattr("runreport.readers.origins", fail)
    result = CliRunner().invoke(main, ["readers"])

    assert (result.exit_code, result.output) == (1, "Error: here: it is wrong; mend it\n")


@pytest.mark.parametrize("arguments", [["nope"], ["list", "--nope"], ["list", "--format", "xml"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(main, arguments).exit_code == 2


def test_readers_are_listed_with_package_and_text() -> None:
    result = CliRunner().invoke(main, ["readers"])

    assert result.output == (
        "native  runreport  runreport's own run folders: "
        "run.jsonl, metrics.jsonl and what lies beside them.\n"
    )


def test_the_end_of_a_command_looks_for_no_cycles() -> None:
    script = (
        "import atexit, gc\n"
        "atexit.register(lambda: print(gc.get_freeze_count() > 10_000))\n"
        "from runreport.cli import main\n"
        'main(["readers"])\n'
    )

    assert last_line(script) == "True"
