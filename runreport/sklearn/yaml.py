"""Plain data as YAML text: the small part of the language that MLflow's model files need."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

# Starts with a letter and holds nothing that YAML gives a meaning to.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./<>= -]*(?<! )")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def yaml_text(value: Mapping[str, Any]) -> str:
    """Return a mapping as YAML; its values are mappings, lists, texts, numbers, bools and None."""
    return "".join(f"{line}\n" for line in _mapping(value))


def _mapping(value: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    for key, item in value.items():
        if isinstance(item, Mapping) and item:
            lines += [f"{_scalar(key)}:", *(f"  {line}" for line in _mapping(item))]
        elif isinstance(item, Sequence) and not isinstance(item, str) and item:
            lines += [f"{_scalar(key)}:", *_sequence(item)]
        else:
            lines.append(f"{_scalar(key)}: {_scalar(item)}")
    return lines


def _sequence(value: Sequence[Any]) -> list[str]:
    lines: list[str] = []
    for item in value:
        nested = _mapping(item) if isinstance(item, Mapping) and item else [_scalar(item)]
        lines += [f"- {nested[0]}", *(f"  {line}" for line in nested[1:])]
    return lines


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    # JSON is YAML, where every character that YAML cannot print is escaped.
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]", _escaped, text)


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
