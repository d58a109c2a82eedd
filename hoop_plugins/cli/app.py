"""``hoop app``, ``hoop plugin`` and ``hoop doctor``: the App, and the installation."""

from __future__ import annotations

from typing import Annotated

import typer

from hoop_plugins.cli.terminal import DatasetName, console, tell

plugin_app = typer.Typer(help="The plugin in the FiftyOne App.", no_args_is_help=True)


def launch(
    name: DatasetName,
    port: Annotated[int, typer.Option(help="Port of the App.")] = 5151,
) -> None:
    """Open the FiftyOne App on a dataset."""
    import fiftyone as fo

    from hoop_plugins.cli.doctor import install_plugin
    from hoop_plugins.data.appearance import show_teams
    from hoop_plugins.data.videos import open_dataset

    dataset = open_dataset(name)
    install_plugin()
    show_teams(dataset)
    session = fo.launch_app(dataset, port=port, auto=False)
    console.print(f"The App shows {name} at http://localhost:{session.server_port}")
    console.print("Stop with Ctrl-C.")
    session.wait(-1)


def doctor() -> None:
    """Check the installation, and say how to fix it."""
    from hoop_plugins.cli.doctor import checkup

    healthy = True
    for check in checkup():
        healthy &= check.passed
        mark = "[green]ok[/]" if check.passed else "[red]--[/]"
        console.print(f"{mark}  {check.name}: {check.finding}", highlight=False, soft_wrap=True)
        if not check.passed:
            console.print(f"      fix: {check.remedy}", highlight=False, soft_wrap=True)
    raise typer.Exit(0 if healthy else 1)


@plugin_app.command("install")
def plugin_install() -> None:
    """Link the plugin into FiftyOne's plugin folder."""
    from hoop_plugins.cli.doctor import install_plugin

    tell(f"linked {install_plugin()}")
