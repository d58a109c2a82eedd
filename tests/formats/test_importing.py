"""From files to ground truth: which video, which frame, and what is refused before it is stored."""

from __future__ import annotations

import json
import unicodedata

import cv2
import fiftyone as fo
import numpy as np
import people
import pytest
from imported import load, truth
from pycocotools import mask as coco_mask

from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.vocabulary import read_classes
from hoop_plugins.errors import HoopError, MissingFieldError
from hoop_plugins.formats.exporting import export_labels
from hoop_plugins.formats.importing import read_labels

GOOD = "1,3,11,21,30,80,1,1,1\n"


@pytest.fixture
def write(tmp_path):
    """Writes a file: ``write("1,3,11,21,30,80")`` is the labels of clip.mp4."""

    def write_file(text, name="labels/clip.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return write_file


def untouched(store):
    return not store.has("ground_truth") or not truth(store)


def test_labels_come_into_the_field(clip, write):
    found = load(clip.dataset, write("1,3,11,21,30,80\n3,3,13,21,30,80\n4,3,14,21,30,80\n"))
    frames = truth(clip)
    assert list(frames) == [1, 2, 3, 4], "from first to last; nobody is in frame 2"
    assert len(frames[2]) == 0
    assert frames[1].xyxy.round(3).tolist() == [[10, 20, 40, 100]]
    assert frames[1].tracker_id.tolist() == [3]
    assert found.summary() == ["4 frames of clip.mp4 labeled", "frames are numbered from 1"]
    assert clip.dataset.count("frames.ground_truth.detections") == 3


def test_frames_between_labeled_ones_stay_unlabeled(clip, write):
    load(clip.dataset, write("".join(f"{frame},3,11,21,30,80\n" for frame in (5, 10, 20))))
    assert list(truth(clip)) == [5, 10, 15, 20]


@pytest.mark.parametrize(
    ("frames", "given", "stored"),
    [((0, 3), None, [1, 4]), ((2, 30), None, [2, 30]), ((2, 3), None, [2, 3]), ((2, 3), 0, [3, 4])],
)
def test_frame_numbering_is_found_out_or_given(clip, write, frames, given, stored):
    text = "".join(f"{frame},3,11,21,30,80\n" for frame in frames)
    load(clip.dataset, write(text), numbered_from=given)
    assert [number for number, found in truth(clip).items() if len(found)] == stored


def test_ids_from_zero_are_raised(clip, write):
    found = load(clip.dataset, write("1,0,11,21,30,80\n1,1,51,21,30,80\n1,-1,91,21,30,80\n"))
    assert truth(clip)[1].tracker_id.tolist() == [1, 2, -1]
    assert "ids start from 0 and were raised by one" in found.notes


def test_boxes_that_reach_out_are_cut_off(clip, write):
    found = load(clip.dataset, write("1,3,-19,-9,40,80\n1,4,301,101,300,200\n1,5,1,1,320.5,180\n"))
    boxes = truth(clip)[1].xyxy.round(2).tolist()
    assert boxes == [[0, 0, 20, 70], [300, 100, 320, 180], [0, 0, 320, 180]]
    assert any(note.startswith("2 boxes") for note in found.notes)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("31,3,11,21,30,80", "frame 31, but clip.mp4 has 30 frames, .*--first-frame 0"),
        ("-1,3,11,21,30,80", "frame -1"),
        ("1,3,11,21,40,80", "id 3 occurs twice in one frame, first in line 1"),
        ("1,4,11,21,0,80", "the box has no area"),
        ("1,4,11,21,-30,80", "the box has no area"),
        ("1,4,11,21,nan,80", "the box is no number"),
        ("1,4,11,21,9000,80", "far larger than the 320x180 picture"),
        ("1,4,511,21,30,80", "lies outside the 320x180 picture"),
    ],
)
@pytest.mark.parametrize("before", [False, True])
def test_refused_with_file_and_line_and_nothing_is_stored(clip, write, line, problem, before):
    if before:
        load(clip.dataset, write(GOOD))
    with pytest.raises(HoopError, match=rf"clip.txt, line 2: .*{problem}"):
        read_labels(clip.dataset, write(f"{GOOD}{line}\n"), overwrite=True)
    assert untouched(clip) != before
    if before:
        assert truth(clip)[1].tracker_id.tolist() == [3]


