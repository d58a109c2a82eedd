"""Pairing numbers with masks, and cleaning masks: on crops, and on full frames as others do it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.masks import from_crops
from hoop_plugins.models.sam2_outlines import drop_fragments
from hoop_plugins.sample.ground_truth import FrameTruth
from hoop_plugins.stages.pair import box_mask_ios
from speed import clip
from speed.harness import Row

SHAPE = (1080, 1920)
SCALE = 1.5
"""The clip is 720 pixels high."""

PLAYERS, NUMBERS, FRAMES = 10, 8, 5

Masks = NDArray[np.bool_]


def rows(device: str) -> Iterator[Row]:
    """See :mod:`speed.harness`."""
    frames = [_enlarged(frame) for frame in clip.truth(FRAMES * 10)[::10]]
    compact = [(boxes, from_crops(crops, corners, SHAPE)) for crops, corners, boxes in frames]
    dense = [(boxes, _full(crops, corners)) for crops, corners, boxes in frames]
    yield Row(
        "pairing numbers with masks, 1080p",
        "frame",
        FRAMES,
        lambda: [box_mask_ios(boxes, masks) for boxes, masks in compact],
        {
            "mask_iou_batch of full frames": lambda: [
                _overlap(_box_masks(boxes), masks) for boxes, masks in dense
            ],
            "mask_iou_batch of CompactMasks": lambda: [
                _overlap(_compact_boxes(boxes), masks) for boxes, masks in compact
            ],
        },
    )
    crops, corners, _ = frames[0]
    speckled = [_speckled(crop) for crop in crops]
    full = _full(speckled, corners)
    filtered = partial(sv.filter_segments_by_distance, relative_distance=0.03, mode="edge")
    yield Row(
        "dropping stray parts of masks, 1080p",
        "mask",
        len(crops),
        lambda: [drop_fragments(mask) for mask in speckled],
        {
            "the same on full frames": lambda: [drop_fragments(mask) for mask in full],
            "filter_segments_by_distance": lambda: [filtered(mask) for mask in full],
        },
        rounds=3,
    )


def _enlarged(
    frame: FrameTruth,
) -> tuple[list[Masks], list[tuple[int, int]], NDArray[np.float32]]:
    """Crops of players' masks, their corners, and boxes of numbers, of a frame made larger."""
    crops, corners = [], []
    for person in [person for person in frame.people if person.label == "player"][:PLAYERS]:
        x, y = (int(value * SCALE) for value in person.box[:2])
        mask = person.mask.astype(np.uint8)
        large = cv2.resize(mask, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_NEAREST)
        crops.append(large[: SHAPE[0] - y, : SHAPE[1] - x].astype(bool))
        corners.append((x, y))
    numbers = [np.array(number.box) * SCALE for number in frame.numbers]
    # Elsewhere there are more of them than here.
    numbers += [numbers[i % len(numbers)] + 7 for i in range(NUMBERS - len(numbers))]
    return crops, corners, np.array(numbers[:NUMBERS], np.float32)


def _speckled(crop: Masks) -> Masks:
    """A mask with a stray part."""
    larger = np.pad(crop, ((12, 0), (12, 0)))
    larger[2:6, 2:6] = True
    return larger


def _full(crops: list[Masks], corners: list[tuple[int, int]]) -> Masks:
    masks = np.zeros((len(crops), *SHAPE), bool)
    for mask, crop, (x, y) in zip(masks, crops, corners, strict=True):
        part = mask[y : y + crop.shape[0], x : x + crop.shape[1]]
        part[:] = crop[: part.shape[0], : part.shape[1]]
    return masks


def _rectangles(boxes: NDArray[np.float32]) -> list[list[int]]:
    found: list[list[int]] = np.rint(boxes.clip(0, SHAPE[::-1] * 2)).astype(int).tolist()
    return found


def _box_masks(boxes: NDArray[np.float32]) -> Masks:
    masks = np.zeros((len(boxes), *SHAPE), bool)
    for mask, (x1, y1, x2, y2) in zip(masks, _rectangles(boxes), strict=True):
        mask[y1:y2, x1:x2] = True
    return masks


def _compact_boxes(boxes: NDArray[np.float32]) -> sv.CompactMask:
    rectangles = _rectangles(boxes)
    crops = [np.ones((y2 - y1, x2 - x1), bool) for x1, y1, x2, y2 in rectangles]
    return from_crops(crops, [(x1, y1) for x1, y1, _, _ in rectangles], SHAPE)


def _overlap(boxes: Masks | sv.CompactMask, masks: Masks | sv.CompactMask) -> object:
    return sv.mask_iou_batch(boxes, masks, overlap_metric=sv.OverlapMetric.IOS)
