"""From what a tracker returns to labels."""

from __future__ import annotations

import numpy as np
import pytest
import supervision as sv

from hoop_plugins.data.masks import absent, from_crops
from hoop_plugins.data.tracks import Track
from hoop_plugins.stages import track
from hoop_plugins.stages.track import adopt, people, remember


def boxes(
    labels: list[str], left: list[int], action: list[str | None] | None = None
) -> sv.Detections:
    data = {"class_name": np.array(labels, dtype=object)}
    if action is not None:
        data["action"] = np.array(action, dtype=object)
    return sv.Detections(
        xyxy=np.array([[x, 10, x + 20, 70] for x in left], dtype=np.float32), data=data
    )


def test_only_people_are_tracked_and_their_label_is_constant() -> None:
    found = people(boxes(["player-jump-shot", "ball", "referee", "number", "player"], [0] * 5))
    assert found.data["class_name"].tolist() == ["player", "referee", "player"]
    assert found.data["action"].tolist() == ["player-jump-shot", "referee", "player"]


def test_the_action_that_detection_kept_is_taken() -> None:
    found = people(boxes(["player", "player"], [0, 50], ["player-layup-dunk", None]))
    assert found.data["action"].tolist() == ["player-layup-dunk", "player"]


def test_an_empty_frame_has_no_people() -> None:
    assert len(people(sv.Detections.empty())) == 0


def test_a_tracked_player_does_what_his_detection_does() -> None:
    tracked = boxes(["player", "player"], [102, 300])
    found = people(boxes(["player", "player-shot-block"], [0, 100]))
    adopted = adopt(tracked, found)
    assert adopted.data["action"].tolist() == ["player-shot-block", None]
    assert adopted.xyxy[:, 0].tolist() == [100, 300]


def test_a_tracker_may_say_which_detection_is_whose() -> None:
    tracked = boxes(["player", "player", "player"], [102, 300, 200])
    tracked.data["detection"] = np.array([1, 0, -1])
    found = people(boxes(["player", "player-shot-block", "player"], [0, 100, 200]))
    adopted = adopt(tracked, found)
    assert adopted.xyxy[:, 0].tolist() == [100, 0, 200]
    assert adopted.data["action"].tolist() == ["player-shot-block", "player", None]
    assert "detection" not in adopted.data


def test_masks_that_fill_the_frame_become_crops() -> None:
    tracked = boxes(["player", "player"], [0, 100])
    tracked.mask = np.zeros((2, 80, 130), bool)
    tracked.mask[1, 5:20, 100:110] = True
    adopted = adopt(tracked, people(boxes(["player"], [0])))
    assert isinstance(adopted.mask, sv.CompactMask)
    assert adopted.mask.to_dense().sum((1, 2)).tolist() == [0, 150]


def test_a_mask_of_one_pixel_is_kept_in_a_box_of_one() -> None:
    pixel = np.ones((1, 1), bool)
    tracked = boxes(["player", "player"], [0, 100])
    tracked.xyxy[0] = [0, 10, 1, 11]
    tracked.mask = from_crops([pixel, pixel], [(0, 10), (100, 10)], (90, 160))
    assert absent(adopt(tracked, people(sv.Detections.empty())).mask).tolist() == [False, True]


def test_tracks_grow_frame_by_frame() -> None:
    tracks: dict[int, Track] = {}
    for frame, ids in ((3, [1, 2]), (4, [1]), (9, [2])):
        found = boxes(["player"] * len(ids), [0] * len(ids))
        found.tracker_id = np.array(ids)
        remember(tracks, frame, found)
    assert tracks == {1: Track(1, 3, 4), 2: Track(2, 3, 9)}


@pytest.mark.parametrize(
    ("given", "known", "ids", "expected"),
    [
        ([1, 2], [], {}, [1, 2]),
        ([1, 2], [1, 2, 3], {}, [4, 5]),
        ([7, 1], [1, 2, 3], {}, [7, 8]),
        ([1, 4], [1, 2, 3, 4], {1: 4}, [4, 5]),
        ([2, 9], [1, 2, 9], {2: 2, 9: 9}, [2, 9]),
    ],
)
def test_ids_of_a_shot_are_its_own(
    given: list[int], known: list[int], ids: dict[int, int], expected: list[int]
) -> None:
    found = boxes(["player"] * len(given), [0] * len(given))
    found.tracker_id = np.array(given)
    track.make_unique(found, ids, known)
    assert found.tracker_id.tolist() == expected
    track.make_unique(sv.Detections.empty(), ids, known)
