"""The identity timeline's figure: traces a kind, and what a click opens."""

from __future__ import annotations

from hoop_plugins.data.tracks import Track
from hoop_plugins.mining.timeline import Read, Row, Timeline, Verdict
from hoop_plugins.panels.timeline_figure import STYLES, legend, timeline_figure


def timeline(rows):
    return Timeline(300, 30, [151], rows)


def row(index, **values):
    reads = [
        Read(30, "7", 0.9, Verdict.RIGHT, 30, 30),
        Read(60, "1", 0.8, Verdict.WRONG, 60, 90),
        Read(90, "1", 0.8, Verdict.WRONG, 60, 90),
    ]
    track = Track(index, 1, 300, team="dark", number="7", number_status="validated")
    return Row(track, [(1, 100), (121, 300)], reads, **values)


def test_200_tracks_need_no_more_traces_than_one():
    one, _ = timeline_figure(timeline([row(1, validated=30, switches=[121])]))
    many, layout = timeline_figure(
        timeline([row(index, validated=30, switches=[121]) for index in range(1, 201)])
    )
    names = ["dark", "gap", "camera cut", "right", "wrong", "validated", "identity switch"]
    assert [trace["name"] for trace in one] == [trace["name"] for trace in many] == names
    assert layout["height"] > 200 * 20
    assert len(layout["yaxis"]["ticktext"]) == 200


def test_clicks_open_exactly_the_stretch_or_the_run_of_reads():
    traces, _ = timeline_figure(timeline([row(4, validated=30, switches=[8])]))
    ids = {trace["name"]: trace.get("ids") for trace in traces}
    assert ids["dark"] == ["stretch:4:1:100", "stretch:4:121:300"]
    assert ids["wrong"] == ["crops:4:60:90:60", "crops:4:60:90:90"]
    assert ids["validated"] == ["crops:4:30:30:30"]
    assert ids["identity switch"] == ["stretch:4:1:23:8"]


def test_frames_lie_where_they_are_in_time():
    traces, _ = timeline_figure(timeline([row(4)]))
    by_name = {trace["name"]: trace for trace in traces}
    assert by_name["dark"]["base"] == [0, 4]
    assert by_name["dark"]["x"] == [100 / 30, 6]
    assert by_name["camera cut"]["x"][:2] == [5, 5]
    assert by_name["right"]["x"] == [29.5 / 30]


def test_the_legend_says_what_each_trace_is():
    traces, layout = timeline_figure(timeline([row(4, validated=30)]))
    told = legend(traces)
    assert [mark["name"] for mark in told] == [trace["name"] for trace in traces]
    assert [mark["glyph"] for mark in told] == ["■", "┄", "┄", "●", "✕", "★"]
    assert told[3]["color"] == STYLES["right"]["color"]
    assert not layout["showlegend"]
