"""Labels in, labels out."""

from __future__ import annotations

import numpy as np
import people
import pytest
import supervision as sv
from fiftyone import ViewField as F

from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.errors import MissingFieldError


def test_what_is_written_is_read(clip: SampleStore) -> None:
    frames = dict(clip.read("players"))
    assert list(frames) == list(range(1, 31))
    wanted, found = people.tracked(7), frames[7]
    assert np.allclose(found.xyxy, wanted.xyxy, atol=1e-3)
    assert found.tracker_id.tolist() == wanted.tracker_id.tolist()
    assert found.data["class_name"].tolist() == wanted.data["class_name"].tolist()
    assert all(np.array_equal(found.mask.crop(i), wanted.mask.crop(i)) for i in range(len(found)))
    assert np.array_equal(found.mask.offsets, wanted.mask.offsets)


def test_fiftyone_sees_the_same(clip: SampleStore) -> None:
    clip.dataset.reload()
    labels = clip.dataset.first().frames[7].players.detections
    assert [label.index for label in labels] == [person.index for person in people.PEOPLE]
    assert labels[0].mask.shape == (people.HEIGHT, people.WIDTH)
    frames = clip.dataset.first().frames.values()
    instances = {(label.index, label.instance.id) for f in frames for label in f.players.detections}
    assert len(instances) == len({instance for _, instance in instances}) == len(people.PEOPLE)


def test_part_of_a_clip_can_be_read(clip: SampleStore) -> None:
    assert [number for number, _ in clip.read("players", 5, 9)] == [5, 6, 7, 8, 9]
    assert next(clip.read("players", masks=False))[1].mask is None
    some = clip.watch("players", masks={5, 6})
    assert [number for number, _, found in some if found.mask is not None] == [5, 6]


def test_values_are_set_on_one_track_or_one_label(clip: SampleStore) -> None:
    clip.assign("players", [(2, None, {"team": "dark"}), (3, 4, {"number": "00"})])
    frames = dict(clip.read("players"))
    assert {found.data["team"][1] for found in frames.values()} == {"dark"}
    assert {found.data["team"][0] for found in frames.values()} == {None}
    assert [n for n, found in frames.items() if found.data["number"][2] == "00"] == [4]
    assert frames[4].mask is not None


def test_clearing_keeps_earlier_frames_and_other_fields(clip: SampleStore) -> None:
    clip.clear("players", after=10)
    assert [number for number, _ in clip.read("players")] == list(range(1, 11))
    assert len(list(clip.read("detections"))) == 30


def test_a_field_that_is_not_there_is_named(clip: SampleStore) -> None:
    with pytest.raises(MissingFieldError, match="'numbers'"):
        next(clip.read("numbers"))


def test_vectors_survive(clip: SampleStore) -> None:
    row = np.linspace(0, 1, 102).astype(np.float16)
    box = sv.Detections(
        xyxy=np.array([[20.0, 30.0, 30.0, 42.0]], dtype=np.float32),
        tracker_id=np.array([1]),
        data={"class_name": np.array(["number"], dtype=object)},
    )
    clip.write("numbers", {3: box})
    clip.assign("numbers", [(1, 3, {"probabilities": row, "text": "7"})])
    _, found = next(clip.read("numbers"))
    assert np.array_equal(found.data["probabilities"][0], row)
    clip.dataset.reload()
    label = clip.dataset.first().frames[3].numbers.detections[0]
    assert np.array_equal(label.probabilities, row)


def test_tracks_are_kept(clip: SampleStore) -> None:
    tracks = [
        Track(1, 1, 30, team="dark", number="0", number_status="tentative", reads=4),
        Track(2, 5, 20, role="referee"),
    ]
    clip.write_tracks(tracks)
    assert clip.read_tracks() == {1: tracks[0], 2: tracks[1]}
    assert [track.title for track in tracks] == ["dark 0?", "referee 2"]


def test_progress_is_kept_stage_by_stage(clip: SampleStore) -> None:
    clip.record("detect", {"confidence": 0.4}, frames=25, complete=False)
    clip.record("track", {}, frames=30, complete=True)
    assert clip.progress("detect") == {
        "settings": {"confidence": 0.4},
        "frames": 25,
        "complete": False,
        "video": [320, 180, 30],
    }
    clip.forget("detect")
    assert clip.progress("detect") == {}
    assert clip.progress("track")["complete"]


def test_watching_gives_the_frame_with_its_labels(clip: SampleStore) -> None:
    clip.clear("players", after=2)
    seen = [(number, image.shape, len(found)) for number, image, found in clip.watch("players", 2)]
    assert seen[0] == (2, (180, 320, 3), 5)
    assert seen[1] == (3, (180, 320, 3), 0)
    assert seen[-1][0] == 30


def test_labels_are_found_and_attributes_erased_in_the_database(clip: SampleStore) -> None:
    people.decide(clip)
    found = dict(clip.find("players", F("team") == "dark", ("index", "number")))
    assert list(found) == list(range(1, 31))
    assert found[30] == [{"index": 1, "number": "23"}, {"index": 2, "number": "7"}]
    assert not dict(clip.find("players", F("team") == "green"))

    clip.erase("players", "team")
    assert not dict(clip.find("players", F("team").exists()))
    kept = dict(clip.find("players", F("number").exists()))
    assert [len(of) for of in kept.values()] == [4] * 30
