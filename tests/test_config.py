"""Settings come from a file, flags win, and every mistake is named with its place."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from runreport.config import _CHECKS, Config, Publish, load_config
from runreport.errors import ConfigError

KEYS = (
    "artifacts, base_url, cache, columns, commit_url, dask, downloads, exclude, goals, include, "
    "jobs, max_artifact_bytes, max_total_bytes, output, pages, publish, reader, sources, "
    "stale_after, strict, theme, title"
)


@pytest.fixture(autouse=True)
def _empty_cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "runreport.toml") -> Path:
    file = Path(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_the_defaults_hold() -> None:
    assert load_config() == Config()


def test_without_a_source_it_is_where_scripts_log_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNREPORT_DIR", "elsewhere/runs")

    assert load_config().sources == (Path("elsewhere/runs"),)
    assert load_config(overrides={"sources": ["mine"]}).sources == (Path("mine"),)
    assert load_config(write("sources = ['theirs']")).sources == (Path("theirs"),)


def test_every_field_can_be_set() -> None:
    assert set(_CHECKS) == {each.name for each in fields(Config)}


def test_all_settings_are_read() -> None:
    Path("theme").mkdir()
    Path("docs").mkdir()
    write("""
title = "Iris"
sources = ["runs", "more"]
output = "public"
include = ["iris/*"]
exclude = ["*/old-*"]
reader = "native"
strict = true
jobs = 2
theme = "theme"
pages = "docs"
base_url = "https://example.org/iris/"
commit_url = "https://git.example.org/{commit}"
columns = ["params.lr"]
artifacts = "omit"
max_artifact_bytes = "5 MB"
max_total_bytes = 1000
stale_after = 60
goals = { loss = "min" }
publish = { host = true, console = false }
""")

    assert load_config() == Config(
        title="Iris",
        sources=(Path("runs"), Path("more")),
        output=Path("public"),
        include=("iris/*",),
        exclude=("*/old-*",),
        reader="native",
        strict=True,
        jobs=2,
        theme=Path("theme"),
        pages=Path("docs"),
        base_url="https://example.org/iris/",
        commit_url="https://git.example.org/{commit}",
        columns=("params.lr",),
        artifacts="omit",
        max_artifact_bytes=5_000_000,
        max_total_bytes=1000,
        stale_after=60.0,
        goals={"loss": "min"},
        publish=Publish(host=True, console=False),
    )


def test_pyproject_holds_settings_too() -> None:
    write('[project]\nname = "x"\n[tool.runreport]\ntitle = "Iris"\n', "pyproject.toml")

    assert load_config().title == "Iris"


def test_runreport_toml_wins_over_pyproject() -> None:
    write('[tool.runreport]\ntitle = "A"\n', "pyproject.toml")
    write('title = "B"\n')

    assert load_config().title == "B"


def test_pyproject_of_another_tool_is_left_alone() -> None:
    write("[tool.other]\nkey = 1\n", "pyproject.toml")

    assert load_config() == Config()


def test_paths_are_relative_to_the_file() -> None:
    file = write('sources = ["runs"]\noutput = "../site"\n', "deep/runreport.toml")

    config = load_config(file)

    assert config.sources == (Path("deep/runs"),)
    assert config.output == Path("deep/../site")


def test_flags_win_over_the_file_and_are_relative_to_the_current_folder() -> None:
    file = write('title = "A"\noutput = "site"\njobs = 3\n', "deep/runreport.toml")

    config = load_config(file, {"title": "B", "output": Path("out"), "jobs": None})

    assert (config.title, config.output, config.jobs) == ("B", Path("out"), 3)


def message(file: Path | None = None, overrides: dict[str, Any] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(file, overrides)
    return str(caught.value)


def test_unknown_key_names_the_closest_first() -> None:
    write('titel = "Iris"\n')

    rest = KEYS.removesuffix(", title")
    assert message() == f"runreport.toml: unknown key 'titel'; choose from title, {rest}"


def test_key_with_a_hyphen_is_matched_to_the_one_with_an_underscore() -> None:
    write('base-url = "https://example.org"\n')

    assert message().startswith("runreport.toml: unknown key 'base-url'; choose from base_url, ")


def test_unknown_key_of_publish() -> None:
    write("[publish]\nhosts = true\n")

    assert message() == (
        "runreport.toml: unknown key of publish 'hosts'; "
        "choose from host, command, console, diff, git_remote, os_user"
    )


def test_unknown_key_in_pyproject_names_its_table() -> None:
    write("[tool.runreport]\nzzz = 1\n", "pyproject.toml")

    assert message() == f"pyproject.toml [tool.runreport]: unknown key 'zzz'; choose from {KEYS}"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("title = 3", "title = 3 must be a string"),
        ("sources = []", "sources = [] must be a list of paths"),
        ("sources = [1]", "sources = [1] must be a path"),
        ("output = ''", "output = '' must be a path"),
        ("include = '*'", "include = '*' must be a list of strings"),
        ("strict = 1", "strict = 1 must be true or false"),
        ("jobs = true", "jobs = True must be a whole number of 0 or more"),
        ("jobs = -1", "jobs = -1 must be a whole number of 0 or more"),
        ("theme = 'none'", "theme = 'none' must be an existing folder"),
        (
            "base_url = 'x'",
            "base_url = 'x' must be an address that starts with http:// or https://",
        ),
        (
            "commit_url = 'https://x'",
            "commit_url = 'https://x' must be an address with {commit} or {version} in it",
        ),
        ("artifacts = 'link'", 'artifacts = \'link\' must be "copy" or "omit"'),
        ("stale_after = nan", "stale_after = nan must be a number of seconds, 0 or more"),
        ("publish = true", "publish = True must be a table"),
        ("publish = {host = 1}", "publish.host = 1 must be true or false"),
        (
            "goals = {loss = 'down'}",
            "goals = {'loss': 'down'} must be a table of metric = \"min\" or \"max\"",
        ),
        (
            "max_total_bytes = '5 PB'",
            (
                "max_total_bytes = '5 PB' must be a number of bytes, "
                'or one with its unit like "50 MB"'
            ),
        ),
    ],
)
def test_wrong_value_is_named(line: str, expected: str) -> None:
    write(line)

    assert message() == f"runreport.toml: {expected}"


def test_wrong_flag_names_the_command_line() -> None:
    assert message(None, {"jobs": -2}) == (
        "command line: jobs = -2 must be a whole number of 0 or more"
    )


def test_broken_toml_names_the_line() -> None:
    write("title = \n")

    assert message() == (
        "runreport.toml: not valid TOML: Invalid value (at line 1, column 9); correct that line"
    )


def test_file_that_is_not_there() -> None:
    assert message(Path("none.toml")) == (
        "none.toml: no such file or directory; name an existing file with --config"
    )


def test_file_that_is_not_utf8() -> None:
    Path("runreport.toml").write_bytes(b'title = "\xff"\n')

    assert message() == "runreport.toml: not UTF-8 text; save it as UTF-8"


def test_tool_table_that_is_no_table() -> None:
    write("[tool]\nrunreport = 3\n", "pyproject.toml")

    assert message() == "pyproject.toml: tool.runreport = 3 must be a table"
