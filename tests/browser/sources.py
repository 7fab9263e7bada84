"""The run folders that the browser tests' site is built from."""

from __future__ import annotations

import base64
import json
import math
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

VERSIONS = (
    "1.0.0",
    "123.456.789",
    "测试",
    "1234567890" * 4,
    "v2.1.0-rc.1+build.20261122.gdeadbeefdeadbeef",
    "release/" + "wide-WWW-" * 12 + "mmmm",
    "784ef0059227d57909c9d81632b89915adc03c22",
    "🧪 v3 测试版 é",
)
"""Versions that must never be cut; the sixth has 120 characters."""

STARTED = 1_767_225_600.0
LONG_STEPS = 150_000
"""Points of the run whose history comes in tiles; the spike is one of them."""
SPIKE = (77_777, 9.5)

HOSTILE = (
    "</script><script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=2>",
    "\"'><svg/onload=window.pwned=3>",
    "javascript:window.pwned=4",
    "{{ 7*7 }} ${window.pwned=5} <!-- <script>",
    "<a href='javascript:window.pwned=6'>click</a> <b>bold</b>",
    "__proto__",
    "=HYPERLINK('http://evil.invalid','x')",
    "\u2028\u2029 \u202eright-to-left \u001b[31mred",
)
"""What a hostile run holds in every field."""

ATTACK = """<!doctype html><p id="note">artifact</p>
<link rel="stylesheet" href="EVIL/style.css">
<img src="EVIL/image.png">
<meta http-equiv="refresh" content="1;url=EVIL/refresh">
<form id="form" action="EVIL/form"></form>
<script>
  window.parent.postMessage('ran', '*');
  const tries = [
    () => fetch('EVIL/fetch'),
    () => navigator.sendBeacon('EVIL/beacon'),
    () => { new Image().src = 'EVIL/new-image'; },
    () => { window.open('EVIL/popup'); },
    () => { window.top.location = 'EVIL/top'; },
    () => { window.location = 'EVIL/self'; },
    () => { document.getElementById('form').submit(); },
    () => { window.parent.document.body.textContent = 'taken'; },
    () => { window.parent.pwned = 1; },
    () => { window.localStorage.setItem('pwned', '1'); },
    () => { alert('pwned'); },
  ];
  for (const attempt of tries) { try { attempt(); } catch (error) { /* as it should be */ } }
</script>
"""

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC"
)


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    path.write_text(
        "".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines), encoding="utf-8"
    )


def write_run(
    folder: Path,
    record: Mapping[str, Any],
    metrics: Iterable[Mapping[str, Any]] = (),
    artifacts: Mapping[str, bytes] | None = None,
) -> None:
    """Write one finished run folder by hand, as any script could."""
    folder.mkdir(parents=True)
    start = {"format": "runreport/1", "run_id": folder.name, "status": "running", **record}
    end = {
        "time": record["started"] + 60,
        "status": record.get("status", "finished"),
        "ended": record["started"] + 60,
    }
    write_lines(folder / "run.jsonl", [{"time": record["started"], **start}, end])
    write_lines(folder / "metrics.jsonl", metrics)
    for name, content in (artifacts or {}).items():
        path = folder / "artifacts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def sweep(root: Path, evil: str, runs: int = 40) -> None:
    """Write an experiment of many params and odd versions; the first run's history is long.

    An HTML artifact tries in every way to reach the address ``evil``.
    """
    source = random.Random(7)
    for number in range(runs):
        name = f"{source.choice(['brave', 'calm', 'vivid'])}-otter-{number}"
        started = STARTED + 3600 * number
        params: dict[str, Any] = {
            f"param_{each}": each if each < 5 else each + number % 2 for each in range(30)
        }
        params |= {
            "lr": 10 ** -source.uniform(1, 5),
            "optimizer": source.choice(["adam", "sgd"]),
            "batch": 2 ** source.randrange(4, 9),
        }
        record = {
            "name": name,
            "started": started,
            "user": source.choice(["guo", "amelia", "bjorn"]),
            "source": {"name": "train.py", "kind": "script"},
            "version": VERSIONS[number]
            if number < len(VERSIONS)
            else f"{source.getrandbits(160):040x}",
            "git": {"remote": "https://github.com/example/project.git"},
            "status": ["finished", "failed", "killed"][number % 3 if number > 30 else 0],
            "params": params,
            "tags": {"team": "vision"},
            "metrics": {"loss": {"goal": "min"}, "accuracy": {"goal": "max"}},
        }
        folder = root / "sweep" / f"20260101T000000-{name}-{number:04x}"
        write_run(folder, record, list(sweep_points(number, started)), artifacts_of(number, evil))
    (root / "sweep" / "README.md").write_text(
        "A sweep over *learning rates*.\n\n"
        "| rate | runs | best |\n|---|--:|:-:|\n| 0.1 | 20 | yes |\n"
    )


