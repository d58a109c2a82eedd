"""The figures of the recognition report: main figures, confusion of numbers, reliability curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Figure = tuple[list[dict[str, Any]], dict[str, Any]]
"""Plotly's traces and layout, as plain values."""

MAIN = {
    "identity.frame_accuracy": "Right player, team and number",
    "numbers.validated.precision": "Validated numbers that are right",
    "numbers.validated.coverage": "Readable players validated",
    "numbers.reading.accuracy": "Numbers read right",
    "numbers.pairing.precision": "Number boxes with the right owner",
    "teams.frame_accuracy": "Right team",
    "tracking.idf1": "IDF1 of the tracks",
    "tracking.hota": "HOTA of the tracks",
    "detection.player.ap50": "AP50 of detected players",
}
"""What the first chart shows, and how it says it."""

NOW, BEFORE, WRONG = "#3d8fd9", "#7d8590", "#e5484d"

NO_NUMBER = "none"
"""What a read of no number is called."""

MOST_CONFUSED = 25
"""Numbers in the confusion chart: those that were misread most often."""


HOVER = {"bgcolor": "#21262d", "font": {"color": "#f0f3f6"}, "align": "left"}


def main_figure(
    values: Mapping[str, float | None],
    intervals: Mapping[str, Sequence[float]],
    before: Mapping[str, float | None] | None,
) -> Figure:
    """Draws the main figures as bars, with their intervals.

    Args:
        values: By dotted name; 0 to 1.
        intervals: 95% intervals, of those that have one.
        before: The same of another evaluation, to compare with.

    Returns:
        Traces, whose ``ids`` are the figures' names, and layout.
    """
    import plotly.graph_objects as go

    paths = [path for path in MAIN if values.get(path) is not None]
    traces = [_bars(go, "this evaluation", NOW, paths, values, intervals)]
    if before is not None:
        traces.append(_bars(go, "compared with", BEFORE, paths, before, {}))
    layout = go.Layout(
        hoverlabel=HOVER,
        height=(34 if before is None else 46) * len(paths) + 60,
        margin={"t": 8 if before is None else 36, "l": 8, "r": 24, "b": 36},
        bargap=0.35,
        showlegend=before is not None,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 12}},
        xaxis={"range": [0, 1.08], "tickformat": ".0%", "tickvals": [0, 0.25, 0.5, 0.75, 1]},
        yaxis={"autorange": "reversed", "ticklabelstandoff": 8, "showgrid": False},
    )
    return [trace.to_plotly_json() for trace in traces], layout.to_plotly_json()


def confusion_figure(confusion: Sequence[Mapping[str, Any]]) -> Figure | None:
    """Draws which numbers were read as which.

    Args:
        confusion: Rows of ``truth``, ``read`` ("" where no number was found) and ``count``.

    Returns:
        A heatmap whose ``x`` is what was read, :data:`NO_NUMBER` where that is none, and whose
        ``y`` is what is true, and layout; ``None`` where nothing was read.
    """
    import plotly.graph_objects as go

    if not confusion:
        return None
    counts = {(row["truth"], row["read"]): row["count"] for row in confusion}
    wrong: dict[str, int] = {}
    for (truth, read), count in counts.items():
        for number in (truth, read):
            wrong[number] = wrong.get(number, 0) + count * (truth != read)
    shown = sorted(wrong, key=lambda number: -wrong[number])[:MOST_CONFUSED]
    order = sorted((number for number in shown if number), key=lambda one: (int(one), one))
    truths = [number for number in order if any(truth == number for truth, _ in counts)]
    reads = [
        number for number in [*order, ""] if any((truth, number) in counts for truth in truths)
    ]
    titles = [number or NO_NUMBER for number in reads]
    heatmap = go.Heatmap(
        name="confusion",
        x=titles,
        y=truths,
        z=[[_shade(counts, truth, read) for read in reads] for truth in truths],
        text=[[str(counts.get((truth, read), "")) for read in reads] for truth in truths],
        texttemplate="%{text}",
        hovertext=[
            [
                f"{truth} read as {title}: {counts.get((truth, read), 0)}"
                for read, title in zip(reads, titles, strict=True)
            ]
            for truth in truths
        ],
        hovertemplate="%{hovertext}<br>click: the crops<extra></extra>",
        textfont={"color": "#f0f3f6", "size": 12},
        colorscale=[[0, WRONG], [0.5, "rgba(0,0,0,0)"], [1, NOW]],
        zmin=-1,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
    )
    layout = go.Layout(
        hoverlabel=HOVER,
        height=max(300, 26 * len(truths) + 90),
        margin={"t": 8, "l": 56, "r": 16, "b": 48},
        xaxis=_categories("read as"),
        yaxis={**_categories("on the jersey"), "autorange": "reversed"},
    )
    return [heatmap.to_plotly_json()], layout.to_plotly_json()


