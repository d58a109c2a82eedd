"""What people's heads and arms look like."""

from __future__ import annotations

import numpy as np
import pytest
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.masks import from_crops
from hoop_plugins.models.appearance import DIMENSIONS, part_colors

FAIR, BROWN = (224, 176, 142), (112, 72, 50)
GRAY = (90, 90, 90)


def people(
    *skins: tuple[int, int, int], behind: tuple[int, int, int] = GRAY
) -> tuple[NDArray[np.uint8], NDArray[np.float32], sv.CompactMask]:
    """In red shirts side by side, 20 x 50 pixels each: head and arms, of one pixel less than a box
    is wide, are all that differs.
    """
    frame = np.full((60, 30 * len(skins), 3), behind, np.uint8)
    boxes = np.array([(30 * i, 5, 30 * i + 20, 55) for i in range(len(skins))], np.float32)
    shape = np.zeros((50, 20), bool)
    shape[:8, 7:13] = shape[8:26, 2:18] = shape[26:, 6:14] = True
    for (x1, y1, x2, y2), skin in zip(boxes.astype(int), skins, strict=True):
        frame[y1:y2, x1:x2][shape] = skin
        frame[y1 + 8 : y1 + 30, x1 + 6 : x1 + 14] = (200, 40, 30)
    masks = from_crops([shape] * len(skins), [(30 * i, 5) for i in range(len(skins))], (60, 90))
    return frame, boxes, masks


def test_skin_tells_people_in_one_shirt_apart() -> None:
    found = part_colors(*people(FAIR, FAIR, BROWN))
    assert found.shape == (3, DIMENSIONS)
    alike = found @ found.T
    assert np.diag(alike) == pytest.approx(1)
    assert alike[0, 1] == pytest.approx(1)
    assert alike[0, 2] < 0.5


def test_what_is_behind_does_not_count() -> None:
    before, after = part_colors(*people(FAIR)), part_colors(*people(FAIR, behind=BROWN))
    assert (before @ after.T)[0, 0] == pytest.approx(1)


def test_a_mask_smaller_than_the_box_and_off_its_corner_finds_the_same_pixels() -> None:
    frame, boxes, masks = people(FAIR)
    cut = from_crops([masks.crop(0)[2:40, 2:18]], [(2, 7)], (60, 90))
    found = part_colors(frame, boxes, masks) @ part_colors(frame, boxes, cut).T
    assert found[0, 0] > 0.95


def test_without_a_mask_or_a_head_nothing_is_said() -> None:
    frame, boxes, masks = people(FAIR, BROWN)
    assert not part_colors(frame, boxes, None).any()
    headless = from_crops([masks.crop(0)[20:], masks.crop(1)], [(0, 25), (30, 5)], (60, 90))
    first, second = part_colors(frame, boxes, headless)
    assert not first.any()
    assert second.any()
    none = from_crops([np.zeros((1, 1), bool)], [(0, 5)], (60, 90))
    assert not part_colors(frame, boxes[:1], none).any()


def test_nobody() -> None:
    frame, boxes, _ = people(FAIR)
    assert part_colors(frame, boxes[:0], from_crops([], [], (60, 90))).shape == (0, DIMENSIONS)
