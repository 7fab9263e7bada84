"""Lines of JSON objects as files really hold them."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runreport.errors import ReadError
from runreport.reading.folders import Folder
from runreport.reading.jsonlines import parse_flat_lines, parse_line, parse_lines
from runreport.reading.pieces import MAX_LINE, PIECE, Pieces
from runreport.reading.problems import BadLine, Problems
from runreport.records import Finding


def cut(
    path: Path, *, start: int = 0, stop: int | None = None
) -> tuple[list[bytes | None], Pieces]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        pieces = Pieces(descriptor, path.stat().st_size if stop is None else stop, start=start)
        return list(pieces), pieces
    finally:
        os.close(descriptor)


def parse(line: bytes) -> Any:
    return parse_line(line, 1, Problems("x"))


class TestPieces:
    def test_whole_lines_come_in_pieces(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        line = b"x" * 999 + b"\n"
        path.write_bytes(line * 1000)

        found, pieces = cut(path)

        assert b"".join(piece or b"" for piece in found) == line * 1000
        assert len(found) == -(-1_000_000 // PIECE)
        assert all(piece and piece.endswith(b"\n") for piece in found)
        assert (pieces.end, pieces.torn) == (1_000_000, False)

    def test_bytes_after_the_last_newline_are_a_torn_tail(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"one\ntwo\nthr")

        found, pieces = cut(path)

        assert found == [b"one\ntwo\n"]
        assert (pieces.end, pieces.torn) == (8, True)

    def test_a_reading_goes_on_where_the_last_one_ended(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"one\nthr")
        _, before = cut(path)
        path.write_bytes(b"one\nthree\n")

        found, pieces = cut(path, start=before.end)

        assert found == [b"three\n"]
        assert (pieces.end, pieces.torn) == (10, False)

    def test_what_a_writer_appends_meanwhile_is_left_for_the_next_reading(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"one\ntwo\nthree\n")

        found, pieces = cut(path, stop=6)

        assert found == [b"one\n"]
        assert (pieces.end, pieces.torn) == (4, True)

    def test_a_file_cut_short_meanwhile_ends_early(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"one\n")

        assert cut(path, stop=1_000)[0] == [b"one\n"]

    def test_an_empty_file_has_no_lines(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.touch()

        found, pieces = cut(path)

        assert (found, pieces.end, pieces.torn) == ([], 0, False)

    def test_a_line_that_is_too_long_is_passed_over_without_being_kept(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"one\n" + b"x" * (MAX_LINE + 2 * PIECE) + b"\ntwo\n")

        found, pieces = cut(path)

        assert found == [b"one\n", None, b"two\n"]
        assert pieces.end == path.stat().st_size

    def test_a_tail_that_is_too_long_is_torn(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"one\n" + b"x" * (MAX_LINE + 2 * PIECE))

        found, pieces = cut(path)

        assert (found, pieces.end, pieces.torn) == ([b"one\n"], 4, True)

    def test_the_hole_of_a_sparse_file_is_passed_over_at_once(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        with path.open("wb") as file:
            file.write(b"one\n")
            file.truncate(50 << 30)

        found, pieces = cut(path)

        assert (found, pieces.torn) == ([b"one\n"], True)

    def test_lines_after_a_hole_are_read(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        with path.open("wb") as file:
            file.write(b"one\n")
            file.seek(20 << 30)
            file.write(b"\ntwo\n")

        assert cut(path)[0] == [b"one\n", None, b"two\n"]


GOOD_LINES = {
    "plain": (b'{"a":1}', {"a": 1}),
    "padded": (b'\0\0 \t{"a":1}\r\0', {"a": 1}),
    "windows line end": (b'{"a":1}\r', {"a": 1}),
    "byte order mark": (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
    "mark after NUL bytes": (b'\0\0\xef\xbb\xbf {"a":1}', {"a": 1}),
    "blank": (b"", None),
    "only padding": (b" \0\0\r", None),
    "only a mark": (b"\xef\xbb\xbf", None),
    "other line ends in text": (
        '{"a":"\u2028 \u0085 \u2029"}'.encode(),
        {"a": "\u2028 \u0085 \u2029"},
    ),
    "equal keys": (b'{"a":1,"a":2}', {"a": 2}),
    "equal keys among tokens": (b'{"a":NaN,"a":2}', {"a": 2}),
    "infinity": (b'{"a":Infinity,"b":-Infinity}', {"a": float("inf"), "b": float("-inf")}),
    "too large for a float": (b'{"a":1e999,"b":-1e999}', {"a": float("inf"), "b": -float("inf")}),
    "64 bits": (b'{"a":18446744073709551615}', {"a": 18446744073709551615}),
    "64 bits among tokens": (
        b'{"a":18446744073709551615,"b":Infinity}',
        {"a": 18446744073709551615, "b": float("inf")},
    ),
    "20 digits": (b'{"a":99999999999999999999}', {"a": 1e20}),
    "20 digits among tokens": (
        b'{"a":99999999999999999999,"b":Infinity}',
        {"a": 1e20, "b": float("inf")},
    ),
    "400 digits": (b'{"a":' + b"9" * 400 + b"}", {"a": float("inf")}),
    "5,000 digits": (b'{"a":' + b"9" * 5000 + b"}", {"a": "9" * 5000}),
    "prototype": (b'{"__proto__":{"x":1},"":2}', {"__proto__": {"x": 1}, "": 2}),
    "lone surrogate": (b'{"a":"x\\ud800y"}', {"a": "x\ufffdy"}),
    "lone surrogate in a key": (b'{"\\udfff":[{"b":"\\ud800"}]}', {"\ufffd": [{"b": "\ufffd"}]}),
    "whole surrogate pair beside a lone one": (
        b'{"a":"\\ud83d\\ude00 \\ud800"}',
        {"a": "\U0001f600 \ufffd"},
    ),
    "32 levels": (b'{"a":' + b"[" * 31 + b"]" * 31 + b"}", None),
}


@pytest.mark.parametrize(("line", "value"), GOOD_LINES.values(), ids=GOOD_LINES.keys())
def test_a_good_line_gives_its_object(line: bytes, value: Any) -> None:
    found = parse(line)

    if line.startswith(b'{"a":[['):
        assert set(found) == {"a"}
    else:
        assert found == value
        assert found is None or list(map(type, found.values())) == list(map(type, value.values()))


def test_nan_is_accepted_as_a_bare_word() -> None:
    value = parse(b'{"a":NaN}')["a"]

    assert value != value


BAD_LINES = {
    "torn": (b'{"a":1', "not JSON (Expecting ',' delimiter, column 7)"),
    "glued": (b'{"a":{"b":1}', "not JSON (Expecting ',' delimiter, column 13)"),
    "two objects": (b'{"a":1}{"a":2}', "not JSON (Extra data, column 8)"),
    "junk": (b"hello", "not JSON (Expecting value, column 1)"),
    "bad byte": (b'{"a":"\xff"}', "not UTF-8 (byte 7)"),
    "UTF-16": ('{"a":1}'.encode("utf-16"), "not UTF-8 (byte 1)"),
    "surrogate as bytes": (b'{"a":"\xed\xa0\x80"}', "not UTF-8 (byte 7)"),
    "NUL inside": (b'{"a":"\0"}', "not JSON (Invalid control character at, column 7)"),
    "list": (b"[1,2]", "not an object (but a list)"),
    "number": (b"1.5", "not an object (but a number)"),
    "text": (b'"a"', "not an object (but text)"),
    "null": (b"null", "not an object (but null)"),
    "true": (b"true", "not an object (but true or false)"),
    "token": (b"NaN", "not an object (but a number)"),
    "40 levels": (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", "nested more than 32 levels deep"),
    "900 levels of objects": (
        b'{"a":' * 900 + b"1" + b"}" * 900,
        "nested more than 32 levels deep",
    ),
    "100,000 levels": (b"[" * 100_000 + b"]" * 100_000, "nested more than 32 levels deep"),
    "deep and surrogate": (
        b'{"b":"\\ud800","a":' + b"[" * 900 + b"]" * 900 + b"}",
        "nested more than 32 levels deep",
    ),
}


@pytest.mark.parametrize(("line", "reason"), BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_bad_line_gives_its_reason(line: bytes, reason: str) -> None:
    with pytest.raises(BadLine) as caught:
        parse(line)

    assert str(caught.value) == reason


def test_brackets_inside_text_are_not_depth() -> None:
    assert parse(b'{"a":"' + b"[" * 100 + b'"}') == {"a": "[" * 100}


def test_a_line_over_the_limit_is_not_parsed() -> None:
    with pytest.raises(BadLine, match="longer than 4 MiB"):
        parse(b'{"a":"' + b"x" * MAX_LINE + b'"}')


def test_each_kind_is_counted_at_its_first_line() -> None:
    problems = Problems("iris/a/run.jsonl")
    piece = b'{"a":1}\nhello\n\n{"a":2}\n{"b"\n[1]\n{"b":"\\ud800"}\n'

    numbers, objects = parse_lines(piece, 10, problems)

    assert numbers == [10, 13, 16]
    assert objects == [{"a": 1}, {"a": 2}, {"b": "\ufffd"}]
    assert problems.bad_lines == 3
    remedy = "the line is left out, mend or delete it"
    assert problems.findings() == [
        Finding(
            "warning",
            "iris/a/run.jsonl:11",
            f"not JSON (Expecting value, column 1); {remedy}",
            2,
        ),
        Finding("warning", "iris/a/run.jsonl:15", f"not an object (but a list); {remedy}"),
        Finding(
            "note",
            "iris/a/run.jsonl:16",
            "half a character (a lone surrogate); it is shown as \ufffd",
        ),
    ]


def test_the_first_line_counts_in_whatever_order_a_piece_is_looked_at() -> None:
    problems = Problems("x")
    problems.add("kind", 9, "late")
    problems.add("other", 5, "between")
    problems.add("kind", 3, "early")
    problems.settle()
    problems.add("kind", 12, "later")

    assert problems.findings() == [
        Finding("warning", "x:3", "early", 3),
        Finding("warning", "x:5", "between"),
    ]


def test_a_file_of_noise_has_a_limited_number_of_findings() -> None:
    problems = Problems("x")
    for line in range(1, 1001):
        problems.add(f"kind {line}", line, f"message {line}")
    problems.add("kind 7", 1001, "again")

    findings = problems.findings()

    assert len(findings) == 51
    assert findings[6].count == 2
    assert findings[-1] == Finding(
        "warning",
        "x:51",
        "more kinds of problems than the 50 shown; mend those first",
        950,
    )


class TestFlatLines:
    def test_flat_objects_are_parsed_in_one_call(self) -> None:
        assert parse_flat_lines(b'{"a":1}\n{"b":2}\n') == [{"a": 1}, {"b": 2}]

    @pytest.mark.parametrize(
        "piece",
        [
            b'{"a":{}}\n',
            b'{"a":1}\n\n{"a":2}\n',
            b' {"a":1}\n',
            b'{"a":1}\r\n{"a":1\r\n',
            b'{"a":1\n"b":2}\n',
            b'{"a":1\n"b":2}\n{"c":3},{"d":4}\n',
            b'{"a":"x\ny"}\n{"c":3},{"d":4}\n',
            b'{"a":"x}\n{y"}\n{"c":3}\n{"d":4},{"e":5}\n',
            b'{"a":[1\n{"b":2}]}\n',
            b"[]\n",
            b"\n",
        ],
    )
    def test_anything_else_is_left_to_the_exact_way(self, piece: bytes) -> None:
        assert parse_flat_lines(piece) is None


class TestFolder:
    @pytest.mark.parametrize("by_descriptor", [True, False])
    def test_a_regular_file_is_opened_with_its_size(
        self, tmp_path: Path, *, by_descriptor: bool
    ) -> None:
        (tmp_path / "a").write_bytes(b"hello")

        with (
            Folder(tmp_path, by_descriptor=by_descriptor) as folder,
            folder.open_file("a") as (descriptor, size),
        ):
            assert (os.read(descriptor, 100), size) == (b"hello", 5)

    @pytest.mark.parametrize("by_descriptor", [True, False])
    @pytest.mark.parametrize("kind", ["a link", "a folder", "a named pipe", "a socket"])
    def test_nothing_but_a_regular_file_is_opened(
        self, tmp_path: Path, kind: str, *, by_descriptor: bool
    ) -> None:
        path = tmp_path / "a"
        (tmp_path / "secret").write_text("secret")
        server = socket.socket(socket.AF_UNIX)
        with server:
            if kind == "a link":
                path.symlink_to("secret")
            elif kind == "a folder":
                path.mkdir()
            elif kind == "a named pipe":
                os.mkfifo(path)
            else:
                # The whole path may be longer than an address can be.
                server.bind(os.path.relpath(path))
            with (
                Folder(tmp_path, by_descriptor=by_descriptor) as folder,
                pytest.raises(ReadError) as caught,
                folder.open_file("a"),
            ):
                pass

        assert str(caught.value) == (
            f"is {kind}, which is never opened; put the file or folder itself there"
        )

    @pytest.mark.parametrize("by_descriptor", [True, False])
    def test_a_link_on_the_way_is_refused(self, tmp_path: Path, *, by_descriptor: bool) -> None:
        (tmp_path / "real" / "inner").mkdir(parents=True)
        (tmp_path / "link").symlink_to("real")

        with Folder(tmp_path, by_descriptor=by_descriptor) as folder:
            with folder.walk_to(["real", "inner"]) as inner:
                assert inner.entries() == []
            with pytest.raises(ReadError, match="is a link, which is never opened"):
                folder.walk_to(["link", "inner"])

    def test_a_missing_file_stays_an_operating_system_error(self, tmp_path: Path) -> None:
        with (
            Folder(tmp_path) as folder,
            pytest.raises(FileNotFoundError),
            folder.open_file("nothing"),
        ):
            pass

    def test_no_descriptor_is_left_open(
        self, tmp_path: Path, still_open: Callable[[], list[str]]
    ) -> None:
        (tmp_path / "a" / "b").mkdir(parents=True)
        (tmp_path / "a" / "link").symlink_to("b")

        with Folder(tmp_path) as folder:
            folder.walk_to(["a", "b"]).close()
            with pytest.raises(ReadError):
                folder.walk_to(["a", "link"])
            with pytest.raises(ReadError), folder.open_file("a"):
                pass

        assert still_open() == []
