"""The vendored browser libraries are the pinned ones, byte for byte, with their licences."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "templates/static/vendor"
FOR_TESTS = ROOT / "tests/browser/vendor"


@pytest.mark.parametrize("folder", [SHIPPED, FOR_TESTS], ids=["shipped", "tests"])
def test_every_vendored_file_has_the_recorded_checksum(folder: Path) -> None:
    recorded = json.loads((folder / "checksums.json").read_text())
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name not in {"checksums.json", "NOTICE.md"}
    }

    assert found == recorded


def test_notice_names_each_shipped_file_its_checksum_and_the_licence_texts() -> None:
    notice = (SHIPPED / "NOTICE.md").read_text(encoding="utf-8")
    recorded = json.loads((SHIPPED / "checksums.json").read_text())

    assert all(f"| {name} | {checksum} |" in notice for name, checksum in recorded.items())
    assert "SIL OPEN FONT LICENSE" in notice
    assert "Permission is hereby granted, free of charge" in notice


def test_pinned_versions_are_the_ones_that_were_built() -> None:
    wanted = json.loads((ROOT / "tools/vendor/package.json").read_text())["dependencies"]
    notice = (SHIPPED / "NOTICE.md").read_text(encoding="utf-8")
    shipped = [name for name in wanted if name not in {"esbuild", "axe-core"}]

    assert all(f"| {name} | {wanted[name]} |" in notice for name in shipped)


def test_lock_file_names_no_registry() -> None:
    lock = (ROOT / "tools/vendor/package-lock.json").read_text()

    assert '"resolved"' not in lock


def test_no_math_typesetter_and_no_compiler_of_strings_is_shipped() -> None:
    bundle = (SHIPPED / "plotly.min.js").read_text(encoding="utf-8")

    assert "eval(" not in bundle
    assert "new Function" not in bundle
    assert "mathjax@" not in bundle.lower()
