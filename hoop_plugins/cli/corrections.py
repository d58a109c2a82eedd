"""``hoop correct``: what people put right, from the command line."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from hoop_plugins.cli.terminal import DatasetName, console, tell


def correct(
    name: DatasetName,
    track: Annotated[int, typer.Option(help="The track's id; without it, list corrections.")] = 0,
    sample: Annotated[str, typer.Option(help="Id or file name, where there are several.")] = "",
    number: Annotated[Optional[str], typer.Option(help="0 to 99, or 00.")] = None,  # noqa: UP045
    team: Annotated[Optional[str], typer.Option(help="Its name.")] = None,  # noqa: UP045
    role: Annotated[Optional[str], typer.Option(help="player or referee.")] = None,  # noqa: UP045
    same_as: Annotated[Optional[int], typer.Option(help="Another track's id.")] = None,  # noqa: UP045
    not_a_person: Annotated[bool, typer.Option("--not-a-person", help="Nobody.")] = False,
    undo: Annotated[str, typer.Option(help="Key of a correction to take back.")] = "",
) -> None:
    """Correct a track: it shows at once and outlives every re-run; or list or undo corrections."""
    from hoop_plugins import api
    from hoop_plugins.cli.report import corrections_table

    dataset = api.open_dataset(name)
    problems: list[str] = []
    if undo:
        problems = api.undo(dataset, [undo])
    elif track:
        problems = api.correct(
            dataset,
            track,
            sample=sample,
            number=number,
            team=team,
            role=role,
            same_as=same_as,
            not_a_person=not_a_person,
        )
    for line in problems:
        tell(line)
    console.print(corrections_table(dataset))
