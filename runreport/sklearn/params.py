"""An estimator's params as a run record keeps them: plain values as they are, others as text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import numpy as np

Plain = bool | int | float | str

LONGEST = 6000
"""Characters kept of a param; MLflow's limit."""

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def plain_params(params: Mapping[str, Any]) -> dict[str, Plain]:
    """Return params by name with plain values, sorted; equal estimators give equal texts."""
    return {str(name): plain_value(params[name]) for name in sorted(params, key=str)}


def plain_value(value: object) -> Plain:
    """Return one param as a number, a bool or a text without memory addresses."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return _cut(str(value))
    if isinstance(value, type | FunctionType | BuiltinFunctionType | MethodType):
        return f"{value.__module__}.{value.__qualname__}"
    return _cut(_ADDRESS.sub("", " ".join(repr(value).split())))


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}… ({LONGEST:,} of {len(text):,} characters)"
