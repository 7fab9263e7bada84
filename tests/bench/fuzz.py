"""Search for bytes that reading a run stumbles over, led by what the code covers.

    python -m pip install atheris
    python tests/bench/fuzz.py [FOLDER OF INPUTS] -max_total_time=60 -max_len=4000 -timeout=5

Options are those of libFuzzer, which also keeps the inputs that led somewhere new in the folder. It
is not part of the tests: `tests/test_fuzz.py` does the same without looking at the coverage.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["runreport"]):
    from runreport.readers.native import read_run

FILES = ("metrics.jsonl", "run.jsonl", "media.jsonl", "system.jsonl")
FOLDER = Path(tempfile.mkdtemp(prefix="runreport-fuzz-")) / "run"


def read_one(data: bytes) -> None:
    """Read a run of one file; the first byte says which one it is."""
    name = FILES[data[0] % len(FILES)] if data else FILES[0]
    path = FOLDER / name
    path.write_bytes(data[1:])
    try:
        read_run(FOLDER, FOLDER.parent)
    finally:
        path.unlink()


def main() -> None:
    """Let atheris call `read_one` for as long as its options say."""
    FOLDER.mkdir()
    atheris.Setup(sys.argv, read_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
