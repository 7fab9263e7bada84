"""A build says how far it is: by a bar on a terminal, by a few lines in a log."""

from __future__ import annotations

import io
import re
import threading

import pytest

from runreport.progress import Bar, Lines, Quiet, make_reporter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(total: int, done: int) -> list[str]:
    """Return the lines of a stage whose every step takes a sixteenth of a second."""
    stream = io.StringIO()
    report = Lines(stream, lambda: report._done * 0.0625)
    report.begin("reading runs", total)
    for _ in range(done):
        report.advance()
    report.end()
    return stream.getvalue().splitlines()


def test_log_gets_a_line_every_tenth() -> None:
    lines = told(1000, 1000)

    assert len(lines) == 10
    assert lines[0] == "reading runs 100 of 1,000 (10 %, 16/s)"
    assert lines[-1] == "reading runs 1,000 of 1,000 (100 %, 16/s)"


@pytest.mark.parametrize("total", [1, 2, 3, 7, 9])
def test_few_steps_are_told_in_one_line(total: int) -> None:
    assert told(total, total) == [f"reading runs {total} of {total} (100 %, 16/s)"]
    assert told(total, total - 1) == []


def test_slow_steps_have_a_rate_with_a_decimal() -> None:
    stream = io.StringIO()
    times = iter([0.0, 4.0])
    report = Lines(stream, lambda: next(times))
    report.begin("reading runs", 1)
    report.advance()

    assert stream.getvalue() == "reading runs 1 of 1 (100 %, 0.2/s)\n"


def test_nothing_is_told_of_an_empty_stage() -> None:
    assert told(0, 0) == []


def test_stage_that_ends_early_is_not_told_to_be_complete() -> None:
    assert told(10, 4)[-1] == "reading runs 4 of 10 (40 %, 16/s)"


def test_terminal_gets_a_bar_that_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    report = make_reporter(stream=stream)
    report.begin("reading runs", 4)
    for _ in range(4):
        report.advance()
    drawn = stream.getvalue()
    report.begin("writing pages", 2)
    report.end()
    report.end()

    assert isinstance(report, Bar)
    assert "reading runs" in drawn
    assert "4/4" in drawn
    assert re.search(r"[0-9,]+/s", drawn)
    # The cursor is back, and the last line is erased.
    assert stream.getvalue().rpartition("\x1b[?25h")[2].endswith("\x1b[2K")


def test_bar_starts_no_thread() -> None:
    before = set(threading.enumerate())
    report = Bar(Terminal())
    report.begin("reading runs", 4)
    during = set(threading.enumerate())
    report.end()

    assert during <= before


def test_reporter_fits_its_stream() -> None:
    assert isinstance(make_reporter(quiet=True, stream=Terminal()), Quiet)
    assert isinstance(make_reporter(stream=io.StringIO()), Lines)


def test_quiet_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    report = Quiet()
    report.begin("reading runs", 1)
    report.advance()
    report.end()

    assert capfd.readouterr() == ("", "")