def test_labels_of_another_size_are_scaled(clip, tmp_path):
    folder = tmp_path / "clip" / "gt"
    folder.mkdir(parents=True)
    (folder / "gt.txt").write_text("1,3,21,41,60,160,1,1,1\n")
    (folder.parent / "seqinfo.ini").write_text("[Sequence]\nimWidth=640\nimHeight=360\n")
    load(clip.dataset, tmp_path)
    assert truth(clip)[1].xyxy.round(2).tolist() == [[10, 20, 40, 100]]


def test_labels_that_are_there_are_kept_unless_replaced(clip, write):
    load(clip.dataset, write("1,3,11,21,30,80\n9,3,11,21,30,80\n"))
    path = write("2,4,51,21,30,80\n")
    with pytest.raises(HoopError, match="holds labels already: give --overwrite"):
        read_labels(clip.dataset, path)
    load(clip.dataset, path, into="second")
    assert list(truth(clip, "second")) == [2]
    load(clip.dataset, path, overwrite=True)
    assert [len(found) for found in truth(clip).values()] == [1]
    assert list(truth(clip)) == [2]


def test_files_find_their_videos(clip, write, make_video):
    sample = fo.Sample(filepath=str(make_video("other.mp4")))
    clip.dataset.add_sample(sample)
    other = SampleStore(clip.dataset, sample.id)
    write("1,3,11,21,30,80\n")
    path = write("1,7,11,21,30,80\n", "labels/stranger.txt")
    found = load(clip.dataset, path.parent)
    assert truth(clip)[1].tracker_id.tolist() == [3]
    assert untouched(other)
    assert "labels without a video here, left out: stranger" in found.notes
    assert "videos without labels: other" in found.notes
    load(clip.dataset, path, video="other.mp4")
    assert truth(other)[1].tracker_id.tolist() == [7]


def test_no_video_of_that_name(clip, write):
    with pytest.raises(HoopError, match="they are of stranger, the videos are clip"):
        read_labels(clip.dataset, write(GOOD, "labels/stranger.txt"))


def test_two_videos_of_one_name(clip, write, tmp_path):
    clip.dataset.add_sample(fo.Sample("/elsewhere/clip.mp4"))
    path = write(GOOD)
    with pytest.raises(HoopError, match="2 videos are called clip"):
        read_labels(clip.dataset, path)
    load(clip.dataset, path, video=clip.dataset[clip.sample_id].filepath)
    assert list(truth(clip)) == [1]
    load(clip.dataset.select(clip.sample_id), path, overwrite=True)


def test_masks_of_coco_come_along(clip, tmp_path):
    annotation = {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "track_id": 2,
        "bbox": [10, 20, 30, 80],
        "segmentation": [[10, 20, 25, 20, 25, 100, 10, 100]],
    }
    number = {"id": 2, "image_id": 1, "category_id": 2, "bbox": [12, 30, 8, 9], "number": "7"}
    content = {
        "images": [{"id": 1, "file_name": "clip-0004.jpg", "width": 320, "height": 180}],
        "annotations": [annotation, number],
        "categories": [{"id": 1, "name": "player"}, {"id": 2, "name": "number"}],
    }
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(content))
    load(clip.dataset, path)
    (found,) = truth(clip).values()
    assert found.mask.crop(0).shape == (80, 30)
    assert found.mask.crop(0)[:, :15].all()
    assert not found.mask.crop(0)[:, 15:].any()
    assert found.data["text"].tolist() == [None, "7"]


def test_a_mask_of_one_pixel_is_one(clip, tmp_path):
    whole = np.zeros((180, 320), np.uint8, order="F")
    whole[20, 10] = 1
    counts = coco_mask.encode(whole)["counts"].decode()
    pixel = {"size": [180, 320], "counts": counts}
    common = {"image_id": 1, "category_id": 1}
    content = {
        "images": [{"id": 1, "file_name": "clip-0004.jpg", "width": 320, "height": 180}],
        "annotations": [
            {**common, "id": 1, "bbox": [10, 20, 1, 1], "segmentation": pixel},
            {**common, "id": 2, "bbox": [40, 20, 1, 1]},
        ],
        "categories": [{"id": 1, "name": "ball"}],
    }
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(content))
    load(clip.dataset, path)
    export_labels(clip.dataset, tmp_path / "out.json", "coco")
    out = json.loads((tmp_path / "out.json").read_text())["annotations"]
    assert [coco_mask.decode(a["segmentation"]).sum() for a in out if a["segmentation"]] == [1]


