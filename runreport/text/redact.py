"""Take secrets and home folders out of texts.

The logging half hides what it can when it writes; run folders also come from elsewhere, so that
everything is looked at again before it is published.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final

HIDDEN: Final = "[redacted]"

_KNOWN: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)"
    r"|\b(?:gh[opusr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|hf_[A-Za-z0-9]{20,}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}|sk-(?:[A-Za-z0-9]+-){0,3}\w{24,}|xox[a-z]-[\w-]{10,}"
    r"|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{40,}|AIza[\w-]{35}|dckr_pat_[\w-]{20,}"
    r"|(?<!-)eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)",
    re.DOTALL,
)
"""What is a secret by its form alone, wherever it stands."""

_KNOWN_PARTS: Final = (
    *("PRIVATE KEY-----", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "hf_"),
    *("AKIA", "ASIA", "sk-", "xox", "npm_", "pypi-", "AIza", "dckr_pat_", "eyJ"),
)
"""What of it can be looked for many times faster: each such secret has one of these in it."""

_USERINFO: Final = re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]{0,30}://)(?!git@)[^/\s@\"'<>]{1,500}@")
_HEADER: Final = re.compile(
    r"(\b(?:Proxy-)?Authorization[\"']?\s*[:=]\s*[\"']?(?:[A-Za-z]+\s+)?)[^\s\"',;]{6,}",
    re.IGNORECASE,
)
_OPTION: Final = re.compile(
    r"(?<![\w-])(?P<name>--?[A-Za-z][\w.-]{0,80})(?P<mark>\s+|=)(?P<quote>[\"']?)(?P<value>[^\s\"'-][^\s\"']*)"
)
_ASSIGNED: Final = re.compile(
    r"(?<![\w.-])(?P<name>[A-Za-z_][\w.-]{0,80})(?P<mark>[\"']?\s{0,3}[=:]\s{0,3})"
    r"(?P<quote>[\"']?)(?P<value>[^\s\"',;&()\[\]{}<>]{4,})(?P<end>[.(\[]?)"
)
_HOME: Final = re.compile(
    r"(?<![\w./~-])((?:file://)?)(?:/home/[^/\s\"':;,]+|/Users/[^/\s\"':;,]+|/root(?![\w-]))"
    r"|\b[A-Za-z]:\\{1,2}Users\\{1,2}[^\\\s\"':;,]+"
)
_HOME_PARTS: Final = ("/home/", "Users", "/root")
"""Likewise, of every home folder."""

_HINT: Final = re.compile(r"passw|passphrase|pwd|secret|credential|key|bearer|auth|token")
"""What the name of a secret has in it, in lower case; plain words are found fast."""

_LONGEST_NAME: Final = 84
_SHORT: Final = 200
"""Characters of a text that is remembered, as it may well come again."""

_LONG: Final = 100_000
_LONG_TEXTS: Final = 64
"""Characters of a longer text, and how many of them are remembered."""

_NUMBERS: Final = frozenset({int, float, bool, type(None)})
_FETCH_MODES: Final = frozenset({"same-origin", "include", "omit"})
"""What a page's script says of `credentials`: whether to send them, not what they are."""

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAME = "passwords?|passwd|passphrase|pwd|secrets?|credentials?|apikey|api_?key|bearer|auth"
_SECRET_NAME: Final = re.compile(
    rf"(?:.*_)?(?:{_NAME}|(?:access|secret|private|signing|encryption|auth|ssh)_key"
    r"|(?:access|auth|api|refresh|session|bearer)_token)"
)
"""Names whose value is always a secret; the name is in lower case with "_" between its words."""

_MAYBE_NAME: Final = re.compile(r"(?:.*_)?(?:key|token)")
"""Names whose value is one when it looks so: HF_TOKEN, but not pad_token or sort_key."""

_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]+")
"""An environment variable: its value needs no quotes."""

_ATTRIBUTE: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")


