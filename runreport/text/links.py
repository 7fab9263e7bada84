"""Web addresses of a run's repository and commit, from a git remote that nobody has checked.

Only http and https addresses come out, without credentials; of a host that is not known, none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

# "git@host:path", but neither "C:\path" nor "scheme://".
_SCP: Final = re.compile(r"(?:[^@/:\s]+@)?(?P<host>[A-Za-z0-9.-]{2,}):(?!//|\\)(?P<path>\S+)")
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_HASH: Final = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
_FULL_HASH: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
_SCHEMES: Final = frozenset({"http", "https", "ssh", "git", "git+ssh", "git+https"})

_COMMIT_PATHS: Final[Mapping[str, str]] = {
    "github": "/commit/",
    "gitlab": "/-/commit/",
    "bitbucket": "/commits/",
    "gitea": "/commit/",
    "azure": "/commit/",
}
_HOSTS: Final[Mapping[str, str]] = {
    "github.com": "github",
    "gitlab.com": "gitlab",
    "bitbucket.org": "bitbucket",
    "codeberg.org": "gitea",
    "gitea.com": "gitea",
    "dev.azure.com": "azure",
    "ssh.dev.azure.com": "azure",
}
_WORDS: Final[Mapping[str, str]] = {
    "github": "github",
    "gitlab": "gitlab",
    "gitea": "gitea",
    "forgejo": "gitea",
}
"""What a host of one's own is called by its first label: "gitlab.example.org"."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository's page in the web."""

    url: str
    kind: str
    """Which software serves it, and so where its commits are."""

    def commit_url(self, commit: str) -> str:
        """Return the page of a commit."""
        return self.url + _COMMIT_PATHS[self.kind] + commit


def find_repository(remote: object) -> Repository | None:
    """Return the repository that a git remote means; None if its host is not known.

    Takes the forms that git does: https, ssh and git addresses and "git@host:path".
    """
    if not isinstance(remote, str):
        return None
    host, path, base = _split(remote.strip())
    kind = _kind(host)
    path = path.strip("/").removesuffix(".git")
    parts = [quote(unquote(part), safe="~@") for part in path.split("/")]
    if not kind or not all(part and part not in (".", "..") for part in parts):
        return None
    if kind == "azure":
        base, parts = _azure(host, parts)
    elif len(parts) < 2:
        return None
    return Repository("/".join([base, *parts]), kind) if parts else None


def version_link(version: str, git: Mapping[str, Any], *, commit_url: str = "") -> str:
    """Return the page of the commit that a version is, else "".

    A version is a commit when it is the recorded one or a prefix of it, at least seven digits, or,
    where none was recorded, when it looks like one. ``commit_url`` is the config's pattern with
    {commit} or {version}; it goes before the remote's host.
    """
    commit = _commit(version, git.get("commit"), is_configured=bool(commit_url))
    if commit_url:
        return _fill(commit_url, version, commit)
    repository = find_repository(git.get("remote"))
    return repository.commit_url(commit) if repository and commit else ""


def _commit(version: str, recorded: object, *, is_configured: bool) -> str:
    if isinstance(recorded, str) and _HASH.fullmatch(recorded):
        is_prefix = bool(_HASH.fullmatch(version)) and recorded.lower().startswith(version.lower())
        return recorded.lower() if is_prefix else ""
    pattern = _HASH if is_configured else _FULL_HASH
    return version.lower() if pattern.fullmatch(version) else ""


def _fill(pattern: str, version: str, commit: str) -> str:
    if not version or ("{commit}" in pattern and not commit) or version in (".", ".."):
        return ""
    # A lone surrogate has no place in an address.
    text = quote(version, safe="~@+", errors="replace")
    url = pattern.replace("{commit}", commit).replace("{version}", text)
    return url if _is_web(url) else ""


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_clean = url.isascii() and url.isprintable() and not re.search(r'[\s"<>\\^`{}]', url)
    return is_clean and parts.scheme in ("http", "https") and bool(parts.hostname)


def _split(remote: str) -> tuple[str, str, str]:
    """Return a remote's host, path, and the address of its host in the web; "" for other text."""
    scp = _SCP.fullmatch(remote)
    if scp and "://" not in remote:
        host = scp["host"].lower()
        return (host, scp["path"], f"https://{host}") if _HOST.fullmatch(host) else ("", "", "")
    try:
        parts = urlsplit(remote)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "", "", ""
    if parts.scheme not in _SCHEMES or not _HOST.fullmatch(host):
        return "", "", ""
    scheme = "http" if parts.scheme == "http" else "https"
    # An ssh port says nothing of the web server's.
    shown = f":{port}" if port and parts.scheme in ("http", "https") else ""
    return host, parts.path, f"{scheme}://{host}{shown}"


def _kind(host: str) -> str:
    if host in _HOSTS:
        return _HOSTS[host]
    if host.endswith(".visualstudio.com"):
        return "azure"
    # "github.com.example.org" only looks like a host that is known.
    if "." not in host or any(host.startswith(f"{known}.") for known in _HOSTS):
        return ""
    return _WORDS.get(host.partition(".")[0], "")


def _azure(host: str, parts: list[str]) -> tuple[str, list[str]]:
    """Return base and path of an Azure DevOps repository; its ssh addresses have another shape."""
    if host == "ssh.dev.azure.com" or host.startswith("vs-ssh."):
        if len(parts) != 4 or parts[0] != "v3":
            return "", []
        _, organisation, project, name = parts
        return "https://dev.azure.com", [organisation, project, "_git", name]
    return (f"https://{host}", parts) if "_git" in parts[:-1] else ("", [])
