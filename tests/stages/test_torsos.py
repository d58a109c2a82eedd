"""Numbers of detectors that know none: looked for on the torsos."""

from __future__ import annotations

import fiftyone as fo
import numpy as np
import people
import pytest
import supervision as sv

from hoop_plugins.data import masks
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import OptionError
from hoop_plugins.profiles import load_profile
from hoop_plugins.stages.detect import Detect, DetectSettings
from hoop_plugins.stages.due import is_outdated
from hoop_plugins.stages.pair import PairNumbers, PairSettings
from hoop_plugins.stages.torsos import torso_boxes


def walkers(*boxes: tuple[int, int, int, int], role: str = "player") -> sv.Detections:
    return sv.Detections(
        xyxy=np.array(boxes, np.float32),
        tracker_id=np.arange(1, len(boxes) + 1),
        data={"class_name": np.array([role] * len(boxes), dtype=object)},
    )


def masked(found: sv.Detections, crops: list[np.ndarray]) -> sv.Detections:
    corners = [(int(x), int(y)) for x, y in found.xyxy[:, :2]]
    found.mask = masks.from_crops(crops, corners, (200, 400))
    return found


def test_the_torso_of_a_box_is_below_the_head_and_above_the_hips() -> None:
    found = torso_boxes(walkers((100, 50, 140, 150)))
    assert found.xyxy.tolist() == [[106, 65, 134, 98]]
    assert found.data["class_name"].tolist() == ["number"]
    assert found.data["source"].tolist() == ["torso"]
    assert found.tracker_id.tolist() == [1]


def test_an_outstretched_arm_does_not_widen_the_torso_of_a_mask() -> None:
    person = np.zeros((100, 60), bool)
    person[:, 20:50] = True
    person[18:24] = True  # the arms
    found = torso_boxes(masked(walkers((100, 50, 160, 150)), [person]))
    assert found.xyxy.tolist() == [[120, 65, 150, 98]]


def test_a_mask_without_pixels_has_no_torso() -> None:
    person = np.ones((100, 60), bool)
    found = torso_boxes(
        masked(walkers((100, 50, 160, 150), (300, 50, 360, 150)), [person, ~person])
    )
    assert found.tracker_id.tolist() == [1]


def test_among_masks_the_torso_of_who_has_none_is_that_of_the_box() -> None:
    narrow = np.zeros((100, 60), bool)
    narrow[:, 20:50] = True
    none = np.zeros((1, 1), bool)
    found = torso_boxes(masked(walkers((100, 50, 160, 150), (300, 50, 340, 150)), [narrow, none]))
    assert found.xyxy.tolist() == [[120, 65, 150, 98], [306, 65, 334, 98]]


@pytest.mark.parametrize("role", ["player", "referee"])
def test_who_is_hidden_by_somebody_nearer_has_no_torso(role: str) -> None:
    behind, front = walkers((100, 50, 140, 150)), walkers((96, 60, 140, 170), role=role)
    front.tracker_id = np.array([2])
    found = torso_boxes(sv.Detections.merge([behind, front]))
    assert found.tracker_id.tolist() == ([2] if role == "player" else [])


def test_who_is_hidden_by_a_little_keeps_the_torso() -> None:
    found = torso_boxes(walkers((100, 50, 140, 150), (130, 60, 170, 170)))
    assert found.tracker_id.tolist() == [1, 2]


def test_referees_and_the_untracked_wear_no_number() -> None:
    assert not len(torso_boxes(walkers((100, 50, 140, 150), role="referee")))
    lost = walkers((100, 50, 140, 150))
    lost.tracker_id = np.array([-1])
    assert not len(torso_boxes(lost))
    assert not len(torso_boxes(sv.Detections.empty()))


class Coco:
    """A detector by rule that finds the players, and says or not what it may find."""

    def __init__(self, *labels: str) -> None:
        if labels:
            self.labels = labels

    def detect(self, frames):
        found = people.detections(1)
        return [found.select(found.data["class_name"] == "player") for _ in frames]


