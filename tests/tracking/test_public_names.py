"""What `import runreport` gives, and what it costs."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import runreport
from tests.tracking.conftest import Script

STUB = Path(runreport.__file__).with_suffix(".pyi")

MODULES = """
import sys
before = set(sys.modules)
import runreport
{then}
names = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(names - sys.stdlib_module_names))
"""


@pytest.mark.parametrize(
    "then",
    ["", "runreport.start_run, runreport.log_metric"],
    ids=["import", "look up"],
)
def test_importing_loads_no_third_party_module(script: Script, then: str) -> None:
    done = script(MODULES.format(then=then))

    assert done.stdout.split() == ["runreport"]


def test_importing_loads_one_module_of_ours_and_nothing_else(script: Script) -> None:
    done = script(
        "import sys\nbefore = set(sys.modules)\nimport runreport\n"
        "print(*sorted(set(sys.modules) - before))"
    )

    assert done.stdout.split() == ["runreport"]


def test_the_first_run_loads_orjson_alone_of_other_packages(script: Script) -> None:
    done = script(MODULES.format(then="runreport.start_run().end()"))

    assert done.stdout.split() == ["orjson", "runreport"]


def test_every_public_name_is_there() -> None:
    missing = [name for name in runreport.__all__ if not hasattr(runreport, name)]

    assert missing == []


def test_all_is_sorted_and_listed_by_dir() -> None:
    names = [name for name in runreport.__all__ if name != "__version__"]

    assert names == sorted(names)
    assert set(runreport.__all__) <= set(dir(runreport))


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(STUB.read_text("utf-8"))
    imported = {
        alias.asname
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert imported == set(runreport.__all__) - {"__version__"}


def test_a_name_that_needs_a_server_says_what_to_do_instead() -> None:
    with pytest.raises(AttributeError) as caught:
        vars(runreport)["__getattr__"]("register_model")

    assert str(caught.value) == (
        "module 'runreport' has no attribute 'register_model': there is no model registry; "
        "keep the model with `runreport.sklearn.log_model`"
    )


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(runreport, "no_such_name")
    assert "runreport" in sys.modules
