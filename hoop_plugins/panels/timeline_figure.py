"""The figure of the identity timeline: one trace a kind of thing, however many tracks there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hoop_plugins.data.appearance import OTHER_COLOR, TEAM_COLORS
from hoop_plugins.mining.timeline import Read, Row, Timeline, Verdict

ROW_HEIGHT = 30
"""Pixels."""

HEADER = 96
"""Pixels above the rows: the legend and the axis."""

BAR, MARKS = 0.24, -0.12
"""Where the track's bar and the marks of its reads lie, in rows from the middle of its own."""

OTHER_TEAM_COLORS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7")
"""Of teams with other names than ``TEAM_COLORS`` knows."""

STYLES: dict[Verdict, tuple[str, dict[str, Any]]] = {
    Verdict.RIGHT: ("right", {"symbol": "circle", "color": "#2fbf71", "size": 8}),
    Verdict.WRONG: ("wrong", {"symbol": "x", "color": "#ff4d5e", "size": 10}),
    Verdict.AGREES: ("agrees", {"symbol": "circle", "color": "#6cb8e6", "size": 8}),
    Verdict.DIFFERS: ("differs", {"symbol": "x", "color": "#ffb02e", "size": 10}),
    Verdict.UNDECIDED: ("undecided", {"symbol": "circle-open", "color": "#6cb8e6", "size": 8}),
    Verdict.REJECTED: ("rejected", {"symbol": "line-ns-open", "color": "#9aa0a6", "size": 8}),
}
"""How reads look, by verdict: shapes differ too, for those who do not tell the colours apart."""

Figure = tuple[list[dict[str, Any]], dict[str, Any]]
"""Plotly's traces and layout, as plain values."""


def timeline_figure(timeline: Timeline) -> Figure:
    """Draws a timeline.

    The ``ids`` of what can be clicked are ``kind:track:first:last``: frames of a "stretch" in which
    a track is seen, or of "crops" that were read alike.

    Args:
        timeline: The timeline.

    Returns:
        Traces and layout; colours that they leave out are the App's.
    """
    import plotly.graph_objects as go

    traces = [*_bars(go, timeline), *_lines(go, timeline), *_reads(go, timeline)]
    traces += _moments(go, timeline)
    titles = [_title(row) for row in timeline.rows]
    height = HEADER + ROW_HEIGHT * len(titles) + 16
    layout = go.Layout(
        height=height,
        margin={"t": HEADER, "l": 8, "r": 16, "b": 16},
        barmode="overlay",
        hovermode="closest",
        # Marks lie close above the bars: a bar that is pointed at must win.
        hoverdistance=6,
        hoverlabel={"bgcolor": "#21262d", "font": {"color": "#f0f3f6"}, "align": "left"},
        showlegend=True,
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "font": {"size": 12},
            "itemsizing": "constant",
        },
        xaxis={
            "side": "top",
            "range": [0, timeline.frame_count / timeline.frame_rate],
            "ticksuffix": " s",
            "tickfont": {"size": 12},
            "zeroline": False,
        },
        yaxis={
            "range": [len(titles) - 0.5, -0.5],
            "tickvals": list(range(len(titles))),
            "ticktext": titles,
            "tickfont": {"size": 12},
            "ticklabelstandoff": 6,
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
        },
    )
    return [trace.to_plotly_json() for trace in traces], layout.to_plotly_json()


def _bars(go: Any, timeline: Timeline) -> Iterator[Any]:
    """The stretches in which tracks are seen, a trace a team."""
    colors = _team_colors(timeline)
    for group, color in colors.items():
        rows = [
            (i, row, span)
            for i, row in enumerate(timeline.rows)
            if _group(row) == group
            for span in row.spans
        ]
        yield go.Bar(
            name=group,
            orientation="h",
            width=0.3,
            y=[i + BAR for i, _, _ in rows],
            base=[(first - 1) / timeline.frame_rate for _, _, (first, _) in rows],
            x=[(last - first + 1) / timeline.frame_rate for _, _, (first, last) in rows],
            ids=[f"stretch:{row.track.index}:{first}:{last}" for _, row, (first, last) in rows],
            hovertext=[
                f"<b>{_title(row)}</b>{_status(row)}<br>frames {first} to {last}"
                for _, row, (first, last) in rows
            ],
            hovertemplate="%{hovertext}<br>click: this stretch<extra></extra>",
            marker={"color": color, "line": {"width": 0}},
        )


