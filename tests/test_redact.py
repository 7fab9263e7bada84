"""Secrets and home folders do not get out, and ordinary text stays as it is."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreport.config import Publish
from runreport.disclosure import disclosed
from runreport.records import Artifact, Change, Console, Finding, Media, RunRecord
from runreport.text import redact
from runreport.text.redact import Redactor, secret_values

# Put together here, so that no scanner takes this file for a leak.
GITHUB = "ghp" + "_" + "a1B2" * 9
SECRETS = [
    GITHUB,
    "github_pat" + "_" + "11ABCDE" * 5,
    "glpat" + "-" + "x1Y2z3-w4V5" * 2,
    "hf" + "_" + "AbCd1234" * 4,
    "AK" + "IA" + "IOSFODNN7EXAMPLE",
    "sk" + "-" + "a1b2c3d4" * 6,
    "sk" + "-proj-" + "A1b2_C3d4" * 6,
    "xox" + "b-" + "123456789012-abcdef",
    "npm" + "_" + "a1B2c3D4" * 5,
    "AI" + "za" + "SyD1234567890abcdefghijklmnopqrst_uv",
    "ey" + "JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.dozjgNryP4J3jVmNHl0w5N",
    "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE\nowIB\n-----END RSA " + "PRIVATE KEY-----",
    "-----BEGIN OPENSSH " + "PRIVATE KEY-----\nb3BlbnNzaC1rZXk",
]
TEXT = Redactor().text


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("frame", ["{}", "before {} after", "--x={}", '"{}"', "a\n{}\n"])
def test_known_forms_are_hidden_wherever_they_stand(secret: str, frame: str) -> None:
    shown = TEXT(frame.format(secret))

    assert "[redacted]" in shown
    assert all(part not in shown for part in secret.split("\n") if len(part) > 8)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://kim:pa55@host/x.git", "https://host/x.git"),
        ("https://oauthtoken@host/x", "https://host/x"),
        ("postgres://u:p%40ss@db:5432/x", "postgres://db:5432/x"),
        ("ssh://git@host/x.git", "ssh://git@host/x.git"),
        ("git@github.com:me/x.git", "git@github.com:me/x.git"),
        ("Authorization: Bearer abcdef123", "Authorization: Bearer [redacted]"),
        ("train.py --password hunter2 --lr 0.1", "train.py --password [redacted] --lr 0.1"),
        ("train.py --db.password=correct", "train.py --db.password=[redacted]"),
        ("train.py --api-key 'abc12345'", "train.py --api-key '[redacted]'"),
        ("train.py --token x1y2z3w4v5", "train.py --token [redacted]"),
        ("HF_TOKEN=abcd1234 python x.py", "HF_TOKEN=[redacted] python x.py"),
        ("DB_PASSWORD=correct", "DB_PASSWORD=[redacted]"),
        ('"client_secret": "zyx-wvu"', '"client_secret": "[redacted]"'),
        ("password = 'swordfish'", "password = '[redacted]'"),
        ("/home/kim/data/x.csv", "~/data/x.csv"),
        ("/Users/kim/data", "~/data"),
        ("/root/work/train.py", "~/work/train.py"),
        ("C:\\Users\\kim\\data", "~\\data"),
        ('File "/home/kim/x.py", line 3', 'File "~/x.py", line 3'),
        ("file:///home/kim/x", "file://~/x"),
    ],
)
def test_named_secrets_and_home_folders_are_hidden(text: str, expected: str) -> None:
    assert TEXT(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "plain text",
        "python train.py --lr 0.1 --max-tokens 512 --tokenizer bert-base-uncased --key loss",
        "sorted(runs, key=lambda run: run.loss)",
        "sorted(runs, key=len)",
        "password = getpass.getpass()",
        "def login(user: str, password: str = None) -> None:",
        'token = os.environ["HF_TOKEN"]',
        "secret: see the vault",
        "api_key = load_key2(name)",
        "password = settings2.password",
        "v2.1.0-rc.1+build.20261122.gdeadbeefdeadbeef",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "sk-learn-random-forest-2024-with-a-long-name",
        "https://example.org/home/kim/x",
        "s3://bucket/home/x",
        "12:30:45 epoch 3: loss 0.12",
        "write to kim@example.org",
        "测试",
        "",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert TEXT(text) == text


def test_redacting_twice_changes_nothing_more() -> None:
    once = TEXT(f"TOKEN={GITHUB} --password x1y2z3 https://a:b@c /home/kim")

    assert TEXT(once) == once


@pytest.mark.parametrize(
    ("name", "value", "hidden"),
    [
        ("api_key", "abc", True),
        ("apiKey", "abc", True),
        ("db.password", "abc", True),
        ("HF_TOKEN", "a1b2c3d4e5", True),
        ("key", "a1b2c3d4e5", True),
        ("pad_token", "[PAD]", False),
        ("eos_token", "<|reserved_special_token_0|>", False),
        ("sort_key", "loss", False),
        ("tokenizer", "bert1234-base", False),
        ("max_tokens", "a1b2c3d4e5", False),
        ("password", "", False),
        ("n_estimators", "100", False),
    ],
)
def test_params_with_a_secret_name_are_hidden(name: str, value: str, hidden: bool) -> None:
    assert Redactor().value({name: value}) == {name: "[redacted]" if hidden else value}


def test_values_of_every_type_are_looked_into() -> None:
    value = {"a": [1, 2.5, None, True, {"b": (GITHUB,)}], GITHUB: 3}

    shown = Redactor().value(value)

    assert shown == {"a": [1, 2.5, None, True, {"b": ["[redacted]"]}], "[redacted]": 3}


def test_names_that_were_seen_before_hide_what_they_have_to_hide_again() -> None:
    redactor = Redactor()
    plain = {"lr": 0.1, "password": 1, "epochs": 3}
    for _ in range(2):
        assert redactor.value(plain) is plain
        assert redactor.value(plain | {"password": "hunter2"})["password"] == "[redacted]"
        assert redactor.value({"lr": 0.1, "/home/kim/x": 1}) == {"lr": 0.1, "~/x": 1}
        assert redactor.value({"lr": {"password": "hunter2"}}) == {"lr": {"password": "[redacted]"}}


def test_the_builders_own_secrets_are_hidden_anywhere() -> None:
    environment = {
        "MY_PASSWORD": "correct horse battery",
        "API_TOKEN": "staple-123-xyz",
        "SHORT_PASSWORD": "abc",
        "EDITOR": "vim-is-an-editor-1",
        "SSH_KEY": "/home/kim/.ssh/id_rsa1",
    }
    literals = secret_values(environment)

    assert literals == ("correct horse battery", "staple-123-xyz")
    redactor = pickle.loads(pickle.dumps(Redactor(literals)))
    assert redactor.text("x correct horse battery y") == "x [redacted] y"


def record() -> RunRecord:
    return RunRecord(
        run_id="id",
        name="otter",
        experiment="iris",
        folder=Path("runs/iris/otter"),
        reader="native",
        user="kim",
        os_user="kim-os",
        host="node17",
        git={"commit": "abc", "remote": "https://kim:pw@host/x.git", "diff": "+x"},
        command="/home/kim/train.py --password hunter2",
        params={"api_key": "abc", "lr": 0.1},
        tags={"note": GITHUB},
        notes=f"use {GITHUB}",
        console=Console(f"login {GITHUB}", "", 100),
        media=(Media("k", 0, None, "media/x.png", f"by {GITHUB}"),),
        changes=(Change("params.api_key", "abc", "def", None, "kim"),),
        findings=(Finding("warning", "/home/kim/x:3", f"bad line {GITHUB}"),),
        extra={"env": {"HF_TOKEN": "a1b2c3d4e5"}},
    )


@pytest.mark.parametrize(
    ("remote", "shown"),
    [
        ("https://github.com/example/project.git", True),
        ("git@github.com:example/project.git", True),
        ("/work/project", False),
        ("../project.git", False),
        ("file:///work/project", False),
        (r"C:\\work\\project", False),
    ],
)
def test_remote_that_is_a_folder_of_the_machine_is_not_published(remote: str, shown: bool) -> None:
    made = replace(record(), git={"remote": remote})

    assert ("remote" in disclosed(made, Publish(), Redactor(), label="x").git) is shown


def test_published_record_holds_no_secret_anywhere() -> None:
    shown = repr(disclosed(record(), Publish(), Redactor(), label="iris/otter"))

    for secret in (GITHUB, "hunter2", "kim:pw", "a1b2c3d4e5", "/home/kim", "'abc', 'lr'"):
        assert secret not in shown.replace("'commit': 'abc'", "")


def test_published_record_counts_what_was_hidden() -> None:
    findings = disclosed(record(), Publish(), Redactor(), label="iris/otter").findings

    assert findings[-1] == Finding(
        "warning",
        "iris/otter",
        "looks like a secret and is shown as [redacted]; take it out of the run folder",
        6,
    )


def test_surroundings_are_published_as_set() -> None:
    least = disclosed(
        record(),
        Publish(host=False, command=False, console=False, os_user=False, git_remote=False),
        Redactor(),
        label="iris/otter",
    )
    most = disclosed(record(), Publish(host=True, diff=True), Redactor(), label="iris/otter")

    assert (least.host, least.command, least.console, least.os_user) == ("", "", None, "")
    assert least.git == {"commit": "abc"}
    assert (most.host, most.os_user) == ("node17", "kim-os")
    assert most.git == {"commit": "abc", "remote": "https://host/x.git", "diff": "+x"}


def test_record_without_secrets_stays_as_it_is() -> None:
    plain = RunRecord("id", "otter", "iris", Path("runs/iris/otter"), "native", params={"lr": 0.1})

    assert disclosed(plain, Publish(), Redactor(), label="iris/otter") == plain


@pytest.mark.parametrize("wanted", [False, True])
def test_a_kept_diff_is_published_only_when_told_to(wanted: bool) -> None:
    kept = (Artifact("code/changes.diff", 9), Artifact("code/train.py", 9))
    shown = disclosed(
        replace(record(), artifacts=kept), Publish(diff=wanted), Redactor(), label="iris/otter"
    )

    assert shown.artifacts == (kept if wanted else kept[1:])


def test_library_script_that_fetches_with_credentials_is_left_as_it_is() -> None:
    source = 'yield fetch(t,{credentials:"same-origin"}),fetch(u,{credentials:"include"})'
    assert Redactor().secrets(source) == source


def test_secrets_are_found_wherever_they_stand_in_one_long_line() -> None:
    line = "".join(f"var a{n}=b({n}),İ=keyCode;" for n in range(200))
    text = f'{line}x.apiKey="a1b2c3d4";{line}db_password = "swordfish";{line}'
    shown = Redactor().secrets(text)
    assert shown == f'{line}x.apiKey="[redacted]";{line}db_password = "[redacted]";{line}'


@given(st.one_of(st.from_regex(redact._KNOWN), st.from_regex(redact._HOME)))
def test_what_is_looked_for_first_is_in_all_that_is_hidden(text: str) -> None:
    assert not redact._KNOWN.search(text) or redact._has_one(text, redact._KNOWN_PARTS)
    assert not redact._HOME.search(text) or redact._has_one(text, redact._HOME_PARTS)


def test_text_that_comes_again_is_looked_at_once() -> None:
    redactor, text = Redactor(), "password = 'hunter2'  # in every run\n" * 30

    assert "hunter2" not in redactor.secrets(text)
    assert redactor.secrets(text) is redactor.secrets(text)
    assert pickle.loads(pickle.dumps(redactor)).secrets(text) == redactor.secrets(text)
