"""What a run prints is kept beside it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import runreport
from runreport.readers.native import read_run
from runreport.tracking import console
from tests.tracking.conftest import Script
from tests.tracking.folders import only_run, record


def test_output_and_errors_are_kept_and_still_printed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (sys.stdout, sys.stderr)
    with runreport.start_run(log_console=True):
        sys.stdout.write("one\ntwo ")
        sys.stderr.write("\x1b[31mred\x1b[0m\n")
        sys.stdout.writelines(["parts\n", "last"])
    printed = capsys.readouterr()

    assert (sys.stdout, sys.stderr) == before
    assert (printed.out, printed.err) == ("one\ntwo parts\nlast", "\x1b[31mred\x1b[0m\n")
    assert (only_run(root) / "console.log").read_text() == (
        "one\n\x1b[31mred\x1b[0m\ntwo parts\nlast\n"
    )


def test_nothing_is_kept_unless_asked_for(root: Path) -> None:
    with runreport.start_run():
        sys.stdout.write("text\n")

    assert not (only_run(root) / "console.log").exists()


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("\r 10%\r 50%\r100%\n", "100%\n"),
        ("windows\r\n", "windows\n"),
        ("\r 10%\r 20%", " 20%\n"),
        ("done\r\n\n", "done\n\n"),
        ("å\ud800\n", "å?\n"),
    ],
)
def test_of_a_line_its_last_state_is_kept(
    root: Path, printed: str, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr(sys, "stdout", io.StringIO())
    with runreport.start_run(log_console=True):
        for character in printed:
            sys.stdout.write(character)

    assert (only_run(root) / "console.log").read_text("utf-8") == kept


def test_a_resumed_run_goes_on_with_its_log(root: Path) -> None:
    with runreport.start_run(log_console=True) as run:
        sys.stdout.write("first\n")
    with runreport.start_run(run_id=run.run_id, log_console=True):
        sys.stdout.write("second\n")

    assert (only_run(root) / "console.log").read_text() == "first\n--- resumed ---\nsecond\n"


def test_what_a_traceback_prints_is_not_lost(script: Script, root: Path) -> None:
    script(
        "import runreport\nrunreport.start_run(log_console=True)\nprint('x')\n1 / 0", check=False
    )
    log = (only_run(root) / "console.log").read_text()

    assert log.startswith("x\nTraceback (most recent call last):\n")
    assert log.endswith("ZeroDivisionError: division by zero\n")
    assert record(only_run(root))["status"] == "failed"


def test_forked_children_print_their_own_lines_once(script: Script, root: Path) -> None:
    done = script(
        "import os, sys, runreport\n"
        "with runreport.start_run(log_console=True):\n"
        "    print('parent ', end='', flush=True)\n"
        "    if os.fork() == 0:\n"
        "        print('child', flush=True)\n"
        "        os._exit(0)\n"
        "    os.wait()\n"
        "    print('again')\n"
    )

    assert done.stdout == "parent child\nagain\n"
    assert (only_run(root) / "console.log").read_text() == "child\nparent again\n"


def test_very_much_output_says_that_it_was_cut(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "LIMIT", 100)
    with runreport.start_run(log_console=True):
        for _ in range(50):
            sys.stdout.write("0123456789\n")

    assert (only_run(root) / "console.log").read_text() == (
        "0123456789\n" * 9 + "--- the first 0 MiB of this process's output ---\n"
    )
    assert len(capsys.readouterr().out) == 550


def test_a_log_that_another_program_wrote_shows_the_last_state_of_its_lines(root: Path) -> None:
    with runreport.start_run() as run:
        pass
    (run.folder / "console.log").write_bytes(b"\x1b[32mgreen\x1b[0m\r\n 1%\r 50%\r100%\nend\r")
    console = read_run(run.folder, root).console

    assert console is not None
    assert console.head == "\x1b[32mgreen\x1b[0m\n100%\nend"
