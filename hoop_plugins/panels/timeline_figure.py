"""The figure of the identity timeline: one trace a kind of thing, however many tracks there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from hoop_plugins.data.appearance import OTHER_COLOR, TEAM_COLORS
from hoop_plugins.data.tracks import Track
from hoop_plugins.mining.links import Link, how_sure
from hoop_plugins.mining.timeline import Row, Timeline, Verdict
from hoop_plugins.panels.base import Figure, draw

ROW_HEIGHT = 30
"""Pixels."""

HEADER = 32
"""Pixels above the rows: the axis."""

BAR, MARKS = 0.24, -0.12
"""Where the track's bar and the marks of its reads lie, in rows from the middle of its own."""

OTHER_TEAM_COLORS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7")
"""Of teams with other names than ``TEAM_COLORS`` knows."""

STYLES: dict[str, dict[str, Any]] = {
    Verdict.RIGHT.value: {"symbol": "circle", "color": "#2fbf71", "size": 8},
    Verdict.WRONG.value: {"symbol": "x", "color": "#ff4d5e", "size": 10},
    Verdict.AGREES.value: {"symbol": "circle", "color": "#4aa3d8", "size": 8},
    Verdict.DIFFERS.value: {"symbol": "x", "color": "#f08c00", "size": 10},
    Verdict.UNDECIDED.value: {"symbol": "circle-open", "color": "#4aa3d8", "size": 8},
    Verdict.REJECTED.value: {"symbol": "line-ns-open", "color": "#868e96", "size": 8},
    "validated": {"symbol": "star", "color": "#f2b705", "size": 13},
    "identity switch": {"symbol": "diamond", "color": "#c06bd0", "size": 12},
    "joined": {"symbol": "triangle-left", "color": "#868e96", "size": 11},
    "split": {"symbol": "triangle-right", "color": "#868e96", "size": 11},
    "kept": {"symbol": "line-ns-open", "color": "#868e96", "size": 7},
}
"""How marks look: reads by verdict, the read that validated a number, the frame in which a track
takes over somebody else, and where tracks were joined, split, or cut and kept. Shapes differ too,
for those who do not tell the colors apart; and the colors can be told from a dark and from a light
background."""

GLYPHS = {
    "bar": "■",
    "lines": "┄",
    "circle": "●",
    "circle-open": "○",
    "x": "✕",
    "line-ns-open": "|",
    "star": "★",
    "diamond": "◆",
    "triangle-left": "◂",
    "triangle-right": "▸",
}
"""How the legend shows bars, lines and marks."""


