"""Source text with its syntax marked by classes, whose colours theme.css holds for both schemes."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache, lru_cache
from operator import itemgetter
from typing import Final

from markupsafe import Markup, escape
from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class, get_all_lexers
from pygments.token import Token, _TokenType

LONGEST: Final = 100_000
"""Characters; a longer text is shown as it is, since marking it takes seconds."""

_CLASSES: Final = {
    Token.Keyword: "hk",
    Token.Operator.Word: "hk",
    Token.Name.Tag: "hk",
    Token.Literal.String: "hs",
    Token.Literal.Number: "hm",
    Token.Name.Function: "hn",
    Token.Name.Class: "hn",
    Token.Name.Decorator: "hn",
    Token.Name.Attribute: "hn",
    Token.Generic.Heading: "hk",
    Token.Generic.Subheading: "hk",
    Token.Generic.Inserted: "hs",
    Token.Generic.Deleted: "he",
    Token.Comment: "hc",
}


@lru_cache(maxsize=256)
def highlight(text: str, name: str) -> Markup:
    """Return ``text`` marked by the language that the file's ``name`` tells, a span a line.

    The cache is for the script that every run of an experiment keeps.
    """
    lexer = lexer_of(name) if len(text) <= LONGEST else None
    lines = _marked(text, lexer) if lexer else str(escape(text)).split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return Markup("\n".join([f'<span class="line">{each}</span>' for each in lines]))


def lexer_of(name: str) -> Lexer | None:
    """Return the lexer that pygments itself finds by a file's name, among those that it brings."""
    lexer = _class_of(name.rpartition("/")[2])
    return lexer(stripnl=False, ensurenl=False) if lexer else None


@lru_cache(maxsize=256)
def _class_of(name: str) -> type[Lexer] | None:
    # Pygments' own search makes a regular expression of each of a thousand patterns, which takes
    # longer than all else of a small build.
    rated = [
        (lexer.priority + (0.0 if "*" in pattern else 0.5), lexer.__name__, lexer)
        for title, _, patterns, _ in get_all_lexers(plugins=False)
        for pattern in patterns
        if _is_named(name, pattern) and (lexer := find_lexer_class(title))
    ]
    return max(rated, key=itemgetter(0, 1))[2] if rated else None


def _is_named(name: str, pattern: str) -> bool:
    end = pattern.removeprefix("*")
    if any(each in end for each in "*?["):
        return fnmatchcase(name, pattern)
    return name.endswith(end) if pattern.startswith("*") else name == end


def _marked(text: str, lexer: Lexer) -> list[str]:
    """Return the lines as HTML; a token that spans several is closed at each line's end."""
    lines = [""]
    for token, value in lexer.get_tokens(text):
        css = _css(token)
        first, *others = value.split("\n")
        lines[-1] += _span(first, css)
        lines.extend(_span(each, css) for each in others)
    return lines


def _span(text: str, css: str) -> str:
    shown = str(escape(text))
    return f'<span class="{css}">{shown}</span>' if shown and css else shown


@cache
def _css(token: _TokenType) -> str:
    """Return the class of the nearest kind of token that has one."""
    kinds = (_CLASSES.get(each) for each in reversed(token.split()))
    return next((css for css in kinds if css), "")