def test_a_field_becomes_ground_truth(clip):
    people.decide(clip)
    load(clip.dataset, "frames.players", "field", classes={"referee": ""})
    before, after = dict(clip.read("players"))[9], truth(clip)[9]
    assert after.xyxy.tolist() == before.xyxy[:4].tolist()
    assert after.tracker_id.tolist() == [1, 2, 3, 4]
    assert after.data["number"].tolist() == ["23", "7", "00", "11"]
    assert (after.mask.crop(0) == before.mask.crop(0)).all()


def test_a_field_with_ids_from_zero_or_twice(clip):
    def shifted(frame, ids):
        found = people.tracked(frame)
        found.tracker_id = np.array(ids)
        return found

    clip.write("detections", {1: shifted(1, [0, 1, 2, 3, 4])})
    load(clip.dataset.select(clip.sample_id), "detections", "field")
    assert truth(clip)[1].tracker_id.tolist() == [1, 2, 3, 4, 5]
    clip.write("detections", {2: shifted(2, [0, 1, 2, 1, 4])})
    with pytest.raises(HoopError, match=r"clip.mp4, frame 2: index 1 occurs twice in detections"):
        read_labels(clip.dataset, "detections", "field", overwrite=True)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"bounding_box": [0.1, 0.1, float("nan"), 0.2]}, "no four numbers"),
        ({"bounding_box": []}, r"the box \[\] of label 1, 'player', is no four numbers"),
        ({"bounding_box": [0.1, 0.1, 0, 0.2]}, "label 1 of boxes: the box has no area"),
        ({"bounding_box": [100, 100, 50, 80]}, "far larger than the 320x180 picture"),
        ({"index": -7}, "index -7 is wrong"),
    ],
)
def test_a_field_of_boxes_that_cannot_be(clip, change, problem):
    label = {"label": "player", "bounding_box": [0.1, 0.1, 0.2, 0.2], "index": 1, **change}
    sample = clip.dataset.first()
    sample.frames[3]["boxes"] = fo.Detections(detections=[fo.Detection(**label)])
    sample.save()
    with pytest.raises(HoopError, match=f"clip.mp4, frame 3.*{problem}"):
        read_labels(clip.dataset, "boxes", "field")
    assert untouched(clip)


def test_masks_on_disk_come_along_or_are_missed_before(clip, tmp_path):
    mask = np.zeros((36, 64), np.uint8)
    mask[:, :32] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    label = fo.Detection(label="player", bounding_box=[0.1, 0.1, 0.2, 0.2], index=1)
    label.mask_path = str(tmp_path / "mask.png")
    sample = clip.dataset.first()
    sample.frames[3]["boxes"] = fo.Detections(detections=[label])
    sample.save()
    load(clip.dataset, "boxes", "field")
    assert np.array_equal(truth(clip)[3].mask.crop(0), mask > 0)
    (tmp_path / "mask.png").unlink()
    with pytest.raises(HoopError, match=r"clip.mp4, frame 3: the mask .*mask.png"):
        read_labels(clip.dataset, "boxes", "field", into="other")


@pytest.mark.parametrize(("video", "labels"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_accents_may_be_written_either_way(dataset, make_video, write, video, labels):
    name = unicodedata.normalize(video, "Bálint")
    dataset.add_sample(fo.Sample(filepath=str(make_video(f"{name}.mp4"))))
    path = write(GOOD, f"labels/{unicodedata.normalize(labels, 'Bálint')}.txt")
    assert load(dataset, path).frames == 1
    load(dataset, path, video=unicodedata.normalize(labels, "Bálint"), overwrite=True)


@pytest.mark.parametrize(
    ("path", "kind", "problem"),
    [
        ("nowhere", None, "nowhere does not exist"),
        ("nowhere", "excel", "unknown format 'excel'"),
        ("no_field", "field", "no frame field 'no_field'; detections are in: .*players"),
        (".", None, "holds no labels"),
    ],
)
def test_what_cannot_be_found(clip, tmp_path, monkeypatch, path, kind, problem):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises((HoopError, MissingFieldError), match=problem):
        read_labels(clip.dataset, path, kind)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"numbered_from": 2}, "from 0 or 1, not from 2"),
        ({"into": "my truth"}, "'my truth' is no name"),
        ({"into": "frame_number"}, "holds no detections"),
    ],
)
def test_options_that_cannot_be(clip, write, options, problem):
    with pytest.raises(HoopError, match=problem):
        read_labels(clip.dataset, write(GOOD), **options)


def test_classes_option():
    assert read_classes(" athlete=player, crowd=") == {"athlete": "player", "crowd": ""}
    for wrong in ("athlete", "athlete=hero"):
        with pytest.raises(HoopError, match="--classes"):
            read_classes(wrong)
