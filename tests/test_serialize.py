from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runreport.text.serialize import (
    MAX_DEPTH,
    TOO_DEEP,
    clean_text,
    data_script,
    plain_json,
    read_data_script,
    script_json,
)

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover=alert(1) x='",
    "`",
    "javascript:alert(1)",
    "\x01JaVaScRiPt:alert(1)",
    "&#106;avascript:alert(1)",
    "data:text/html,<b>",
    "\\\\evil\\x",
    "{{7*7}}{%raw%}${7*7}<%=7*7%>%{x}",
    r"$\href{javascript:alert(1)}{x}$",
    "</style><script>alert(1)</script>",
    "]]>",
    "--><svg onload=alert(1)>",
    "line\u2028separator\u2029s\u0085",
    "NUL\0",
    "\ufeffBOM",
    "\u202ertl\u2066",
    "e" + "\u0301" * 1000,
    "👩‍👩‍👧‍👦",
    "__proto__",
    "constructor",
    '");alert(1);("',
    "\\",
    '\\");alert(1)//',
    "",
    " ",
    "x" * 100_000,
]
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("__proto__"), inner),
    max_leaves=20,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_data_as_key_and_value(text: str) -> None:
    data = script_json({text: [text]})

    assert not re.search("[<>&\u2028\u2029]", data.decode())
    assert json.loads(data) == {text: [text]}


@given(JSON)
@settings(deadline=None)
def test_a_data_script_gives_its_value_back(value: Any) -> None:
    file = data_script("t-x", value)

    assert read_data_script(file.content) == value
    assert not re.search("[<>&\u2028\u2029]", file.content.decode())


def test_a_data_script_is_one_call_named_by_its_content() -> None:
    file = data_script("t-iris", {"b": 1, "a": [2.5, "x"]})

    assert file.content == b'runreport.put("t-iris", {"a":[2.5,"x"],"b":1});\n'
    assert re.fullmatch(r"t-iris\.[0-9a-f]{8}\.js", file.name)
    assert data_script("t-iris", {"b": 2}).name != file.name


def test_a_proto_key_is_parsed_since_a_literal_would_set_the_prototype() -> None:
    file = data_script("t-x", {"__proto__": {"polluted": "</script>"}})

    assert file.content.startswith(b'runreport.put("t-x", JSON.parse("')
    assert b"<" not in file.content
    assert read_data_script(file.content) == {"__proto__": {"polluted": "</script>"}}


@pytest.mark.parametrize("key", ["", "a/b", 'a"b', "a.b", "ä"])
def test_a_key_that_is_no_file_name_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"not a key for a data file: {key!r}")):
        data_script(key, 1)


@pytest.mark.parametrize(
    "value",
    [
        [float("nan"), float("inf"), -float("inf"), 1.0],
        [float("nan"), float("inf"), -float("inf"), 1.0, "text", None, True],
        (float("nan"), float("inf"), -float("inf")),
    ],
    ids=["floats", "mixed", "tuple"],
)
def test_non_finite_numbers_are_their_three_strings(value: Any) -> None:
    written = json.loads(script_json({"x": value, "y": value[0]}))

    assert written["x"][:3] == ["NaN", "Infinity", "-Infinity"]
    assert written["x"][3:] == list(value[3:])
    assert written["y"] == "NaN"


def test_lone_surrogates_become_replacement_characters() -> None:
    assert json.loads(script_json({"a\ud800": ["\udfffb", "ok 😀"]})) == {
        "a\ufffd": ["\ufffdb", "ok 😀"]
    }
    assert clean_text("a\ud800é") == "a\ufffdé"
    assert clean_text("plain") == "plain"


def test_integers_beyond_64_bits_keep_their_digits_as_text() -> None:
    assert json.loads(script_json([2**64, -(2**63) - 1, 2**64 - 1, -1, True])) == [
        str(2**64),
        str(-(2**63) - 1),
        2**64 - 1,
        -1,
        True,
    ]


def test_what_is_nested_too_deeply_says_so() -> None:
    value: Any = "bottom"
    for _ in range(MAX_DEPTH + 100):
        value = [value]

    written = json.loads(script_json({"deep": value, "nan": [float("nan")]}))

    assert TOO_DEEP in json.dumps(written)
    assert written["nan"] == ["NaN"]


def test_nesting_far_beyond_the_stack_is_cut_too() -> None:
    value: Any = {}
    for _ in range(100_000):
        value = {"a": value}

    assert TOO_DEEP.encode() in script_json(value)


def test_keys_are_sorted_and_may_be_numbers() -> None:
    assert plain_json({"b": 1, "a": 2}) == b'{"a":2,"b":1}'
    assert plain_json({2: "x"}) == b'{"2":"x"}'


def test_what_is_no_json_is_an_error() -> None:
    with pytest.raises(TypeError):
        script_json({"x": object()})
