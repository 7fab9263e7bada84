"""The snippets of the page on frameworks run as they stand, each as a script of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.frameworks.logged import runs

PAGE = Path(__file__).parents[2] / "site-example/pages/03-frameworks.md"
SNIPPETS = dict(
    re.findall(r"^## (\w+)\n\n```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
)


def follow(name: str, root: Path) -> list[dict[str, Any]]:
    script = root.parent / "train.py"
    script.write_text(SNIPPETS[name], "utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"KERAS_BACKEND": "torch"},
        cwd=root.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return runs(root)


def metrics(row: dict[str, Any]) -> set[str]:
    return {name.removeprefix("metrics.") for name in row if name.startswith("metrics.")}


def test_the_snippet_of_xgboost(root: Path) -> None:
    (row,) = follow("XGBoost", root)

    assert {"train/logloss", "val/logloss", "best_iteration"} <= metrics(row)


def test_the_snippet_of_lightgbm(root: Path) -> None:
    (row,) = follow("LightGBM", root)

    assert {"val/binary_logloss", "best_iteration"} <= metrics(row)


def test_the_snippet_of_optuna(root: Path) -> None:
    rows = follow("Optuna", root)

    assert len(rows) == 6
    assert {"error", "best_value"} <= metrics(rows[-1])


@pytest.mark.frameworks
@pytest.mark.parametrize("name", ["Keras", "Lightning", "Transformers"])
def test_the_snippet_of_a_large_framework(name: str, root: Path) -> None:
    (row,) = follow(name, root)

    assert row["experiment"] == "regression"
    assert "train/loss" in metrics(row)


def test_every_module_has_its_snippet() -> None:
    import runreport.frameworks

    modules = {path.stem for path in Path(runreport.frameworks.__path__[0]).glob("[a-z]*.py")}
    assert {name.lower() for name in SNIPPETS} == modules
