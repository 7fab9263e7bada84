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


def text_of(page: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", Path("site", page).read_text()))


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


BOMBS: list[tuple[Callable[[], None], str]] = [
    (long_text, "4"),
    (long_list, "4"),
    (long_record, "4"),
    (keys_in_a_line, "4"),
    (keys_in_many_lines, "2,000"),
    (params_in_many_lines, "2,000 of 2,000,000 params"),
    (deep_line, ""),
    (deep_record, ""),
    (deep_figure, ""),
    (sparse("metrics.jsonl"), ""),
    (sparse("run.jsonl"), ""),
    (sparse("system.jsonl"), ""),
    (sparse("README.md"), ""),
    (sparse("console.log"), ""),
    (sparse("artifacts/model.bin"), "max_artifact_bytes"),
    (sparse("artifacts/notes.txt"), "max_artifact_bytes"),
    (empty_files, "20,000"),
    (zip_bomb, ""),
    (picture_bomb, ""),
    (svg_bomb, ""),
    (notes_bomb, ""),
    (many_findings, "1,000,000"),
    (many_media, ""),
]


@pytest.mark.parametrize(
    ("make", "named"), BOMBS, ids=[make.__name__.replace("_", " ") for make, _ in BOMBS]
)
def test_what_a_bomb_costs_is_bounded_and_named(make: Callable[[], None], named: str) -> None:
    make()

    code, memory = build()

    assert code == 0
    assert memory <= MOST_MEMORY
    assert site_size() < 200_000_000
    page = next(Path("site/r").glob("*/index.html")).relative_to("site")
    assert named in text_of("log.html") or named in text_of(str(page))
