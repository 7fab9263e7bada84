"""What is installed is told from folders' names as the standard library tells it."""

from __future__ import annotations

import sys
import zipfile
from importlib.metadata import Distribution, entry_points, version
from pathlib import Path

import pytest

from runreport.reading.installed import entry_points_of, versions_of

GROUP = "runreport.tests.installed"


def install(place: Path, folder: str, points: str = "") -> None:
    (place / folder).mkdir(parents=True)
    (place / folder / "METADATA").write_text("Metadata-Version: 2.1\nName: x\nVersion: 9\n")
    if points:
        (place / folder / "entry_points.txt").write_text(points)


def test_versions_are_those_that_the_standard_library_tells() -> None:
    names = ("numpy", "pandas", "orjson", "Jinja2", "markdown")

    assert versions_of(names) == {name: version(name) for name in names}


@pytest.mark.parametrize("folder", ["Odd_Name-1.2+cu.dist-info", "odd.name-1.2+cu-py3.11.egg-info"])
def test_names_are_normalised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    install(tmp_path, folder)
    monkeypatch.syspath_prepend(str(tmp_path))

    assert versions_of(["odd-name"]) == {"odd-name": "1.2+cu"}


def test_first_of_the_search_path_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "a", "twice-1.dist-info")
    install(tmp_path / "b", "twice-2.dist-info")
    monkeypatch.syspath_prepend(str(tmp_path / "b"))
    monkeypatch.syspath_prepend(str(tmp_path / "a"))

    assert versions_of(["twice", "nowhere"]) == {"twice": "1", "nowhere": ""}


def test_a_new_entry_point_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path, "other-1.dist-info", "[console_scripts]\na = b:c\n")
    before = entry_points_of(GROUP)
    text = f"[other]\nnot = mine\n\n[{GROUP}]\n# ours\nmine= reader.mine\n[last]\nnor = this\n"
    install(tmp_path, "reader-1.dist-info", text)

    assert before == []
    assert entry_points_of(GROUP) == ["mine = reader.mine"]
    assert [point.value for point in entry_points(group=GROUP)] == ["reader.mine"]


def test_packages_in_an_archive_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("packed-3.dist-info/METADATA", "Name: packed\nVersion: 3\n")
        archive.writestr("packed-3.dist-info/entry_points.txt", f"[{GROUP}]\na = packed.a\n")
    monkeypatch.syspath_prepend(str(tmp_path / "packed.zip"))

    assert entry_points_of(GROUP) == ["a = packed.a"]
    assert len(entry_points(group=GROUP)) == 1
    assert versions_of(["packed"]) == {"packed": "3"}


def test_a_finder_of_its_own_is_asked_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        """Knows packages that are in no folder of the search path."""

        @staticmethod
        def find_spec(*_: object) -> None:
            return None

        @staticmethod
        def find_distributions(_: object) -> list[Distribution]:
            return [Distribution.at(tmp_path / "own-1.dist-info")]

    install(tmp_path, "own-1.dist-info", f"[{GROUP}]\nmine = own.mine\n")
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])

    assert entry_points_of(GROUP) == ["mine = own.mine"]
