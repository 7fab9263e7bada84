"""Files of noise: whatever bytes lie in a run folder, it is read, reduced and kept.

Cases are made from samples by cutting, gluing, repeating and changing bytes at random. Nothing may
be raised, and what is kept of a run for the next build has to be the same again.
"""

from __future__ import annotations

import os
import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from runreport.config import Publish
from runreport.digest import digest
from runreport.disclosure import disclosed
from runreport.index.stored import decode, encode
from runreport.readers.native import read_grown_run, read_run
from runreport.reading.kept import Kept
from runreport.reading.liveness import resolve_status
from runreport.records import RunRecord
from runreport.text.redact import Redactor

SAMPLE = Path(__file__).parent / "data" / "native" / "iris" / "20261122T101500-brave-otter-3f9c"
NAMES = ("run.jsonl", "metrics.jsonl", "system.jsonl", "media.jsonl", "console.log", "README.md")
SEGMENT = "metrics.20261122T101500123456Z-0a1b2c3d.jsonl"
LINES = [
    b'{"step":1,"time":1.5,"loss":0.25}\n',
    b'{"loss":"NaN","acc":-Infinity}\n',
    b'{"segment":{"kind":"resumed","time":1.5,"by":"kim"}}\n',
    b'{"params":{"lr":0.1},"tags":{"a":null},"metrics":{"loss":{"goal":"min"}}}\n',
    b'{"status":"failed","error":{"type":"E","traceback":"x"},"ended":"2026-03-06T20:46:00Z"}\n',
    b'{"key":"a","path":"media/x.png","step":1e999}\n',
    b'{"started":-1e308,"pid":99999999999999999999,"user":["kim"],"source":[]}\n',
]
TOKENS = [
    *(b"{", b"}", b"[", b"]", b'"', b":", b",", b"\n", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf"),
    *(b"NaN", b"-Infinity", b"null", b"true", b"1e999", b"-0", b"9" * 30, b"1" * 5000, b"\\ud800"),
    *(b"\\", b"\\u0000", "\u2028".encode(), b'"step":', b'"time":', b"[" * 99, b'{"a":' * 99, b" "),
    *(b"-----BEGIN PRIVATE KEY-----", b"password=hunter22", b"</script>", b"__proto__"),
]
MAX_BYTES = 200_000


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Return bytes with some changes."""
    for _ in range(chance.choice([0, 1, 1, 2, 5, 20])):
        place = chance.randrange(len(content) + 1)
        stop = min(len(content), place + int(chance.expovariate(1 / 40)))
        part = chance.choice(
            [
                *(b"", chance.choice(TOKENS), chance.choice(LINES), chance.randbytes(stop - place)),
                content[place:stop] * chance.choice([2, 3, 300]),
                bytes(each ^ (1 << chance.randrange(8)) for each in content[place:stop]),
                content[chance.randrange(len(content) + 1) :][: stop - place],
            ]
        )
        content = (content[:place] + part + content[stop:])[:MAX_BYTES]
    return content


def fill(folder: Path, chance: random.Random) -> None:
    """Write a run folder of mutated files."""
    for name in (*NAMES, SEGMENT):
        path = folder / name
        path.unlink(missing_ok=True)
        if chance.random() < 0.3:
            continue
        sample = SAMPLE / name
        lines = b"".join(chance.choices(LINES, k=chance.choice([0, 3, 90])))
        content = chance.choice([lines, sample.read_bytes() if sample.exists() else lines])
        path.write_bytes(mutated(content, chance))


def check(folder: Path) -> None:
    """Take a run folder through all that a build does with one run."""
    root = folder.parent.parent
    record = read_run(folder, root)
    kept = Kept(root / "kept", "code", 100)
    assert repr(read_grown_run(folder, root, kept)) == repr(record)
    assert repr(read_grown_run(folder, root, kept)) == repr(record)
    reduced(record, folder)


def reduced(record: RunRecord, folder: Path) -> None:
    status = resolve_status(record, now=1.8e9)
    shown = disclosed(record, Publish(), Redactor(("a known secret",)), label="iris/a")
    run, files = digest(shown, goals={}, status=status, slug="a")
    text = encode(run)
    assert text is not None
    again = decode(text)
    assert repr(replace(again, record=replace(again.record, folder=folder))) == repr(run)
    assert all(file.content.isascii() or file.content.decode() for file in files)


def fuzz(tmp_path: Path, seed: int) -> None:
    folder = tmp_path / "iris" / "a"
    folder.mkdir(parents=True, exist_ok=True)
    fill(folder, random.Random(seed))
    try:
        check(folder)
    except Exception as error:
        error.add_note(f"seed {seed}")
        raise


def test_no_file_of_noise_raises_anything(tmp_path: Path) -> None:
    for seed in range(150):
        fuzz(tmp_path, seed)


@pytest.mark.slow
def test_no_file_of_noise_raises_anything_for_a_minute(tmp_path: Path) -> None:
    seed = int.from_bytes(os.urandom(6))
    end = time.monotonic() + 60
    while time.monotonic() < end:
        seed += 1
        fuzz(tmp_path, seed)
