"""The CI files of this repository and the recipes that the documentation offers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import crossplane
import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
RECIPES = ROOT / "site-example" / "recipes"
WORKFLOWS = [*sorted((ROOT / ".github/workflows").glob("*.yml")), RECIPES / "github-pages.yml"]
SHELL_SCRIPTS = [*sorted((ROOT / "tools").glob("*.sh")), ROOT / ".ci/run", RECIPES / "s3-sync.sh"]


def run_tool(*command: str) -> None:
    """Run a Python tool of the test environment; its report is the failure's text."""
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def load_yaml(path: Path) -> dict[Any, Any]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document


def uses_of(workflow: dict[Any, Any]) -> list[str]:
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    return [step["uses"] for step in steps if "uses" in step]


@pytest.mark.parametrize(
    "schema", ["vendor.github-workflows", "custom.github-workflows-require-timeout"]
)
def test_workflows_fit_the_published_schema(schema: str) -> None:
    run_tool("check_jsonschema", "--builtin-schema", schema, *map(str, WORKFLOWS))


def test_the_gitlab_recipe_fits_the_published_schema() -> None:
    recipe = str(RECIPES / "gitlab-ci.yml")

    run_tool("check_jsonschema", "--builtin-schema", "vendor.gitlab-ci", recipe)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_starts_with_at_most_read_rights(path: Path) -> None:
    workflow = load_yaml(path)

    assert workflow["permissions"] in ({}, {"contents": "read"})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_only_the_deploying_job_may_write_and_only_pages(path: Path) -> None:
    jobs = load_yaml(path)["jobs"]
    writers = {
        name: {right for right, level in job.get("permissions", {}).items() if level == "write"}
        for name, job in jobs.items()
    }

    assert {name for name, rights in writers.items() if rights} <= {"deploy"}
    assert writers.get("deploy", set()) <= {"pages", "id-token"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_githubs_own_at_a_pinned_major_version(path: Path) -> None:
    uses = uses_of(load_yaml(path))

    assert uses
    assert [use for use in uses if not re.fullmatch(r"actions/[a-z-]+@v\d+", use)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_checkout_does_not_leave_its_token_behind(path: Path) -> None:
    jobs = load_yaml(path)["jobs"].values()
    checkouts = [
        step for job in jobs for step in job["steps"] if "checkout" in step.get("uses", "")
    ]

    assert [step["with"]["persist-credentials"] for step in checkouts] == [False]


def test_the_recipe_and_our_own_workflow_publish_with_the_same_actions() -> None:
    ours = load_yaml(ROOT / ".github/workflows/pages.yml")
    recipe = load_yaml(RECIPES / "github-pages.yml")

    assert uses_of(ours) == uses_of(recipe)
    assert ours["jobs"]["deploy"] == recipe["jobs"]["deploy"]


def test_ci_runs_what_a_person_runs() -> None:
    steps = load_yaml(ROOT / ".github/workflows/test.yml")["jobs"]["test"]["steps"]

    assert "bash .ci/run" in [step.get("run") for step in steps]
    assert "make test" in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_the_nginx_recipe_holds_known_directives_in_their_places(tmp_path: Path) -> None:
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(
        f"events {{}}\nhttp {{\n  include {RECIPES}/nginx.conf;\n}}\n", encoding="utf-8"
    )
    parsed = crossplane.parse(str(configuration), strict=True)
    errors = [found["error"] for found in parsed["errors"]]

    # The parser takes the entries of a map for directives.
    assert [error for error in errors if not re.search(r'directive "(default|~.*)"', error)] == []


def test_shell_scripts_pass_shellcheck() -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run([shellcheck, *SHELL_SCRIPTS], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted(RECIPES.iterdir()), ids=lambda path: path.name)
def test_the_documentation_shows_each_recipe_as_it_is(path: Path) -> None:
    page = (ROOT / "site-example/pages/06-publishing.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)

    assert path.read_text(encoding="utf-8") in blocks
