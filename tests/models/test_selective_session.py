"""Masks of those only who have somebody alike in front of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervision as sv
import torch
from sam2.modeling.sam2_base import SAM2Base

from hoop_plugins.compat.sam2 import build, packaged
from hoop_plugins.data.image import Image
from hoop_plugins.data.masks import absent, from_crops
from hoop_plugins.models.box_session import BoxSession
from hoop_plugins.models.roles import TrackerSession
from hoop_plugins.models.sam2_stream import SAM2Stream
from hoop_plugins.models.selective_session import AHEAD, COASTS, SelectiveSession
from hoop_plugins.sample.networks import tracker

RED, BLUE = (200, 40, 30), (30, 40, 200)
APART = ((10, RED), (200, BLUE))


@pytest.fixture(scope="module")
def network() -> SAM2Base:
    torch.manual_seed(0)
    model = build(packaged(tracker.CONFIG), [*tracker.overrides(), "++model.image_size=128"])
    torch.nn.init.constant_(model.sam_mask_decoder.pred_obj_score_head.layers[-1].bias, 3)
    return model


@pytest.fixture
def encoded(network: SAM2Base) -> Iterator[list[int]]:
    """Grows by one whenever the network encodes a picture."""
    seen: list[int] = []
    hook = network.image_encoder.register_forward_hook(lambda *_: seen.append(1))
    yield seen
    hook.remove()


def picture(people: tuple[Any, ...]) -> Image:
    """People in their kits, by their left edge; each stands a little lower than the one before."""
    frame = np.full((72, 256, 3), 90, np.uint8)
    for row, (left, kit) in enumerate(people):
        frame[10 + row : 60 + row, left : left + 30] = kit
    return frame


def found(people: tuple[Any, ...], seen: int | None = None) -> sv.Detections:
    """The detections of :func:`picture`, or of the one in front only."""
    boxes = [(left, 10 + row, left + 30, 60 + row) for row, (left, _) in enumerate(people)]
    boxes = boxes if seen is None else [boxes[seen]]
    return sv.Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        confidence=np.full(len(boxes), 0.9, np.float32),
        data={"class_name": np.array(["player"] * len(boxes))},
    )


def started(network: SAM2Base) -> SelectiveSession:
    return SelectiveSession(SAM2Stream(network, True))


def walk(session: SelectiveSession, *frames: tuple[Any, ...]) -> list[sv.Detections]:
    return [session.step(picture(people), found(people)) for people in frames]


def masked(tracked: sv.Detections) -> list[int]:
    return sorted(tracked.tracker_id[~absent(tracked.mask)].tolist())


def crossing(kit: tuple[int, int, int] = RED) -> list[tuple[Any, ...]]:
    """One goes to the right behind another, who stands and wears a kit, and on."""
    return [((left, RED), (100, kit)) for left in range(10, 196, 6)]


def test_told_who_is_where_the_network_follows_those_who_have_a_mask(network: SAM2Base) -> None:
    session, meeting = started(network), ((85, RED), (100, RED), (200, BLUE))
    told = found(meeting)
    told.tracker_id = np.array([5, 2, 8])
    crops = [np.ones((50, 15), bool), *[np.zeros((1, 1), bool)] * 2]
    told.mask = from_crops(crops, [(85, 10), (100, 11), (200, 12)], (72, 256))
    shown = session.prompt(picture(meeting), told)
    assert sorted(shown.tracker_id.tolist()) == [2, 5, 8]
    assert session.stream.ids == [5]
    assert session.step(picture(meeting), found(meeting)).tracker_id.tolist()[0] == 5


def test_where_people_are_apart_the_network_does_nothing(
    network: SAM2Base, encoded: list[int]
) -> None:
    session = started(network)
    assert isinstance(session, TrackerSession)
    steps = walk(session, *[APART] * 5)
    assert not encoded
    assert [sorted(step.tracker_id.tolist()) for step in steps] == [[1, 2]] * 5
    assert not any(map(masked, steps))
    assert steps[-1].xyxy.tolist() == found(APART).xyxy.tolist()
    assert steps[-1].confidence == pytest.approx([0.9, 0.9])
    assert steps[-1].data["detection"].tolist() == [0, 1]


def test_who_passes_behind_an_opponent_has_no_mask(network: SAM2Base, encoded: list[int]) -> None:
    steps = walk(started(network), *crossing(BLUE))
    assert not encoded
    assert not any(map(masked, steps))


def test_who_is_about_to_be_covered_has_a_mask_until_both_are_apart(
    network: SAM2Base, encoded: list[int]
) -> None:
    session, frames, covered, followed = started(network), crossing(), [], []
    for people in frames:
        before = len(encoded)
        session.step(picture(people), found(people))
        followed.append(list(session.stream.ids))
        covered.append(abs(people[0][0] - people[1][0]) < 30)
        assert (len(encoded) > before) == bool(followed[-1] or followed[-2:-1] == [[1]])
    assert {tuple(ids) for ids in followed} == {(), (1,)}  # nobody covers the one in front
    first, last = covered.index(True), len(covered) - 1 - covered[::-1].index(True)
    begun = followed.index([1])
    assert 0 < first - begun <= AHEAD
    assert all(followed[begun : last + 1])
    assert not any(followed[last + 2 :])
    assert not any(followed[:begun])


@pytest.mark.parametrize("turns", [False, True], ids=["pass", "turn back"])
def test_two_who_meet_keep_their_ids_though_one_is_hidden(network: SAM2Base, turns: bool) -> None:
    session, frames = started(network), crossing()
    if turns:
        frames = frames[:15] + frames[15::-1]
    for people in frames:
        hidden = abs(people[0][0] - people[1][0]) < 12
        tracked = session.step(picture(people), found(people, 1 if hidden else None))
        owner = dict(zip(tracked.data["detection"].tolist(), tracked.tracker_id, strict=False))
        assert [owner[0]] == [2] if hidden else [owner[0], owner[1]] == [1, 2]
        if hidden:
            assert session.stream.ids == [1]  # the mask goes on


def test_who_met_nobody_and_is_missed_moves_on_for_some_frames(
    network: SAM2Base, encoded: list[int]
) -> None:
    session = started(network)
    walk(session, *[((left, RED),) for left in range(10, 60, 4)])
    nobody: tuple[Any, ...] = ()
    steps = walk(session, *[nobody] * (COASTS + 2))
    assert [step.tracker_id.tolist() for step in steps] == [[1]] * COASTS + [[]] * 2
    assert [step.xyxy[0, 0] for step in steps[:2]] == pytest.approx([62, 66], abs=0.5)
    assert steps[0].confidence.tolist() == [0]
    assert steps[0].data["detection"].tolist() == [-1]
    assert not encoded


def test_it_associates_as_without_masks(network: SAM2Base) -> None:
    other, session = BoxSession(), started(network)
    for people in [((10, RED), (40, BLUE)), ((14, RED), (150, RED)), ((18, RED), (154, RED))] * 2:
        other.step(picture(people), found(people))
        session.step(picture(people), found(people))
        assert session.detected == other.detected


def test_after_a_cut_nobody_is_followed_and_ids_go_on(
    network: SAM2Base, encoded: list[int]
) -> None:
    session = started(network)
    walk(session, *crossing()[:16])
    assert session.stream.ids
    session.reset()
    before = len(encoded)
    (step,) = walk(session, APART)
    assert step.tracker_id.tolist() == [3, 4]
    assert len(encoded) == before


@pytest.mark.parametrize("stop", [3, 12, 16, 22, 30])
def test_a_restored_session_goes_on_exactly(network: SAM2Base, stop: int, tmp_path: Path) -> None:
    session = started(network)
    walk(session, *crossing()[:stop])
    torch.save(session.state(), tmp_path / "state.pt")
    other = started(network)
    other.restore(torch.load(tmp_path / "state.pt", weights_only=True))
    rest = crossing()[stop:]
    for a, b in zip(walk(session, *rest), walk(other, *rest), strict=True):
        assert a.tracker_id.tolist() == b.tracker_id.tolist()
        np.testing.assert_array_equal(a.xyxy, b.xyxy)
        np.testing.assert_array_equal(a.mask.to_dense(), b.mask.to_dense())
