"""The command line: one group whose commands are imported when they are called."""

from __future__ import annotations

import atexit
import gc
from importlib import import_module
from typing import Any, Final

import click

from runreport import __version__
from runreport.errors import RunReportError

COMMANDS: Final = {
    "build": ("build", "build", "Build the site from run folders."),
    "serve": ("serve", "serve", "Build, serve on this machine, and reload what changes."),
    "list": ("list", "list_", "List runs as a table, CSV, JSON or Markdown."),
    "show": ("show", "show", "Show one run in the terminal."),
    "export": ("export", "export", "Write the runs and metrics tables for other tools."),
    "log": ("log", "log", "Append metrics to a run that has ended."),
    "set": ("log", "set_", "Correct a run's params, tags or other fields."),
    "check": ("check", "check", "Check run folders against the format."),
    "readers": ("readers", "readers", "Tell what can be read, and by which package."),
}
"""Each command's module below `runreport.cli`, its function, and its line in the group's help."""


class Commands(click.Group):
    """Loads a command when it is called, and ends a user's mistake in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of a day's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, function, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"runreport.cli.{module}"), function)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands' list without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; an error of ours becomes one line and exit code 1."""
        try:
            return super().invoke(ctx)
        except RunReportError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="runreport")
def main() -> None:
    """Turn folders of logged runs into a static HTML site."""
    # What is left then goes with the process. Looking through all of it for cycles, as Python does
    # once more at its end, takes longer than finding a thousand runs.
    atexit.register(gc.freeze)
