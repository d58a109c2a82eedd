"""Whose number is it?"""

from __future__ import annotations

import numpy as np
import pytest
import supervision as sv

from hoop_plugins.data import masks
from hoop_plugins.data.store import SampleStore
from hoop_plugins.stages.pair import PairNumbers, PairSettings, box_mask_ios, pair, pair_frame

SHAPE = (90, 120)


def random_scene(seed: int) -> tuple[np.ndarray, sv.CompactMask]:
    random = np.random.default_rng(seed)
    corners = random.integers(0, 60, (6, 2))
    boxes = np.concatenate([corners, corners + random.integers(1, 30, (6, 2))], axis=1)
    crops = [random.random(tuple(random.integers(5, 40, 2))) > 0.3 for _ in range(4)]
    places = [tuple(random.integers(0, 50, 2)) for _ in crops]
    return boxes.astype(np.float32), masks.from_crops(crops, places, SHAPE)


@pytest.mark.parametrize("seed", range(5))
def test_ios_equals_that_of_full_frame_masks(seed: int) -> None:
    boxes, players = random_scene(seed)
    full = np.zeros((len(boxes), *SHAPE), dtype=bool)
    for mask, (x1, y1, x2, y2) in zip(full, boxes.astype(int), strict=True):
        mask[y1:y2, x1:x2] = True
    wanted = sv.mask_iou_batch(full, players.to_dense(), overlap_metric=sv.OverlapMetric.IOS)
    assert np.allclose(box_mask_ios(boxes, players), wanted, atol=1e-6)


def test_a_box_outside_every_mask_has_none() -> None:
    players = masks.from_crops([np.ones((10, 10), bool)], [(5, 5)], SHAPE)
    boxes = np.array([[50, 50, 60, 60], [-20, -20, -5, -5], [200, 5, 220, 15]], dtype=np.float32)
    assert not box_mask_ios(boxes, players).any()


@pytest.mark.parametrize(
    ("ios", "pairs"),
    [
        pytest.param([[0.95, 0.91], [0.99, 0.2]], [(0, 1), (1, 0)], id="best total"),
        pytest.param([[0.95], [0.99]], [(1, 0)], id="one number a player"),
        pytest.param([[0.89]], [], id="below the threshold"),
        pytest.param([[0.95, 0.89], [0.94, 0.0]], [(0, 0)], id="forbidden pairs displace none"),
        pytest.param(np.zeros((0, 3)), [], id="no boxes"),
    ],
)
def test_pairs_are_one_to_one(ios: list[list[float]], pairs: list[tuple[int, int]]) -> None:
    assert pair(np.asarray(ios, dtype=float), 0.9) == pairs


def test_a_neighbor_behind_does_not_take_the_number() -> None:
    front, behind = np.ones((60, 30), bool), np.ones((60, 30), bool)
    behind[:, :20] = False
    players = sv.Detections(
        xyxy=np.array([[30, 10, 60, 70], [40, 10, 70, 70]], dtype=np.float32),
        mask=masks.from_crops([front, behind], [(30, 10), (40, 10)], SHAPE),
        tracker_id=np.array([4, 9]),
        data={"class_name": np.array(["player", "player"], dtype=object)},
    )
    number = sv.Detections(
        xyxy=np.array([[42, 20, 52, 32]], dtype=np.float32),
        data={"class_name": np.array(["number"], dtype=object)},
    )
    paired = pair_frame(number, players, 0.9)
    assert paired.tracker_id.tolist() == [4]
    assert paired.data["ios"].tolist() == [1.0]


def boxed(*lefts: int) -> sv.Detections:
    """Players 30 x 60 pixels, of whom a tracker knows boxes only, from track 1 on."""
    return sv.Detections(
        xyxy=np.array([[x, 10, x + 30, 70] for x in lefts], dtype=np.float32),
        tracker_id=np.arange(1, len(lefts) + 1),
        data={"class_name": np.array(["player"] * len(lefts), dtype=object)},
    )


def worn(*lefts: int) -> sv.Detections:
    """Number boxes on the chests of players at these left edges."""
    return sv.Detections(
        xyxy=np.array([[x + 9, 22, x + 21, 34] for x in lefts], dtype=np.float32),
        data={"class_name": np.array(["number"] * len(lefts), dtype=object)},
    )


@pytest.mark.parametrize("lefts", [(30, 120), (30, 42), (42, 30), (30, 36, 48)], ids=str)
def test_without_masks_a_number_belongs_to_whose_chest_it_is_on(lefts: tuple[int, ...]) -> None:
    players = boxed(*lefts)
    for track, left in enumerate(lefts, start=1):
        assert pair_frame(worn(left), players, 0.9).tracker_id.tolist() == [track]
    together = pair_frame(worn(*lefts), players, 0.9)
    assert together.tracker_id.tolist() == list(range(1, len(lefts) + 1))
    assert together.data["ios"].tolist() == [1.0] * len(lefts)


def test_without_masks_a_number_outside_every_box_has_no_owner() -> None:
    assert len(pair_frame(worn(150), boxed(30, 60), 0.9)) == 0
    assert len(pair_frame(worn(10), boxed(30), 0.9)) == 0


def test_among_masks_who_has_none_is_paired_by_box() -> None:
    """The second stands in front, without a mask; of the first, 20 columns are seen."""
    players, seen = boxed(30, 42), np.zeros((60, 30), bool)
    seen[:, :20] = True
    players.mask = masks.from_crops([seen, np.zeros((1, 1), bool)], [(30, 10), (42, 10)], SHAPE)
    number = worn(42)
    assert pair_frame(number, players, 0.9).tracker_id.tolist() == [2]
    number.xyxy[:] = [43, 22, 49, 34]  # in both boxes
    assert pair_frame(number, players, 0.9).tracker_id.tolist() == [1]


def test_the_stage_gives_every_number_its_owner(clip: SampleStore) -> None:
    steps = list(PairNumbers(PairSettings()).run([clip]))
    assert steps[-1].done == 30
    for number, found in clip.read("numbers"):
        assert sorted(found.tracker_id.tolist()) == [1, 2, 3, 4], number
    assert clip.progress("pair")["complete"]


def test_without_numbers_it_says_so(clip: SampleStore) -> None:
    clip.clear("detections")
    steps = list(PairNumbers(PairSettings(source="detector")).run([clip]))
    assert "no number has an owner" in steps[-1].message
