"""An evaluation, and a comparison of two, as tables for the terminal."""

from __future__ import annotations

from rich.table import Table

from hoop_plugins.evaluation.report import Comparison, EvaluationReport
from hoop_plugins.evaluation.sections import sections, shown


def report_table(report: EvaluationReport) -> Table:
    """The figures of an evaluation, their intervals, and the counts behind them."""
    figures, intervals = report.pooled.figures(), report.intervals
    clips = len(report.clips)
    table = Table(
        title=f"Evaluation of {clips} clip{'s' * (clips != 1)}, {figures['frames']} frames"
    )
    table.add_column("figure")
    table.add_column("value", justify="right")
    if intervals:
        table.add_column("95% interval", justify="right")
    table.add_column("counted")
    for section in sections(figures):
        for path, value, counted in section:
            interval = " to ".join(f"{bound:.3f}" for bound in intervals.get(path, []))
            table.add_row(path, shown(value), *([interval] if intervals else []), counted)
        table.add_section()
    return table


def comparison_table(comparison: Comparison) -> Table:
    """The changes from one evaluation to another; bold is what certainly changed."""
    count = len(comparison.clips)
    left_out = len(comparison.left_out)
    note = f"; {left_out} that only one has left out" if left_out else ""
    table = Table(title=f"Comparison over {count} clip{'s' * (count != 1)}{note}")
    for column in ("figure", "old", "new", "difference", "95% interval"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for change in comparison.changes:
        table.add_row(
            change.figure,
            shown(change.old),
            shown(change.new),
            shown(change.difference, sign="+"),
            " to ".join(f"{bound:+.3f}" for bound in change.interval or ()),
            style="bold" if change.certain else "",
        )
    return table
