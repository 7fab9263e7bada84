"""Files as a power cut leaves them: what was synced is there, and nothing is invented."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from runreport.readers.native import read_run

SECTOR = 512
LINES = 60


def written() -> list[bytes]:
    return [b'{"step":%d,"time":%d.5,"loss":%d.25}\n' % (i, 1_000 + i, 7 * i) for i in range(LINES)]


def cut(chance: random.Random, content: bytes, synced: int) -> bytes:
    """Lose some of what was written since the last sync, sector by sector."""
    length = chance.randint(synced, len(content))
    found = bytearray(content[:length])
    for start in range(synced - synced % SECTOR, length, SECTOR):
        first, last = max(start, synced), min(start + SECTOR, length)
        fate = chance.choice(("keep", "zero", "garbage"))
        if fate == "zero":
            found[first:last] = bytes(last - first)
        elif fate == "garbage":
            found[first:last] = chance.randbytes(last - first)
    return bytes(found)


def check_cuts(folder: Path, count: int) -> None:
    chance = random.Random(count)
    lines = written()
    content = b"".join(lines)
    folder.mkdir()
    for _ in range(count):
        safe = chance.randint(0, LINES)
        synced = sum(map(len, lines[:safe]))
        (folder / "metrics.jsonl").write_bytes(cut(chance, content, synced))
        record = read_run(folder, folder.parent)
        points = {
            (step, time, value)
            for history in record.histories
            if history.name == "loss"
            for step, time, value in zip(history.steps, history.times, history.values, strict=True)
        }

        assert points >= {(i, 1_000.5 + i, 7 * i + 0.25) for i in range(safe)}
        assert points <= {(i, 1_000.5 + i, 7 * i + 0.25) for i in range(LINES)}


def test_what_was_synced_survives_a_power_cut(tmp_path: Path) -> None:
    check_cuts(tmp_path / "run", 200)


@pytest.mark.slow
def test_what_was_synced_survives_two_thousand_power_cuts(tmp_path: Path) -> None:
    check_cuts(tmp_path / "run", 2_000)