def timeline_figure(timeline: Timeline) -> Figure:
    """Draws a timeline.

    The ``ids`` of what can be clicked are ``kind:track:first:last``: frames of a "stretch" in which
    a track is seen, or of "crops" that were read alike, or of a "link" to what was before. Where it
    is one frame that is marked, ``:frame`` follows.

    Args:
        timeline: The timeline.

    Returns:
        Traces and layout; colors that they leave out are the App's.
    """
    titles = [title_of(row) for row in timeline.rows]
    return draw(
        [*_bars(timeline), *_lines(timeline), *_marks(timeline)],
        height=HEADER + ROW_HEIGHT * len(titles) + 16,
        margin={"t": HEADER, "l": 8, "r": 16, "b": 16},
        barmode="overlay",
        hovermode="closest",
        # Marks lie close above the bars: a bar that is pointed at must win.
        hoverdistance=6,
        # Plotly's own, in a narrow panel, covers the chart.
        showlegend=False,
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


def legend(traces: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What the traces of a timeline are: of each the "glyph", its "color" and its "name"."""
    told = []
    for trace in traces:
        kind = "bar" if trace["type"] == "bar" else trace["mode"]
        looks = trace["line" if kind == "lines" else "marker"]
        glyph = GLYPHS[looks["symbol"] if kind == "markers" else kind]
        told.append({"glyph": glyph, "color": looks["color"], "name": trace["name"]})
    return told


def _bars(timeline: Timeline) -> Iterator[Any]:
    """The stretches in which tracks are seen, a trace a team."""
    others = iter(OTHER_TEAM_COLORS * 10)
    known = {**TEAM_COLORS, "referees": OTHER_COLOR, "no team": OTHER_COLOR}
    groups: dict[str, list[tuple[int, Row, tuple[int, int]]]] = {}
    for i, row in enumerate(timeline.rows):
        group = "referees" if row.track.role == "referee" else row.track.team or "no team"
        groups.setdefault(group, []).extend((i, row, span) for span in row.spans)
    for group, rows in groups.items():
        yield go.Bar(
            name=group,
            orientation="h",
            width=0.3,
            y=[i + BAR for i, _, _ in rows],
            base=[(first - 1) / timeline.frame_rate for _, _, (first, _) in rows],
            x=[(last - first + 1) / timeline.frame_rate for _, _, (first, last) in rows],
            ids=[f"stretch:{row.track.index}:{first}:{last}" for _, row, (first, last) in rows],
            hovertext=[
                f"<b>{title_of(row)}</b>{_status(row.track)}<br>frames {first} to {last}"
                for _, row, (first, last) in rows
            ],
            hovertemplate="%{hovertext}<extra></extra>",
            marker={"color": known.get(group) or next(others), "line": {"width": 0}},
        )


def _lines(timeline: Timeline) -> Iterator[Any]:
    """Gaps of the tracks, and camera cuts."""
    gaps: list[tuple[float | None, float | None]] = []
    for i, row in enumerate(timeline.rows):
        for (_, end), (start, _) in pairwise(row.spans):
            ends = end / timeline.frame_rate, (start - 1) / timeline.frame_rate
            gaps += [(ends[0], i + BAR), (ends[1], i + BAR), (None, None)]
    cuts: list[tuple[float | None, float | None]] = []
    for cut in timeline.cuts:
        seconds = (cut - 1) / timeline.frame_rate
        cuts += [(seconds, -0.5), (seconds, len(timeline.rows) - 0.5), (seconds, None)]
    for name, points, width, dash in (("gap", gaps, 1, "dot"), ("camera cut", cuts, 1.5, "dash")):
        if points:
            x, y = zip(*points, strict=True)
            line = {"color": "#868e96", "width": width, "dash": dash}
            yield go.Scatter(name=name, mode="lines", x=x, y=y, line=line, hoverinfo="skip")


def _marks(timeline: Timeline) -> Iterator[Any]:
    """Reads, those that validated a number, and identity switches, a trace a style."""
    marks: dict[str, list[tuple[float, int, str, str]]] = {name: [] for name in STYLES}
    for i, row in enumerate(timeline.rows):
        index, title = row.track.index, f"<b>{title_of(row)}</b><br>"
        for read in row.reads:
            crops = f"crops:{index}:{read.first}:{read.last}:{read.frame}"
            what = f"read as {read.text}" if read.text else "no number seen"
            text = (
                f"{title}{what}{_sure(read.confidence)}: {read.verdict.value}<br>frame {read.frame}"
            )
            marks[read.verdict.value].append((i + MARKS, read.frame, crops, text))
            if read.frame == row.validated:
                text = f"{title}validated here"
                marks["validated"].append((i + MARKS, read.frame, crops, text))
        for frame in row.switches:
            first, last = max(1, frame - 15), min(timeline.frame_count, frame + 15)
            text = f"{title}takes over somebody else's person at frame {frame}"
            target = f"stretch:{index}:{first}:{last}:{frame}"
            marks["identity switch"].append((i + MARKS, frame, target, text))
        for link in row.links:
            target = f"link:{index}:{link.frame}:{link.last}"
            text = f"{title}{link_text(link, timeline.people)}<br>click: undo it"
            marks[link.kind].append((i + BAR, link.frame, target, text))
    for name, points in marks.items():
        if points:
            rows, frames, targets, texts = zip(*points, strict=True)
            yield go.Scatter(
                name=name,
                mode="markers",
                x=[(frame - 0.5) / timeline.frame_rate for frame in frames],
                y=rows,
                ids=targets,
                hovertext=texts,
                hovertemplate="%{hovertext}<extra></extra>",
                marker=STYLES[name],
            )


def link_text(link: Link, people: Mapping[int, Track]) -> str:
    """What a link is, and how sure."""
    return f"{link.told(people)}<br>from frame {link.frame} on; {how_sure(link.margin)}"


def title_of(row: Row) -> str:
    """A track's title, with its id where the title does not have it."""
    track = row.track
    return f"{track.title} · {track.index}" if track.number or track.name else track.title


def _sure(confidence: float | None) -> str:
    return "" if confidence is None else f" ({confidence:.2f})"


def _status(track: Track) -> str:
    status = track.number_status
    return f"<br>number {status}{_sure(track.number_confidence)}" if status else ""
