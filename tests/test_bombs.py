"""Run folders that are made to eat memory, time or room: the build bounds what they cost.

Each is built by a process of its own, under limits to its memory and its processor time.
"""

from __future__ import annotations

import json
import os
import re
import resource
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

GIGABYTE = 1_000_000_000
MOST_MEMORY = GIGABYTE
ADDRESS_SPACE = 6 * GIGABYTE
SECONDS = 60
RUN = Path("runs/iris/bomb")
PLACE = re.compile(r"iris/bomb\S*")
PLAIN = b'{"step": 0, "loss": 0.5}\n'


@pytest.fixture(autouse=True)
def _cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (RUN / "artifacts").mkdir(parents=True)
    (RUN / "run.jsonl").write_text('{"run_id": "bomb", "status": "finished"}\n')
    (RUN / "metrics.jsonl").write_bytes(PLAIN)


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def build() -> tuple[int, int]:
    """Build in a process under limits; return its exit code and the most bytes it ever had."""
    child = os.fork()
    if child == 0:
        try:
            limit()
            os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)
            command = [sys.executable, "-m", "runreport", "build", "-q", "--jobs", "1"]
            os.execv(sys.executable, command)
        finally:
            os._exit(99)
    _, status, used = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), used.ru_maxrss * 1024


def site_size() -> int:
    return sum(path.stat().st_size for path in Path("site").rglob("*") if path.is_file())


def text_of(page: Path) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.read_text())).split())


def long_text() -> None:
    (RUN / "metrics.jsonl").write_bytes(PLAIN + b'{"loss": "' + b"x" * 100_000_000 + b'"}\n')


def long_list() -> None:
    (RUN / "metrics.jsonl").write_bytes(PLAIN + b'{"loss": [' + b"0.125," * 16_000_000 + b"1]}\n")


def long_record() -> None:
    with (RUN / "run.jsonl").open("ab") as file:
        file.write(b'{"params": {"x": "' + b"x" * 100_000_000 + b'"}}\n')


def keys_in_a_line() -> None:
    keys = ",".join(f'"k{each}": 1' for each in range(2_000_000))
    (RUN / "metrics.jsonl").write_bytes(PLAIN + f"{{{keys}}}\n".encode())


def keys_in_many_lines() -> None:
    with (RUN / "metrics.jsonl").open("a") as file:
        for line in range(20):
            keys = ",".join(f'"k{line}-{each}": 1' for each in range(100_000))
            file.write(f"{{{keys}}}\n")


def params_in_many_lines() -> None:
    with (RUN / "run.jsonl").open("a") as file:
        for line in range(20):
            keys = ",".join(f'"k{line}-{each}": 1' for each in range(100_000))
            file.write(f'{{"params": {{{keys}}}}}\n')


def deep_line() -> None:
    (RUN / "metrics.jsonl").write_bytes(PLAIN + b'{"loss": ' + b"[" * 100_000 + b"\n")


def deep_record() -> None:
    deep = b'{"a": ' * 100_000 + b"1" + b"}" * 100_000
    with (RUN / "run.jsonl").open("ab") as file:
        file.write(b'{"params": ' + deep + b"}\n")


def deep_figure() -> None:
    (RUN / "artifacts/figure.json").write_bytes(
        b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    )


def sparse(name: str) -> Callable[[], None]:
    def make() -> None:
        with (RUN / name).open("ab") as file:
            file.truncate(50 << 30)

    make.__name__ = f"sparse {name}"
    return make


def empty_files() -> None:
    for each in range(100_000):
        os.close(os.open(RUN / f"artifacts/{each}", os.O_CREAT | os.O_WRONLY))


def zip_bomb() -> None:
    with (
        zipfile.ZipFile(RUN / "artifacts/bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros", "w", force_zip64=True) as file,
    ):
        for _ in range(2000):
            file.write(bytes(1_000_000))


def picture_bomb() -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1_000_000)) for _ in range(2500)) + packer.flush()
    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    (RUN / "artifacts/bomb.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def svg_bomb() -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    (RUN / "artifacts/bomb.svg").write_text(
        f'<!DOCTYPE svg [<!ENTITY a0 "ha">{entities}]><svg xmlns="http://www.w3.org/2000/svg">'
        "<text>&a9;</text></svg>"
    )


def notes_bomb() -> None:
    (RUN / "README.md").write_text("[" * 50_000 + "*_" * 50_000 + "> " * 5_000)


