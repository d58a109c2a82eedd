"""Labels as MongoDB keeps them, turned into detections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bson
import cv2
import fiftyone as fo
import fiftyone.core.utils as fou
import numpy as np
import pytest
import supervision as sv

from hoop_plugins.data import masks
from hoop_plugins.data.detections import objects
from hoop_plugins.data.label_codec import (
    from_documents,
    from_value,
    to_document,
    to_labels,
    to_value,
)
from hoop_plugins.errors import HoopError

WIDTH, HEIGHT = 40, 20


def label(left: float, top: float, mask: np.ndarray | None) -> dict[str, Any]:
    packed = None if mask is None else fou.serialize_numpy_array(mask)
    box = [left / WIDTH, top / HEIGHT, 8 / WIDTH, 6 / HEIGHT]
    return {"label": "player", "bounding_box": box, "mask": packed}


def test_masks_come_back_cut_to_the_frame() -> None:
    mask = np.random.default_rng(0).random((6, 8)) > 0.4
    labels = [
        label(3, 4, mask),
        label(36, 17, mask),
        label(5, 5, mask.astype(np.uint8) * 255),
        label(-2, 2, mask),
        label(45, 30, mask),
        label(1, 1, None),
    ]
    found = from_documents(labels, (WIDTH, HEIGHT)).mask
    dense = np.zeros((6, HEIGHT, WIDTH), bool)
    dense[0, 4:10, 3:11] = dense[2, 5:11, 5:13] = mask
    dense[1, 17:, 36:] = mask[:3, :4]
    dense[3, 2:8, :6] = mask[:, 2:]
    assert np.array_equal(found.to_dense(), dense)


def test_no_mask_is_stored_of_who_has_none() -> None:
    crops = [np.ones((6, 8), bool), np.zeros((1, 1), bool)]
    boxes = np.array([[3, 4, 11, 10], [20, 4, 28, 10]], np.float32)
    found = sv.Detections(
        boxes,
        mask=masks.from_crops(crops, [(3, 4), (20, 4)], (HEIGHT, WIDTH)),
        data={"class_name": objects(["player", "player"])},
    )
    first, second = to_document(found, (WIDTH, HEIGHT))["detections"]
    assert "mask" in first
    assert "mask" not in second
    again = from_documents([first, second], (WIDTH, HEIGHT))
    assert masks.absent(again.mask).tolist() == [False, True]


def test_a_mask_of_one_pixel_is_kept() -> None:
    found = sv.Detections(
        xyxy=np.array([[3, 4, 4, 5], [20, 4, 21, 5]], float),
        mask=masks.from_crops([np.ones((1, 1), bool), masks.NONE], [(3, 4), (20, 4)], (20, 40)),
        data={"class_name": objects(["ball", "ball"])},
    )
    labels = to_document(found, (WIDTH, HEIGHT))["detections"]
    assert ["mask" in label for label in labels] == [True, False]
    again = from_documents(labels, (WIDTH, HEIGHT)).mask
    assert masks.absent(again).tolist() == [False, True]
    assert again.to_dense()[0].nonzero() == ([4], [3])


def test_one_pixel_that_fills_its_box_is_the_whole_box() -> None:
    labels = [label(3, 4, np.full((1, 1), value)) for value in (True, False)]
    found = from_documents(labels, (WIDTH, HEIGHT)).mask
    assert masks.absent(found).tolist() == [False, True]
    assert found.crop(0).shape == (6, 8)
    assert found.crop(0).all()


@pytest.mark.parametrize("left", [3, -4, 36, 0.4])
def test_masks_of_another_size_fill_their_boxes(left: float) -> None:
    small = np.array([[1, 0, 1, 0], [0, 1, 1, 1]], np.uint8)
    found = from_documents([label(left, 4, small)], (WIDTH, HEIGHT)).mask
    frame = np.zeros((HEIGHT, WIDTH + 16), bool)
    frame[4:10, round(left) + 8 : round(left) + 16] = small.repeat(3, axis=0).repeat(2, axis=1)
    assert np.array_equal(found.to_dense()[0], frame[:, 8:-8])


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int64])
def test_masks_of_other_types_say_the_same(kind: type) -> None:
    mask = np.random.default_rng(0).random((6, 8)) > 0.4
    size = (WIDTH, HEIGHT)
    expected = from_documents([label(3, 4, mask)], size).mask.to_dense()
    found = from_documents([label(3, 4, mask.astype(kind))], size).mask
    assert np.array_equal(found.to_dense(), expected)


def test_masks_of_fractions_hold_what_is_likely() -> None:
    """As Mask R-CNN gives them: nowhere quite 0."""
    soft = np.full((6, 8), 0.02, np.float32)
    soft[2:, :4] = [0.5, 0.7, 0.9, 1]
    soft[0, 0] = np.nan
    found = from_documents([label(3, 4, soft)], (WIDTH, HEIGHT)).mask
    assert np.array_equal(found.crop(0), np.nan_to_num(soft) >= 0.5)


@pytest.mark.parametrize("kind", ["gray", "color", "transparent", "28x28"])
def test_masks_on_disk(tmp_path: Path, kind: str) -> None:
    mask = np.zeros((6, 8), np.uint8)
    mask[2:, :4] = 255
    image = {
        "gray": mask,
        "color": np.dstack([mask, mask * 0, mask * 0]),
        "transparent": np.dstack([mask, mask, mask, mask * 0 + 255]),
        "28x28": cv2.resize(mask, (28, 28), interpolation=cv2.INTER_NEAREST),
    }[kind]
    cv2.imwrite(str(tmp_path / "mask.png"), image)
    document = {**label(3, 4, None), "mask_path": str(tmp_path / "mask.png")}
    found = from_documents([document, label(9, 9, None)], (WIDTH, HEIGHT)).mask
    assert np.array_equal(found.crop(0), mask > 0)
    assert not found.crop(1).any()


def test_a_mask_that_is_gone_is_named(tmp_path: Path) -> None:
    document = {**label(3, 4, None), "mask_path": str(tmp_path / "gone.png")}
    with pytest.raises(HoopError, match=r"gone\.png of 'player' cannot be read"):
        from_documents([document], (WIDTH, HEIGHT))


@pytest.mark.parametrize("box", [None, [], [0, 0, 1], [0, 0, None, 1], [0, 0, np.inf, 1]])
def test_boxes_that_are_none_are_named(box: object) -> None:
    good = label(1, 1, None)
    with pytest.raises(HoopError, match="of label 2, 'player', is no four numbers"):
        from_documents([good, {**good, "bounding_box": box}], (WIDTH, HEIGHT))


def test_a_mask_beside_its_box_is_stored_as_what_fills_the_box() -> None:
    crop = np.arange(30).reshape(5, 6) % 2 == 0
    found = sv.Detections(
        xyxy=np.array([[4, 3, 12, 9]], np.float32),
        mask=masks.from_crops([crop], [(2, 5)], (HEIGHT, WIDTH)),
        data={"class_name": np.array(["player"], object)},
    )
    (stored,) = to_labels(found, (WIDTH, HEIGHT)).detections
    whole = np.zeros((HEIGHT, WIDTH), bool)
    whole[5:10, 2:8] = crop
    assert np.array_equal(stored.mask, whole[3:9, 4:12])


def test_documents_are_what_fiftyone_makes_of_the_same_labels() -> None:
    kit, crop = np.arange(3, dtype=np.float32), np.arange(30).reshape(5, 6) % 2 == 0
    found = sv.Detections(
        xyxy=np.array([[0, 5, 6, 10]], np.float32),
        mask=masks.from_crops([crop], [(0, 5)], (HEIGHT, WIDTH)),
        confidence=np.array([0.5], np.float32),
        tracker_id=np.array([7]),
        data={
            "class_name": objects(["player"]),
            "number": objects(["00"]),
            "kit": objects([kit]),
            "team_confidence": objects([np.float32(0.25)]),
            "unknown": objects([1]),
            "text": objects([None]),
        },
    )
    attributes = ("number", "kit", "team_confidence", "text")
    document = to_document(found, (WIDTH, HEIGHT), attributes, "clip", ours=True)
    (label,) = document["detections"]
    theirs = fo.Detections(
        detections=[
            fo.Detection(
                label="player",
                bounding_box=[0, 5 / HEIGHT, 6 / WIDTH, 5 / HEIGHT],
                confidence=0.5,
                index=7,
                instance=fo.Instance(id=str(label["instance"]["_id"])),
                mask=found.mask.crop(0),
                number="00",
                kit=kit,
                team_confidence=0.25,
                made_by="hoop_plugins",
            )
        ]
    ).to_mongo()
    theirs["detections"][0]["_id"] = label["_id"]
    assert bson.decode(bson.encode(document)) == bson.decode(bson.encode(theirs))


def test_labels_without_masks_have_none() -> None:
    assert from_documents([label(3, 4, None)], (WIDTH, HEIGHT)).mask is None
    assert from_documents([], (WIDTH, HEIGHT)).mask is None


def test_arrays_that_were_read_can_be_changed() -> None:
    read = from_value(to_value(np.arange(3, dtype=np.float16)))
    read += 1
    assert read.tolist() == [1, 2, 3]
