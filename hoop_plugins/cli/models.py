"""``hoop models``: the models that can be chosen, and what to do with those trained here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(help="The models that can be chosen.", invoke_without_command=True)
console = Console()


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
        console.print(f"wrote {path}", highlight=False, soft_wrap=True)


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
