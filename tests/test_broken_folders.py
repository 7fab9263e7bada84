"""Run folders of any shape, broken in any way: the site is built, and each page of it is sound."""

from __future__ import annotations

import json
import os
import posixpath
import random
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner

from runreport.cli import main
from runreport.site.manifest import read_manifest

TEXTS: Final = [
    *("", " ", ".", "..", "a", "测试", "1.0.0", "é" * 90, "x" * 3000, "loss", "CON", "a:b", "a/b"),
    *("<script>alert(1)</script>", "</script><b>", "<!--", "]]>", '"><img src=x onerror=alert(1)>'),
    *("{{7*7}}", "{% raw %}", "__proto__", "constructor", "=1+1", "../../x", "C:\\x", "%2e%2e/"),
    *(
        "javascript:alert(1)",
        "\u202e",
        "\u2028",
        "\ufeff",
        "a\x00b",
        "\ud800",
        "\x1b[31m",
        "`",
        "|",
    ),
    *("# Head\n\n* a\n* b\n\n```python\nx\n```", "![a](artifacts/a.png) [b](javascript:x)"),
]
NAMES: Final = [
    "a.png",
    "b.html",
    "c.json",
    "d.txt",
    "e.svg",
    "f.csv",
    "g",
    "h.py",
    "i.md",
    "j.pdf",
]
FIELDS: Final = [
    *("format", "run_id", "name", "experiment", "status", "started", "ended", "user", "os_user"),
    *("host", "source", "version", "git", "python", "command", "params", "tags", "metrics"),
    *("parent", "datasets", "models", "time", "by", "other"),
]
VOID: Final = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
# They end where the next one or the row ends, whether they say so or not.
CELLS: Final = {"td", "th"}


@pytest.fixture(autouse=True)
def _cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Tree:
    """Makes run folders by dice, then harms them."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)

    def make(self) -> None:
        for number in range(self.dice.randint(1, 4)):
            parts = self.dice.choice([["e"], ["e", "f"], [], ["e", "run0"]])
            self.run(Path("runs", *parts, f"run{number}"))
        for _ in range(self.dice.choice([0, 1, 1, 2, 5])):
            files = sorted(path for path in Path("runs").rglob("*") if not path.is_symlink())
            if files:
                self.dice.choice(self.harms())(self.dice.choice(files))

    def run(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "run.jsonl").write_bytes(self.lines(self.record, 4))
        for stream in ("metrics", "system", "media"):
            for mark in self.dice.choice([[], [""], ["", ".20261122T101500Z-0a1b2c3d"]]):
                line = self.medium if stream == "media" else self.point
                (folder / f"{stream}{mark}.jsonl").write_bytes(self.lines(line, 60))
        if self.dice.random() < 0.5:
            (folder / "README.md").write_bytes(self.text().encode(errors="surrogatepass"))
            (folder / "console.log").write_bytes(self.dice.randbytes(500) + b"\r50 %\rdone\n")
        for name in self.dice.sample(NAMES, self.dice.randint(0, 4)):
            place = folder / "artifacts" / self.dice.choice(["", "model", "code"]) / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(self.dice.choice([b"", b"\x89PNG\r\n\x1a\n", b"<b>", b"[1,2"]) * 9)

    def lines(self, line: Callable[[], Any], most: int) -> bytes:
        count = self.dice.randint(0, most)
        # The odd texts hold a lone surrogate, which JSON can say and UTF-8 cannot.
        return b"".join(json.dumps(line()).encode() + b"\n" for _ in range(count))

    def record(self) -> Any:
        return {name: self.value() for name in self.dice.sample(FIELDS, self.dice.randint(0, 9))}

    def point(self) -> Any:
        names = self.dice.choices(["loss", "acc", self.text()], k=self.dice.randint(0, 3))
        point = {name: self.number() for name in names}
        if self.dice.random() < 0.8:
            point["step"] = self.number()
        if self.dice.random() < 0.5:
            point["time"] = 1.7e9 + self.dice.random()
        return point

    def medium(self) -> Any:
        path = self.dice.choice([f"artifacts/{self.dice.choice(NAMES)}", self.text(), "../x.png"])
        return {"step": self.number(), "key": self.text(), "path": path, "caption": self.value()}

    def value(self, depth: int = 0) -> Any:
        kind = self.dice.randint(0, 5 if depth < 3 else 3)
        if kind == 5:
            return {self.text(): self.value(depth + 1) for _ in range(self.dice.randint(0, 4))}
        if kind == 4:
            return [self.value(depth + 1) for _ in range(self.dice.randint(0, 4))]
        return self.dice.choice([self.text(), self.text(), self.number(), None, True])

    def number(self) -> Any:
        odd = ["NaN", "Infinity", -1, 0, 10**30, 1e308, -0.0, 1e-320, float("nan"), True, "3", None]
        return self.dice.choice([*odd, *(self.dice.random() for _ in range(30))])

    def text(self) -> str:
        return self.dice.choice(TEXTS)

    def harms(self) -> list[Callable[[Path], None]]:
        return [
            *(self.cut, self.flip, self.glue, self.insert, self.crlf),
            *(self.to_folder, self.to_link, self.to_pipe, self.remove, self.rename, self.deep),
        ]

    def edit(self, path: Path, change: Callable[[bytes], bytes]) -> None:
        if path.is_file():
            path.write_bytes(change(path.read_bytes()))

    def cut(self, path: Path) -> None:
        self.edit(path, lambda content: content[: self.dice.randint(0, len(content))])

    def flip(self, path: Path) -> None:
        def change(content: bytes) -> bytes:
            changed = bytearray(content)
            for _ in range(min(len(changed), 8)):
                changed[self.dice.randrange(len(changed))] = self.dice.randrange(256)
            return bytes(changed)

        self.edit(path, change)

    def glue(self, path: Path) -> None:
        self.edit(path, lambda content: content.replace(b"}\n{", b"}{", 2))

    def insert(self, path: Path) -> None:
        junk = [
            b"\0" * 99,
            b"\xef\xbb\xbf",
            b"\xff\xfe",
            b"\n\n",
            b"[" * 5000,
            b'{"a":1}',
            b"null\n",
        ]

        def change(content: bytes) -> bytes:
            at = self.dice.randint(0, len(content))
            return content[:at] + self.dice.choice(junk) + content[at:]

        self.edit(path, change)

    def crlf(self, path: Path) -> None:
        self.edit(path, lambda content: content.replace(b"\n", b"\r\n"))

    def to_folder(self, path: Path) -> None:
        self.remove(path)
        path.mkdir(parents=True)

    def to_link(self, path: Path) -> None:
        self.remove(path)
        path.symlink_to(self.dice.choice(["nowhere", ".", "..", "/etc/passwd", path.name]))

    def to_pipe(self, path: Path) -> None:
        self.remove(path)
        os.mkfifo(path)

    def remove(self, path: Path) -> None:
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    def rename(self, path: Path) -> None:
        odd = [b"a b", b"\xff\xfe", b"#?&%", b"<b>", b"-rf", b"\n", "ä".encode(), b"x" * 250]
        os.rename(path, os.path.join(os.fsencode(path.parent), self.dice.choice(odd)))  # noqa: PTH104, PTH118

    def deep(self, path: Path) -> None:
        folder = path if path.is_dir() else path.parent
        (folder / "/".join(["d"] * 60)).mkdir(parents=True)


class Page(HTMLParser):
    """A page's elements, each closed where it must be, and what it links to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.inline = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in CELLS and self.open[-1] in CELLS:
            self.open.pop()
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not [name for name, _ in attrs if name.startswith("on")], (tag, attrs)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr" and self.open[-1] in CELLS:
            self.open.pop()
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.inline += data.strip()