def paired(clip: SampleStore, source: str = "auto") -> tuple[list[str | None], str]:
    """Where the numbers of frame 5 are from, and what the stage says of all."""
    steps = list(PairNumbers(PairSettings(source=source)).run([clip]))
    (found,) = (found for number, found in clip.read("numbers") if number == 5)
    return list(found.data.get("source", ())), " ".join(step.message for step in steps)


def detected(clip: SampleStore, *labels: str) -> None:
    list(Detect(DetectSettings()).run_clip(clip, Coco(*labels)))


@pytest.mark.ffmpeg
def test_a_detector_without_numbers_leaves_them_to_the_torsos(clip: SampleStore) -> None:
    detected(clip, "person", "sports ball")
    sources, said = paired(clip)
    assert sources == ["torso"] * 4
    assert "clip.mp4 has no boxes of numbers; numbers are looked for on torsos" in said
    assert clip.count_labels("detections").keys() == {"player"}


@pytest.mark.ffmpeg
def test_a_detector_that_saw_no_number_here_knows_them(clip: SampleStore) -> None:
    detected(clip, "player", "jersey-number")
    sources, said = paired(clip)
    assert sources == []
    assert "no number has an owner" in said


@pytest.mark.ffmpeg
def test_a_detector_that_does_not_say_is_known_by_what_it_found_elsewhere(
    clip: SampleStore, make_video
) -> None:
    detected(clip)
    assert paired(clip)[0] == ["torso"] * 4
    other = fo.Sample(filepath=str(make_video("other.mp4")))
    clip.dataset.add_sample(other)
    people.write(SampleStore(clip.dataset, other.id))
    assert paired(clip)[0] == []


def test_labels_that_somebody_drew(clip: SampleStore) -> None:
    for frame in clip.dataset.first().frames.values():
        drawn = [fo.Detection(label="Athlete", bounding_box=[0.1, 0.1, 0.1, 0.4])]
        frame["detections"] = fo.Detections(detections=drawn)
        frame.save()
    sources, said = paired(clip)
    assert sources == ["torso"] * 4
    assert "has no number: it has Athlete 30; name them with --classes" in said


def test_players_alone_are_enough(clip: SampleStore) -> None:
    clip.dataset.delete_frame_field("detections")
    sources, said = paired(clip)
    assert sources == ["torso"] * 4
    assert "has no detections" in said


@pytest.mark.parametrize("source", ["torso", "detector"])
def test_either_can_be_forced(clip: SampleStore, source: str) -> None:
    assert paired(clip, source)[0] == [source if source == "torso" else None] * 4


def test_another_source_is_refused(tmp_path) -> None:
    with pytest.raises(OptionError, match="source is 'chest': give auto or detector or torso"):
        PairNumbers(PairSettings(source="chest"))
    profile = tmp_path / "mine.toml"
    profile.write_text('[pair]\nsource = "chest"\n')
    with pytest.raises(Exception, match=r"mine.toml: \[pair\] source is 'chest'"):
        load_profile(profile)


def paired_before(clip: SampleStore) -> None:
    """As a version that knew no torsos did and recorded it."""
    paired(clip, "detector")
    clip.record("pair", {"ios": 0.9}, clip.frame_count, complete=True, input={})


@pytest.mark.ffmpeg
def test_what_was_paired_before_there_were_torsos_is_due_where_none_was_detected(
    clip: SampleStore,
) -> None:
    detected(clip, "person", "sports ball")
    paired_before(clip)
    assert is_outdated(PairNumbers(), clip)
    assert not is_outdated(PairNumbers(PairSettings(source="detector")), clip)
    assert paired(clip)[0] == ["torso"] * 4
    assert not is_outdated(PairNumbers(), clip)


def test_what_was_paired_before_with_boxes_of_numbers_is_done(clip: SampleStore) -> None:
    paired_before(clip)
    assert not is_outdated(PairNumbers(), clip)
    assert not is_outdated(PairNumbers(PairSettings(source="detector")), clip)
    assert is_outdated(PairNumbers(PairSettings(source="torso")), clip)


def test_another_source_is_another_setting(clip: SampleStore) -> None:
    list(PairNumbers(PairSettings()).run([clip]))
    assert not is_outdated(PairNumbers(PairSettings()), clip)
    for source in ("torso", "detector"):
        assert is_outdated(PairNumbers(PairSettings(source=source)), clip)
