"""The filter language of `runreport list --where` and `search_runs`.

    metrics.acc > 0.9 and (params.lr = '0.1' or tags.team in ('a', 'b')) and not name ~ test

A name is a column of the runs frame; without its group it is looked for among the facts, then
metrics, params and tags. ``~`` means "contains", in upper or lower case. A word alone has to be in
some text of the run. A run that lacks the value matches no comparison with it.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from runreport.errors import ConfigError
from runreport.reading.fields import as_text, as_time

if TYPE_CHECKING:
    import pandas as pd

GROUPS: Final = ("metrics", "params", "tags")

_ALIASES: Final = {
    "metric": "metrics",
    "param": "params",
    "parameter": "params",
    "parameters": "params",
    "tag": "tags",
}
_FACTS: Final = {
    "run": "name",
    "run_name": "name",
    "start_time": "started",
    "end_time": "ended",
    "user_id": "user",
}
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<sign><=|>=|!=|==|=|<|>|~)
      | (?P<mark>[(),])
      | (?P<name>\w+\.(?:"[^"]*"|`[^`]*`))
      | (?P<quoted>'[^']*'|"[^"]*"|`[^`]*`)
      | (?P<word>[^\s()=!<>~,'"`]+)
    )""",
    re.VERBOSE,
)
_SIGNS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_WORDS: Final = frozenset({"and", "or", "not", "in"})

Test = Callable[["pd.DataFrame"], list[bool]]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    column: int


def matching(runs: pd.DataFrame, text: str, *, place: str = "--where") -> pd.DataFrame:
    """Return the rows of a runs frame that a filter lets through; an empty filter keeps all.

    Raises:
        ConfigError: the filter cannot be read, or names a column that no run has.
    """
    if not text.strip():
        return runs
    test = _Parser(list(_tokens(text, place)), place).parse()
    return runs[test(runs)]


def find_column(runs: pd.DataFrame, name: str, *, place: str = "--where") -> str:
    """Return the frame's column that a name means.

    Raises:
        ConfigError: there is none.
    """
    group, _, rest = name.partition(".")
    if group in ("attributes", "attribute"):
        name = rest
    if group in _ALIASES:
        name = f"{_ALIASES[group]}.{rest}"
    for choice in (name, _FACTS.get(name, name), *(f"{group}.{name}" for group in GROUPS)):
        if choice in runs.columns:
            return choice
    known = ", ".join(list(runs.columns)[:10])
    more = f" and {len(runs.columns) - 10} more" if len(runs.columns) > 10 else ""
    raise ConfigError(f"{place}: no run has {name!r}; choose from {known}{more}")


