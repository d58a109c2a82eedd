"""What ``apply_model`` makes of the roles, played by rule so that every label is known."""

from __future__ import annotations

import numpy as np
import people
import pytest

from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.fiftyone_models import DetectorModel, EmbedderModel, ReaderModel, TrackerModel
from hoop_plugins.stages.detect import DetectSettings

pytestmark = pytest.mark.ffmpeg


class Template:
    """A detector, reader and embedder by rule: it finds what was put at fixed places."""

    def detect(self, frames):
        return [people.detections(1) for _ in frames]

    def read(self, crops):
        rows = np.zeros((len(crops), len(NUMBERS) + 1), np.float32)
        rows[:, NUMBERS.index("00")] = 1
        return rows

    def embed(self, crops):
        return np.array([crop.mean(axis=(0, 1)) for crop in crops], np.float32).reshape(-1, 3)


class Follower:
    """A tracker by rule: everybody keeps walking."""

    def start(self, video):
        self.frame = 0
        return self

    def wants_detections(self):
        return self.frame == 0

    def step(self, frame, detections):
        assert (detections is None) == (self.frame > 0)
        self.frame += 1
        return people.tracked(self.frame)


def test_detector_on_the_frames_of_a_video(clip):
    clip.dataset.apply_model(DetectorModel(Template()), label_field="found")
    assert clip.dataset.count("frames.found.detections") == 9 * clip.video.frame_count
    label = clip.dataset.first().frames[1]["found"].detections[0]
    assert label.label == "player"
    assert label.confidence == pytest.approx(0.9)
    assert label.bounding_box == pytest.approx([20 / 320, 60 / 180, 30 / 320, 80 / 180])


def test_detector_drops_what_is_not_confident():
    model = DetectorModel(Template(), DetectSettings(confidence=0.95, number_confidence=0.95))
    assert not model.predict(np.zeros((180, 320, 3), np.uint8)).detections


def test_tracker_writes_tracks_under_the_label_field(clip):
    clip.dataset.apply_model(TrackerModel(Follower()), label_field="followed")
    frames = clip.dataset.first().frames
    for number in (1, clip.video.frame_count):
        labels = frames[number]["followed"].detections
        assert [label.index for label in labels] == [1, 2, 3, 4, 5]
        assert labels[0].mask.shape == (people.HEIGHT, people.WIDTH)
        assert [label.action for label in labels] == ["player"] * 4 + ["referee"]
    first, last = (frames[n]["followed"].detections[0] for n in (1, clip.video.frame_count))
    assert first.instance.id == last.instance.id


def test_reader_reads_the_number_boxes_of_any_field(clip):
    clip.dataset.apply_model(
        ReaderModel(Template()), label_field="texts", numbers="frames.detections"
    )
    labels = clip.dataset.first().frames[1]["texts"].detections
    assert [label.text for label in labels] == ["00"] * 4
    assert {label.label for label in labels} == {"number"}
    assert labels[0].text_confidence == 1


def test_embedder_embeds_patches(clip):
    embeddings = clip.dataset.compute_patch_embeddings(EmbedderModel(Template()), "players")
    assert embeddings[clip.sample_id][1].shape == (len(people.PEOPLE), 3)
