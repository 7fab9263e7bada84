from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreport.text.links import find_repository, version_link

COMMIT = "784ef0059227d57909c9d81632b89915adc03c22"
GITHUB = "git@github.com:me/model.git"


@pytest.mark.parametrize(
    ("remote", "commit_url"),
    [
        ("https://github.com/me/model.git", "https://github.com/me/model/commit/C"),
        ("https://github.com/me/model/", "https://github.com/me/model/commit/C"),
        ("https://me:ghp_secret@github.com/me/model", "https://github.com/me/model/commit/C"),
        ("git@github.com:me/model.git", "https://github.com/me/model/commit/C"),
        ("github.com:me/model.js.git", "https://github.com/me/model.js/commit/C"),
        ("ssh://git@github.com:22/me/model.git", "https://github.com/me/model/commit/C"),
        ("git://github.com/me/model", "https://github.com/me/model/commit/C"),
        ("HTTPS://GitHub.com/Me/Model", "https://github.com/Me/Model/commit/C"),
        ("https://github.example.org/me/model", "https://github.example.org/me/model/commit/C"),
        ("git@gitlab.com:group/sub/model.git", "https://gitlab.com/group/sub/model/-/commit/C"),
        (
            "https://oauth2:token@gitlab.example.org:8443/group/model.git",
            "https://gitlab.example.org:8443/group/model/-/commit/C",
        ),
        ("http://gitlab.lan.example/a/b", "http://gitlab.lan.example/a/b/-/commit/C"),
        (
            "ssh://git@gitlab.example.org:2222/group/model.git",
            "https://gitlab.example.org/group/model/-/commit/C",
        ),
        ("git@bitbucket.org:me/model.git", "https://bitbucket.org/me/model/commits/C"),
        ("https://codeberg.org/me/model.git", "https://codeberg.org/me/model/commit/C"),
        ("git@gitea.example.org:me/model", "https://gitea.example.org/me/model/commit/C"),
        (
            "https://me@dev.azure.com/org/my%20project/_git/model",
            "https://dev.azure.com/org/my%20project/_git/model/commit/C",
        ),
        (
            "git@ssh.dev.azure.com:v3/org/project/model",
            "https://dev.azure.com/org/project/_git/model/commit/C",
        ),
        (
            "https://org.visualstudio.com/project/_git/model",
            "https://org.visualstudio.com/project/_git/model/commit/C",
        ),
    ],
)
def test_a_commit_has_a_page_where_the_host_is_known(remote: str, commit_url: str) -> None:
    link = version_link(COMMIT, {"commit": COMMIT, "remote": remote})

    assert link == commit_url.removesuffix("C") + COMMIT


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "/home/kim/model",
        "../model",
        r"C:\model",
        "C:/model",
        "file:///home/kim/model.git",
        "https://example.org/me/model",
        "https://github.com/me",
        "https://github.com",
        "https://github.com/me/../../evil",
        "https://github.com/me/%2e%2e",
        "https://github.com.evil.example/me/model",
        "https://evil.example/github.com/me/model",
        "javascript:alert(1)",
        "javascript://github.com/me/model%0aalert(1)",
        "data:text/html,<script>",
        "https://[::1/me/model",
        "https://github.com:port/me/model",
        "git@-oProxyCommand=x:me/model",
        "https://dev.azure.com/org/project",
        "git@ssh.dev.azure.com:v2/org",
        "gitlab:me/model",
        None,
        7,
        ["git@github.com:me/model"],
    ],
)
def test_other_remotes_have_no_page(remote: object) -> None:
    assert find_repository(remote) is None
    assert version_link(COMMIT, {"commit": COMMIT, "remote": remote}) == ""


@pytest.mark.parametrize("version", [COMMIT, COMMIT[:7], COMMIT[:12].upper()])
def test_a_prefix_of_the_commit_links_to_the_whole(version: str) -> None:
    assert version_link(version, {"commit": COMMIT, "remote": GITHUB}).endswith(f"/commit/{COMMIT}")


@pytest.mark.parametrize(
    "version", ["1.0.0", "测试", "", COMMIT[:6], "deadbeef", COMMIT + "-dirty"]
)
def test_a_version_that_is_not_the_commit_has_no_link(version: str) -> None:
    assert version_link(version, {"commit": COMMIT, "remote": GITHUB}) == ""


def test_without_a_recorded_commit_only_a_whole_hash_is_taken_for_one() -> None:
    assert version_link(COMMIT, {"remote": GITHUB}).endswith(COMMIT)
    assert version_link("a" * 64, {"remote": GITHUB}).endswith("a" * 64)
    assert version_link("1234567", {"remote": GITHUB}) == ""
    assert version_link(COMMIT, {"remote": GITHUB, "commit": ["x"]}).endswith(COMMIT)
    assert version_link(COMMIT, {}) == ""


def test_the_configured_pattern_goes_before_the_host() -> None:
    pattern = "https://git.example.org/model/c/{commit}"

    assert version_link(COMMIT, {"commit": COMMIT, "remote": GITHUB}, commit_url=pattern) == (
        f"https://git.example.org/model/c/{COMMIT}"
    )
    assert version_link("1234567", {}, commit_url=pattern).endswith("/c/1234567")
    assert version_link("1.0.0", {"commit": COMMIT}, commit_url=pattern) == ""


def test_a_pattern_may_take_any_version_escaped() -> None:
    pattern = "https://git.example.org/tags/{version}?x=1"

    assert version_link("v1.0+b/ü {commit}", {}, commit_url=pattern) == (
        "https://git.example.org/tags/v1.0+b%2F%C3%BC%20%7Bcommit%7D?x=1"
    )
    assert version_link("\ud800", {}, commit_url=pattern).endswith("/tags/%3F?x=1")
    assert version_link("..", {}, commit_url=pattern) == ""
    assert version_link("", {}, commit_url=pattern) == ""


@pytest.mark.parametrize(
    "pattern",
    [
        "javascript:alert('{version}')",
        "//evil.example/{version}",
        "{version}",
        "https://[x/{version}",
    ],
)
def test_a_pattern_that_is_no_web_address_makes_no_link(pattern: str) -> None:
    assert version_link("https://evil.example", {}, commit_url=pattern) == ""


@given(
    st.text()
    | st.sampled_from(["git@github.com:", "https://github.com/"]).flatmap(
        lambda start: st.text(max_size=30).map(start.__add__)
    )
)
def test_whatever_the_remote_only_a_clean_web_address_comes_out(remote: str) -> None:
    repository = find_repository(remote)

    if repository is not None:
        parts = urlsplit(repository.url)
        assert parts.scheme in ("http", "https")
        assert not parts.username
        assert repository.url.isascii()
        assert not set(repository.url) & set(" \"'<>\\^`{}?#")
