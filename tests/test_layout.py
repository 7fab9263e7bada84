"""What modules may import, and how large they may be."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import runreport
from runreport import layout

PACKAGE = Path(runreport.__file__).parent
MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if "templates" not in path.relative_to(PACKAGE).parts
)
NAMES = [path.relative_to(PACKAGE).as_posix() for path in MODULES]
MAX_LINES = 400

# Who may import what of ours: a pattern of modules, and one of what they import.
# The logging half is what scripts import, so that it must not pull in the building half.
RULES = {
    r"(errors|layout)\.py": r"$^",
    r"tracking/.*": r"(errors|layout|tracking/.*)",
    r"records\.py": r"(errors|layout)",
    r"text/.*": r"(errors|layout|records|text/.*)",
    r"reading/(?!sources).*": r"(errors|layout|records|text/names|reading/.*)",
    r"readers/.*": r"(errors|layout|records|reading/.*|readers/.*)",
    r"reading/sources\.py": r"(errors|layout|records|reading/.*|readers/.*)",
    r"histories/.*": r"(errors|layout|records|text/.*|histories/.*)",
    r"rows\.py": r"(errors|layout|records|text/.*|histories/goals)",
    r"frames\.py": r"(errors|layout|records|rows|text/.*)",
    r"tables/.*": r"(errors|layout|records|rows|text/.*|histories/(columns|goals)|tables/.*)",
    r"site/.*": r"(errors|layout|records|signals|site/.*)",
}

# Libraries, and the modules that may load them.
LIBRARIES = {
    "click": r"cli/.*",
    "rich": r"(cli/.*|progress\.py)",
    "nh3": r"text/notes\.py",
    "sklearn": r"sklearn/.*",
    # Reading and reducing a run happens ten thousand times, also where pandas is not loaded yet.
    "pandas": r"(?!(reading/|readers/|histories/|text/|records|digest|reduction)).*",
    "jinja2": r"(?!(reading/|readers/|tables/|text/|frames|digest|site/|cli/)).*",
    "distributed": r"cluster\.py",
    "pyarrow": r"export/parquet\.py",
    "watchfiles": r"serving/watch\.py",
    "plotly": r"(?!(reading/|readers/|records|tables/|frames|digest|site/|render|cli/)).*",
    # Building and looking need no network, but for a server of this machine.
    "http.server": r"serving/server\.py",
    "http.client": r"$^",
    "requests": r"$^",
    "socketserver": r"$^",
    "urllib.request": r"tracking/.*",
    "mlflow": r"$^",
}


@cache
def imports(path: Path, *, at_import: bool = False) -> tuple[str, ...]:
    """Return the modules that a module imports, those for type checking only left out."""
    return tuple(find_imports(path, at_import=at_import))


def find_imports(path: Path, *, at_import: bool) -> Iterator[str]:
    """Yield what `imports` returns."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
            continue
        if at_import and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: a relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        waiting += ast.iter_child_nodes(node)


def our_imports(path: Path) -> set[str]:
    """Return our own modules that a module imports, as paths without ending."""
    found = set()
    for name in imports(path):
        if name.partition(".")[0] != "runreport":
            continue
        parts = name.split(".")[1:]
        target = PACKAGE.joinpath(*parts)
        if target.with_suffix(".py").is_file():
            found.add("/".join(parts))
        elif target.is_dir():
            found.add("/".join([*parts, "__init__"]))
    return found


def test_the_words_of_the_format_are_what_they_were() -> None:
    assert layout.FORMAT == "runreport/1"
    assert layout.segment_name("metrics") == "metrics.jsonl"
    mark = "20261122T101500123456Z-0a1b2c3d"
    assert layout.split_segment_name(layout.segment_name("run", mark)) == ("run", mark)
    assert layout.split_segment_name("metrics.jsonl") == ("metrics", "")
    for name in ("metrics.json", "metrics.x.jsonl", "other.jsonl", "run.jsonl.bak", "xrun.jsonl"):
        assert layout.split_segment_name(name) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_module_is_short_enough_to_read(name: str) -> None:
    assert len((PACKAGE / name).read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_most_modules_are_short() -> None:
    sizes = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES)

    assert sizes[len(sizes) // 2] <= 150


@pytest.mark.parametrize("name", NAMES)
def test_a_module_imports_only_what_its_place_allows(name: str) -> None:
    found = our_imports(PACKAGE / name) - {"__init__"}
    for pattern, allowed in RULES.items():
        if re.fullmatch(pattern, name):
            odd = {module for module in found if not re.fullmatch(allowed, module)}
            assert odd == set(), f"{name} must not import these"


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_loaded_where_it_belongs(library: str) -> None:
    users = [
        name
        for name, path in zip(NAMES, MODULES, strict=True)
        if any(each == library or each.startswith(f"{library}.") for each in imports(path))
    ]

    assert [name for name in users if not re.fullmatch(LIBRARIES[library], name)] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("tracking/")])
def test_logging_loads_the_standard_library_alone(name: str) -> None:
    loaded = {each.partition(".")[0] for each in imports(PACKAGE / name, at_import=True)}

    assert loaded - set(sys.stdlib_module_names) - {"runreport"} <= {"orjson"}


def test_importing_the_package_loads_no_library() -> None:
    script = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "import runreport\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - set(sys.stdlib_module_names)))\n"
    )
    result = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True)

    assert result.stdout == "['runreport']\n", result.stderr


def test_nothing_that_reads_runs_can_execute_them() -> None:
    dangerous = {"pickle", "marshal", "shelve", "runpy", "zipfile", "tarfile", "cloudpickle"}
    logging = ("tracking/", "sklearn/")

    users = {
        name: found
        for name, path in zip(NAMES, MODULES, strict=True)
        if not name.startswith(logging) and (found := dangerous & set(imports(path)))
    }

    assert users == {}
