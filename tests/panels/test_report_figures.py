"""The charts of the recognition report."""

from __future__ import annotations

from hoop_plugins.panels.report_figures import MAIN, confusion_figure, main_figure


def test_titles_stand_above_their_bars_in_two_short_lines_at_most() -> None:
    traces, layout = main_figure(dict.fromkeys(MAIN, 0.5), {}, None)
    titles = [title["text"].split("<br>") for title in layout["annotations"]]
    assert [" ".join(lines) for lines in titles] == list(MAIN.values())
    assert max(len(lines) for lines in titles) == 2
    assert max(len(line) for lines in titles for line in lines) <= 24
    assert [title["y"] for title in layout["annotations"]] == list(traces[0]["y"]) == list(MAIN)


def test_a_figure_of_nothing_is_written_beside_its_bar() -> None:
    traces, _ = main_figure({"tracking.hota": 0.0, "tracking.idf1": 0.9}, {}, None)
    assert traces[0]["text"] == ["90.0%", "0.0%"]
    assert traces[0]["textposition"] == ["auto", "outside"]


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
