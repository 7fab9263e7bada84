"""Names are safe on every host, whatever they are made from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreport.records import RunRecord
from runreport.text.names import experiment_slug, output_name, run_slug, slug, visible

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1).png",
    "data:text/html,x.svg",
    "../../x",
    "..\\..\\x",
    "%2e%2e%2f.html",
    "C:\\x",
    "CON",
    "con.txt",
    "nul.tar.gz",
    "COM1.html",
    "aux",
    "a:b",
    "a#b?c.txt",
    "",
    " ",
    ".",
    "..",
    ".htaccess",
    "_config.yml",
    "trailing. ",
    "line\nbreak.txt",
    "tab\there",
    "nul\0byte",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "caf\u00e9.png",
    "cafe\u0301.png",
    "\u6d4b\u8bd5.html",
    "\ud800.txt",
    "\ufeffbom",
    "x" * 400 + ".png",
    "\u00e9" * 300,
    "e" + "\u0301" * 1000,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "__proto__",
    "constructor",
    "index.html",
    "page.HTML",
    "x.php.png",
    "x.png.html",
    "shell.php",
    "page.shtml",
    "=HYPERLINK()",
]


def record(run_id: str = "id", name: str = "", experiment: str = "iris") -> RunRecord:
    return RunRecord(run_id, name, experiment, folder=Path("runs/a"), reader="native")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_become_safe_file_names(name: str) -> None:
    made = output_name(name)

    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}(\.[a-z0-9]{1,11}){1,2}", made)
    assert not made.endswith((".html", ".svg", ".js", ".css", ".pdf", ".php", ".shtml", ".exe"))
    assert not re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", made)


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_slugs_hold_safe_characters_alone(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", slug(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Brave Otter", "brave-otter"),
        ("a/b\\c", "a-b-c"),
        ("Café", "cafe"),
        ("seed_3", "seed_3"),
        ("CON", "con_"),
        ("lpt9", "lpt9_"),
        ("测试", "x"),
        ("--", "x"),
        ("a" * 99, "a" * 60),
    ],
)
def test_slugs_stay_readable(text: str, expected: str) -> None:
    assert slug(text) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Loss Curve.PNG", "loss-curve.png"),
        ("model.tar.gz", "model-tar.gz"),
        ("report.html", "report.html.txt"),
        ("logo.SVG", "logo.svg.txt"),
        ("paper.pdf", "paper.pdf.bin"),
        ("weights.abc", "weights-abc.bin"),
        ("MLmodel", "mlmodel.bin"),
        (".env", "env.bin"),
    ],
)
def test_extensions_that_a_browser_runs_are_covered(name: str, expected: str) -> None:
    assert output_name(name) == expected


def test_unknown_extension_of_a_text_ends_in_txt() -> None:
    assert output_name("MLmodel", text=True) == "mlmodel.txt"


def test_experiment_keeps_its_name_where_that_is_safe() -> None:
    assert experiment_slug("iris") == "iris"


def test_experiments_with_the_same_letters_get_different_folders() -> None:
    names = ["train/cnn", "train-cnn", "Train/CNN", "train cnn", experiment_slug("train/cnn")]

    assert len({experiment_slug(name) for name in names}) == len(names)
    assert re.fullmatch(r"train-cnn-[0-9a-f]{6}", experiment_slug("train/cnn"))


def test_experiment_does_not_take_the_name_of_all_runs() -> None:
    assert experiment_slug("all-runs") != "all-runs"


def test_run_slug_depends_on_experiment_and_id_alone() -> None:
    first = run_slug(record(run_id="a", name="Brave Otter"))

    assert re.fullmatch(r"brave-otter-[0-9a-f]{8}", first)
    assert first == run_slug(record(run_id="a", name="Brave Otter"))
    assert first != run_slug(record(run_id="b", name="Brave Otter"))
    assert first != run_slug(record(run_id="a", name="Brave Otter", experiment="other"))


def test_run_slug_of_a_nameless_run_is_made_from_its_id() -> None:
    assert run_slug(record(run_id="20261122-x")).startswith("20261122-x-")


def test_run_slug_takes_more_digits_when_asked() -> None:
    assert run_slug(record(), 16).startswith(run_slug(record()))


def test_invisible_characters_are_shown() -> None:
    assert visible("a\u202eb\x00c\u200bd\ud800") == r"a\u202eb\x00c\u200bd\ud800"
    assert visible("plain 测试 é") == "plain 测试 é"
