"""The documentation says what the code does: commands, options, settings, names, snippets."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import click
import pytest

import runreport
from runreport import readers
from runreport.cli import main
from runreport.config import UNITS, Config, Publish, load_config
from runreport.readers import Reader

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
    text = sections(PAGES / "04-command-line.md")[f"runreport {name}"]

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
    rows = re.findall(
        r"^\| `([\w.]+)` \| (.*?) \|", read(PAGES / "05-configuration.md"), re.MULTILINE
    )

    assert {key: as_bytes(default) for key, default in rows} == defaults(Config())


@pytest.mark.parametrize("block", blocks(PAGES / "05-configuration.md", "toml"))
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


def run(*command: str | Path, folder: Path) -> str:
    """Run Python in a folder as a newcomer's shell would."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("RUNREPORT_")}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=clean | {"MPLCONFIGDIR": str(folder / ".matplotlib")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def follow(path: Path, folder: Path) -> None:
    """Do in a folder what a document says: save and run its scripts, type its commands."""
    steps = re.findall(r"^```(python|sh)\n(.*?)^```$", read(path), re.MULTILINE | re.DOTALL)
    for language, text in steps:
        if language == "python":
            (folder / "train.py").write_text(text, encoding="utf-8")
            run("train.py", folder=folder)
            continue
        for line in text.splitlines():
            program, *arguments = shlex.split(line, comments=True)
            assert program == "runreport"
            run("-m", "runreport", *arguments, folder=folder)


@pytest.mark.parametrize("path", [README, PAGES / "01-quickstart.md"], ids=lambda path: path.name)
def test_a_newcomer_gets_a_site_by_following(path: Path, tmp_path: Path) -> None:
    follow(path, tmp_path)

    assert "demo" in read(tmp_path / "site/index.html")
    assert runreport.load_runs(tmp_path / "runs")["status"].tolist() == ["finished"]


def test_the_logging_pages_snippets_run_and_its_filter_finds_a_run(tmp_path: Path) -> None:
    follow(PAGES / "02-logging.md", tmp_path)
    (line,) = blocks(PAGES / "04-command-line.md", "sh")
    listed = run("-m", "runreport", *shlex.split(line)[1:], "--format=csv", folder=tmp_path)
    runs = runreport.load_runs(tmp_path / "runs")

    assert set(runs["status"]) == {"finished"}
    assert "v2.1.0-rc.1+build.20261122" in set(runs["version"])
    assert "baseline" in listed


def test_the_reader_that_is_shown_reads(tmp_path: Path) -> None:
    module, frames = blocks(PAGES / "08-readers.md", "python")
    folder = tmp_path / "logs/demo/first"
    folder.mkdir(parents=True)
    (folder / "log.csv").write_text("step,loss\n0,0.5\n1,nan\n", encoding="utf-8")
    names: dict[str, Any] = {"__name__": "csvlog"}
    exec(compile(module, "csvlog.py", "exec", dont_inherit=True), names)
    found = list(names["find_runs"](tmp_path / "logs"))
    record = names["read_run"](found[0], tmp_path / "logs")

    assert found == [folder]
    assert (record.run_id, record.experiment) == ("first", "demo")
    assert [(each.name, each.values[0]) for each in record.histories] == [("loss", 0.5)]
    assert {name for name in vars(Reader) if not name.startswith("_")} <= set(names)
    follow(PAGES / "01-quickstart.md", tmp_path)
    (tmp_path / "frames.py").write_text(frames, encoding="utf-8")
    run("frames.py", folder=tmp_path)


def test_the_theme_that_is_shown_changes_every_page(tmp_path: Path) -> None:
    follow(README, tmp_path)
    theme = tmp_path / "theme"
    theme.mkdir()
    (footer,) = blocks(PAGES / "07-templates.md", "jinja")
    (style,) = blocks(PAGES / "07-templates.md", "css")
    (theme / "base.html.jinja2").write_text(footer, encoding="utf-8")
    (theme / "static").mkdir()
    (theme / "static/custom.css").write_text(style, encoding="utf-8")
    run("-m", "runreport", "build", "--theme", "theme", folder=tmp_path)
    pages = list((tmp_path / "site").rglob("*.html"))

    assert len(pages) > 2
    assert [path for path in pages if "Department of Botany" not in read(path)] == []
    assert [path for path in pages if "assets/custom." not in read(path)] == []


def test_every_template_is_named_in_its_page() -> None:
    rows = set(
        re.findall(r"^\| `([\w.-]+\.jinja2)` \|", read(PAGES / "07-templates.md"), re.MULTILINE)
    )
    whole = {path.name for path in (ROOT / "templates").glob("[!_]*.jinja2")}

    assert rows == whole


@pytest.mark.parametrize("path", [README, PAGES / "08-readers.md"], ids=lambda path: path.name)
def test_every_reader_is_named(path: Path) -> None:
    rows = re.findall(r"^\| `(\w+)` \| (?:Run folders|Folders)", read(path), re.MULTILINE)

    assert rows == [name for name in readers.readers() if readers.origins()[name][1] == "runreport"]


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", read(ROOT / "Makefile"), re.MULTILINE))
    named = {
        target
        for path in DOCUMENTS
        for target in re.findall(r"(?:`|^)make ([a-z-]+)", read(path), re.MULTILINE)
    }

    assert named
    assert named <= targets


def test_every_environment_variable_is_in_the_table() -> None:
    sources = "".join(map(read, (ROOT / "runreport").rglob("*.py")))
    rows = re.findall(r"^\| `(RUNREPORT_\w+)` \|", read(PAGES / "02-logging.md"), re.MULTILINE)

    assert set(rows) == set(re.findall(r"\bRUNREPORT_[A-Z_]+\b", sources))


def test_every_framework_is_in_the_table_with_what_it_is_given() -> None:
    rows = re.findall(
        r"^\| .* \| `(\w+)` \| `runreport\.frameworks\.(\w+)` \|$",
        read(PAGES / "02-logging.md"),
        re.MULTILINE,
    )
    modules = {path.stem: read(path) for path in (ROOT / "runreport/frameworks").glob("[!_]*.py")}

    assert {module for _, module in rows} == set(modules)
    assert [row for row in rows if f"\nclass {row[0]}" not in modules[row[1]]] == []


def links(path: Path) -> list[str]:
    prose = re.sub(r"^```.*?^```$", "", read(path), flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", prose)
    found += re.findall(r'(?:src|srcset|href)="([^"#]+)"', prose)
    return [link for link in found if "://" not in link]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    # The page "03-format.md" is the package's own document, put beside the others by tools/site.sh.
    known = {PAGES / "03-format.md": FORMAT}
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
