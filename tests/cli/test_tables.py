"""An evaluation, and a comparison of two, as tables."""

from __future__ import annotations

import io

from planted import Game, evaluate_clips
from rich.console import Console
from rich.table import Table

from hoop_plugins.cli.tables import comparison_table, report_table
from hoop_plugins.evaluation.report import EvaluationReport, compare


def report(frames: int, missing: int) -> EvaluationReport:
    """Five clips, in each of which a player is missing in some frames."""
    game = Game(frames)
    game.remove("players", 12, range(1, missing + 1))
    return evaluate_clips([game.clip(str(number)) for number in range(5)])


def lines(table: Table) -> list[str]:
    console = Console(record=True, width=120, file=io.StringIO())
    console.print(table)
    return console.export_text().splitlines()


def test_figures_counts_and_intervals() -> None:
    shown = lines(report_table(report(20, 10)))
    assert "Evaluation of 5 clips, 100 frames" in "".join(shown)
    row = next(line for line in shown if "identity.frame_accuracy" in line)
    assert "0.875" in row
    assert "0.875 to 0.875" in row
    assert "350 of 400" in row
    row = next(line for line in shown if "numbers.tentative.precision" in line)
    assert row.split("│")[2].strip() == "-"


def test_what_changed() -> None:
    shown = lines(comparison_table(compare(report(10, 4), report(10, 0))))
    assert "Comparison over 5 clips" in "".join(shown)
    row = next(line for line in shown if "identity.frame_accuracy" in line)
    assert [cell.strip() for cell in row.split("│")[2:6]] == [
        "0.900",
        "1.000",
        "+0.100",
        "+0.100 to +0.100",
    ]
