"""templates/README.md names the templates and blocks that there are."""

from __future__ import annotations

import re

from runreport.render import templates_folder

FOLDER = templates_folder()
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def test_every_template_is_listed_with_its_blocks() -> None:
    listed = {
        name: set(re.findall(r"`(\w+)`", blocks))
        for name, blocks in re.findall(
            r"^\| `([\w-]+\.html\.jinja2)` \|[^|]*\|([^|]*)\|$", README, re.M
        )
    }

    there = {
        file.name: set(re.findall(r"{% block (\w+) %}", file.read_text(encoding="utf-8")))
        for file in FOLDER.glob("*.jinja2")
    }
    own = there.pop("base.html.jinja2")
    assert listed.pop("base.html.jinja2") == own
    assert listed == {name: blocks - own for name, blocks in there.items()}


def test_every_hook_is_listed() -> None:
    hooks = {
        hook
        for file in FOLDER.glob("*.jinja2")
        for hook in re.findall(r"[ \"](data-[a-z-]+)[ =>]", file.read_text(encoding="utf-8"))
    }

    assert hooks - {"data-root", "data-site", "data-caption", "data-gallery-group"} <= set(
        re.findall(r"`(data-[a-z-]+)`", README)
    )
