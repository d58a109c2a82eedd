"""From the network's coarse mask logits to people's masks in the video's pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

FAR = 0.25
"""Parts of a mask further from the body than this share of the body's longer side are dropped."""

MARGIN = 0.05
"""Share of a detection's size by which its person's mask may stand out on each side."""

FITS = 0.8
RAISES = (1.0, 2.0, 4.0, 8.0)
"""Logits inside a detection are raised by the first of these with which the mask's box takes so
large a share of it."""

MIN_AREA = 16
"""Masks of fewer pixels are nobody."""

SAME_BODY = 0.8
"""Two tracks whose masks have more IoU than this are one body."""


@dataclass
class Outline:
    """A person's mask ``(h, w)``, bool or logits, whose upper left corner is at (x, y) of the
    frame.
    """

    mask: NDArray[Any]
    x: int
    y: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The xyxy box of the mask's array."""
        height, width = self.mask.shape
        return self.x, self.y, self.x + width, self.y + height

    @property
    def window(self) -> tuple[slice, slice]:
        """Its rows and columns of the frame."""
        x1, y1, x2, y2 = self.box
        return slice(y1, y2), slice(x1, x2)


def outlines(
    logits: NDArray[np.float32],
    image_shape: tuple[int, int],
    boxes: Sequence[NDArray[np.float32] | None] = (),
) -> list[Outline | None]:
    """Enlarges coarse logits to the frame, settles overlaps, drops stray parts and trims.

    Only the surroundings of each mask are enlarged, bilinearly. A pixel that several masks claim
    goes to the one with the highest logit, of equal ones to the first. Where a person's detection
    is known, the mask is raised to fill it, and cut off where it leaves it.

    Args:
        logits: float32 ``(N, h, w)``; above 0 is the person.
        image_shape: ``(H, W)`` of the frame.
        boxes: The N detections, xyxy pixels or ``None``; all are ``None`` by default.

    Returns:
        N outlines, each trimmed to its mask, or ``None`` where next to nothing is left of it, or
        within its detection.
    """
    patches = []
    for coarse, box in zip_longest(logits, boxes):
        raised = coarse if box is None else raise_within(coarse, box, image_shape)
        patches.append(_enlarge(raised, image_shape))
    highest = np.zeros(image_shape, np.float32)
    owners = np.zeros(image_shape, np.int16)
    for i, patch in enumerate(patches, start=1):
        if patch is not None:
            higher = patch.mask > highest[patch.window]
            highest[patch.window][higher] = patch.mask[higher]
            owners[patch.window][higher] = i
    found = []
    for i, (patch, box) in enumerate(zip_longest(patches, boxes), start=1):
        outline = patch and trim(drop_fragments(owners[patch.window] == i), patch.x, patch.y)
        found.append(outline if outline is None or box is None else within(outline, box))
    return found


def raise_within(
    coarse: NDArray[np.float32], box: NDArray[np.float32], image_shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Raises a mask's logits inside the person's detection until it fills it, in place.

    A network that is unsure of legs and arms says so with logits a little below 0.

    Args:
        coarse: float32 ``(h, w)``.
        box: xyxy pixels of the detection.
        image_shape: ``(H, W)`` of the frame.
    """
    tall, wide = coarse.shape[0] / image_shape[0], coarse.shape[1] / image_shape[1]
    x1, y1, x2, y2 = np.rint(box * (wide, tall, wide, tall)).astype(int)
    inside = np.s_[max(y1, 0) : y2, max(x1, 0) : x2]
    for least in (0.0, *RAISES) if coarse[inside].size else ():
        raised = coarse[inside] + least
        _, _, width, height = cv2.boundingRect((raised > 0).astype(np.uint8))
        if width * height / raised.size >= FITS:
            coarse = coarse.copy()
            coarse[inside] = raised
            break
    return coarse


def _enlarge(coarse: NDArray[np.float32], image_shape: tuple[int, int]) -> Outline | None:
    """The logits around a mask at the frame's scale."""
    left, top, columns, rows = cv2.boundingRect((coarse > 0).astype(np.uint8))
    if not rows:
        return None
    height, width = image_shape
    tall, wide = height / coarse.shape[0], width / coarse.shape[1]
    x1, x2 = int(max(left - 1, 0) * wide), min(int((left + columns + 1) * wide) + 1, width)
    y1, y2 = int(max(top - 1, 0) * tall), min(int((top + rows + 1) * tall) + 1, height)
    # Pixel centers: frame pixel X lies at (X + 0.5) / scale - 0.5 among the coarse cells.
    to_coarse = np.array(
        [[1 / wide, 0, (x1 + 0.5) / wide - 0.5], [0, 1 / tall, (y1 + 0.5) / tall - 0.5]]
    )
    enlarged = cv2.warpAffine(
        coarse.clip(-32, 32),
        to_coarse,
        (x2 - x1, y2 - y1),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return Outline(enlarged, x1, y1)


def drop_fragments(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keeps the largest part of a mask, bool ``(h, w)``, and those whose box is no further from
    that part's box than ``FAR`` of its longer side.
    """
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count <= 2:
        return mask
    left, top, width, height, area = stats.T
    right, bottom = left + width, top + height
    body = 1 + int(area[1:].argmax())
    across = np.maximum(left - right[body], left[body] - right).clip(min=0)
    down = np.maximum(top - bottom[body], top[body] - bottom).clip(min=0)
    keep = np.hypot(across, down) <= FAR * max(width[body], height[body])
    keep[0] = False
    return np.asarray(keep[parts], bool)


def trim(mask: NDArray[np.bool_], x: int, y: int) -> Outline | None:
    """Cuts a mask whose upper left corner is at ``(x, y)`` down to its true pixels; ``None`` if
    they are fewer than ``MIN_AREA``.
    """
    if np.count_nonzero(mask) < MIN_AREA:
        return None
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    body = mask[top : top + height, left : left + width]
    return Outline(np.ascontiguousarray(body), x + left, y + top)


def within(outline: Outline, box: NDArray[np.float32]) -> Outline | None:
    """Cuts a mask off where it leaves the person's detection, xyxy pixels, by more than ``MARGIN``;
    ``None`` where next to nothing is inside.
    """
    spare = np.tile((box[2:] - box[:2]) * MARGIN, 2) * (-1, -1, 1, 1)
    x1, y1, x2, y2 = np.rint(box + spare).astype(int) - np.tile((outline.x, outline.y), 2)
    inside = np.zeros_like(outline.mask)
    part = np.s_[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)]
    inside[part] = outline.mask[part]
    return trim(inside, outline.x, outline.y)


def doubles(masks: NDArray[np.bool_], seniority: Sequence[tuple[float, float]]) -> list[int]:
    """Finds the tracks, by their masks, bool ``(N, h, w)``, that lie on the body of another; of two
    on one body, that of the greater ``seniority``.
    """
    flat = masks.astype(np.float32).reshape(len(masks), masks.shape[1] * masks.shape[2])
    shared = flat @ flat.T
    area = flat.sum(1)
    iou = shared / np.maximum(area[:, None] + area[None] - shared, 1)
    gone: list[int] = []
    for i in sorted(range(len(masks)), key=seniority.__getitem__):
        if i not in gone:
            gone += [j for j in np.flatnonzero(iou[i] > SAME_BODY).tolist() if j != i]
    return sorted(set(gone))
