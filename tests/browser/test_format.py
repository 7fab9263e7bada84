"""The scripts' text of numbers is the build's, to the letter."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page

from runreport.text import numbers

pytestmark = pytest.mark.browser

SIMPLE = [0.0, -0.0, 1.0, -1.5, 0.1, 2.5, 1e7, 9999999.5, 1e21, 1e-7, 123456.789, 5e-324, 1.7e308]
ODD = [math.nan, math.inf, -math.inf]


def some_numbers() -> list[float]:
    source = random.Random(5)
    spread = [source.choice([-1, 1]) * 10 ** source.uniform(-12, 12) for _ in range(400)]
    halves = [source.randrange(-4000, 4000) / 8 for _ in range(200)]
    return SIMPLE + spread + halves


def written(page: Page, call: str, values: Sequence[object]) -> list[str]:
    """Return what a function of format.js says of each value."""
    result: list[str] = page.evaluate(
        f"values => values.map((value) => {{ const format = runreport.format; return {call}; }})",
        list(values),
    )
    return result


@pytest.fixture
def blank(page: Page, site: Path) -> Page:
    """A page with the scripts and no chart."""
    page.goto((site / "log.html").as_uri())
    return page


def test_exact_numbers_are_written_alike(blank: Page) -> None:
    values = some_numbers() + ODD

    assert written(blank, "format.exact(value)", values) == [
        numbers.exact_text(value) for value in values
    ]


@pytest.mark.parametrize("decimals", range(7))
def test_numbers_with_fixed_decimals_are_written_alike(blank: Page, decimals: int) -> None:
    values = some_numbers() + ODD

    assert written(blank, f"format.fixed(value, {decimals})", values) == [
        numbers.fixed_text(value, decimals) for value in values
    ]


TIMES = [-1.5, 0, 0.5, 1767225600.999, 253402300799, 253402300800, -62135596800, -62135596801]
SPANS = [0, 0.0004, 0.9994, 0.9995, 1, 12.34, 59.94, 59.95, 60, 3599.4, 3599.5, 3600, 86370]
SPANS += [89999, 1e6, 1e15, 3e20, -5, -0.25, 1.25]


@pytest.mark.parametrize(
    ("call", "python", "values"),
    [
        ("format.time(value)", numbers.time_text, TIMES),
        ("format.exactTime(value)", numbers.exact_time_text, TIMES),
        ("format.duration(value)", numbers.duration_text, SPANS),
        ("format.bytes(value)", numbers.bytes_text, [0, 999, 1000, 1049, 64000, 999499, 10**13]),
        ("format.count(value)", numbers.count_text, [0, 12, 999, 1000, 1234567]),
    ],
    ids=["time", "time with seconds", "duration", "bytes", "count"],
)
def test_other_quantities_are_written_alike(
    blank: Page, call: str, python: Callable[..., str], values: list[float]
) -> None:
    assert written(blank, call, values) == [python(value) for value in values]


def test_decimals_of_a_column_are_chosen_alike(blank: Page) -> None:
    source = random.Random(6)
    columns = [
        [10 ** source.uniform(low, low + 3) for _ in range(source.randrange(1, 9))]
        for low in range(-9, 6)
    ]
    columns += [[], [1.0, 2.0], [0.0, 0.5], [math.nan, 0.25]]

    assert written(blank, "String(format.decimalsFor(value))", columns) == [
        str(numbers.decimals_for(column)) for column in columns
    ]


def test_packed_columns_are_read_as_they_were_written(blank: Page) -> None:
    values = blank.evaluate(
        """() => {
          const strip = (list) => Array.from(list);
          const decode = runreport.numbers;
          const atob = () => {
            const native = Uint8Array.fromBase64;
            Uint8Array.fromBase64 = undefined;
            const out = strip(decode({ f8: 'AAAAAAAA8D8AAAAAAAAEwA==' }));
            Uint8Array.fromBase64 = native;
            return out;
          };
          return [
            strip(decode({ range: [5, 0.5, 4] })),
            strip(decode({ f4: 'AADAPwAAIMA=' })),
            strip(decode({ f8: 'AAAAAAAA8D8AAAAAAAAEwA==' })),
            atob(),
            strip(decode([1, 'Infinity', '-Infinity'])),
            strip(runreport.decode({ i1: '//8B' })),
          ];
        }"""
    )

    assert values == [
        [5, 5.5, 6, 6.5],
        [1.5, -2.5],
        [1, -2.5],
        [1, -2.5],
        [1, math.inf, -math.inf],
        [-1, -1, 1],
    ]
