"""``hoop evaluate`` and ``hoop errors``: what is right, and what is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from hoop_plugins import api
from hoop_plugins.cli.options import takes
from hoop_plugins.cli.terminal import DatasetName, console, run_on, stderr, tell
from hoop_plugins.errors import HoopError


@takes(
    *(api.evaluate, "key", "per_label", "detections", "players", "numbers", "ground_truth"),
    "classes",
    "overwrite",
    against="--compare",
)
def evaluate(
    name: DatasetName,
    json_file: Annotated[
        str, typer.Option("--json", help="Also write the figures here; - for standard output.")
    ] = "",
    no_marks: Annotated[
        bool, typer.Option("--no-marks", help="Write nothing to the dataset.")
    ] = False,
    **options: Any,
) -> None:
    """Compare what was recognized with the truth, and mark what is right.

    Clips without ground truth are compared with what was corrected in them.
    """
    from hoop_plugins.cli.tables import comparison_table, report_table

    if json_file and not Path(json_file).parent.is_dir():
        raise HoopError(f"{json_file} cannot be written: its folder is not there; make it first")
    options |= {"mark": not no_marks, "processes": os.cpu_count() or 1}
    report = run_on(name, api.evaluate, show=stderr, **options)
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


@takes(api.find_errors, "overwrite")
def errors(name: DatasetName, **options: Any) -> None:
    """Find every error, save a view of each kind, and count them."""
    from hoop_plugins.cli.tables import table

    counts = run_on(name, api.find_errors, show=stderr, **options)
    rows = [(count.kind.title, count.text, count.kind.meaning) for count in counts]
    console.print(table("!saved view,!found,what it shows", rows))
    tell(f"Look at them among the saved views: hoop app {name}")
