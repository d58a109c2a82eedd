"""``hoop models`` and ``hoop stages``: what can be chosen, and what was trained here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hoop_plugins.cli.terminal import console, tell

app = typer.Typer(help="The models that can be chosen.", invoke_without_command=True)


@app.callback()
def list_models(context: typer.Context) -> None:
    """List the models that can be chosen."""
    if context.invoked_subcommand is None:
        from hoop_plugins.cli.report import models_table
        from hoop_plugins.plugins import models

        console.print(models_table(models()))


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
def models_rename(name: TrainedName, new_name: Annotated[str, typer.Argument()]) -> None:
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
    from hoop_plugins.cli.report import stages_table
    from hoop_plugins.plugins import stages as registered

    console.print(stages_table(registered()))