def reliability_figure(reliability: Sequence[Mapping[str, float]]) -> Figure | None:
    """Draws how often reads of a certain confidence are right.

    Args:
        reliability: Rows of ``confidence``, ``accuracy`` and ``reads``, a tenth each.

    Returns:
        A curve whose ``ids`` are the tenths, from 0 to 9, and layout; ``None`` without reads.
    """
    import plotly.graph_objects as go

    if not reliability:
        return None
    traces = [
        go.Scatter(
            name="perfect",
            x=[0, 1],
            y=[0, 1],
            mode="lines",
            line={"color": BEFORE, "dash": "dot", "width": 1.5},
            hoverinfo="skip",
        ),
        go.Scatter(
            name="reads",
            x=[row["confidence"] for row in reliability],
            y=[row["accuracy"] for row in reliability],
            ids=[str(min(9, int(row["confidence"] * 10))) for row in reliability],
            mode="lines+markers",
            line={"color": NOW, "width": 2},
            marker={"size": 10, "color": NOW},
            hovertext=[
                f"{row['reads']} reads: confidence {row['confidence']:.2f}, "
                f"{row['accuracy']:.0%} right"
                for row in reliability
            ],
            hovertemplate="%{hovertext}<br>click: the wrong ones<extra></extra>",
        ),
    ]
    axis = {"range": [0, 1.04], "tickformat": ".0%", "tickvals": [0, 0.25, 0.5, 0.75, 1]}
    layout = go.Layout(
        hoverlabel=HOVER,
        height=360,
        margin={"t": 8, "l": 56, "r": 16, "b": 48},
        hovermode="closest",
        xaxis={**axis, "title": {"text": "confidence of the reader", "standoff": 14}},
        yaxis={**axis, "title": {"text": "reads that are right", "standoff": 14}},
    )
    return [trace.to_plotly_json() for trace in traces], layout.to_plotly_json()


def _bars(
    go: Any,
    name: str,
    color: str,
    paths: Sequence[str],
    values: Mapping[str, float | None],
    intervals: Mapping[str, Sequence[float]],
) -> Any:
    found = [values.get(path) for path in paths]
    bounds = [intervals.get(path, (value, value)) for path, value in zip(paths, found, strict=True)]
    return go.Bar(
        name=name,
        orientation="h",
        y=[MAIN[path] for path in paths],
        x=found,
        ids=list(paths),
        text=["" if value is None else f"{value:.1%}" for value in found],
        textposition="inside",
        insidetextanchor="start",
        textfont={"color": "#ffffff"},
        marker={"color": color},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [_less(high, value) for (_, high), value in zip(bounds, found, strict=True)],
            "arrayminus": [
                _less(value, low) for (low, _), value in zip(bounds, found, strict=True)
            ],
            "color": "#c9d1d9",
            "thickness": 1.5,
            "visible": bool(intervals),
        },
        hovertext=list(paths),
        hovertemplate="%{hovertext}: %{x:.3f}<br>click: what lowers it<extra></extra>",
    )


def _less(high: float | None, low: float | None) -> float:
    return 0.0 if high is None or low is None else max(0.0, high - low)


def _shade(counts: Mapping[tuple[str, str], int], truth: str, read: str) -> float | None:
    """Of the reads of a number, those that say ``read``: wrong ones below zero, none too pale."""
    if (truth, read) not in counts:
        return None
    share = counts[truth, read] / sum(n for (one, _), n in counts.items() if one == truth)
    return (0.35 + 0.65 * share) * (1 if truth == read else -1)


def _categories(title: str) -> dict[str, Any]:
    """An axis of numbers as names: "0" and "00" are two of them."""
    return {
        "title": {"text": title, "standoff": 14},
        "tickangle": 0,
        "tickfont": {"size": 11},
        "type": "category",
        "dtick": 1,
        "showgrid": False,
        "zeroline": False,
    }
