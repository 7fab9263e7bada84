"""The formats that can be read, by name."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from runreport import readers as registry
from runreport.errors import ConfigError
from runreport.readers import Reader, origins, readers
from runreport.readers import native as native_module
from runreport.reading.sources import find_runs

DATA = Path(__file__).parent / "data"


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Forget what was found before the test, and what it finds."""
    readers.cache_clear()
    return monkeypatch


def offer(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str) -> ModuleType:
    """Let another package, installed in a folder, bring a reader."""
    module = ModuleType("other_reader", "Somebody's logs.\n\nMore about them.")
    monkeypatch.setitem(sys.modules, "other_reader", module)
    about = folder / "other_logs-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: other-logs\nVersion: 1\n")
    (about / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{name} = other_reader\n")
    monkeypatch.syspath_prepend(str(folder))
    return module


def test_our_own_reader_is_known() -> None:
    assert readers()["native"] is native_module


@pytest.mark.parametrize("name", sorted(readers()))
def test_every_reader_has_sample_folders_and_a_docstring(name: str) -> None:
    reader: Reader = readers()[name]

    assert (DATA / name).is_dir()
    assert list(reader.find_runs(DATA / name))
    assert origins()[name][0].endswith(".")


def test_another_package_can_bring_a_reader(fresh: pytest.MonkeyPatch, tmp_path: Path) -> None:
    module = offer(fresh, tmp_path, "theirs")

    try:
        assert readers()["theirs"] is module
        assert origins()["theirs"] == ("Somebody's logs.", "other-logs")
        assert origins()["native"][1] == "runreport"
    finally:
        readers.cache_clear()


def test_a_folder_that_two_readers_know_is_an_error(
    fresh: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = offer(fresh, tmp_path, "theirs")
    module.find_runs = native_module.find_runs  # type: ignore[attr-defined]
    (tmp_path / "runs" / "a").mkdir(parents=True)
    (tmp_path / "runs" / "a" / "metrics.jsonl").write_text('{"loss":1}\n')

    try:
        with pytest.raises(ConfigError) as caught:
            find_runs([tmp_path / "runs"])
        found, _ = find_runs([tmp_path / "runs"], reader="theirs")
    finally:
        readers.cache_clear()

    assert str(caught.value) == (
        "runs/a: both 'native' and 'theirs' can read it; choose one with --reader"
    )
    assert [run.reader for run in found] == ["theirs"]


def test_two_readers_of_one_name_are_an_error(fresh: pytest.MonkeyPatch, tmp_path: Path) -> None:
    offer(fresh, tmp_path, "native")

    with pytest.raises(ConfigError) as caught:
        readers()

    readers.cache_clear()
    assert str(caught.value) == (
        "other-logs: a second reader is named 'native'; uninstall one of the two"
    )