def _words(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", _CAMEL.sub("_", name).lower()).strip("_")


def _looks_secret(value: str) -> bool:
    """Return whether a text has the form of a password or a token: long, letters and digits."""
    return (
        len(value) >= 8
        and not value.startswith(("<", "[", "/", "~", "."))
        and re.search("[A-Za-z]", value) is not None
        and re.search("[0-9]", value) is not None
    )


def is_secret(name: str, value: str) -> bool:
    """Return whether a named value is a secret: a param, a tag, a variable."""
    kind = _kind_of_name(name) if len(name) <= _SHORT else _look_at_name(name)
    if kind == "secret":
        return bool(value) and value != HIDDEN and value not in _FETCH_MODES
    return kind == "maybe" and _looks_secret(value)


def _look_at_name(name: str) -> str:
    words = _words(name)
    if _SECRET_NAME.fullmatch(words):
        return "secret"
    return "maybe" if _MAYBE_NAME.fullmatch(words) else ""


# Runs of one experiment have the same names.
_kind_of_name: Final = lru_cache(maxsize=4096)(_look_at_name)


def secret_values(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of variables that are secrets: the builder's own must not get out."""
    return tuple(
        sorted(
            {
                value
                for name, value in environment.items()
                if len(value) >= 8 and not value.startswith("/") and is_secret(name, value)
            },
            key=lambda value: (-len(value), value),
        )
    )


@dataclass(frozen=True)
class Redactor:
    """Hides secrets in texts; the same text always gives the same result."""

    literals: tuple[str, ...] = ()
    """Known secrets, longest first."""
    _seen: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave the memory of seen texts behind when a worker process gets a copy."""
        return Redactor, (self.literals,)

    @cached_property
    def _literal(self) -> re.Pattern[str] | None:
        return re.compile("|".join(map(re.escape, self.literals))) if self.literals else None

    def text(self, text: str) -> str:
        """Return a text with secrets as "[redacted]" and home folders as "~"."""
        if len(text) > _SHORT:
            return self._text(text)
        # Most short texts come again and again: params, sources, users.
        seen = self._seen.get(text)
        if seen is None:
            if len(self._seen) > 50_000:
                self._seen.clear()
            seen = self._seen[text] = self._text(text)
        return seen

    def _text(self, text: str) -> str:
        text = self.secrets(text)
        return _HOME.sub(r"\1~", text) if _has_one(text, _HOME_PARTS) else text

    def secrets(self, text: str) -> str:
        """Return a text with secrets as "[redacted]" and all else as it is."""
        is_remembered = _SHORT < len(text) <= _LONG
        return self._remembered(text) if is_remembered else self._secrets(text)

    @cached_property
    def _remembered(self) -> Callable[[str], str]:
        """`_secrets` with a memory: all runs of a script keep that script and its packages."""
        return lru_cache(maxsize=_LONG_TEXTS)(self._secrets)

    def _secrets(self, text: str) -> str:
        if self._literal:
            text = self._literal.sub(HIDDEN, text)
        if _has_one(text, _KNOWN_PARTS):
            text = _KNOWN.sub(HIDDEN, text)
        if "://" in text:
            text = _USERINFO.sub(r"\1", text)
        lower = text.lower()
        if not _HINT.search(lower):
            return text
        if "authorization" in lower:
            text = _HEADER.sub(rf"\1{HIDDEN}", text)
        text = _sub_hinted(_OPTION, _hide_given, text)
        return _sub_hinted(_ASSIGNED, _hide_assigned, text)

    def value(self, value: Any, name: str = "") -> Any:
        """Return a logged value, whatever its type, without secrets; itself when it has none."""
        if isinstance(value, str):
            return HIDDEN if is_secret(name, value) else self.text(value)
        clean: Any
        if isinstance(value, Mapping):
            if self._stays(value):
                return value
            clean = {
                self.text(str(key)): each if type(each) in _NUMBERS else self.value(each, str(key))
                for key, each in value.items()
            }
        elif isinstance(value, list | tuple):
            clean = [each if type(each) in _NUMBERS else self.value(each, name) for each in value]
        else:
            return value
        return value if clean == value else clean

    def _stays(self, value: Mapping[Any, Any]) -> bool:
        """Return whether all values are numbers, under names that are known to stay as they are.

        Params of most runs are, and one run has the names of the one before.
        """
        names = list(value)
        return (
            _NUMBERS.issuperset(map(type, value.values()))
            and list(map(self._seen.get, names)) == names
        )


def _has_one(text: str, parts: tuple[str, ...]) -> bool:
    return any(map(text.__contains__, parts))


def _sub_hinted(
    pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str], text: str
) -> str:
    """Return `pattern.sub(replace, text)`, tried only at names that may be a secret's.

    A library's script in a page has some hundred thousand assignments, and few such names.
    """
    parts, done = [], 0
    for hint in _HINT.finditer(_lower(text)):
        if hint.start() < done:
            continue
        match = pattern.match(text, _name_start(text, hint.start()))
        if match:
            parts += [text[done : match.start()], replace(match)]
            done = match.end()
    return "".join([*parts, text[done:]])


def _lower(text: str) -> str:
    """Return a text in lower case, every character at its place."""
    lower = text.lower()
    # A few letters have two characters in lower case.
    return lower if len(lower) == len(text) else "".join(each.lower()[0] for each in text)


def _name_start(text: str, place: int) -> int:
    start = place
    while start and place - start < _LONGEST_NAME and _is_of_name(text[start - 1]):
        start -= 1
    return start


def _is_of_name(character: str) -> bool:
    return character.isalnum() or character in "_.-"


def _hide_given(match: re.Match[str]) -> str:
    name, value = match["name"], match["value"]
    if not is_secret(name, value):
        return match[0]
    return f"{name}{match['mark']}{match['quote']}{HIDDEN}"


def _hide_assigned(match: re.Match[str]) -> str:
    name, value, quote, end = match["name"], match["value"], match["quote"], match["end"]
    if not is_secret(name, value):
        return match[0]
    # A call or an attribute is code that fetches the secret, not the secret.
    is_given = _VARIABLE.fullmatch(name) or (
        _looks_secret(value) and not _ATTRIBUTE.fullmatch(value)
    )
    if not quote and (end or not is_given):
        return match[0]
    return f"{name}{match['mark']}{quote}{HIDDEN}{end}"
