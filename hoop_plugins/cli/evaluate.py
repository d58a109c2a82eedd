"""``hoop evaluate`` and ``hoop errors``: what is right, and what is wrong."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from hoop_plugins import api
from hoop_plugins.cli.options import takes
from hoop_plugins.cli.terminal import (
    DatasetName,
    JsonFile,
    check_writable,
    console,
    run_on,
    stderr,
    tell,
    wrote_to_stdout,
)


@takes(
    *(api.evaluate, "key", "per_label", "detections", "players", "numbers", "ground_truth"),
    *("classes", "overwrite", "engine"),
    against="--compare",
)
def evaluate(
    name: DatasetName,
    json_file: JsonFile = "",
    no_marks: Annotated[
        bool, typer.Option("--no-marks", help="Write nothing to the dataset.")
    ] = False,
    **options: Any,
) -> None:
    """Compare what was recognized with the truth, and mark what is right.

    Clips without ground truth are compared with what was corrected in them.
    """
    from hoop_plugins.cli.tables import comparison_table, report_table

    check_writable(json_file)
    options |= {"mark": not no_marks, "processes": os.cpu_count() or 1}
    report = run_on(name, api.evaluate, show=stderr, **options)
    figures = report.to_json()
    if report.comparison:
        figures["comparison"] = report.comparison.to_json()
    if wrote_to_stdout(json_file, figures):
        return
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
