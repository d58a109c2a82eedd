"""``hoop profile``: models and thresholds in a file."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(help="Profiles: models and thresholds in a file.", no_args_is_help=True)


@app.command("new")
def profile_new(
    name: Annotated[str, typer.Argument(help="The profile's name.")],
    detector: Annotated[str, typer.Option(help="Fine-tuned RF-DETR weights.")] = "",
    tracker: Annotated[str, typer.Option(help="SAM2.1 by name, or weights.")] = "",
    embedder: Annotated[str, typer.Option(help="SigLIP by hub name or folder.")] = "",
    reader: Annotated[str, typer.Option(help="SmolVLM2 by hub name or folder.")] = "",
) -> None:
    """Write a profile of your own, with every setting in it."""
    from hoop_plugins.profiles import new_profile

    models = {"detector": detector, "tracker": tracker, "embedder": embedder, "reader": reader}
    path = new_profile(name, **models)
    typer.echo(f"wrote {path}: edit it, then hoop run --profile {name}")


@app.command("list")
def profile_list() -> None:
    """List the profiles."""
    from hoop_plugins.profiles import describe, names

    for name in names():
        typer.echo(f"{name}: {describe(name)}")