def _lines(go: Any, timeline: Timeline) -> Iterator[Any]:
    """Gaps of the tracks, and camera cuts."""
    x: list[float | None] = []
    y: list[float | None] = []
    for i, row in enumerate(timeline.rows):
        for (_, end), (start, _) in zip(row.spans, row.spans[1:], strict=False):
            x += [end / timeline.frame_rate, (start - 1) / timeline.frame_rate, None]
            y += [i + BAR, i + BAR, None]
    if x:
        yield _line(go, "gap", x, y, {"color": "#9aa0a6", "width": 1, "dash": "dot"})
    if timeline.cuts:
        cuts = [(cut - 1) / timeline.frame_rate for cut in timeline.cuts]
        ends = [-0.5, len(timeline.rows) - 0.5, None]
        yield _line(
            go,
            "camera cut",
            [value for cut in cuts for value in (cut, cut, None)],
            ends * len(cuts),
            {"color": "#9aa0a6", "width": 1.5, "dash": "dash"},
        )


def _line(go: Any, name: str, x: list[Any], y: list[Any], line: dict[str, Any]) -> Any:
    return go.Scatter(name=name, mode="lines", x=x, y=y, line=line, hoverinfo="skip")


def _reads(go: Any, timeline: Timeline) -> Iterator[Any]:
    """The reads, a trace a verdict."""
    for verdict, (name, marker) in STYLES.items():
        reads = [
            (i, row, read)
            for i, row in enumerate(timeline.rows)
            for read in row.reads
            if read.verdict is verdict
        ]
        if reads:
            yield _points(
                go,
                timeline,
                name,
                [
                    (i, read.frame, _crops(row, read), _read_text(row, read))
                    for i, row, read in reads
                ],
                marker,
            )


def _moments(go: Any, timeline: Timeline) -> Iterator[Any]:
    """Reads that validated a number, and identity switches."""
    validated = [
        (i, row.validated, _crops(row, read), f"<b>{_title(row)}</b><br>validated here")
        for i, row in enumerate(timeline.rows)
        for read in row.reads
        if read.frame == row.validated
    ]
    if validated:
        star = {"symbol": "star", "color": "#ffd24a", "size": 13}
        yield _points(go, timeline, "validated", validated, star)
    switches = [
        (
            i,
            frame,
            f"stretch:{row.track.index}:{max(1, frame - 15)}:"
            f"{min(timeline.frame_count, frame + 15)}",
            f"<b>{_title(row)}</b><br>takes over somebody else's person at frame {frame}",
        )
        for i, row in enumerate(timeline.rows)
        for frame in row.switches
    ]
    if switches:
        diamond = {"symbol": "diamond", "color": "#d58fe0", "size": 12}
        yield _points(go, timeline, "identity switch", switches, diamond)


def _points(
    go: Any,
    timeline: Timeline,
    name: str,
    points: list[tuple[int, int, str, str]],
    marker: dict[str, Any],
) -> Any:
    """A trace of marks: row, frame, what a click opens, what hovering says."""
    return go.Scatter(
        name=name,
        mode="markers",
        x=[(frame - 0.5) / timeline.frame_rate for _, frame, _, _ in points],
        y=[i + MARKS for i, _, _, _ in points],
        ids=[target for _, _, target, _ in points],
        hovertext=[text for _, _, _, text in points],
        hovertemplate="%{hovertext}<extra></extra>",
        marker=marker,
    )


def _crops(row: Row, read: Read) -> str:
    return f"crops:{row.track.index}:{read.first}:{read.last}"


def _read_text(row: Row, read: Read) -> str:
    what = f"read as {read.text}" if read.text else "no number seen"
    sure = "" if read.confidence is None else f" ({read.confidence:.2f})"
    return (
        f"<b>{_title(row)}</b><br>{what}{sure}: {read.verdict.value}<br>frame {read.frame}"
        "<br>click: the crops of this run of reads"
    )


def _title(row: Row) -> str:
    """A track's title, with its id where the title does not have it."""
    track = row.track
    return f"{track.title} · {track.index}" if track.number or track.name else track.title


def _status(row: Row) -> str:
    track = row.track
    if not track.number_status:
        return ""
    sure = "" if track.number_confidence is None else f" ({track.number_confidence:.2f})"
    return f"<br>number {track.number_status}{sure}"


def _group(row: Row) -> str:
    return "referees" if row.track.role == "referee" else row.track.team or "no team"


def _team_colors(timeline: Timeline) -> dict[str, str]:
    """A colour for every group of rows, in the order in which they come."""
    others = iter(OTHER_TEAM_COLORS * 10)
    known = {**TEAM_COLORS, "referees": OTHER_COLOR, "no team": OTHER_COLOR}
    groups = dict.fromkeys(_group(row) for row in timeline.rows)
    return {group: known.get(group) or next(others) for group in groups}
