"""The state of the repository that the script lives in, read from git's own files where cheap."""

from __future__ import annotations

import os
from pathlib import Path

from runreport.tracking.scrub import strip_credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TIMEOUT = 5.0
"""Seconds that a git command may take; a slow file system must not hold up training."""


def find_repository(start: Path) -> Path | None:
    """Return the folder that holds ``.git``, at or above `start`."""
    for folder in (start, *start.parents):
        if (folder / ".git").exists():
            return folder
    return None


def describe(repository: Path) -> dict[str, Any]:
    """Return commit, branch, remote and dirty, as far as they can be known."""
    git, common = _folders(repository)
    commit, branch = _head(git, common)
    if not commit:
        # Another way to store references than files, or no commit at all.
        commit = _run(repository, "rev-parse", "--verify", "--quiet", "HEAD") or ""
    found: dict[str, Any] = {"commit": commit, "branch": branch, "remote": _remote(common)}
    found = {name: value for name, value in found.items() if value}
    changes = _run(repository, "status", "--porcelain", "--untracked-files=no")
    if changes is not None:
        found["dirty"] = bool(changes)
    return found


def diff(repository: Path) -> str | None:
    """Return how the working tree differs from its commit, as a patch; None if git cannot tell."""
    changes = _run(repository, "diff", "--no-color", "--no-ext-diff", "--no-textconv", "HEAD")
    return f"{changes}\n" if changes else changes


def _folders(repository: Path) -> tuple[Path, Path]:
    """Return a working tree's own git folder and the one that it shares with others."""
    git = repository / ".git"
    if git.is_file():
        # A worktree or submodule: "gitdir: <path>".
        target = _read(git).removeprefix("gitdir:").strip()
        git = (repository / target).resolve()
    common = _read(git / "commondir").strip()
    return git, (git / common).resolve() if common else git


def _head(git: Path, common: Path) -> tuple[str, str]:
    """Return the checked-out commit and branch; "" for what is unknown."""
    head = _read(git / "HEAD").strip()
    if not head.startswith("ref:"):
        return (head if _is_commit(head) else ""), ""
    reference = head.removeprefix("ref:").strip()
    branch = reference.removeprefix("refs/heads/")
    loose = _read(common / reference).strip() if ".." not in reference else ""
    if _is_commit(loose):
        return loose, branch
    for line in _read(common / "packed-refs").splitlines():
        commit, _, name = line.partition(" ")
        if name == reference and _is_commit(commit):
            return commit, branch
    return "", "" if branch == ".invalid" else branch


def _is_commit(text: str) -> bool:
    return len(text) in {40, 64} and all(c in "0123456789abcdef" for c in text)


def _remote(common: Path) -> str:
    """Return the address of "origin", else of the first remote, without credentials."""
    addresses: dict[str, str] = {}
    section = ""
    for line in _read(common / "config").splitlines():
        text = line.strip()
        if text.startswith("["):
            section = text
        elif section.startswith('[remote "') and text.replace(" ", "").startswith("url="):
            name = section.removeprefix('[remote "').removesuffix('"]')
            addresses.setdefault(name, text.partition("=")[2].strip())
    address = addresses.get("origin") or next(iter(addresses.values()), "")
    return strip_credentials(address)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def _run(repository: Path, *arguments: str) -> str | None:
    """Return what a git command prints, None when it fails, hangs or is not installed."""
    import subprocess

    # The repository's own settings must not start programs, and nothing may be locked.
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(repository), *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip("\n") if done.returncode == 0 else None
