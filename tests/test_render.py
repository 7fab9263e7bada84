from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from runreport.contexts import LogContext, Page, SiteModel
from runreport.errors import TemplateError
from runreport.pages.frame import Place, make_shell
from runreport.render import (
    escape_plain,
    make_environment,
    make_renderer,
    static_folders,
    templates_folder,
)


def log_page(summary: str = "nothing to report") -> Page:
    shell = make_shell(SiteModel("My runs", "1.2.3", ()))
    return Page("log.html", "log", LogContext(shell.frame(Place("log.html")), (), summary))


def write_template(theme: Path, name: str, text: str) -> None:
    (theme / f"{name}.html.jinja2").write_text(text, encoding="utf-8")


def test_templates_are_found_beside_the_package_in_a_checkout() -> None:
    assert (templates_folder() / "base.html.jinja2").is_file()


def test_page_renders_with_our_templates() -> None:
    text = make_renderer()(log_page()).decode()

    assert "<title>My runs</title>" in text
    assert '<p class="lead">nothing to report</p>' in text


def test_template_of_the_theme_replaces_ours(tmp_path: Path) -> None:
    write_template(tmp_path, "log", "{{ site.site_title }}: {{ page.summary }}")

    assert make_renderer(tmp_path)(log_page()).decode() == "My runs: nothing to report"


def test_template_of_the_theme_can_override_one_block_of_ours(tmp_path: Path) -> None:
    ours = '{% extends "runreport/base.html.jinja2" %}'
    write_template(
        tmp_path, "base", ours + "{% block footer %}<footer>Lab 7</footer>{% endblock %}"
    )

    text = make_renderer(tmp_path)(log_page()).decode()

    assert "<footer>Lab 7</footer>" in text
    assert "<h1>Build log</h1>" in text


def test_theme_template_escapes_what_it_shows(tmp_path: Path) -> None:
    write_template(tmp_path, "log", "{{ page.summary }}")

    assert make_renderer(tmp_path)(log_page("<b>")).decode() == "&lt;b&gt;"


@given(st.text() | st.text("&<>'\"a"))
def test_texts_are_escaped_as_markupsafe_does(text: str) -> None:
    assert escape_plain(text) == str(escape(text))


def test_what_is_markup_already_is_left_as_it_is() -> None:
    assert escape_plain(Markup("<b>&amp;</b>")) == "<b>&amp;</b>"


@pytest.mark.parametrize("value", [3, None, ["<b>"], type("Text", (str,), {})("<b>")])
def test_other_values_are_escaped_as_text(value: object) -> None:
    assert escape_plain(value) == str(escape(str(value)))


def test_a_piece_is_rendered_once_for_the_same_values() -> None:
    environment = make_environment()
    template = environment.from_string(
        "{% macro piece(a, b) %}<i>{{ a }}{{ b }}</i>{% endmacro %}"
        "{{ once(piece, x, 1) }}{{ once(piece, x, 2) }}{{ once(piece, x, 1) }}"
    )

    assert template.render(x="<") == "<i>&lt;1</i><i>&lt;2</i><i>&lt;1</i>"


def test_a_piece_of_markup_is_no_piece_of_an_equal_text() -> None:
    template = make_environment().from_string(
        "{% macro piece(a) %}{{ a }}{% endmacro %}{{ once(piece, x) }}{{ once(piece, y) }}"
    )

    assert template.render(x=Markup("<b>"), y="<b>") == "<b>&lt;b&gt;"


def test_text_of_a_block_is_one_piece() -> None:
    loop = "{% for n in numbers %}{% if n %}<i>{{ n }}</i>{% endif %}{% endfor %}"
    template = make_environment().from_string(
        f"{{% block outer %}}a{{% block inner %}}{loop}{{% endblock %}}b{{% endblock %}}"
    )

    assert list(template.generate(numbers=[0, 1, "<"])) == ["a", "<i>1</i><i>&lt;</i>", "b"]


