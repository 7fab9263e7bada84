"""Take secrets out of what is recorded about a run."""

from __future__ import annotations

import re
import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

HIDDEN = "[redacted]"

_SECRET_WORDS = frozenset(
    {
        "apikey",
        "auth",
        "authorization",
        "bearer",
        "credential",
        "credentials",
        "key",
        "passphrase",
        "passwd",
        "password",
        "pwd",
        "secret",
        "token",
    }
)
"""Last words of a name whose value is a secret: HF_TOKEN, --db.password, apiKey."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD_BREAK = re.compile(r"[-_.]+")
_ASSIGNED = re.compile(
    r"(?P<name>[A-Za-z_][\w.-]*)(?P<mark>[\"']?\s*[=:]\s*[\"']?)"
    r"(?P<value>(?:(?:Bearer|Basic)\s+)?[^\s&;,\"']+)"
)
_USERINFO = re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^/\s@]+@", re.IGNORECASE)
_KNOWN = re.compile(
    r"\b(?:gh[opusr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|hf_\w{16,}|AKIA[0-9A-Z]{12,}"
    r"|sk-[\w-]{16,}|xox[a-z]-[\w-]{8,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
)


def is_secret_name(name: str) -> bool:
    """Tell whether a name says that its value is a secret; "tokenizer" does not."""
    words = _WORD_BREAK.split(_CAMEL.sub("_", name).strip("-_.").lower())
    return words[-1] in _SECRET_WORDS


def scrub_text(text: str) -> str:
    """Return text with URL credentials, assigned secrets and known tokens replaced."""
    text = _USERINFO.sub(rf"\1{HIDDEN}@", text)
    return _KNOWN.sub(HIDDEN, _hide_assigned(text))


def _hide_assigned(text: str) -> str:
    """Replace the values of names that say so; what another name is given is looked into."""
    parts, start, at = [], 0, 0
    while match := _ASSIGNED.search(text, at):
        at = match.end("mark")
        if is_secret_name(match["name"]):
            parts += [text[start:at], HIDDEN]
            start = at = match.end()
    return "".join((*parts, text[start:]))


def scrub_command(arguments: Sequence[str]) -> str:
    """Return a command line as one would type it, without secrets."""
    kept, hide = [], False
    for argument in arguments:
        option = argument.startswith("-") and "=" not in argument
        if hide and not argument.startswith("--"):
            kept.append(HIDDEN)
        else:
            kept.append(scrub_text(argument))
        hide = option and not hide and is_secret_name(argument)
    return " ".join(text if HIDDEN in text else shlex.quote(text) for text in kept)


def strip_credentials(url: str) -> str:
    """Return a remote's address without user name and password; ``git@host:`` stays."""
    return re.sub(r"^([a-z][a-z0-9+.-]*://)[^/@]*@", r"\1", url, flags=re.IGNORECASE)
