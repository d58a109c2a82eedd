"""The ``hoop`` command: every registered command, imported when it runs."""

from __future__ import annotations

import logging
import os
import signal
import sys
import warnings
from importlib import import_module
from typing import Annotated, Any

# Before torch is loaded: threads that spin for long make busy cores slower than one, and threads
# that do not spin at all wake too late for small networks.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import click
import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

import hoop_plugins
from hoop_plugins import plugins
from hoop_plugins.compat.typer import keep_argument_help
from hoop_plugins.errors import HoopError, PluginError
from hoop_plugins.specs import CommandSpec

keep_argument_help()

STOPPED = 128 + signal.SIGINT
"""What shells call the status of a program that Ctrl-C ended."""


class Commands(TyperGroup):
    """The registered commands: the list needs none of them, and running one imports it alone."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click."""
        return [spec.name for spec in plugins.commands()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See click: a command that says what it does, and cannot run."""
        for spec in plugins.commands():
            if spec.name == cmd_name:
                return click.Command(spec.name, short_help=spec.help)
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See click: the command itself."""
        name, command, rest = super().resolve_command(ctx, args)
        specs = {spec.name: spec for spec in plugins.commands()}
        return name, load_command(specs[name]) if name in specs else command, rest

    def invoke(self, ctx: click.Context) -> Any:
        """See click: of a command that is stopped, says how it goes on."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("stopped: what is done is kept; the same command goes on", err=True)
            raise typer.Exit(STOPPED) from None


def load_command(spec: CommandSpec) -> click.Command:
    """Imports a command.

    Raises:
        PluginError: If its package is broken.
    """
    module, _, attribute = spec.target.partition(":")
    try:
        target = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, SyntaxError) as error:
        raise PluginError(
            f"command {spec.name!r} cannot be loaded from {spec.target!r}: {error}; "
            "fix or uninstall its package"
        ) from error
    if isinstance(target, typer.Typer):
        return get_group(target)
    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    single.command(spec.name)(target)
    return get_command(single)


# Help without frames: rich takes longer to import than everything else.
app = typer.Typer(name="hoop", cls=Commands, no_args_is_help=True, rich_markup_mode=None)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hoop_plugins {hoop_plugins.__version__}")
        raise typer.Exit


@app.callback()
def hoop(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Who is on the court, frame by frame."""


def main() -> None:
    """Runs the command; what a user can fix is told in one line."""
    warnings.filterwarnings("ignore")
    logging.getLogger("hoop_plugins").addHandler(logging.StreamHandler())
    try:
        app(standalone_mode=True)
    except HoopError as error:
        typer.secho(f"hoop: {error}", fg="red", err=True)
        sys.exit(1)
    except SystemExit as ended:
        if ended.code == STOPPED:
            # As shells expect it, and at once: Python would take seconds to put torch away.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)
        raise
