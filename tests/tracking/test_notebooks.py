"""A notebook, run by a real kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.tracking.conftest import PROJECT
from tests.tracking.folders import only_run, points, record

# The kernel's libraries have warnings of their own.
pytestmark = pytest.mark.filterwarnings("default")

CELLS = (
    "import runreport\nrun = runreport.start_run(experiment='notes', run_name='by hand')",
    "for step in range(3):\n    runreport.log_metric('loss', 1 / (step + 1), step=step)",
    "runreport.log_param('<b>rate', 0.1)\nrun",
    "1 / 0",
    "runreport.start_run()",
    "runreport.end_run()\nrun.status",
)


def execute(folder: Path, cells: tuple[str, ...], order: tuple[int, ...]) -> list[Any]:
    """Run cells in a kernel in this order; return the output or the error of each."""
    make_cell: Any = nbformat.v4.new_code_cell
    make_notebook: Any = nbformat.v4.new_notebook
    notebook = make_notebook(cells=[make_cell(cell) for cell in cells])
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    outputs: list[Any] = []
    with client.setup_kernel():
        for number in order:
            cell = notebook.cells[number]
            try:
                client.execute_cell(cell, number)
            except CellExecutionError as error:
                outputs.append(error.ename)
            else:
                outputs.append([dict(output.get("data", {})) for output in cell.outputs])
    return outputs


@pytest.fixture(autouse=True)
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PROJECT))
    # As a Jupyter server tells its kernels.
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "fine tuning.ipynb"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))


def test_a_notebook_logs_shows_its_run_and_runs_a_cell_again(tmp_path: Path, root: Path) -> None:
    outputs = execute(tmp_path, CELLS, (0, 1, 2, 3, 4, 1, 5))
    folder = only_run(root)
    found = record(folder)
    (card,) = outputs[2]

    assert outputs[3:5] == ["ZeroDivisionError", "LogError"]
    assert outputs[6] == [{"text/plain": "'finished'"}]
    assert "<strong>by hand</strong> (running)" in card["text/html"]
    assert "metric loss</th><td>0.333" in card["text/html"]
    assert "<b>" not in card["text/html"]
    assert [row["loss"] for row in points(folder)] == [1, 1 / 2, 1 / 3] * 2
    assert (found["status"], found["source"]) == (
        "finished",
        {"name": "fine tuning.ipynb", "kind": "notebook"},
    )
    # What failed in a cell is not how the run ended.
    assert "error" not in found
    kept = (folder / "artifacts" / "code" / "fine tuning.py").read_text("utf-8")
    assert kept.split("\n\n")[1] == f"# %% [2]\n{CELLS[1]}"
    assert kept.count("for step in range(3)") == 2


def test_a_run_that_is_open_when_the_kernel_ends_is_finished(tmp_path: Path, root: Path) -> None:
    execute(tmp_path, CELLS, (0, 3))
    found = record(only_run(root))

    assert found["status"] == "finished"
    assert "error" not in found
