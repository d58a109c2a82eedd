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
    from hoop_plugins.cli.report import CountBar
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.data.videos import open_dataset
    from hoop_plugins.evaluation.job import Evaluation
    from hoop_plugins.mining.views import find_errors

    if json_file and not Path(json_file).parent.is_dir():
        raise HoopError(f"{json_file} cannot be written: its folder is not there; make it first")
    given = {"detections": detections, "players": players, "numbers": numbers}
    given["ground_truth"] = ground_truth
    job = Evaluation(
        open_dataset(name),
        Fields.named(given),
        key=key,
        mark=not no_marks,
        per_label=per_label,
        against=compare or None,
        processes=os.cpu_count() or 1,
    )
    with CountBar(stderr, "evaluate", "clips") as bar:
        for step in job.run():
            bar.show(step.done, step.total)
    if job.mark:
        with CountBar(stderr, "find errors", "clips") as bar:
            for done, total in find_errors(job.view, job.names, compare=False):
                bar.show(done, total)
    figures = job.report.to_json()
    if job.comparison:
        figures["comparison"] = job.comparison.to_json()
    text = json.dumps(figures, indent=2)
    if json_file == "-":
        print(text)
        return
    if json_file:
        Path(json_file).write_text(text + "\n", encoding="utf-8")
    console.print(job.report.table())
    for note in job.report.notes:
        tell(note)
    if job.comparison:
        console.print(job.comparison.table())


def errors(name: DatasetName) -> None:
    """Find every error, save a view of each kind, and count them."""
    from hoop_plugins.cli.report import CountBar, errors_table
    from hoop_plugins.data.videos import open_dataset
    from hoop_plugins.mining.views import count_errors, find_errors

    dataset = open_dataset(name)
    with CountBar(stderr, "find errors", "clips") as bar:
        for done, total in find_errors(dataset):
            bar.show(done, total)
    console.print(errors_table(count_errors(dataset)))
    console.print(f"Look at them among the saved views: hoop app {name}", highlight=False)
