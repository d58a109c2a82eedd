"""``hoop evaluate`` and ``hoop errors``: what is right, and what is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from hoop_plugins.cli.terminal import DatasetName, console, stderr, tell
from hoop_plugins.errors import HoopError


def evaluate(
    name: DatasetName,
    json_file: Annotated[
        str, typer.Option("--json", help="Also write the figures here; - for standard output.")
    ] = "",
    key: Annotated[
        str, typer.Option(help="Name to keep the evaluation under; one of that name is replaced.")
    ] = "evaluation",
    compare: Annotated[str, typer.Option(help="Key of an earlier one: show what changed.")] = "",
    per_label: Annotated[
        bool,
        typer.Option("--per-label", help="FiftyOne's own evaluation too: about 25 ms a frame."),
    ] = False,
    no_marks: Annotated[
        bool, typer.Option("--no-marks", help="Write nothing to the dataset.")
    ] = False,
    detections: Annotated[str, typer.Option(help="Frame field of the detector's boxes.")] = "",
    players: Annotated[str, typer.Option(help="Frame field of the tracked people.")] = "",
    numbers: Annotated[str, typer.Option(help="Frame field of the number boxes.")] = "",
    ground_truth: Annotated[str, typer.Option(help="Frame field of what is true.")] = "",
) -> None:
    """Compare what was recognized with the truth, and mark what is right.

    Clips without ground truth are compared with what was corrected in them.
    """
    from hoop_plugins import api
    from hoop_plugins.cli.evaluation_tables import comparison_table, report_table
    from hoop_plugins.cli.report import StageBars

    if json_file and not Path(json_file).parent.is_dir():
        raise HoopError(f"{json_file} cannot be written: its folder is not there; make it first")
    with StageBars(stderr) as bars:
        report = api.evaluate(
            api.open_dataset(name),
            detections=detections,
            players=players,
            numbers=numbers,
            ground_truth=ground_truth,
            key=key,
            against=compare or None,
            mark=not no_marks,
            per_label=per_label,
            processes=os.cpu_count() or 1,
            progress=bars.show,
        )
    figures = report.to_json()
    if report.comparison:
        figures["comparison"] = report.comparison.to_json()
    text = json.dumps(figures, indent=2)
    if json_file == "-":
        print(text)
        return
    if json_file:
        Path(json_file).write_text(text + "\n", encoding="utf-8")
    console.print(report_table(report))
    for note in report.notes:
        tell(note)
    if report.comparison:
        console.print(comparison_table(report.comparison))


def errors(name: DatasetName) -> None:
    """Find every error, save a view of each kind, and count them."""
    from hoop_plugins import api
    from hoop_plugins.cli.report import StageBars, errors_table

    with StageBars(stderr) as bars:
        counts = api.find_errors(api.open_dataset(name), progress=bars.show)
    console.print(errors_table(counts))
    tell(f"Look at them among the saved views: hoop app {name}")
