"""``apply_model`` and ``compute_patch_embeddings`` with the sample game's own networks."""

from __future__ import annotations

from collections.abc import Iterator

import fiftyone as fo
import numpy as np
import pytest
import sample_game
import supervision as sv
from fiftyone import ViewField as F

from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.fiftyone_models import DetectorModel, fiftyone_model
from hoop_plugins.plugins import load_model
from hoop_plugins.profiles import load_profile
from hoop_plugins.sample.loading import load_rendered

pytestmark = pytest.mark.ffmpeg

FRAMES = 12


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fo.Dataset]:
    """A short clip that the detector and then the tracker were applied to."""
    folder = sample_game.shorten(tmp_path_factory.mktemp("game"), FRAMES)
    dataset = load_rendered(folder, "apply-model-test")
    settings = load_profile("sample").stages
    detector = DetectorModel(load_model("detector", "sample", "cpu"), settings["detect"])
    dataset.apply_model(detector, label_field="found")
    tracker = fiftyone_model(
        *("tracker", "sample", "cpu"),
        **settings["track"].options,
    )
    dataset.apply_model(tracker, label_field="followed", detections="frames.found")
    yield dataset
    dataset.delete()


def read(game: fo.Dataset, role: str, field: str) -> dict[int, sv.Detections]:
    return dict(SampleStore(game, game.first().id, Fields(**{role: field})).read(role))


def truth(game: fo.Dataset, *labels: str) -> dict[int, sv.Detections]:
    frames = read(game, "ground_truth", "ground_truth")
    return {
        number: found.select(np.isin(found.data["class_name"].astype(str), labels))
        for number, found in frames.items()
    }


def share_found(wanted: dict[int, sv.Detections], found: dict[int, sv.Detections]) -> float:
    """The share of boxes that one of the same frame overlaps by half."""
    best = [
        sv.box_iou_batch(boxes.xyxy, found[number].xyxy).max(axis=1)
        for number, boxes in wanted.items()
    ]
    return float((np.concatenate(best) >= 0.5).mean())


def test_the_detector_labels_every_frame(game: fo.Dataset) -> None:
    found = read(game, "detections", "found")
    assert list(found) == list(range(1, FRAMES + 1))
    assert share_found(truth(game, "player", "referee"), found) > 0.7
    least = load_profile("sample").stages["detect"].number_confidence
    assert min(boxes.confidence.min() for boxes in found.values()) >= least


def test_the_tracker_follows_people_with_masks(game: fo.Dataset) -> None:
    followed = read(game, "players", "followed")
    assert list(followed) == list(range(1, FRAMES + 1))
    assert share_found(truth(game, "player", "referee"), followed) > 0.7
    first, last = (set(followed[number].tracker_id.tolist()) for number in (1, FRAMES))
    assert len(first & last) >= 0.8 * len(first)
    for people in followed.values():
        assert set(people.data["class_name"]) <= {"player", "referee"}
        assert min(people.mask.area) > 0


def test_the_reader_reads_the_detectors_number_boxes(game: fo.Dataset) -> None:
    game.apply_model(
        fiftyone_model("reader", "sample", "cpu"), label_field="texts", numbers="frames.found"
    )
    found, boxes = read(game, "numbers", "texts"), truth(game, "number")
    right = []
    for number, read_here in found.items():
        assert set(read_here.data["class_name"]) <= {"number"}
        overlap = sv.box_iou_batch(boxes[number].xyxy, read_here.xyxy)
        for i, j in zip(*np.nonzero(overlap >= 0.5), strict=True):
            assert read_here.data["probabilities"][j].shape == (102,)
            if read_here.data["text"][j]:
                right.append(read_here.data["text"][j] == boxes[number].data["text"][i])
    assert len(right) >= FRAMES
    assert np.mean(right) > 0.5


def test_the_embedder_tells_the_teams_apart(game: fo.Dataset) -> None:
    players = game.filter_labels("frames.ground_truth", F("label") == "player")
    embedded = players.compute_patch_embeddings(
        fiftyone_model("embedder", "sample", "cpu"), "ground_truth"
    )[game.first().id]
    vectors = np.concatenate([embedded[number] for number in range(1, FRAMES + 1)])
    everybody = truth(game, "player")
    teams = np.concatenate([everybody[n].data["team"] for n in range(1, FRAMES + 1)])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    centers = {team: vectors[teams == team].mean(axis=0) for team in set(teams)}
    assert len(centers) == 2
    nearest = [max(centers, key=lambda team: centers[team] @ vector) for vector in vectors]
    assert np.mean(np.array(nearest) == teams) > 0.9
