"""Whether the tests notice when a safeguard is gone: each is taken out of a copy of the code.

A safeguard that nothing tests is lost with the next rewrite. Each case below takes one out of a
copy of the checkout and runs the tests that are there for it; they have to fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parent.parent
COPIED = ("runreport", "templates", "tests", "pyproject.toml", "README.md", "CHANGELOG.md")

SAFEGUARDS = {
    "text in pages is escaped": (
        "runreport/render.py",
        "autoescape=True",
        "autoescape=False",
        ["tests/pages/test_hostile.py"],
    ),
    "an HTML artifact runs in a sandbox": (
        "templates/viewer.html.jinja2",
        'sandbox="allow-scripts"',
        'sandbox="allow-scripts allow-same-origin"',
        ["tests/pages", "tests/test_render.py"],
    ),
    "pages allow no scripts but ours": (
        "runreport/pages/frame.py",
        "script-src 'self'; style-src",
        "script-src 'self' 'unsafe-inline'; style-src",
        ["tests/pages/test_structure.py"],
    ),
    "data in scripts holds no markup": (
        "runreport/text/serialize.py",
        r'(b"<", b"\\u003c"),',
        r'(b"<", b"<"),',
        ["tests/test_serialize.py"],
    ),
    "notes lead nowhere by a script": (
        "runreport/text/notes.py",
        'return given if parts.scheme in _OUTSIDE else ""',
        "return given",
        ["tests/test_notes.py"],
    ),
    "links in run folders are not followed": (
        "runreport/reading/folders.py",
        '_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)',
        "_NO_FOLLOW: Final = 0",
        ["tests/test_artifacts.py", "tests/test_native.py", "tests/test_sources.py"],
    ),
    "a table cell is no formula": (
        "runreport/tables/twins.py",
        'text = f"\'{text}"',
        "pass",
        ["tests/test_tables.py"],
    ),
    "secrets are hidden": (
        "runreport/text/redact.py",
        "text = _KNOWN.sub(HIDDEN, text)",
        "pass",
        ["tests/test_redact.py"],
    ),
    "a torn line is closed before the next": (
        "runreport/tracking/segments.py",
        r'b"\n" + line if torn else line',
        "line if torn else line",
        ["tests/tracking/test_faults.py", "tests/tracking/test_segments.py"],
    ),
    "a forked child writes a file of its own": (
        "runreport/tracking/endings.py",
        "os.register_at_fork(after_in_child=_join_after_fork)",
        "pass",
        ["tests/tracking/test_forks.py"],
    ),
    "only a site of ours is replaced": (
        "runreport/site/refuse.py",
        "if files is None:",
        "if False:",
        ["tests/test_site.py", "tests/test_build.py"],
    ),
    "files of others in a site stay": (
        "runreport/site/refuse.py",
        "if foreign:",
        "if False:",
        ["tests/test_site.py", "tests/test_build.py"],
    ),
    "one build at a time": (
        "runreport/site/workspace.py",
        "        lock.acquire()",
        "        pass",
        ["tests/test_site.py"],
    ),
    "a stopped build is cleaned up": (
        "runreport/site/workspace.py",
        "            self._clean_up()\n",
        "",
        ["tests/test_site.py", "tests/test_site_stopped.py"],
    ),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the checkout."""
    folder = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def _run(copy: Path, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run tests of the copy on the copy's code."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("safeguard", SAFEGUARDS)
def test_a_missing_safeguard_is_noticed(copy: Path, safeguard: str) -> None:
    name, there, gone, tests = SAFEGUARDS[safeguard]
    path = copy / name
    whole = path.read_text(encoding="utf-8")
    assert whole.count(there) == 1, f"{name} does not have {there!r} once"
    try:
        path.write_text(whole.replace(there, gone), encoding="utf-8")
        ended = _run(copy, tests)
    finally:
        path.write_text(whole, encoding="utf-8")
    # 1: tests failed. Anything else would be pytest itself, or tests that could not be collected.
    assert ended.returncode == 1, ended.stdout[-2000:]
    assert "failed" in ended.stdout


@pytest.mark.slow
def test_the_copy_itself_passes(copy: Path) -> None:
    ended = _run(copy, sorted({each for *_, tests in SAFEGUARDS.values() for each in tests}))
    assert ended.returncode == 0, ended.stdout[-2000:]
