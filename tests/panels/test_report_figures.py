"""The charts of the recognition report."""

from __future__ import annotations

from hoop_plugins.panels.report_figures import confusion_figure, main_figure


def test_titles_of_bars_leave_room_for_the_bars() -> None:
    traces, _ = main_figure({"numbers.validated.precision": 0.5, "tracking.hota": 0.4}, {}, None)
    assert list(traces[0]["y"]) == ["Validated numbers<br>that are right", "HOTA of the tracks"]


def test_cells_are_opaque_and_empty_ones_are_none() -> None:
    rows = [
        {"truth": "7", "read": "7", "count": 99},
        {"truth": "7", "read": "1", "count": 1},
        {"truth": "1", "read": "1", "count": 5},
    ]
    figure = confusion_figure(rows)
    assert figure
    ((heatmap,), _) = figure
    assert [list(row) for row in heatmap["z"]] == [[1.0, None], [-0.3565, 0.9935]]
    assert all(color.startswith("#") for _, color in heatmap["colorscale"])
