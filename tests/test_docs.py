"""The documentation says what the code does: commands, options, settings, names, snippets."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import click
import pytest

import runreport
from runreport.cli import main
from runreport.config import UNITS, Config, Publish, load_config

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = ROOT / "site-example" / "pages"
FORMAT = ROOT / "runreport/format/format-1.md"
DOCUMENTS = [README, ROOT / "CONTRIBUTING.md", *sorted(PAGES.glob("*.md"))]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks(path: Path, language: str) -> list[str]:
    """Return the fenced code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", read(path), re.MULTILINE | re.DOTALL)


def sections(path: Path) -> dict[str, str]:
    """Return the text below each second-level heading."""
    parts = re.split(r"^## (.*)$", read(path), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        yield name, command


def options(command: click.Command) -> set[str]:
    return {
        option
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in (*parameter.opts, *parameter.secondary_opts)
    }


def documented_options(text: str) -> set[str]:
    rows = re.findall(r"^\| (`-.*?) \|", text, re.MULTILINE)
    return {option for row in rows for option in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", row)}


COMMANDS = dict(commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_documented_and_no_other(name: str) -> None:
    text = sections(PAGES / "command-line.md")[f"runreport {name}"]

    assert documented_options(text) == options(COMMANDS[name])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name: str) -> None:
    command = COMMANDS[name]
    silent = [
        parameter.name
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ]

    assert command.get_short_help_str()
    assert silent == []


def test_the_readme_names_every_command() -> None:
    text = read(README)

    assert [name for name in COMMANDS if f"runreport {name}" not in text] == []


def toml_of(value: Any) -> str:
    """Return a setting's default as the documentation writes it."""
    match value:
        case None:
            return "none"
        case bool():
            return "`true`" if value else "`false`"
        case str() | Path():
            return f'`"{value}"`'
        case tuple():
            return "`[" + ", ".join(f'"{each}"' for each in value) + "]`"
        case dict():
            return "`{}`"
    return f"`{value}`"


def defaults(config: Any, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for each in fields(config):
        value = getattr(config, each.name)
        if is_dataclass(value):
            found |= defaults(value, f"{each.name}.")
        else:
            found[f"{prefix}{each.name}"] = toml_of(value)
    return found


def as_bytes(cell: str) -> str:
    """Return a size with a unit as the number that it stands for."""
    match = re.fullmatch(r'`"(\d+) (\w+)"`', cell)
    return f"`{int(match[1]) * UNITS[match[2]]}`" if match and match[2] in UNITS else cell


def test_every_setting_is_documented_with_its_default() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| (.*?) \|", read(PAGES / "configuration.md"), re.MULTILINE)

    assert {key: as_bytes(default) for key, default in rows} == defaults(Config())


@pytest.mark.parametrize("block", blocks(PAGES / "configuration.md", "toml"))
def test_the_settings_that_are_shown_load(block: str, tmp_path: Path) -> None:
    file = tmp_path / "runreport.toml"
    file.write_text(block, encoding="utf-8")
    config = load_config(file)

    assert tomllib.loads(block)["title"] == config.title
    assert isinstance(config.publish, Publish)


def test_the_examples_own_settings_load() -> None:
    assert load_config(ROOT / "site-example/runreport.toml").title


def test_every_public_name_is_documented() -> None:
    text = "".join(map(read, DOCUMENTS))
    missing = [
        name
        for name in runreport.__all__
        if name != "__version__" and not re.search(rf"`[^`\n]*\b{name}\b", text)
    ]

    assert missing == []


def links(path: Path) -> list[str]:
    prose = re.sub(r"^```.*?^```$", "", read(path), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose)
    found += re.findall(r'(?:src|srcset|href)="([^"#]+)"', prose)
    return [link for link in found if "://" not in link]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    # The page "format.md" is the package's own document, put beside the others by tools/site.sh.
    known = {PAGES / "format.md": FORMAT}
    missing = [
        link
        for link in links(path)
        if not (known.get(path.parent / link, path.parent / link)).exists()
    ]

    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_line_of_prose_holds_one_sentence(path: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", read(path), flags=re.MULTILINE | re.DOTALL)
    lines = [line for line in prose.splitlines() if not line.startswith(("|", "    ", "<"))]

    assert [line for line in lines if re.search(r"[a-z)`][.?!] [A-Z][a-z]", line)] == []
