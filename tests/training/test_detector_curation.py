"""From views to COCO folders for the detector: what is taken, and what is refused."""

from __future__ import annotations

import court
import cv2
import fiftyone as fo
import numpy as np
import pytest

from hoop_plugins.data.classes import remember
from hoop_plugins.data.steps import drain
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.coco_images import read_coco
from hoop_plugins.training.curation import detector_steps
from hoop_plugins.training.splits import CurationError


def prepare_detector(view, out, **settings):
    return drain(detector_steps(view, out, **settings))


def rename(dataset: fo.Dataset, names: dict[str, str]) -> None:
    """Gives labels of the ground truth other names, as a person would with FiftyOne."""
    for sample in dataset.iter_samples(autosave=True):
        for frame in sample.frames.values():
            for label in frame["ground_truth"].detections:
                label.label = names.get(label.label, label.label)


def test_frames_of_videos_become_coco(clips, tmp_path):
    made = prepare_detector(clips[0].dataset, tmp_path / "data", stride=10)
    assert made.images == {"train": 6, "valid": 3}
    assert made.labels == {"player": 18, "number": 18, "player-jump-shot": 6}
    train = read_coco(made.train)
    assert "rim" in train.names
    assert train.image(0).shape == (180, 320, 3)
    target = train.target(0)
    assert target.data["class_name"][0] == "player-jump-shot"
    np.testing.assert_allclose(target.xyxy[:4], court.truth(1).xyxy[:4], atol=0.02)


def test_labels_of_others_are_read_with_our_names(clips, tmp_path):
    dataset = clips[0].dataset
    theirs = {"player": "Person", "number": "jersey number", "rim": "Hoop"}
    rename(dataset, theirs | {"player-jump-shot": "Player Jump Shot"})
    made = prepare_detector(dataset, tmp_path / "data", stride=10)
    assert made.labels == {"player": 18, "number": 18, "player-jump-shot": 6}
    remember(dataset, {"Person": "referee", "jersey number": ""})
    made = prepare_detector(dataset, tmp_path / "again", stride=10)
    assert made.labels == {"referee": 18, "player-jump-shot": 6}


def test_images_are_copied_as_they_are(dataset, tmp_path):
    for i in range(4):
        path = tmp_path / f"{i}.png"
        noise = np.random.default_rng(i).integers(0, 255, (50, 100, 3), dtype=np.uint8)
        cv2.imwrite(str(path), noise)
        boxes = [
            fo.Detection(label=label, bounding_box=[0.1, 0.2, 0.3, 0.4])
            for label in ("horse", "rider")
        ]
        sample = fo.Sample(filepath=str(path), ground_truth=fo.Detections(detections=boxes))
        sample["split"] = "train" if i < 3 else "valid"
        dataset.add_sample(sample)
    dataset.add_sample(fo.Sample(filepath=str(tmp_path / "unlabelled.png")))
    made = prepare_detector(dataset, tmp_path / "data")
    assert made.images == {"train": 3, "valid": 1}
    copied = made.train.with_name("0.png")
    assert copied.read_bytes() == (tmp_path / "0.png").read_bytes()
    train = read_coco(made.train)
    assert train.names == ("horse", "rider")
    np.testing.assert_allclose(train.boxes[0][0], [10, 10, 40, 30], atol=0.02)


def test_frames_that_repeat_are_dropped_on_request(dataset, make_video, tmp_path):
    same = make_video("a.mp4", frames=1)
    for name in ("a", "b", "c"):
        path = tmp_path / f"{name}.mp4"
        if name != "a":
            path.write_bytes(same.read_bytes())
        sample = fo.Sample(filepath=str(path), split="valid" if name == "c" else "train")
        dataset.add_sample(sample)
        SampleStore(dataset, sample.id).write("ground_truth", {1: court.truth(1)})
    with pytest.raises(CurationError, match="no image is left for valid"):
        prepare_detector(dataset, tmp_path / "data", drop_duplicates=True)
    assert not [*tmp_path.glob("data"), *tmp_path.glob(".data*")]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"field": "nothing"}, "no field 'nothing'"),
        ({"stride": 0}, "stride is 0"),
        ({"limit": 1}, "limit is 1"),
        ({"valid_share": 1.5}, "valid_share is 1.5"),
    ],
)
def test_bad_settings(clips, tmp_path, settings, message):
    with pytest.raises(HoopError, match=message):
        prepare_detector(clips[0].dataset, tmp_path / "data", **settings)
    assert not [*tmp_path.glob("data"), *tmp_path.glob(".data*")]
