"""Scripts written for MLflow run with one import line changed."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import runreport
from runreport.tracking.elsewhere import explain
from tests.tracking.conftest import clean_environment

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))

LEFT_OUT: dict[str, set[str]] = {
    # There are no traces.
    "create_experiment": {"trace_location"},
    "set_experiment": {"trace_location"},
    # A model has no entry of its own that a data set could belong to.
    "log_input": {"model"},
    "log_inputs": {"models"},
}
"""Arguments of MLflow's that are left out on purpose."""

OTHER_DEFAULT: dict[str, set[str]] = {
    # Nothing to choose from is an empty list here, where MLflow has None.
    "autolog": {"exclude_flavors"},
    "load_table": {"extra_columns"},
}
"""Arguments with another default on purpose."""

NEEDED_BY_NAME = {"autolog"}
"""Functions whose arguments are given by name here, and in every script that was seen."""

OTHER_KIND = {
    # A class that no script makes itself.
    "ActiveRun",
}


@pytest.fixture(scope="module")
def mlflow() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow
    return mlflow


def arguments(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


def shared_verbs(mlflow: Any) -> list[str]:
    names = sorted({*mlflow.__all__} & {*runreport.__all__} - OTHER_KIND)
    return [name for name in names if inspect.isfunction(getattr(mlflow, name))]


def test_every_verb_takes_mlflows_arguments(mlflow: Any) -> None:
    verbs = shared_verbs(mlflow)
    differences = [difference for verb in verbs for difference in compare(mlflow, verb)]

    assert len(verbs) >= 40
    assert differences == []


def compare(mlflow: Any, verb: str) -> list[str]:
    """Return how our function differs from MLflow's, but for what is listed above."""
    theirs, ours = arguments(getattr(mlflow, verb)), arguments(getattr(runreport, verb))
    left_out = LEFT_OUT.get(verb, set())
    common = [name for name in theirs if name in ours]
    found = []
    if set(theirs) - set(ours) != left_out:
        found.append(f"{verb}: {set(theirs) - set(ours)} left out, not {left_out}")
    # The same order, so that arguments without names mean the same.
    if verb not in NEEDED_BY_NAME:
        if list(ours)[: len(common)] != common:
            found.append(f"{verb}: {list(ours)} in another order than {common}")
        found += [
            f"{verb}: {n} is {ours[n].kind}" for n in common if ours[n].kind != theirs[n].kind
        ]
    other = {name for name in common if ours[name].default != theirs[name].default}
    if other != OTHER_DEFAULT.get(verb, set()):
        found.append(f"{verb}: another default of {other}")
    # What is ours is given by name, and never needed.
    for name in set(ours) - set(common):
        by_name = ours[name].kind is inspect.Parameter.KEYWORD_ONLY or name == "run_id"
        if not by_name or ours[name].default is inspect.Parameter.empty:
            found.append(f"{verb}: {name} is ours, and not optional by name")
    return found


def test_what_is_not_there_says_what_to_do_instead(mlflow: Any) -> None:
    absent = {*mlflow.__all__} - {*runreport.__all__}
    silent = [name for name in sorted(absent) if explain(name).endswith(repr(name))]

    assert silent == []
    for name in sorted(absent):
        with pytest.raises(AttributeError, match=r"has no attribute '\w+': \w+"):
            getattr(runreport, name)


def test_nothing_is_explained_that_is_there() -> None:
    explained = [name for name in runreport.__all__ if not explain(name).endswith(repr(name))]

    assert explained == []


# The scripts run in one process, as the import of MLflow takes seconds.
RUN_ALL = """
import contextlib, io, json, os, runpy, sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
import mlflow
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
printed = {}
for script in sys.argv[1:]:
    # MLflow takes no run below a folder named "artifacts" for one.
    for attempt in range(20):
        folder = Path(f"of-{Path(script).stem}-{attempt}").absolute()
        folder.mkdir()
        os.chdir(folder)
        mlflow.set_tracking_uri(folder.as_uri() + "/mlruns")
        out = io.StringIO()
        try:
            with contextlib.redirect_stdout(out):
                runpy.run_path(script, run_name="__main__")
            break
        except ValueError as error:
            # One of MLflow's threads reads a metric's file before another has filled it.
            if "malformed" not in str(error):
                raise
        finally:
            os.chdir("..")
    printed[script] = out.getvalue()
print(json.dumps(printed))
"""


@pytest.fixture(scope="module")
def printed_by_mlflow(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", RUN_ALL, *map(str, SCRIPTS)],
        cwd=tmp_path_factory.mktemp("mlflow"),
        env={**os.environ, "GIT_PYTHON_REFRESH": "quiet", "MLFLOW_DISABLE_TELEMETRY": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return printed


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_prints_the_same_with_one_line_changed(
    path: Path, printed_by_mlflow: dict[str, str], tmp_path: Path
) -> None:
    script = tmp_path / path.name
    code = path.read_text("utf-8")
    assert code.count("import mlflow\n") == 1
    script.write_text(code.replace("import mlflow\n", "import runreport as mlflow\n"), "utf-8")
    done = subprocess.run(
        [sys.executable, script.name],
        cwd=tmp_path,
        # Matplotlib and scikit-learn have warnings of their own.
        env=clean_environment(PYTHONWARNINGS="default"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == printed_by_mlflow[str(path)]