def test_block_of_a_theme_may_hold_ours(tmp_path: Path) -> None:
    write_template(
        tmp_path,
        "log",
        '{% extends "runreport/log.html.jinja2" %}'
        "{% block content %}{% set name = '<b>' %}<p>{{ name }}</p>"
        "{% block more %}{% for n in [1, 2] %}{{ n }}{% endfor %}{% endblock %}{{ super() }}"
        "{% endblock %}",
    )

    text = make_renderer(tmp_path)(log_page()).decode()

    assert "<p>&lt;b&gt;</p>12" in text
    assert '<p class="lead">nothing to report</p>' in text
    assert "<h2>All clear</h2>" in text


def test_pieces_of_a_theme_are_its_own(tmp_path: Path) -> None:
    write_template(tmp_path, "_frame", "{% macro metas() %}<meta>{% endmacro %}")
    write_template(
        tmp_path,
        "log",
        '{% import "_frame.html.jinja2" as mine %}'
        '{% import "runreport/_frame.html.jinja2" as ours %}'
        '{{ once(mine.metas) }}{{ once(ours.metas, "<", "", "", "") }}',
    )

    text = make_renderer(tmp_path)(log_page()).decode()

    assert text.startswith("<meta><meta charset")
    assert 'content="&lt;"' in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "one\n{{ page.sumary }}",
            "log.html.jinja2:2: 'runreport.contexts.text.LogContext object' has no attribute",
            id="undefined",
        ),
        pytest.param("a\n\n{% if %}", "log.html.jinja2:3: Expected an expression", id="syntax"),
        pytest.param("{{ page.groups[0] + 1 }}", "log.html.jinja2:1: ", id="bad expression"),
        pytest.param("{{ 1 / 0 }}", "log.html.jinja2:1: division by zero", id="python error"),
        pytest.param(
            'x\n{% include "nowhere.jinja2" %}',
            "log.html.jinja2:2: there is no template 'nowhere.jinja2'",
            id="missing include",
        ),
    ],
)
def test_error_in_a_theme_template_names_file_and_line(
    tmp_path: Path, text: str, message: str
) -> None:
    write_template(tmp_path, "log", text)

    with pytest.raises(TemplateError) as caught:
        make_renderer(tmp_path)(log_page())

    assert str(caught.value).startswith(f"{tmp_path}/{message}")
    assert str(caught.value).endswith("; correct the template, or remove it to use ours")


def test_error_in_a_base_template_of_the_theme_names_that_file(tmp_path: Path) -> None:
    write_template(tmp_path, "base", "{{ site.nothing }}")

    with pytest.raises(TemplateError, match=r"base\.html\.jinja2:1: "):
        make_renderer(tmp_path)(log_page())


@dataclass(frozen=True)
class NoSummary:
    site: object
    groups: tuple[object, ...] = ()


def test_error_in_our_own_template_is_a_bug_and_stays_as_it_is(tmp_path: Path) -> None:
    page = Page("log.html", "log", NoSummary(log_page().context.site))

    with pytest.raises(jinja2.UndefinedError, match="has no attribute 'summary'"):
        make_renderer(tmp_path)(page)


def test_characters_that_a_page_cannot_hold_are_replaced() -> None:
    text = make_renderer()(log_page("a\x00b\ud800c\x1bd\x85e\n\tf")).decode()

    assert "a\ufffdb\ufffdc\ufffdd\ufffde\n\tf" in text
    assert text.encode("utf-8")


@pytest.mark.parametrize("odd", ["\x00", "\x7f", "\x80", "\x9f", "\ud800", "\ufdd0", "\uffff"])
def test_one_odd_character_among_others_is_found(odd: str) -> None:
    text = make_renderer()(log_page(f"é{odd}·↑\U0001f600\xa0\ufffd")).decode()

    assert "é\ufffd·↑\U0001f600\xa0\ufffd" in text


def test_static_files_of_the_theme_come_first(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()

    ours = templates_folder() / "static"
    assert static_folders(tmp_path) == [tmp_path / "static", ours]
    assert static_folders(tmp_path / "none") == [ours]
    assert static_folders() == [ours]