def sweep_points(number: int, started: float) -> Iterable[Mapping[str, Any]]:
    steps = LONG_STEPS if number == 0 else 120
    for step in range(steps):
        loss: float | str = round(2.0 * math.exp(-step / steps * 3) + 0.01 * number, 6)
        if number == 0 and step == SPIKE[0]:
            loss = SPIKE[1]
        if number == 1 and step in (50, 51):
            loss = "NaN"
        if number == 1 and step == 60:
            loss = "Infinity"
        line: dict[str, Any] = {"step": step, "time": started + step * 0.01, "loss": loss}
        if number:
            line["accuracy"] = round(1 - 1 / (step + 2) - 0.001 * number, 6)
        yield line


def artifacts_of(number: int, evil: str) -> dict[str, bytes]:
    if number != 2:
        return {}
    figure = {
        "data": [{"type": "bar", "x": ["a<b>", "<i>b</i>"], "y": [1, 2], "hovertemplate": "%{x}"}],
        "layout": {
            "title": {"text": "<img src=x onerror=window.pwned=1>"},
            "images": [{"source": "http://evil.invalid/layout.png"}],
        },
    }
    return {
        "code/train.py": b"print('train')\n",
        "plots/one.png": PIXEL,
        "plots/two.png": PIXEL,
        "figure.plotly.json": json.dumps(figure).encode(),
        "report.html": ATTACK.replace("EVIL", evil).encode(),
        "table.csv": b"a,b\n1,2\n",
    }


def hostile(root: Path) -> None:
    """Write runs that hold scripts and markup in every field, and in the names of files."""
    for number, text in enumerate(HOSTILE):
        record = {
            "name": text,
            "started": STARTED + number,
            "user": text,
            "source": {"name": text, "kind": "script"},
            "version": text,
            "git": {"remote": f"https://evil.invalid/{text}", "branch": text},
            "command": text,
            "params": {text: text, "p": text},
            "tags": {text: text},
            "metrics": {text: {"goal": "max"}},
            "extra_field": {text: text},
        }
        points = [{"step": step, "time": STARTED + step, text: step / 3} for step in range(30)]
        safe = "".join(each for each in text if each.isalnum())[:20]
        files = {f"{safe}<b>.txt": text.encode(), "notes.md": text.encode()}
        folder = root / "hostile" / f"run-{number}"
        write_run(folder, record, points, files)
        (folder / "README.md").write_text(text, encoding="utf-8")
        (folder / "console.log").write_text(text * 3, encoding="utf-8")
    (root / "hostile" / "README.md").write_text("\n\n".join(HOSTILE), encoding="utf-8")


