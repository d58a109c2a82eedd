"""Tracking by detection: the session without a network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervision as sv
import torch

from hoop_plugins import plugins
from hoop_plugins.data.image import Image
from hoop_plugins.errors import HoopError
from hoop_plugins.models.box_session import BoxSession, BoxTracker
from hoop_plugins.models.roles import Tracker, TrackerSession

RED, BLUE, FLOOR = (200, 40, 30), (30, 40, 200), (90, 90, 90)


def picture(*people: tuple[int, Sequence[int]]) -> Image:
    """A floor with people in their kits, each 30 x 50 pixels, by their left edge."""
    frame = np.full((72, 256, 3), FLOOR, np.uint8)
    for left, kit in people:
        frame[10:60, left : left + 30] = kit
    return frame


def found(*lefts: int, label: str = "player", **data: Any) -> sv.Detections:
    boxes = np.array([(x, 10, x + 30, 60) for x in lefts], np.float32).reshape(-1, 4)
    sure = np.linspace(0.5, 0.9, len(lefts)).astype(np.float32)
    names = np.array([label] * len(lefts), dtype=object)
    return sv.Detections(boxes, confidence=sure, data={"class_name": names, **data})


def walk(session: TrackerSession, *frames: tuple[tuple[int, Sequence[int]], ...]) -> list[Any]:
    """The ids in each frame, in the order of the people given."""
    ids = []
    for people in frames:
        lefts = [left for left, _ in people]
        tracked = session.step(picture(*people), found(*lefts))
        places = dict(zip(tracked.xyxy[:, 0].tolist(), tracked.tracker_id.tolist(), strict=True))
        ids.append([places.get(left) for left in lefts])
    return ids


def test_it_plays_the_role_and_needs_no_weights() -> None:
    tracker = plugins.load_model("tracker", "tracking-by-detection", "cpu", patience=9)
    assert isinstance(tracker, Tracker)
    session = tracker.start(None)
    assert isinstance(session, TrackerSession)
    assert session.patience == 9


def test_an_option_that_it_does_not_have_is_refused() -> None:
    with pytest.raises(HoopError, match=r"no option 'check_every'; known: patience"):
        plugins.load_model("tracker", "tracking-by-detection", "cpu", check_every=1)


def test_people_have_the_boxes_and_confidences_of_their_detections_and_no_mask() -> None:
    session = BoxSession()
    session.step(picture((20, RED), (150, BLUE)), found(20, 150))
    tracked = session.step(picture((22, RED), (147, BLUE)), found(147, 22, label="referee"))
    by_id = np.argsort(tracked.tracker_id)
    assert tracked.tracker_id[by_id].tolist() == [1, 2]
    assert tracked.xyxy[by_id, 0].tolist() == [22, 147]
    assert tracked.confidence[by_id] == pytest.approx([0.9, 0.5])
    assert tracked.data["class_name"].tolist() == ["player", "player"]
    assert tracked.mask is None


@pytest.mark.parametrize("after", [(46, 58), (22, 10)], ids=["pass", "turn back"])
def test_two_who_meet_keep_their_ids(after: tuple[int, int]) -> None:
    frames = [((x, RED), (68 - x, BLUE)) for x in (10, 22)]
    frames += [((34, RED),)]
    frames += [((x, RED), (68 - x, BLUE)) for x in after]
    ids = walk(BoxSession(), *frames)
    assert [ids[0], ids[1], ids[3], ids[4]] == [[1, 2]] * 4


def test_a_newcomer_is_followed_from_the_second_frame_on() -> None:
    ids = walk(BoxSession(), ((20, RED),), *[((20, RED), (150, BLUE))] * 3)
    assert ids == [[1], [1, None], [1, 2], [1, 2]]


@pytest.mark.parametrize(("hidden", "again"), [(5, 1), (20, 1), (70, 2)])
def test_who_was_hidden_is_found_again_for_so_long_as_patience_says(
    hidden: int, again: int
) -> None:
    ids = walk(BoxSession(), *[((20, RED),)] * 3, *[()] * hidden, *[((24, RED),)] * 2)
    assert ids[-1] == [again]


def test_told_who_is_where_it_goes_on_from_there_and_forgets_the_others() -> None:
    session = BoxSession()
    session.step(picture((20, RED), (150, BLUE), (200, RED)), found(20, 150, 200))
    told = found(150, 20)
    told.tracker_id, told.confidence = np.array([7, 3]), np.array([np.nan, 0.5], np.float32)
    shown = session.prompt(picture((20, RED), (150, BLUE)), told)
    assert shown.tracker_id.tolist() == [7, 3]
    assert shown.xyxy[:, 0].tolist() == [150, 20]
    assert shown.confidence == pytest.approx([1, 0.5])
    assert shown.data["detection"].tolist() == [0, 1]
    frames = [((22, RED), (148, BLUE), (200, RED))] * 2
    assert walk(session, *frames) == [[3, 7, None], [3, 7, 8]]
    assert len(session.prompt(picture(), found())) == 0
    assert walk(session, ((20, RED),)) == [[9]]


def test_patience_is_an_option() -> None:
    session = BoxTracker(patience=4).start(None)
    assert walk(session, *[((20, RED),)] * 3, *[()] * 5, *[((24, RED),)] * 2)[-1] == [2]


def test_who_comes_where_somebody_left_is_somebody_else_in_another_kit() -> None:
    ids = walk(BoxSession(), *[((20, RED),)] * 3, *[((22, BLUE),)] * 2)
    assert ids[-1] == [2]


def test_ids_go_on_after_a_cut() -> None:
    session = BoxSession()
    walk(session, ((20, RED), (150, BLUE)))
    session.reset()
    assert session.wants_detections()
    assert walk(session, ((20, RED), (150, BLUE))) == [[3, 4]]


def test_frames_without_detections_and_detections_without_names_are_fine() -> None:
    session = BoxSession()
    assert len(session.step(picture(), sv.Detections.empty())) == 0
    assert len(session.step(picture(), None)) == 0
    plain = sv.Detections(found(20).xyxy)
    tracked = session.step(picture((20, RED)), plain)
    assert tracked.data["class_name"].tolist() == ["player"]
    assert tracked.confidence.tolist() == [1]


@pytest.mark.parametrize("stop", range(1, 9))
def test_a_restored_session_goes_on_exactly(stop: int, tmp_path: Path) -> None:
    frames: list[Any] = [((10, RED), (58, BLUE)), ((22, RED), (46, BLUE)), ((34, RED),)]
    frames += [(), ((46, RED), (22, BLUE)), ((58, RED), (10, BLUE), (150, RED))] * 2
    whole = walk(BoxSession(), *frames)
    session = BoxSession()
    before = walk(session, *frames[:stop])
    torch.save(session.state(), tmp_path / "state.pt")
    other = BoxSession()
    other.restore(torch.load(tmp_path / "state.pt", weights_only=True))
    assert before + walk(other, *frames[stop:]) == whole


def test_what_is_remembered_does_not_grow_with_the_clip() -> None:
    random, session = np.random.default_rng(0), BoxSession(patience=5)
    sizes = []
    for _ in range(60):
        lefts = random.integers(0, 220, 4).tolist()
        walk(session, *[tuple((left, RED) for left in lefts)] * 2)
        sizes.append(len(session.tracks))
    assert session.last_id > 25
    assert max(sizes) < 15
