"""Pages to bytes: the jinja environment, and where templates are found.

A user's theme folder comes first: a file of the same name there replaces ours, and may extend it
as ``runreport/base.html.jinja2``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from traceback import walk_tb
from typing import Any, Final

import jinja2
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Block, Node
from jinja2.runtime import Macro
from markupsafe import Markup, escape

from runreport.contexts import Page
from runreport.errors import TemplateError

try:
    from markupsafe._speedups import _escape_inner as _escape_text
except ImportError:  # another version of markupsafe, or one without compiled code

    def _escape_text(text: str, /) -> str:
        return str(escape(text))


SUFFIX: Final = ".html.jinja2"

Render = Callable[[Page], bytes]

# Neither UTF-8 nor HTML has a place for these; the replacement character shows that one was there.
_IMPOSSIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)
_PLAIN: Final = b"\t\n\r" + bytes(range(0x20, 0x7F))


def templates_folder() -> Path:
    """Return our templates: inside the package in a wheel, beside it in a checkout."""
    inside = Path(__file__).with_name("templates")
    return inside if inside.is_dir() else Path(__file__).parent.with_name("templates")


def static_folders(theme: Path | None = None) -> list[Path]:
    """Return the folders of static files, the theme's first: an equal name there wins."""
    folders = [theme / "static"] if theme else []
    return [each for each in [*folders, templates_folder() / "static"] if each.is_dir()]


def escape_plain(value: Any) -> str:
    """Escape as `markupsafe.escape` does; a text comes back as text, in a fraction of the time."""
    kind = type(value)
    if kind is str:
        return _escape_text(value)
    # Markup is long, and would be copied.
    return value if kind is Markup else escape(value)


class _Template(jinja2.Template):
    """A template that joins what it escapes right away, and needs no `Markup` to remember it."""

    @classmethod
    def from_code(cls, *args: Any, **kwargs: Any) -> jinja2.Template:
        template = super().from_code(*args, **kwargs)
        template.root_render_func.__globals__["escape"] = escape_plain
        return template


class _Code(CodeGenerator):
    """Makes a block's text one piece, as a macro's is.

    Each piece would go on its own through the generators of all blocks around it.
    """

    def blockvisit(self, nodes: Iterable[Node], frame: Frame) -> None:
        """Compile what stands in a block, a loop or a branch."""
        nodes = list(nodes)
        is_whole_block = frame.block_frame and frame.buffer is None
        # The text of blocks within it would only be copied once more.
        is_piece = is_whole_block and not any(isinstance(each, Block) for each in nodes)
        if is_piece:
            self.buffer(frame)
        super().blockvisit(nodes, frame)
        if is_piece:
            self.writeline(f"yield concat({frame.buffer})")


def make_environment(theme: Path | None = None) -> jinja2.Environment:
    """Return the environment that renders every page."""
    ours = jinja2.FileSystemLoader(templates_folder())
    loaders: list[jinja2.BaseLoader] = [ours, jinja2.PrefixLoader({"runreport": ours})]
    if theme:
        loaders.insert(0, jinja2.FileSystemLoader(theme))
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # A build has its templates as they were when it began.
        auto_reload=False,
        # They hold nothing that could be computed beforehand; looking for it takes time.
        optimized=False,
    )
    environment.template_class = _Template
    environment.code_generator_class = _Code
    # By type, too: what is markup must not stand for an equal text, which is to be escaped.
    environment.globals["once"] = lru_cache(maxsize=256, typed=True)(_call)
    return environment


def _call(macro: Macro, *values: Any) -> str:
    """Call a macro; cached, it is `once` in the templates, for what many pages share.

    An imported macro sees nothing but its arguments, so that equal ones give equal text.
    """
    return macro(*values)


def make_renderer(theme: Path | None = None) -> Render:
    """Return the function that renders a page, through a theme's templates where it has them.

    It raises `TemplateError` for what goes wrong in a template of the theme.
    """
    environment = make_environment(theme)

    def render(page: Page) -> bytes:
        try:
            template = environment.get_template(page.template + SUFFIX)
            text = template.render(page=page.context, site=page.context.site)
        except Exception as error:
            place = _place_in(theme, error) if theme else None
            if place is None:
                raise
            raise TemplateError(
                f"{place}: {_reason(error)}; correct the template, or remove it to use ours"
            ) from error
        return _encoded(text)

    return render


def _encoded(text: str) -> bytes:
    """Return a page as UTF-8, without characters that are impossible."""
    content = text.encode("utf-8", "surrogatepass")
    # Most of a page is plain ASCII; only the few other characters need a closer look.
    others = content.translate(None, _PLAIN)
    if _IMPOSSIBLE.search(others.decode("utf-8", "surrogatepass")):
        return _IMPOSSIBLE.sub("\ufffd", text).encode()
    return content


def _place_in(theme: Path, error: Exception) -> str | None:
    """Return "file:line" of the theme's template that an error comes from, or None."""
    if isinstance(error, jinja2.TemplateSyntaxError) and error.filename:
        file = Path(error.filename)
        return f"{file}:{error.lineno}" if file.is_relative_to(theme) else None
    # The innermost frame that is a template is where it went wrong.
    for frame, line in reversed(list(walk_tb(error.__traceback__))):
        file = Path(frame.f_code.co_filename)
        if file.name.endswith(".jinja2"):
            return f"{file}:{line}" if file.is_relative_to(theme) else None
    return None


def _reason(error: Exception) -> str:
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template {error.name!r}"
    text = (str(error).splitlines() or [""])[0].rstrip(".")
    return text or type(error).__name__
