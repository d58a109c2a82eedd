"""Whatever a file holds, it is read, or refused in one line."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hoop_plugins.data.image import VideoInfo
from hoop_plugins.errors import HoopError
from hoop_plugins.formats import coco, cvat, jsonl, mot, soccernet
from hoop_plugins.formats.names import ClassNames

VIDEO = VideoInfo("game.mp4", 320, 180, 25, 30)

fuzz = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([-1, 0, 1e20, "1", "player", "%%%", 2**63])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)

COCO = {
    "images": [
        {"id": 1, "file_name": "game/1.jpg", "width": 320, "height": 180, "video_id": 1},
        {"id": 2, "file_name": "game/2.jpg", "width": 320, "height": 180, "frame_id": None},
    ],
    "annotations": [
        {
            "id": 1,
            "image_id": 1,
            "category_id": 1,
            "track_id": 3,
            "iscrowd": 0,
            "bbox": [10, 20, 30, 80],
            "segmentation": [[10, 20, 40, 20, 40, 100]],
            "attributes": {"team": "dark", "number": "7", "visible": 0.5},
        },
        {
            "image_id": 2,
            "category_id": 1,
            "bbox": [10, 20, 30, 80],
            "segmentation": {"size": [180, 320], "counts": [100, 50, 57450]},
        },
    ],
    "categories": [{"id": 1, "name": "player"}],
    "videos": [{"id": 1, "name": "game"}],
}

GAME_STATE = {
    "info": {"name": "game"},
    "images": [{"image_id": "11", "file_name": "000001.jpg", "width": 320, "height": 180}],
    "annotations": [
        {
            "id": "1",
            "image_id": "11",
            "category_id": 1,
            "track_id": 3,
            "supercategory": "object",
            "bbox_image": {"x": 10, "y": 20, "w": 30, "h": 80},
            "attributes": {"role": "player", "team": "left", "jersey": "7"},
        }
    ],
    "categories": [{"id": 1, "name": "player"}],
}

XML = """<annotations><meta><task><original_size><width>320</width><height>180</height>
</original_size><source>game.mp4</source></task></meta><track id="1" label="player">
<box frame="0" outside="0" xtl="1" ytl="2" xbr="30" ybr="40"><attribute name="team">dark</attribute>
</box><box frame="4" outside="0" xtl="1" ytl="2" xbr="30" ybr="40"/></track></annotations>"""


def _places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from _places(value[key], (*place, key))


@st.composite
def spoiled(draw: Callable[..., Any], good: Any) -> bytes:
    """A good file in which one or two things are something else."""
    content = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 2))):
        *outer, last = draw(st.sampled_from([place for place in _places(content) if place]))
        holder = content
        for key in outer:
            holder = holder[key]
        holder[last] = draw(anything)
    return json.dumps(content).encode("utf-8", "surrogatepass")


@st.composite
def cut(draw: Callable[..., Any], good: bytes) -> bytes:
    """A good file in which some bytes are others."""
    start = draw(st.integers(0, len(good)))
    end = draw(st.integers(start, min(len(good), start + 8)))
    return good[:start] + draw(st.binary(max_size=8)) + good[end:]


def is_read_or_refused(read: Callable[..., Any], path: Path, content: bytes) -> None:
    path.write_bytes(content)
    refused = ""
    try:
        for labels in read(path, ClassNames()):
            list(labels.check(VIDEO, labels.numbered_from).frames())
    except HoopError as error:
        refused = str(error)
    assert "\n" not in refused
    assert not refused or path.name in refused


@fuzz
@given(content=spoiled(COCO) | cut(json.dumps(COCO).encode()))
def test_coco(tmp_path, content):
    is_read_or_refused(coco.read, tmp_path / "game.json", content)


@fuzz
@given(content=spoiled(GAME_STATE))
def test_soccernet(tmp_path, content):
    is_read_or_refused(soccernet.read, tmp_path / "game.json", content)


@fuzz
@given(content=cut(XML.encode()))
def test_cvat(tmp_path, content):
    is_read_or_refused(cvat.read, tmp_path / "game.xml", content)


numbers = st.integers(-2, 9).map(str) | st.floats().map(str) | st.text(max_size=3) | st.just("")


@fuzz
@given(content=st.lists(numbers, max_size=11).map(",".join).map(str.encode) | st.binary())
def test_mot(tmp_path, content):
    is_read_or_refused(mot.read, tmp_path / "game.txt", b"1,3,11,21,30,80\n" + content)


@fuzz
@given(row=anything | st.fixed_dictionaries({"image": anything, "suffix": anything}))
def test_json_lines(tmp_path, row):
    (tmp_path / "rows.jsonl").write_text(json.dumps(row))
    with pytest.raises(HoopError, match=r"rows\.jsonl"):
        jsonl.read_examples(tmp_path / "rows.jsonl", None)