def check_site() -> None:
    """Parse whatever the site has, and follow every link in it."""
    listed = read_manifest(Path("site"))
    assert listed
    for path in listed:
        content = Path("site", path).read_bytes()
        if path.endswith(".html"):
            check_page(path, content.decode(), listed.keys())
        elif path.startswith("data/") and path.endswith(".js"):
            head, _, value = content.decode().removesuffix(");\n").partition(", ")
            assert head.startswith('runreport.put("')
            if value.startswith("JSON.parse("):
                value = json.loads(value.removeprefix("JSON.parse(").removesuffix(")"))
            json.loads(value, parse_constant=refuse)
        elif path.startswith("data/") and path.endswith(".json"):
            json.loads(content, parse_constant=refuse)


def check_page(path: str, text: str, files: Any) -> None:
    page = Page(text)
    assert page.inline == ""
    for link in page.links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            assert parts.scheme in ("http", "https", "mailto", "data"), link
        elif parts.path:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), parts.path))
            assert unquote(target) in files, (path, link)


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def build_broken(seed: int) -> None:
    Tree(seed).make()
    result = CliRunner().invoke(main, ["build", "-q", "runs"])

    if result.exit_code:
        # All that is left may be nothing that could be read.
        assert result.exit_code == 1, result.output
        assert result.output.startswith("Error: "), result.output
        assert result.output.count("\n") == 1
        return
    check_site()
    before = {path: path.read_bytes() for path in Path("site").rglob("*.html")}
    assert CliRunner().invoke(main, ["build", "-q", "runs"]).exit_code == 0
    assert {path: path.read_bytes() for path in Path("site").rglob("*.html")} == before


@pytest.mark.parametrize("seed", range(25))
def test_site_of_broken_folders(seed: int) -> None:
    build_broken(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(25, 225))
def test_site_of_more_broken_folders(seed: int) -> None:
    build_broken(seed)


def test_link_to_itself_loses_nothing() -> None:
    folder = Path("runs/e/run0")
    folder.mkdir(parents=True)
    (folder / "run.jsonl").write_text('{"run_id": "a"}\n')
    for place in (folder / "loop", folder / "system.jsonl", Path("runs/loop")):
        place.symlink_to(place.name)

    assert CliRunner().invoke(main, ["build", "-q", "runs"]).exit_code == 0
    check_site()


def test_page_of_a_file_that_was_logged_at_several_steps_is_written_once() -> None:
    folder = Path("runs/e/run0/artifacts")
    folder.mkdir(parents=True)
    (folder / "b.html").write_text("<b>bold</b>")
    lines = (f'{{"step": {step}, "key": "k", "path": "artifacts/b.html"}}\n' for step in range(3))
    (folder.parent / "media.jsonl").write_text("".join(lines))
    (folder.parent / "run.jsonl").write_text('{"run_id": "a"}\n')

    assert CliRunner().invoke(main, ["build", "-q", "runs"]).exit_code == 0
    check_site()
