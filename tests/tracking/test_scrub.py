"""Secrets do not get into the record."""

from __future__ import annotations

import pytest

from runreport.tracking.scrub import is_secret_name, scrub_command, scrub_text, strip_credentials

SECRET = "S3cr3tValueThatMustNotShow"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--token", SECRET],
        [f"--token={SECRET}"],
        ["--hf-token", SECRET],
        [f"--db.password={SECRET}"],
        ["--apiKey", SECRET],
        ["-password", SECRET],
        [f"API_KEY={SECRET}"],
        [f"AWS_SECRET_ACCESS_KEY={SECRET}"],
        [f"https://kim:{SECRET}@example.org/x"],
        [f"https://{SECRET}@example.org/x"],
        [f"postgres+psycopg://kim:{SECRET}@host/db"],
        [f"https://example.org/?token={SECRET}&x=1"],
        [f"Authorization: Bearer {SECRET}"],
        [f'{{"password": "{SECRET}"}}'],
        [f"ghp_{SECRET}"],
        [f"github_pat_{SECRET}"],
        [f"glpat-{SECRET}"],
        [f"hf_{SECRET}"],
        ["AKIA" + "S3CR3TVALUETHAT0"],
        [f"sk-{SECRET}"],
        [f"xoxb-{SECRET}"],
        [f"eyJ{SECRET}.{SECRET}.{SECRET}"],
    ],
    ids=lambda arguments: arguments[0][:24],
)
def test_a_secret_is_hidden(arguments: list[str]) -> None:
    command = scrub_command(["python", "train.py", *arguments, "--lr", "0.1"])

    assert SECRET not in command
    assert "S3CR3T" not in command
    assert "[redacted]" in command
    assert command.endswith("--lr 0.1")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--tokenizer", "bert"],
        ["--tokenizer=bert"],
        ["--max-tokens=512"],
        ["--author=kim"],
        ["--keyboard", "us"],
        ["https://example.org/a?page=2"],
        ["git@example.org:a/b.git"],
        ["--lr=0.1"],
        ["--token-limit", "5"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_what_is_no_secret_stays(arguments: list[str]) -> None:
    assert "[redacted]" not in scrub_command(arguments)


def test_a_command_can_be_typed_again() -> None:
    assert scrub_command(["python", "a b.py", "--x=$1"]) == "python 'a b.py' '--x=$1'"


def test_a_secret_option_without_a_value_hides_no_option() -> None:
    assert scrub_command(["--token", "--lr", "0.1"]) == "--token --lr 0.1"


def test_text_around_a_secret_stays() -> None:
    assert scrub_text(f"a token={SECRET}, b") == "a token=[redacted], b"


@pytest.mark.parametrize(
    ("name", "secret"), [("hfToken", True), ("KEY", True), ("keys", False), ("", False)]
)
def test_names_of_secrets(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


@pytest.mark.parametrize(
    ("address", "stripped"),
    [
        ("https://kim:pw@github.com/a/b.git", "https://github.com/a/b.git"),
        ("https://token@github.com/a/b", "https://github.com/a/b"),
        ("ssh://git@host:22/a", "ssh://host:22/a"),
        ("git@github.com:a/b.git", "git@github.com:a/b.git"),
        ("https://github.com/a@b", "https://github.com/a@b"),
        ("/srv/git/a", "/srv/git/a"),
    ],
)
def test_a_remote_loses_its_credentials(address: str, stripped: str) -> None:
    assert strip_credentials(address) == stripped
