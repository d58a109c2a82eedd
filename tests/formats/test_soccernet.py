"""SoccerNet game state, as SoccerNet and its tools write it."""

from __future__ import annotations

import json

import fiftyone as fo
import pytest

from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.formats import soccernet
from hoop_plugins.formats.exporting import export_labels
from hoop_plugins.formats.importing import read_labels
from hoop_plugins.formats.names import ClassNames

CATEGORIES = [
    {"supercategory": "object", "id": 1, "name": "player"},
    {"supercategory": "object", "id": 2, "name": "goalkeeper"},
    {"supercategory": "object", "id": 3, "name": "referee"},
    {"supercategory": "object", "id": 4, "name": "ball"},
    {"supercategory": "pitch", "id": 5, "name": "pitch"},
    {"supercategory": "object", "id": 7, "name": "other"},
]


def person(frame, index, role="player", team=None, jersey=None, **more):
    return {
        "id": f"106{frame:06d}{index:02d}",
        "image_id": f"1060{frame:06d}",
        "track_id": index,
        "supercategory": "object",
        "category_id": next(c["id"] for c in CATEGORIES if c["name"] == role),
        "attributes": {"role": role, "jersey": jersey, "team": team},
        "bbox_image": {"x": 20 * index, "y": 20, "x_center": 0, "y_center": 0, "w": 15, "h": 80},
        "bbox_pitch": {"x_bottom_left": 1.5, "y_bottom_left": -3},
        **more,
    }


PITCH = {
    "id": "1",
    "image_id": "1060000001",
    "supercategory": "pitch",
    "category_id": 5,
    "lines": {},
}


def write(tmp_path, annotations, frames=(1, 2, 3), info=None):
    path = tmp_path / "clip" / "Labels-GameState.json"
    path.parent.mkdir(exist_ok=True)
    images = [
        {
            "is_labeled": frame != 3,
            "image_id": f"1060{frame:06d}",
            "file_name": f"{frame:06d}.jpg",
            "height": 180,
            "width": 320,
            "has_labeled_person": True,
        }
        for frame in frames
    ]
    content = {
        "info": {"version": "1.3", "name": "clip", "im_dir": "img1"} if info is None else info,
        "images": images,
        "annotations": annotations,
        "categories": CATEGORIES,
    }
    path.write_text(json.dumps(content))
    return path


def read(path, names=None):
    return soccernet.read(path, names or ClassNames())


def test_people_with_team_and_number(tmp_path):
    path = write(
        tmp_path,
        [
            person(1, 1, team="left", jersey="10"),
            person(1, 2, "goalkeeper", "right", "1"),
            person(2, 3, "referee"),
            person(2, 4, "ball"),
            PITCH,
        ],
    )
    (labels,) = read(path)
    assert (labels.video, labels.size, labels.frames, labels.numbered_from) == (
        "clip",
        (320, 180),
        [1, 2],
        1,
    )
    found = labels.boxes[["frame", "index", "label", "team", "number", "x1", "x2"]].astype(object)
    assert found.where(found.notna(), None).values.tolist() == [
        [1, 1, "player", "left", "10", 20, 35],
        [1, 2, "player", "right", "1", 40, 55],
        [2, 3, "referee", None, None, 60, 75],
        [2, 4, "ball", None, None, 80, 95],
    ]
    assert labels.notes == [
        f"1 entries of 'pitch' of {path} are no boxes: left out",
        "1 boxes of goalkeepers are players here",
    ]


def test_unknown_roles_are_said(tmp_path):
    names = ClassNames()
    (labels,) = read(write(tmp_path, [person(1, 1, "other"), person(1, 2)]), names)
    assert len(labels.boxes) == 1
    assert "1 boxes of class 'other' were left out" in names.notes()[0]
    names = ClassNames({"other": "referee", "goalkeeper": ""})
    (labels,) = read(write(tmp_path, [person(1, 1, "other"), person(1, 2, "goalkeeper")]), names)
    assert labels.boxes.label.tolist() == ["referee"]


def test_the_folder_names_the_video_where_the_file_does_not(tmp_path):
    (labels,) = read(write(tmp_path, [], info={}))
    assert labels.video == "clip"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"bbox_image": None}, "annotation 10600000101: there is no box"),
        ({"bbox_image": {"x": 1, "y": 2, "w": None, "h": 3}}, "bbox_image.w: null is wrong"),
        ({"image_id": "9"}, "there is no image 9"),
        ({"track_id": "P3"}, "annotation 10600000101: id .P3. is wrong"),
        ({"attributes": ["player"]}, "attributes: .* is wrong"),
        ({"supercategory": None}, "supercategory: null is wrong"),
    ],
)
def test_annotations_that_cannot_be_read(tmp_path, change, problem):
    with pytest.raises(HoopError, match=f"Labels-GameState.json, annotation .*{problem}|{problem}"):
        read(write(tmp_path, [person(1, 1, **change)]))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"images": []}, "has no images"),
        ({"images": None}, "is not SoccerNet game state: images"),
        ({"info": None}, "is not SoccerNet game state: info"),
        ({"annotations": {}}, "is not SoccerNet game state: annotations"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, change, problem):
    path = write(tmp_path, [])
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(HoopError, match=problem):
        read(path)


def test_a_folder_of_clips_comes_into_the_dataset_and_out_again(dataset, make_video, tmp_path):
    video = make_video("clip.mp4")
    dataset.add_sample(fo.Sample(filepath=str(video)))
    path = write(tmp_path, [person(1, 1, team="left", jersey="00"), person(2, 1, team="left")])
    list(read_labels(dataset, path.parent.parent).write())
    found = dict(SampleStore(dataset, dataset.first().id).read("ground_truth"))
    assert list(found) == [1, 2]
    assert found[1].data["number"].tolist() == ["00"]

    lines = export_labels(dataset, tmp_path / "out", "soccernet")
    assert lines == [f"2 frames of clip.mp4 written to {tmp_path / 'out'}"]
    content = json.loads((tmp_path / "out" / "clip" / "Labels-GameState.json").read_text())
    assert content["info"]["seq_length"] == len(content["images"]) == 30
    assert [image["is_labeled"] for image in content["images"]] == [True, True, *[False] * 28]
    assert content["annotations"][0] == {
        "id": "1",
        "image_id": "1001000001",
        "track_id": 1,
        "supercategory": "object",
        "category_id": 1,
        "attributes": {"role": "player", "jersey": "00", "team": "left"},
        "bbox_image": {"x": 20, "y": 20, "x_center": 27.5, "y_center": 60, "w": 15, "h": 80},
        "bbox_pitch": None,
    }


def test_what_soccernet_has_no_word_for_is_told(clip, tmp_path):
    import people

    people.decide(clip)
    lines = export_labels(clip.dataset, tmp_path / "out", "soccernet", "players")
    assert lines[1:] == ["teams keep their names, dark, light: SoccerNet's are left and right"]
