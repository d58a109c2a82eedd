"""The figures of the recognition report: main figures, confusion of numbers, reliability curve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go

from hoop_plugins.panels.base import Figure, draw

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

NOW, BEFORE, WRONG, INTERVAL = "#3d8fd9", "#7d8590", "#e5484d", "#e8932b"
"""Colors that can be told from a dark and from a light background."""

FEW_RIGHT, FEW_WRONG = "#35587a", "#7d3a3e"
"""Of cells with little in them: dark enough for white numbers, whatever lies behind."""

PALE = 0.35
"""The shade of a cell with next to nothing in it, from 0 to 1."""

TITLE = 32
"""Pixels for a bar's title, of two lines."""

NO_NUMBER = "none"
"""What a read of no number is called."""

SHARES = {"tickformat": ".0%", "tickvals": [0, 0.25, 0.5, 0.75, 1]}
"""An axis of shares."""

MOST_CONFUSED = 25
"""Numbers in the confusion chart: those that were misread most often."""


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
    paths = [path for path in MAIN if values.get(path) is not None]
    shown = {"this evaluation": (NOW, values)}
    if before is not None:
        shown["compared with"] = (BEFORE, before)
    traces = []
    for name, (color, figures) in shown.items():
        found = [figures.get(path) for path in paths]
        bars = go.Bar(
            name=name,
            orientation="h",
            y=paths,
            x=found,
            ids=paths,
            text=["" if value is None else f"{value:.1%}" for value in found],
            # Beside a bar in which there is no room; of none, it would be left out.
            textposition=["auto" if value else "outside" for value in found],
            insidetextanchor="start",
            insidetextfont={"color": "#ffffff"},
            marker={"color": color},
            hovertemplate="%{y}: %{x:.3f}<br>click: what lowers it<extra></extra>",
        )
        traces.append(bars)
    ends = [(values[path], *intervals.get(path, [values[path]] * 2)) for path in paths]
    traces[0].error_x = {
        "type": "data",
        "symmetric": False,
        "array": [max(0.0, high - value) for value, _, high in ends],
        "arrayminus": [max(0.0, value - low) for value, low, _ in ends],
        "color": INTERVAL,
        "thickness": 1.5,
        "visible": bool(intervals),
    }
    bar = 18 * len(traces)
    # The first title reaches half its height above the first bar's row.
    top = TITLE // 2 + (8 if before is None else 28)
    return draw(
        traces,
        height=(TITLE + bar) * len(paths) + top + 36,
        margin={"t": top, "l": 8, "r": 24, "b": 36},
        bargap=TITLE / (TITLE + bar),
        showlegend=before is not None,
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "font": {"size": 12},
        },
        xaxis={**SHARES, "range": [0, 1.08]},
        yaxis={"autorange": "reversed", "showgrid": False, "showticklabels": False},
        # Above its bar a title has room in a narrow panel, too.
        annotations=[
            {
                "text": "<br>".join(wrap(MAIN[path], 24)),
                "font": {"size": 11},
                "align": "left",
                "showarrow": False,
                "x": 0,
                "xanchor": "left",
                "y": path,
                "yshift": bar / 2,
                "yanchor": "bottom",
            }
            for path in paths
        ],
    )


def confusion_figure(confusion: Sequence[Mapping[str, Any]]) -> Figure | None:
    """Draws which numbers were read as which.

    Args:
        confusion: Rows of ``truth``, ``read`` ("" where no number was found) and ``count``.

    Returns:
        A heatmap whose ``x`` is what was read, :data:`NO_NUMBER` where that is none, and whose
        ``y`` is what is true, and layout; ``None`` where nothing was read.
    """
    if not confusion:
        return None
    counts = {(row["truth"], row["read"]): row["count"] for row in confusion}
    wrong: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    for (truth, read), count in counts.items():
        totals[truth] += count
        for number in (truth, read):
            wrong[number] += count * (truth != read)
    shown = [number for number, _ in wrong.most_common(MOST_CONFUSED) if number]
    order = sorted(shown, key=lambda number: (int(number), number))
    truths = [number for number in order if number in totals]
    reads = [
        number for number in [*order, ""] if any((truth, number) in counts for truth in truths)
    ]
    titles = [number or NO_NUMBER for number in reads]
    cells = [[counts.get((truth, read), 0) for read in reads] for truth in truths]
    shades, hovers = [], []
    for truth, row in zip(truths, cells, strict=True):
        # Wrong ones below zero, none too pale.
        pale = [(PALE + (1 - PALE) * count / totals[truth]) if count else None for count in row]
        shades.append(
            [
                -shade if shade and read != truth else shade
                for read, shade in zip(reads, pale, strict=True)
            ]
        )
        hovers.append(
            [f"{truth} read as {title}: {count}" for title, count in zip(titles, row, strict=True)]
        )
    heatmap = go.Heatmap(
        name="confusion",
        x=titles,
        y=truths,
        z=shades,
        text=[[str(count or "") for count in row] for row in cells],
        texttemplate="%{text}",
        hovertext=hovers,
        hovertemplate="%{hovertext}<br>click: the crops<extra></extra>",
        textfont={"color": "#ffffff", "size": 12},
        colorscale=[
            [0, WRONG],
            [0.5 - PALE / 2, FEW_WRONG],
            [0.5 + PALE / 2, FEW_RIGHT],
            [1, NOW],
        ],
        zmin=-1,
        zmax=1,
        showscale=False,
        xgap=2,
        ygap=2,
    )
    return draw(
        [heatmap],
        height=max(300, 26 * len(truths) + 90),
        margin={"t": 8, "l": 56, "r": 16, "b": 48},
        xaxis=_categories("read as"),
        yaxis={**_categories("on the jersey"), "autorange": "reversed"},
    )


def reliability_figure(
    reliability: Sequence[Mapping[str, float]], verdicts: Sequence[Mapping[str, float]] = ()
) -> Figure | None:
    """Draws how often reads, and the numbers of tracks, of a certain confidence are right.

    Args:
        reliability: Rows of ``confidence``, ``accuracy`` and ``reads``, a tenth each.
        verdicts: Likewise of the numbers of tracks.

    Returns:
        Curves with ``ids``, what they are of and the tenths from 0 to 9, as "tracks:9"; and layout.
        ``None`` without reads.
    """
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
            ids=_tenths("reads", reliability),
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
        go.Scatter(
            name="numbers of tracks",
            x=[row["confidence"] for row in verdicts],
            y=[row["accuracy"] for row in verdicts],
            ids=_tenths("tracks", verdicts),
            mode="lines+markers",
            line={"color": BEFORE, "width": 2},
            marker={"size": 10, "color": BEFORE, "symbol": "diamond"},
            hovertext=[
                f"{row['reads']} tracks: confidence {row['confidence']:.2f}, "
                f"{row['accuracy']:.0%} right"
                for row in verdicts
            ],
            hovertemplate="%{hovertext}<br>click: the wrong ones<extra></extra>",
        ),
    ]
    axis = {**SHARES, "range": [0, 1.04]}
    return draw(
        traces,
        height=360,
        margin={"t": 32, "l": 56, "r": 16, "b": 48},
        hovermode="closest",
        showlegend=bool(verdicts),
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 12}},
        xaxis={**axis, "title": {"text": "confidence", "standoff": 14}},
        yaxis={**axis, "title": {"text": "share that is right", "standoff": 14}},
    )


def _tenths(what: str, rows: Sequence[Mapping[str, float]]) -> list[str]:
    return [f"{what}:{min(9, int(row['confidence'] * 10))}" for row in rows]


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
