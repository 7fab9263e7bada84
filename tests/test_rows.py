from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from runreport.digest import digest
from runreport.records import History, RunRecord
from runreport.rows import make_row


@pytest.mark.parametrize(
    ("values", "is_curve"),
    [
        ([], False),
        ([1.0], False),
        ([1.0, 2.0], True),
        ([1.0, math.nan], False),
        ([1.0, math.inf, 2.0], True),
        ([math.nan, math.nan], False),
        ([-1e39, 1.0], False),
        ([1e39, 1.0, 2.0], True),
        ([2e38, -2e38], True),
    ],
)
def test_a_row_says_whether_two_points_can_be_drawn(values: list[float], is_curve: bool) -> None:
    steps = np.arange(len(values), dtype=float)
    history = History("loss", steps, steps, np.array(values))
    record = RunRecord("id", "otter", "iris", Path("x"), "native", histories=(history,))
    run, _ = digest(record, goals={}, status="", slug="x")

    assert [each.is_curve for each in make_row(run).metrics] == [is_curve]
