"""COCO of images and of videos."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from hoop_plugins.errors import HoopError
from hoop_plugins.formats import coco
from hoop_plugins.formats.names import ClassNames


def read(path, names=None):
    return coco.read(path, names or ClassNames())


def write(tmp_path, images, annotations=(), categories=("player", "number"), **more):
    path = tmp_path / "_annotations.coco.json"
    content = {
        "images": [{"width": 320, "height": 180, **image} for image in images],
        "annotations": [
            {"id": number, "category_id": 1, "bbox": [10, 20, 30, 80], **one}
            for number, one in enumerate(annotations, 1)
        ],
        "categories": [{"id": number, "name": name} for number, name in enumerate(categories, 1)],
        **more,
    }
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    "name",
    [
        "images/game-000012.jpg",
        "game/000012.jpg",
        "game_frame_12.png",
        "game-0012_jpg.rf.0a1b2c3d.jpg",
        "game\\12.jpg",
    ],
)
def test_images_are_named_by_video_and_frame(tmp_path, name):
    (labels,) = read(write(tmp_path, [{"id": 1, "file_name": name}]))
    assert (labels.video, labels.frames, labels.numbered_from) == ("game", [12], 1)


def test_video_and_frame_ids(tmp_path):
    images = [
        {"id": 7, "file_name": "x.jpg", "video_id": 2, "frame_id": 0},
        {"id": 8, "file_name": "y.jpg", "video_id": 3, "frame_id": 4},
    ]
    videos = [{"id": 2, "name": "first.mp4"}, {"id": 3, "name": "second.mp4"}]
    annotation = {"image_id": 8, "track_id": 5}
    first, second = read(write(tmp_path, images, [annotation], videos=videos))
    assert (first.video, first.frames, len(first.boxes)) == ("first.mp4", [0], 0)
    assert second.boxes[["frame", "index", "x2", "y2"]].values.tolist() == [[4, 5, 40, 100]]
    assert second.numbered_from == 0


def test_attributes_stand_in_the_annotation_or_below(tmp_path):
    annotations = [
        {"image_id": 1, "track_id": 1, "team": "dark", "number": "00"},
        {"image_id": 1, "attributes": {"track_id": 2, "jersey_number": 7, "team": ""}},
        {"image_id": 1, "category_id": 2, "attributes": {"number": "23", "visible": 0.5}},
    ]
    (labels,) = read(write(tmp_path, [{"id": 1, "file_name": "game-1.jpg"}], annotations))
    found = labels.boxes[["index", "team", "number", "text", "visible"]].astype(object)
    assert found.where(found.notna(), None).values.tolist() == [
        [1, "dark", "00", None, None],
        [2, None, "7", None, None],
        [-1, None, None, "23", 0.5],
    ]


def test_actions_and_classes_without_a_name_here(tmp_path):
    classes = ("Player Jump Shot", "clock", "athlete")
    annotations = [{"image_id": 1, "category_id": number} for number in (1, 2, 3)]
    path = write(tmp_path, [{"id": 1, "file_name": "game-1.jpg"}], annotations, classes)
    names = ClassNames({"athlete": "player"})
    (labels,) = read(path, names)
    assert labels.boxes.label.tolist() == ["player", "player"]
    assert labels.boxes.action.iloc[0] == "player-jump-shot"
    (note,) = names.notes()
    assert note.startswith("1 boxes of class 'clock' were left out: name them with --classes clock")


def test_masks_of_polygons_and_run_lengths(tmp_path):
    whole = np.zeros((180, 320), np.uint8, order="F")
    whole[20:100, 10:40] = 1
    compressed = coco_mask.encode(whole)
    annotations = [
        {"image_id": 1, "segmentation": [[10, 20, 40, 20, 40, 100, 10, 100]]},
        {"image_id": 1, "segmentation": {**compressed, "counts": compressed["counts"].decode()}},
        {"image_id": 1, "segmentation": {"size": [180, 320], "counts": [0, 180 * 320]}},
        {"image_id": 1, "segmentation": []},
    ]
    (labels,) = read(write(tmp_path, [{"id": 1, "file_name": "game-1.jpg"}], annotations))
    *masks, none = labels.boxes["mask"]
    assert none is None
    assert [int(coco_mask.area(one)) for one in masks] == [2400, 2400, 180 * 320]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"image_id": 99}, "there is no image 99"),
        ({"category_id": 9}, "there is no category 9"),
        ({"category_id": "player"}, 'category_id: "player" is wrong'),
        ({"bbox": [1, 2, 3]}, r"bbox: \[1, 2, 3\] is wrong"),
        ({"bbox": None}, "bbox: null is wrong"),
        ({"bbox": ["10", "20", "30", "40"]}, r'bbox.0: "10" is wrong'),
        ({"bbox": {"x": 1}}, "bbox: .* is wrong"),
        ({"track_id": "P3"}, 'id "P3" is wrong'),
        ({"track_id": 1e20}, "id 1e\\+20 is wrong"),
        ({"track_id": -4}, "id -4 is wrong"),
        ({"attributes": {"track_id": [3]}}, r"id \[3\] is wrong"),
        ({"attributes": [{"name": "number", "value": "23"}]}, "attributes: .* is wrong"),
        ({"segmentation": [10, 20, 40, 20, 40, 100]}, "segmentation: a polygon is a list"),
        ({"segmentation": [[10, 20, 40, 20]]}, "segmentation: a polygon is a list"),
        ({"segmentation": {"size": [180, 320], "counts": "%%%"}}, "segmentation: .* is no mask"),
        ({"iscrowd": 7}, "iscrowd: 7 is wrong"),
        ({"team": ["A"]}, r"team is \['A'\]: give text, or a number"),
        ({"attributes": {"jersey": {"number": 7}}}, "jersey is .*: give text, or a number"),
    ],
)
def test_annotations_that_cannot_be_read(tmp_path, change, problem):
    annotations = [{"image_id": 1}, {"image_id": 1, **change}]
    path = write(tmp_path, [{"id": 1, "file_name": "game-1.jpg"}], annotations)
    with pytest.raises(HoopError, match=f"_annotations.coco.json, annotation 2: {problem}"):
        read(path)


@pytest.mark.parametrize("nothing", [None, -1, float("nan")])
def test_ids_that_are_none(tmp_path, nothing):
    annotations = [{"image_id": 1, "track_id": nothing}, {"image_id": 1, "track_id": "3"}]
    (labels,) = read(write(tmp_path, [{"id": 1, "file_name": "game-1.jpg"}], annotations))
    assert labels.boxes["index"].tolist() == [-1, 3]


@pytest.mark.parametrize("videos", [None, [{"id": 1, "name": "game"}]])
def test_crowds_are_left_out_and_counted(tmp_path, videos):
    crowd = {
        "image_id": 1,
        "iscrowd": 1,
        "segmentation": {"size": [180, 320], "counts": [0, 57600]},
    }
    images = [{"id": 1, "file_name": "game-1.jpg", "video_id": 1, "frame_id": 0}]
    (labels,) = read(write(tmp_path, images, [{"image_id": 1}, crowd], videos=videos))
    assert len(labels.boxes) == 1
    assert "1 crowds (iscrowd)" in labels.notes[0]


@pytest.mark.parametrize(
    ("numbers", "name", "expected"),
    [
        ((0, 1, 2), "frame_index", ([0, 1, 2], 0)),
        ((1, 2, 3), "frame_index", ([1, 2, 3], 1)),
        ((4, 6, 8), "frame_id", ([4, 6, 8], 0)),
        ((None, None, None), "frame_id", ([1, 2, 3], 1)),
    ],
)
def test_frames_of_videos_are_counted_as_they_say(tmp_path, numbers, name, expected):
    images = [
        {"id": i, "file_name": f"game/{i:06d}.jpg", "video_id": 1, name: number}
        for i, number in enumerate(numbers, 1)
    ]
    (labels,) = read(write(tmp_path, images, videos=[{"id": 1, "name": "game"}]))
    assert (labels.frames, labels.numbered_from) == expected


@pytest.mark.parametrize(
    ("images", "problem"),
    [
        ([{"id": 1}, {"id": 1}], "2 images have the id 1"),
        ([{"id": 1}, {"id": 2}], "are both frame 1 of game"),
        ([{"id": 1}, {"id": 2, "file_name": "game-2.jpg", "width": 9}], "of different sizes"),
        ([{"id": 1, "width": 0}], "image 1: width: 0 is wrong"),
        ([{"id": 1, "height": 10**9}], "image 1: height: 1000000000 is wrong"),
        ([{"id": 1, "file_name": None}], "image 1: file_name: null is wrong"),
        ([{"id": None}], "image 1: id: null is wrong"),
    ],
)
def test_images_that_cannot_be(tmp_path, images, problem):
    path = write(tmp_path, [{"file_name": "game-1.jpg", **image} for image in images])
    with pytest.raises(HoopError, match=f"_annotations.coco.json.*{problem}"):
        read(path)


def test_images_that_name_no_frame(tmp_path):
    with pytest.raises(HoopError, match=r"'cover\.jpg' names no video and frame"):
        read(write(tmp_path, [{"id": 1, "file_name": "cover.jpg"}]))


@pytest.mark.parametrize("text", ["{", "[]", "{}"])
def test_what_is_not_coco(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(HoopError, match=r"a\.json is"):
        read(path)


@pytest.mark.parametrize("table", ["images", "annotations", "categories"])
@pytest.mark.parametrize("value", [None, 5, "all", {"1": {}}])
def test_tables_that_are_no_list(tmp_path, table, value):
    path = write(tmp_path, [{"id": 1, "file_name": "game-1.jpg"}], [{"image_id": 1}])
    path.write_text(json.dumps({**json.loads(path.read_text()), table: value}))
    with pytest.raises(HoopError, match=rf"_annotations\.coco\.json.*{table}") as told:
        read(path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("videos", [None, []])
def test_no_videos_are_none(tmp_path, videos):
    path = write(tmp_path, [{"id": 1, "file_name": "game-1.jpg"}], videos=videos)
    assert [labels.video for labels in read(path)] == ["game"]
