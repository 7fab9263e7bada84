"""The state of real repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from runreport.tracking import git
from tests.tracking.conftest import Script
from tests.tracking.folders import only_run, record


def run_git(folder: Path, *arguments: str) -> str:
    settings = ("-c", "user.name=kim", "-c", "user.email=kim@example.org", "-c", "gc.auto=0")
    done = subprocess.run(
        ["git", *settings, "-C", str(folder), *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    run_git(folder, "init", "-q", "-b", "main")
    (folder / "a.txt").write_text("a")
    run_git(folder, "add", "a.txt")
    run_git(folder, "commit", "-q", "-m", "first")
    return folder


def test_commit_branch_remote_and_state(repository: Path) -> None:
    run_git(repository, "remote", "add", "other", "https://example.org/other.git")
    run_git(repository, "remote", "add", "origin", "https://kim:pw@example.org/a.git")
    clean = git.describe(repository)
    (repository / "a.txt").write_text("b")

    assert clean == {
        "commit": run_git(repository, "rev-parse", "HEAD"),
        "branch": "main",
        "remote": "https://example.org/a.git",
        "dirty": False,
    }
    assert git.describe(repository)["dirty"] is True


def test_files_that_git_does_not_know_are_no_change(repository: Path) -> None:
    (repository / "new.txt").write_text("new")

    assert git.describe(repository)["dirty"] is False


def test_packed_references(repository: Path) -> None:
    commit = run_git(repository, "rev-parse", "HEAD")
    run_git(repository, "pack-refs", "--all")

    assert not (repository / ".git/refs/heads/main").exists()
    assert git.describe(repository)["commit"] == commit


def test_a_detached_head_has_no_branch(repository: Path) -> None:
    commit = run_git(repository, "rev-parse", "HEAD")
    run_git(repository, "checkout", "-q", commit)
    found = git.describe(repository)

    assert (found["commit"], "branch" in found) == (commit, False)


def test_a_worktree_has_its_own_head(repository: Path, tmp_path: Path) -> None:
    run_git(repository, "remote", "add", "origin", "git@example.org:a.git")
    run_git(repository, "worktree", "add", "-q", "-b", "feature/x", str(tmp_path / "tree"))
    (tmp_path / "tree" / "b.txt").write_text("b")
    run_git(tmp_path / "tree", "add", "b.txt")
    run_git(tmp_path / "tree", "commit", "-q", "-m", "second")
    found = git.describe(tmp_path / "tree")

    assert found["commit"] == run_git(tmp_path / "tree", "rev-parse", "HEAD")
    assert found["commit"] != run_git(repository, "rev-parse", "HEAD")
    assert (found["branch"], found["remote"]) == ("feature/x", "git@example.org:a.git")


def test_references_that_are_no_files_are_asked_of_git(repository: Path) -> None:
    commit = run_git(repository, "rev-parse", "HEAD")
    # Stands for any store of references that only git itself can read.
    (repository / ".git/HEAD").write_text("ref: refs/heads/alias\n")
    run_git(repository, "symbolic-ref", "refs/heads/alias", "refs/heads/main")

    assert git.describe(repository)["commit"] == commit


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "-b", "main")

    assert git.describe(tmp_path) == {"branch": "main", "dirty": False}


def test_a_broken_repository_says_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_bytes(b"\xff\x00")

    assert git.describe(tmp_path) == {}


def test_the_repository_is_found_from_below(repository: Path) -> None:
    (repository / "deep" / "er").mkdir(parents=True)

    assert git.find_repository(repository / "deep" / "er") == repository


def test_a_run_takes_version_and_source_from_the_repository(
    script: Script, tmp_path: Path, root: Path
) -> None:
    run_git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "train.py").write_text("first")
    run_git(tmp_path, "add", "train.py")
    run_git(tmp_path, "commit", "-q", "-m", "first")
    script("import runreport\nrunreport.start_run()")
    found = record(only_run(root))

    assert found["version"] == found["git"]["commit"] == run_git(tmp_path, "rev-parse", "HEAD")
    assert found["git"]["dirty"] is True
    assert found["source"] == {"name": "train.py", "kind": "script", "path": "train.py"}


def test_without_git_installed_the_files_still_tell(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = run_git(repository, "rev-parse", "HEAD")
    monkeypatch.setenv("PATH", "")

    assert git.describe(repository) == {"commit": commit, "branch": "main"}
