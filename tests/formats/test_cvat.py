"""CVAT for video 1.1."""

from __future__ import annotations

import pytest

from hoop_plugins.errors import HoopError
from hoop_plugins.formats import cvat
from hoop_plugins.formats.names import ClassNames


def read(path, names=None):
    return cvat.read(path, names or ClassNames())


META = """<meta><task><name>my task</name>
<labels><label><name>player</name></label></labels>
<original_size><width>320</width><height>180</height></original_size>
<source>game.mp4</source></task></meta>"""


def box(frame, left=10, outside=0, inner=""):
    return (
        f'<box frame="{frame}" outside="{outside}" occluded="0" keyframe="1" '
        f'xtl="{left}" ytl="20" xbr="{left + 30}" ybr="100">{inner}</box>'
    )


def write(tmp_path, *tracks, meta=META):
    path = tmp_path / "annotations.xml"
    body = "\n".join(tracks)
    path.write_text(f'<?xml version="1.0"?>\n<annotations>{meta}\n{body}\n</annotations>\n')
    return path


def track(*boxes, number=0, label="player"):
    return f'<track id="{number}" label="{label}">\n' + "\n".join(boxes) + "\n</track>"


def test_tracks_with_attributes(tmp_path):
    inner = (
        '<attribute name="Team">dark</attribute><attribute name="number">00</attribute>'
        '<attribute name="mood">calm</attribute>'
    )
    path = write(tmp_path, track(box(3, inner=inner), number=4), track(box(3), label="Referee"))
    (labels,) = read(path)
    assert (labels.video, labels.size, labels.numbered_from) == ("game.mp4", (320, 180), 0)
    found = labels.boxes[["frame", "index", "label", "team", "number", "x1", "y2"]]
    assert found.iloc[0].tolist() == [3, 4, "player", "dark", "00", 10, 100]
    assert found.label.tolist() == ["player", "referee"]


def test_frames_between_key_frames_are_interpolated(tmp_path):
    path = write(tmp_path, track(box(0, 10), box(4, 50), box(5, 90)))
    (labels,) = read(path)
    found = labels.boxes[["frame", "x1"]].astype(int).values.tolist()
    assert found == [[0, 10], [1, 20], [2, 30], [3, 40], [4, 50], [5, 90]]


def test_a_track_that_goes_outside_is_not_there(tmp_path):
    path = write(tmp_path, track(box(0), box(1, outside=1), box(9)))
    (labels,) = read(path)
    assert labels.boxes.frame.tolist() == [0, 9]


def test_other_shapes_are_counted(tmp_path):
    points = '<polygon frame="0" points="1,2;3,4"></polygon>'
    (labels,) = read(write(tmp_path, track(points, box(1))))
    assert len(labels.boxes) == 1
    assert "1 shapes" in labels.notes[0]


def test_rotated_boxes_are_counted(tmp_path):
    turned = box(1).replace("<box ", '<box rotation="30.0" ')
    (labels,) = read(write(tmp_path, track(box(0), turned)))
    assert "1 boxes are rotated" in labels.notes[0]


def test_a_frame_that_no_video_has(tmp_path):
    with pytest.raises(HoopError, match=r"line \d+: frame 1000000009 is too high"):
        read(write(tmp_path, track(box(9), box(1_000_000_009))))


def test_a_box_that_cannot_be_read_is_named(tmp_path):
    path = write(tmp_path, track(box(0), box("two")))
    line = 1 + next(
        number for number, text in enumerate(path.read_text().splitlines()) if "two" in text
    )
    with pytest.raises(HoopError, match=rf"annotations.xml, line {line}: .*'two'"):
        read(path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<annotations>\n<image></image></annotations>", "line 2: this is CVAT for images"),
        ("<annotations>\n<meta><project/></meta></annotations>", "line 2: .*project"),
        ("<annotations>\n<track>", "line 2: .*this is no XML"),
        ("<dataset></dataset>", "is not CVAT"),
        ("<?xml version='1.0' encoding='gb2312'?><annotations/>", "line 1: .*this is no XML"),
        ("<?xml version='1.0' encoding='klingon'?><annotations/>", "line 1: .*this is no XML"),
        ("<annotations><width>wide</width></annotations>", "original_size: .*'wide'"),
    ],
)
def test_files_of_other_kinds(tmp_path, text, problem):
    path = tmp_path / "a.xml"
    path.write_text(text)
    with pytest.raises(HoopError, match=problem):
        read(path)
