"""The collector is as it was after work that makes many objects."""

from __future__ import annotations

import gc

import pytest

from runreport.allocation import OBJECTS, many_objects, staying_objects


def test_settings_come_back_after_an_error() -> None:
    before = gc.get_threshold()

    with pytest.raises(ZeroDivisionError), many_objects(), staying_objects():
        _ = 1 / gc.isenabled()

    assert gc.isenabled()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_nothing_is_collected_while_objects_are_made_that_stay() -> None:
    with many_objects():
        with staying_objects():
            before = [each["collections"] for each in gc.get_stats()]
            kept: list[list[int]] = [[] for _ in range(3 * OBJECTS)]
            during = [each["collections"] for each in gc.get_stats()]
        assert gc.isenabled()
        assert gc.get_freeze_count() > len(kept)

    assert during == before
    assert gc.get_freeze_count() == 0


def test_what_somebody_else_has_frozen_stays_so() -> None:
    gc.freeze()
    try:
        with many_objects(), staying_objects():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with staying_objects():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
        gc.unfreeze()
