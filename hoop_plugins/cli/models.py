"""``hoop models``, ``stages`` and ``profile``: what can be chosen, and what was trained here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hoop_plugins import api, plugins
from hoop_plugins.cli.options import takes
from hoop_plugins.cli.terminal import console, tell
from hoop_plugins.specs import Role

app = typer.Typer(help="The models that can be chosen.", invoke_without_command=True)
profile_app = typer.Typer(help="Profiles: models and thresholds in a file.", no_args_is_help=True)


@app.callback()
def list_models(context: typer.Context) -> None:
    """List the models that can be chosen."""
    if context.invoked_subcommand is None:
        from hoop_plugins.cli.tables import table

        rows = [(spec.role.value, spec.name, spec.description) for spec in plugins.models()]
        console.print(table("role,name,what it is", rows))


TrainedName = Annotated[str, typer.Argument(help="A model that was trained here.")]


@app.command("export")
def models_export(
    name: TrainedName,
    out: Annotated[Path, typer.Argument(help="The folder to write into.")],
    merged: Annotated[
        bool, typer.Option("--merged", help="The adapter merged into a copy of its base model.")
    ] = False,
) -> None:
    """Write a trained model for rfdetr.from_checkpoint or PeftModel.from_pretrained."""
    from hoop_plugins.training.registry import export

    for path in export(name, out, merged=merged):
        tell(f"wrote {path}")


@app.command("rename")
def models_rename(
    name: TrainedName,
    new_name: Annotated[str, typer.Argument(help="What it is called from now on.")],
) -> None:
    """Give a trained model another name."""
    from hoop_plugins.training.registry import rename

    rename(name, new_name)


@app.command("remove")
def models_remove(name: TrainedName) -> None:
    """Delete a trained model."""
    from hoop_plugins.training.registry import remove

    remove(name)


def stages() -> None:
    """List the stages in the order of the job, those of other packages among them."""
    from hoop_plugins.cli.tables import table

    rows = [
        (
            kind.name,
            ", ".join((*kind.reads, *kind.uses)),
            ", ".join(kind.writes),
            kind.__module__.split(".")[0],
        )
        for kind in plugins.stages()
    ]
    console.print(table("stage,reads,writes,from", rows))


@profile_app.command("new")
@takes(api.recognize, *Role)
def profile_new(
    name: Annotated[str, typer.Argument(help="The profile's name.")], **models: Any
) -> None:
    """Write a profile of your own, with every setting in it."""
    from hoop_plugins.profiles import new_profile

    path = new_profile(name, **models)
    typer.echo(f"wrote {path}: edit it, then hoop run --profile {name}")


@profile_app.command("list")
def profile_list() -> None:
    """List the profiles."""
    from hoop_plugins.profiles import describe, names

    for name in names():
        typer.echo(f"{name}: {describe(name)}")
