"""How runs end: by exceptions, by the process, and by nobody."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

import runreport
from tests.tracking.conftest import Script
from tests.tracking.folders import only_run, record, rows


def test_a_run_that_raises_has_failed_and_keeps_the_traceback(root: Path) -> None:
    with pytest.raises(ValueError, match="too warm"), runreport.start_run():
        raise ValueError("too warm")
    found = record(only_run(root))

    assert found["status"] == "failed"
    assert (found["error"]["type"], found["error"]["message"]) == ("ValueError", "too warm")
    assert 'raise ValueError("too warm")' in found["error"]["traceback"]


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        (None, "finished", None),
        (0, "finished", None),
        (3, "failed", "exit 3"),
        ("no data", "failed", "no data"),
    ],
)
def test_leaving_by_sys_exit(
    root: Path, code: int | str | None, status: str, message: str | None
) -> None:
    with pytest.raises(SystemExit), runreport.start_run():
        raise SystemExit(code)
    found = record(only_run(root))

    assert found["status"] == status
    assert found.get("error", {}).get("message") == message


@pytest.mark.parametrize(
    ("leave", "code", "status", "message"),
    [
        ("sys.exit(3)", 3, "failed", "exit 3"),
        ("sys.exit('no data')", 1, "failed", "no data"),
        ("sys.exit()", 0, "finished", None),
        ("sys.exit(0)", 0, "finished", None),
        ("import argparse; argparse.ArgumentParser().error('no')", 2, "failed", "exit 2"),
        # Caught: the script went on, and asked for the code itself.
        (
            "try: sys.exit(3)\nexcept SystemExit as error: assert error.code == 3",
            0,
            "finished",
            None,
        ),
        ("try: sys.exit(3)\nexcept SystemExit: sys.exit(4)", 4, "failed", "exit 4"),
        ("sys.exit(sys.exit)", 1, "failed", None),
        ("raise SystemExit('no data')", 1, "failed", "no data"),
        ("raise SystemExit(0)", 0, "finished", None),
        ("def main(): return 3\nraise SystemExit(main())", 3, "failed", "exit 3"),
        ("exit(3)", 3, "failed", "exit 3"),
        ("import runpy; runpy.run_path(__file__.replace('train', 'inner'))", 5, "failed", "exit 5"),
        ("class Mine(SystemExit): pass\nraise Mine(3)", 3, "failed", "exit 3"),
    ],
)
def test_leaving_by_sys_exit_outside_of_a_with(
    script: Script, root: Path, leave: str, code: int, status: str, message: str | None
) -> None:
    (root.parent / "inner.py").write_text("raise SystemExit(5)")
    done = script(f"import sys, runreport\nrunreport.start_run()\n{leave}\n", check=False)
    found = record(only_run(root))

    assert done.returncode == code, done.stderr
    assert found["status"] == status
    if message is not None:
        assert found["error"]["message"] == message
        assert found["error"]["type"] in {"SystemExit", "Mine"}


def test_an_exit_after_somebody_asked_one_for_its_code(script: Script, root: Path) -> None:
    # From then on Python knows where it finds the attribute.
    script(
        "import operator, sys, runreport\n"
        "for _ in range(100):\n"
        "    try: sys.exit(3)\n"
        "    except SystemExit as error: assert operator.attrgetter('code')(error) == 3\n"
        "runreport.start_run()\nraise SystemExit(4)",
        check=False,
    )

    assert record(only_run(root))["error"]["message"] == "exit 4"


def test_what_is_changed_to_see_exits_is_put_back(script: Script) -> None:
    done = script(
        "import atexit, sys\nbefore = vars(SystemExit)['code'], sys.exit\n"
        "atexit.register(lambda: print(before == (vars(SystemExit)['code'], sys.exit)))\n"
        "import runreport\nrunreport.start_run()\n"
        "print(before == (vars(SystemExit)['code'], sys.exit))"
    )

    assert done.stdout == "False\nTrue\n"


def test_an_exit_is_still_one_and_the_same_class(script: Script) -> None:
    script(
        "import sys, runreport\nrunreport.start_run()\n"
        "for leave in (lambda: sys.exit(3), lambda: exit(3)):\n"
        "    try: leave()\n"
        "    except BaseException as error:\n"
        "        assert type(error) is SystemExit and error.args == (3,) and error.code == 3\n"
        "try: sys.exit((1, 2))\n"
        "except SystemExit as error: assert error.args == error.code == (1, 2)"
    )


def test_a_run_resumed_or_none_at_all_sees_the_exit(script: Script, root: Path) -> None:
    script(
        "import runreport\nwith runreport.start_run(): pass\n"
        "runreport.start_run()\nrunreport.end_run()\nraise SystemExit(3)",
        check=False,
    )

    assert {record(path.parent)["status"] for path in root.rglob("run.jsonl")} == {"finished"}


def test_an_exit_can_be_sent_to_another_process(script: Script) -> None:
    script(
        "import pickle, sys, runreport\nrunreport.start_run()\n"
        "try: sys.exit(3)\nexcept SystemExit as error: copy = pickle.loads(pickle.dumps(error))\n"
        "assert type(copy) is SystemExit and copy.code == 3"
    )


def test_an_exit_of_a_thread_ends_only_the_thread(script: Script, root: Path) -> None:
    script(
        "import sys, threading, runreport\nrunreport.start_run()\n"
        "thread = threading.Thread(target=sys.exit, args=(3,))\nthread.start()\nthread.join()"
    )

    assert record(only_run(root))["status"] == "finished"


def test_an_interrupt_from_the_keyboard_is_killed(root: Path) -> None:
    with pytest.raises(KeyboardInterrupt), runreport.start_run():
        raise KeyboardInterrupt

    assert record(only_run(root))["status"] == "killed"


def test_a_run_that_is_left_open_ends_with_the_process(script: Script, root: Path) -> None:
    script("import runreport\nrunreport.start_run()\nrunreport.log_metric('x', 1)")

    assert record(only_run(root))["status"] == "finished"


def test_a_script_that_dies_of_an_exception_has_failed(script: Script, root: Path) -> None:
    done = script("import runreport\nrunreport.start_run()\nraise KeyError('lr')", check=False)
    found = record(only_run(root))

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "KeyError: 'lr'"
    assert found["status"] == "failed"
    assert found["error"]["type"] == "KeyError"


def test_a_script_that_is_interrupted_without_a_with(script: Script, root: Path) -> None:
    script("import runreport\nrunreport.start_run()\nraise KeyboardInterrupt", check=False)

    assert record(only_run(root))["status"] == "killed"


def test_an_exception_that_is_handled_ends_nothing(script: Script, root: Path) -> None:
    script(
        "import runreport\nrunreport.start_run()\n"
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    pass"
    )

    assert record(only_run(root))["status"] == "finished"


def test_an_exception_hook_of_the_users_still_runs(script: Script, root: Path) -> None:
    done = script(
        "import sys, runreport\nsys.excepthook = lambda *error: print('mine')\n"
        "runreport.start_run()\nraise ValueError",
        check=False,
    )

    assert done.stdout == "mine\n"
    assert record(only_run(root))["status"] == "failed"


def test_nested_runs_all_end_with_the_process(script: Script, root: Path) -> None:
    script("import runreport\nrunreport.start_run()\nrunreport.start_run(nested=True)")
    ends = [record(path.parent)["status"] for path in root.rglob("run.jsonl")]

    assert ends == ["finished", "finished"]


def test_a_terminated_process_says_nothing_of_its_end(script: Script, root: Path) -> None:
    done = script(
        "import os, signal, runreport\nrunreport.start_run()\nos.kill(os.getpid(), signal.SIGTERM)",
        check=False,
    )

    assert done.returncode == -signal.SIGTERM
    assert record(only_run(root))["status"] == "running"


def test_a_very_long_traceback_says_how_much_is_kept(root: Path) -> None:
    with pytest.raises(ValueError, match="x"), runreport.start_run():
        raise ValueError("x" * 100_000)
    trace = record(only_run(root))["error"]["traceback"]

    assert trace.startswith("(the last 65,536 of 10")
    assert len(trace) < 66_000


class Unspeakable(Exception):  # noqa: N818 - not an error of ours
    def __str__(self) -> str:
        raise RuntimeError


def test_an_exception_that_cannot_be_shown_still_ends_the_run(root: Path) -> None:
    with pytest.raises(Unspeakable), runreport.start_run():
        raise Unspeakable
    error = record(only_run(root))["error"]

    assert error["message"] == "(its message cannot be shown)"
    assert error["type"].endswith("Unspeakable")


def test_the_end_is_written_once(root: Path) -> None:
    with runreport.start_run() as run:
        run.end("failed")
        run.end("finished")
    ends = [row for row in rows(only_run(root) / "run.jsonl") if "ended" in row]

    assert [row["status"] for row in ends] == ["failed"]


def test_what_is_to_be_done_at_the_end_comes_before_it(root: Path) -> None:
    with runreport.start_run() as run:
        run.at_end.append(lambda: run.set_tag("late", "yes"))
    last = rows(only_run(root) / "run.jsonl")[-2:]

    assert last[0]["tags"] == {"late": "yes"}
    assert last[1]["status"] == "finished"


def test_what_fails_at_the_end_does_not_keep_it_away(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with runreport.start_run() as run:
        run.at_end.append(lambda: 1 // 0)

    assert record(only_run(root))["status"] == "finished"
    assert [line.getMessage() for line in caplog.records] == [
        f"{run.folder}: something at the run's end failed (integer division or modulo by zero)"
    ]


def test_the_experiments_metrics_are_drawn_when_asked_for(root: Path) -> None:
    for rate in (0.1, 0.2):
        with runreport.start_run(experiment="a/b", report_metrics=True) as run:
            for step in range(3):
                runreport.log_metric("loss", rate / (step + 1), step=step)
    charts = [path.name for path in (run.folder / "artifacts").rglob("*.html")]

    assert len(charts) == 1
    assert "loss" in charts[0]
    assert record(run.folder)["status"] == "finished"
    assert len(list(root.rglob("run.jsonl"))) == 2