def many(root: Path, runs: int = 230) -> None:
    """Write an experiment of more runs than a page first shows, or a chart draws."""
    for number in range(runs):
        started = STARTED + 60 * number
        record = {
            "name": f"seed-{number}",
            "started": started,
            "version": "1.0",
            "metrics": {"score": {"goal": "max"}},
            "params": {"seed": number},
            "tags": {"note": "short" if number % 2 else "long enough to have a title"},
        }
        points = [
            {"step": step, "score": number * 37 % runs + step / 10, "flat": 0.01}
            for step in range(5)
        ]
        write_run(root / "many" / f"seed-{number:04d}", record, points)


def media(root: Path, steps: int = 120) -> None:
    """Write a run with every kind of media: long series, hostile texts, files that are broken."""
    folder = root / "media" / "all-media"
    write_run(folder, {"name": "all-media", "started": STARTED}, [{"step": 0, "loss": 1.0}])
    (folder / "media").mkdir()
    lines: list[dict[str, Any]] = []

    def add(key: str, step: int, name: str, content: bytes, caption: str = "") -> None:
        (folder / "media" / name).write_bytes(content)
        line = {"key": key, "step": 10 * step, "time": STARTED + step, "path": f"media/{name}"}
        lines.append(line | ({"caption": caption} if caption else {}))

    for step in range(steps):
        add("samples", step, "pixel.png", PIXEL, f"sample {step}")
        bins = {"edges": [step, step + 1, step + 2], "counts": [step, 2 * step + 1]}
        add("weights", step, f"w-{step}.histogram.json", json.dumps(bins).encode())
    for step in range(31):
        table = {"columns": [HOSTILE[1], "n"], "data": [[HOSTILE[0], step], [HOSTILE[7], None]]}
        add("errors", step, f"e-{step}.table.json", json.dumps(table).encode(), HOSTILE[2])
        add("remarks", step, f"r-{step}.txt", f"{step}\n{HOSTILE[1]}".encode(), HOSTILE[3])
    for step in range(9):
        add("report", step, f"p-{step}.html", f"<!doctype html><p>page {step}".encode())
        figure = {"data": [{"type": "bar", "y": [step, 1]}], "layout": {}}
        add("curve", step, f"f-{step}.plotly.json", json.dumps(figure).encode())
        add(HOSTILE[0], step, "pixel.png", PIXEL)
    add("tone", 0, "tone.wav", tone())
    add("broken", 0, "broken.png", b"no picture")
    add("broken", 1, "broken.table.json", b"[]")
    write_lines(folder / "media.jsonl", lines)


def tone(rate: int = 8000) -> bytes:
    """Return half a second of a sound."""
    samples = bytes(128 + round(60 * math.sin(each / 3)) for each in range(rate // 2))
    form = b"fmt " + (16).to_bytes(4, "little") + (1).to_bytes(2, "little") * 2
    form += rate.to_bytes(4, "little") * 2 + (1).to_bytes(2, "little") + (8).to_bytes(2, "little")
    body = b"WAVE" + form + b"data" + len(samples).to_bytes(4, "little") + samples
    return b"RIFF" + len(body).to_bytes(4, "little") + body


NESTED = {
    "search-b": ("", 0.0),
    "b-2": ("search-b", 0.9),
    "b-1": ("search-b", 0.2),
    "alone": ("", 0.5),
    "search-a": ("", 0.0),
    "a-1": ("search-a", 0.3),
    "a-1-fold": ("a-1", 0.1),
}
"""By name, newest first, each run's parent and its score."""


def nested(root: Path) -> None:
    """Write an experiment with runs below runs, some of them in groups."""
    for place, (name, (parent, score)) in enumerate(reversed(NESTED.items())):
        record = {
            "name": name,
            "run_id": name,
            "started": STARTED + 60 * place,
            "params": {"lr": 0.1 if "-1" in name else 0.2},
            "metrics": {"score": {"goal": "max"}},
            **({"parent": parent} if parent else {}),
            **({"tags": {"group": f"fold {name[-1]}"}} if len(name) == len("a-1") else {}),
        }
        points = [{"step": step, "score": score} for step in range(3)]
        write_run(root / "nested" / name, record, points)
