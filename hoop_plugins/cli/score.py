"""``hoop score``: models side by side, on labeled data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from hoop_plugins import api
from hoop_plugins.cli.options import takes
from hoop_plugins.cli.terminal import (
    JsonFile,
    StageBars,
    check_writable,
    console,
    stderr,
    tell,
    wrote_to_stdout,
)

app = typer.Typer(help="Compare readers on labeled crops.", no_args_is_help=True)


@app.callback()
def score() -> None:
    """Compare readers on labeled crops."""


@app.command()
@takes(api.score_reader, "field", "limit", "device", readers="--reader")
def reader(
    crops: Annotated[
        str,
        typer.Argument(
            help="An annotations.jsonl, the folder that holds one, or a dataset of crops, which "
            "gets what each reader says."
        ),
    ],
    json_file: JsonFile = "",
    **options: Any,
) -> None:
    """Compare readers: exact match, abstention, inventions, calibration, speed."""
    from hoop_plugins.cli.tables import readers_table

    check_writable(json_file)
    with StageBars(stderr) as bars:
        compared = api.score_reader(crops, progress=bars.show, **options)
    scores = {name: asdict(figures) for name, figures in compared.scores.items()}
    if wrote_to_stdout(json_file, {"crops": crops, "readers": scores}):
        return
    console.print(readers_table(compared.scores))
    if compared.dataset is not None:
        from hoop_plugins.training.compare import VIEW

        view = f", and open the view '{VIEW}'" if len(scores) > 1 else ""
        tell(f"Look at them crop by crop: hoop app {compared.dataset.name}{view}")