def _tokens(text: str, place: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            rest = text[at:].lstrip()
            raise ConfigError(
                f"{place}: cannot read {rest!r}; quote texts and names with 'single quotes'"
            )
        kind = str(match.lastgroup)
        word = match[kind]
        if kind == "quoted":
            word = word[1:-1]
        elif kind == "name":
            group, _, rest = word.partition(".")
            word = f"{group}.{rest[1:-1]}"
        elif kind == "word" and word.lower() in _WORDS:
            kind, word = "keyword", word.lower()
        yield _Token(kind, word, match.start(match.lastgroup or 0) + 1)
        at = match.end()


class _Parser:
    """Reads tokens into one test of a frame, by recursive descent."""

    def __init__(self, tokens: Sequence[_Token], place: str) -> None:
        self._tokens = list(tokens)
        self._place = place
        self._at = 0

    def parse(self) -> Test:
        test = self._any()
        if self._at < len(self._tokens):
            raise self._error("'and', 'or' or the end")
        return test

    def _any(self) -> Test:
        tests = [self._all()]
        while self._takes("keyword", "or"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda runs: _each(any, tests, runs)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._takes("keyword", "and"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda runs: _each(all, tests, runs)

    def _one(self) -> Test:
        if self._takes("keyword", "not"):
            test = self._one()
            return lambda runs: [not passed for passed in test(runs)]
        if self._takes("mark", "("):
            test = self._any()
            self._expect("mark", ")")
            return test
        return self._comparison()

    def _comparison(self) -> Test:
        name = self._take("word", "name", "quoted")
        if name is None:
            raise self._error("a name")
        sign = self._take("sign")
        if sign is not None:
            value = self._value()
            return lambda runs: self._compare(runs, name.text, sign.text, [value])
        negated = self._takes("keyword", "not")
        if negated or self._is_next("keyword", "in"):
            self._expect("keyword", "in")
            values = self._values()
            equal = "!=" if negated else "="
            return lambda runs: self._compare(runs, name.text, equal, values)
        return lambda runs: _contains_word(runs, name.text)

    def _values(self) -> list[str]:
        self._expect("mark", "(")
        values = [self._value()]
        while self._takes("mark", ","):
            values.append(self._value())
        self._expect("mark", ")")
        return values

    def _value(self) -> str:
        token = self._take("word", "quoted", "name")
        if token is None:
            raise self._error("a value")
        return token.text

    def _compare(
        self, runs: pd.DataFrame, name: str, sign: str, values: Sequence[str]
    ) -> list[bool]:
        column = find_column(runs, name, place=self._place)
        combine = all if sign == "!=" else any
        cells = runs[column].tolist()
        if column == "status":
            values = [value.lower() for value in values]
        return [
            not is_missing(cell) and combine(_holds(cell, sign, value) for value in values)
            for cell in cells
        ]

    def _is_next(self, kind: str, text: str) -> bool:
        if self._at >= len(self._tokens):
            return False
        token = self._tokens[self._at]
        return (token.kind, token.text) == (kind, text)

    def _takes(self, kind: str, text: str) -> bool:
        is_next = self._is_next(kind, text)
        self._at += is_next
        return is_next

    def _take(self, *kinds: str) -> _Token | None:
        if self._at >= len(self._tokens) or self._tokens[self._at].kind not in kinds:
            return None
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, kind: str, text: str) -> None:
        if not self._takes(kind, text):
            raise self._error(repr(text))

    def _error(self, wanted: str) -> ConfigError:
        if self._at >= len(self._tokens):
            return ConfigError(f"{self._place}: the filter ends early; {wanted} is missing")
        token = self._tokens[self._at]
        return ConfigError(
            f"{self._place}: column {token.column}: found {token.text!r}; write {wanted} there"
        )


def _each(combine: Callable[[Any], bool], tests: Sequence[Test], runs: pd.DataFrame) -> list[bool]:
    masks = [test(runs) for test in tests]
    return [combine(column) for column in zip(*masks, strict=True)]


def _contains_word(runs: pd.DataFrame, word: str) -> list[bool]:
    columns = [runs[name].tolist() for name in runs.columns if runs[name].dtype.kind == "O"]
    return [
        any(isinstance(cell, str) and word.lower() in cell.lower() for cell in row)
        for row in zip(*columns, strict=True)
    ]


def _holds(cell: Any, sign: str, value: str) -> bool:
    if sign == "~":
        return value.lower() in _cell_text(cell).lower()
    compare = _SIGNS[sign]
    if hasattr(cell, "timestamp"):
        time = _as_moment(value)
        return time is not None and compare(cell.timestamp(), time)
    left, right = _as_number(cell), _as_number(value)
    if left is not None and right is not None:
        return compare(left, right)
    if isinstance(cell, bool):
        value = value.lower()
    elif not isinstance(cell, str) and sign not in ("=", "==", "!="):
        return False
    return compare(_cell_text(cell), value)


def _as_moment(value: str) -> float | None:
    number = _as_number(value)
    if number is None:
        return as_time(value)
    # Milliseconds, as other trackers count them, would be tens of thousands of years.
    return number / 1000 if number > 1e11 else number


def _as_number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _cell_text(cell: Any) -> str:
    return cell.isoformat() if hasattr(cell, "isoformat") else as_text(cell)


def is_missing(cell: Any) -> bool:
    """Tell whether a cell holds nothing: None, NaN, a gap, or no text."""
    if isinstance(cell, float):
        return math.isnan(cell)
    # A missing time is equal to nothing, itself included.
    return cell is None or cell == "" or bool(cell != cell)