def many_findings() -> None:
    (RUN / "metrics.jsonl").write_bytes(PLAIN + b"nonsense\n" * 1_000_000)


def many_media() -> None:
    lines = (
        json.dumps({"step": each, "key": f"k{each % 999}", "path": f"media/{each}.png"})
        for each in range(200_000)
    )
    (RUN / "media.jsonl").write_text("".join(f"{line}\n" for line in lines))


LONG = "longer than 4 MiB; the line is left out, mend or delete it"
DEEP = "nested more than 32 levels deep; the line is left out, mend or delete it"
LARGE = "not published: 54 GB is more than max_artifact_bytes = 50 MB; raise that setting"

# Each with what the run's page says of it: what was left out, and where.
BOMBS: list[tuple[Callable[[], None], list[str]]] = [
    (long_text, [f"{LONG} iris/bomb/metrics.jsonl:2"]),
    (long_list, [f"{LONG} iris/bomb/metrics.jsonl:2"]),
    (long_record, [f"{LONG} iris/bomb/run.jsonl:2"]),
    (keys_in_a_line, [f"{LONG} iris/bomb/metrics.jsonl:2"]),
    (
        keys_in_many_lines,
        [
            (
                "2,000 of 2,000,001 metrics are read (at most 2,000); "
                "log fewer names, or keep the rest in an artifact iris/bomb/metrics.jsonl"
            )
        ],
    ),
    (
        params_in_many_lines,
        [
            (
                "2,000 of 2,000,000 corrections are read (at most 2,000); "
                "the run has the values of all iris/bomb/run.jsonl"
            ),
            (
                "2,000 of 2,000,000 params are read (at most 2,000); "
                "log fewer, or keep the rest in an artifact iris/bomb/run.jsonl"
            ),
        ],
    ),
    (deep_line, [f"{DEEP} iris/bomb/metrics.jsonl:2"]),
    (deep_record, [f"{DEEP} iris/bomb/run.jsonl:2"]),
    (deep_figure, ["figure.json json 200 kB Download 64 kB of 200 kB shown"]),
    (sparse("metrics.jsonl"), [f"{LONG} iris/bomb/metrics.jsonl:2", "54 GB torn"]),
    (sparse("run.jsonl"), [f"{LONG} iris/bomb/run.jsonl:2", "54 GB torn"]),
    (sparse("system.jsonl"), [f"{LONG} iris/bomb/system.jsonl:1", "54 GB torn"]),
    (
        sparse("README.md"),
        [
            (
                "1,000,000 of 53,687,091,200 bytes are read; "
                "keep the rest in an artifact iris/bomb/README.md"
            )
        ],
    ),
    (sparse("console.log"), ["54 GB between head and tail are not shown"]),
    (sparse("artifacts/model.bin"), [f"{LARGE} iris/bomb/artifacts/model.bin"]),
    (sparse("artifacts/notes.txt"), [f"{LARGE} iris/bomb/artifacts/notes.txt"]),
    (
        empty_files,
        ["20,000 of 100,000 files are listed; pack them into fewer files iris/bomb/artifacts"],
    ),
    (zip_bomb, ["bomb.zip binary 1.9 MB"]),
    (picture_bomb, ["more than 50,000,000 pixels: not shown in the page", "bomb.png"]),
    (svg_bomb, ["bomb.svg svg 592 B Download"]),
    (notes_bomb, ["*_" * 50_000]),
    (
        many_findings,
        [
            (
                "not JSON (Expecting value, column 1); the line is left out, mend or delete it "
                "1,000,000 times, first at iris/bomb/metrics.jsonl:2"
            )
        ],
    ),
    (many_media, ["200 of 999 keys are shown; log under fewer keys", "6 of 201 steps"]),
]


@pytest.mark.parametrize(
    ("make", "told"), BOMBS, ids=[make.__name__.replace("_", " ") for make, _ in BOMBS]
)
def test_what_a_bomb_costs_is_bounded_and_named(make: Callable[[], None], told: list[str]) -> None:
    make()

    code, memory = build()

    assert code == 0
    assert memory <= MOST_MEMORY
    assert site_size() < 200_000_000
    page = text_of(next(Path("site/r").glob("*/index.html")))
    assert [text for text in told if text not in page] == []
    # What is left out of a run is on the log page too, by the place that it was left out of.
    log = text_of(Path("site/log.html"))
    assert [place for place in PLACE.findall(" ".join(told)) if place not in log] == []
