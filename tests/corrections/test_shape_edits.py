"""Boxes and masks that people change, draw and remove in FiftyOne's own editor are not lost.

The editor's edits are made as it makes them: by what was measured of FiftyOne 1.22.
"""

from __future__ import annotations

import numpy as np
import pytest
from corrected_game import everything, run
from editor_edits import changed, draw, edit, label, remove

from hoop_plugins import corrections
from hoop_plugins.corrections import Predictions
from hoop_plugins.data.label_codec import to_value
from hoop_plugins.data.store import SampleStore

BOX = [0.06, 0.3, 0.11, 0.5]
PAINTED = np.zeros((90, 40), np.uint8)
PAINTED[20:, :30] = 255


def said(clip: SampleStore) -> list[str]:
    return [str(one) for one in corrections.listed(clip)]


def predicted(clip: SampleStore, index: int, frame: int) -> list[float]:
    """The box that is measured, in pixels."""
    ((_, found),) = clip.read("players", frame, frame)
    restored = Predictions(clip).restore("players", frame, found)
    (row,) = np.flatnonzero(restored.tracker_id == index)
    return restored.xyxy[row].tolist()


def test_a_moved_box_is_kept_in_its_frame_alone_and_outlives_runs(left):
    before, measured = everything(left), predicted(left, 1, 8)
    edit(left, 1, 8, bounding_box=BOX)
    assert corrections.take_over(left) == []
    assert said(left) == ["box in frame 8"]
    for again in ([], ["track"], ["pair", "validate"]):
        if again:
            run(left, *again)
        assert label(left, 1, 8)["bounding_box"] == BOX
        assert label(left, 1, 8)["edited"] == "box"
        assert label(left, 1, 9)["bounding_box"] != BOX
        assert predicted(left, 1, 8) == pytest.approx(measured)
    assert said(left) == ["box in frame 8"]
    assert corrections.shown_tracks(left) == {corrections.listed(left)[0].key: 1}
    corrections.undo(left, [one.key for one in corrections.listed(left)])
    assert label(left, 1, 8)["bounding_box"] == before[7]["players"][0]["bounding_box"]
    assert "edited" not in label(left, 1, 8)


def test_nothing_changes_where_a_box_is_moved_and_taken_back(left):
    before = everything(left)
    edit(left, 1, 8, bounding_box=BOX)
    corrections.take_over(left)
    corrections.undo(left, [one.key for one in corrections.listed(left)])
    assert everything(left) == before


def test_a_painted_mask_of_any_size_outlives_runs_and_is_no_prediction(left, trackers):
    edit(left, 2, 5, mask=to_value(PAINTED))
    assert corrections.take_over(left) == []
    assert said(left) == ["mask in frame 5"]
    trackers["with-masks"] = {index: index for index in range(1, 6)}
    run(left, "track", tracker="with-masks")
    ((_, found),) = left.read("players", 5, 5)
    (row,) = np.flatnonzero(found.tracker_id == 2)
    shown = found.mask.crop(int(row))
    assert not shown[:15].any()
    assert shown[30:, :20].all()
    restored = Predictions(left).restore("players", 5, found)
    assert restored.mask.crop(int(row))[15, 15]


def test_a_second_edit_of_a_label_goes_before_the_first(left):
    edit(left, 1, 8, bounding_box=BOX)
    corrections.take_over(left)
    again = [0.07, *BOX[1:]]
    edit(left, 1, 8, bounding_box=again)
    edit(left, 1, 9, bounding_box=again)
    corrections.take_over(left)
    assert said(left) == ["box in frame 8", "box in frame 9"]
    assert label(left, 1, 8)["bounding_box"] == again
    assert predicted(left, 1, 8)[0] == pytest.approx(24)
    edit(left, 2, 4, bounding_box=again)
    assert corrections.take_over(left) == []
    assert said(left) == ["box in frame 8", "box in frame 9", "box in frame 4"]


def test_labels_that_are_removed_in_some_frames_stay_nobody_there(left):
    remove(left, 3, 10, 12)
    assert corrections.take_over(left) == []
    assert said(left) == ["removed in frames 10-12"]
    run(left, "track")
    assert [label(left, 3, frame)["label"] for frame in (9, 10, 12, 13)] == [
        "player",
        "not a person",
        "not a person",
        "player",
    ]
    ((_, found),) = left.read("players", 10, 10, masks=False)
    assert "not a person" in found.data["class_name"]
    restored = Predictions(left).restore("players", 10, found)
    assert "not a person" not in restored.data["class_name"]
    edit(left, 3, 20, bounding_box=BOX)
    corrections.take_over(left)
    assert said(left) == ["removed in frames 10-12", "box in frame 20"]


def test_somebody_who_is_drawn_gets_a_track_that_outlives_runs(left):
    draw(left, 4, 6, [0.5, 0.8, 0.1, 0.15], number="12")
    assert corrections.take_over(left) == []
    assert said(left) == ["drawn in frames 4-6", "number 12"]
    for again in ([], ["track"], ["validate"]):
        if again:
            run(left, *again)
        track = left.read_tracks()[6]
        assert (track.first, track.last, track.number) == (4, 6, "12")
        assert label(left, 6, 5)["edited"] == "drawn"
    ((_, found),) = left.read("players", 5, 5, masks=False)
    assert Predictions(left).restore("players", 5, found).tracker_id.tolist() == [1, 2, 3, 4, 5, -1]
    changed(left, {"$gt": 0}, {"$pull": {"players.detections": {"index": 6}}})
    corrections.take_over(left)
    assert "drawn in frames 4-6" not in said(left)
    assert 6 not in left.read_tracks()


def test_who_is_drawn_where_somebody_is_tracked_is_not_shown_twice(left):
    draw(left, 4, 6, label(left, 2, 5)["bounding_box"])
    corrections.take_over(left)
    assert said(left) == ["drawn in frames 4-6"]
    assert set(left.read_tracks()) == {1, 2, 3, 4, 5}


def test_a_key_that_says_nothing_is_forgotten(left):
    edit(left, 1, 8, keyframe=False)
    before = everything(left)
    assert corrections.take_over(left) == []
    assert said(left) == []
    assert label(left, 1, 8)["keyframe"] is True
    assert len(before) == len(everything(left))


def test_labels_of_others_are_left_alone(clip):
    clip._frames.update_many({}, {"$unset": {"players.detections.$[].made_by": ""}})
    with corrections.lifted([clip]):
        pass
    edit(clip, 1, 8, bounding_box=BOX)
    assert corrections.take_over(clip) == []
    assert said(clip) == []
    assert label(clip, 1, 8)["bounding_box"] == BOX
    assert "keyframe" not in label(clip, 1, 8)
