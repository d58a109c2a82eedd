"""From the network's coarse mask logits to people's masks in the video's pixels."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass
class Outline:
    """A person's mask in the frame's pixels.

    Attributes:
        mask: bool ``(h, w)``.
        x: Column of the mask's left edge in the frame.
        y: Row of the mask's upper edge in the frame.
    """

    mask: NDArray[np.bool_]
    x: int
    y: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The xyxy box of the mask's array."""
        height, width = self.mask.shape
        return self.x, self.y, self.x + width, self.y + height


def outlines(logits: NDArray[np.float32], image_shape: tuple[int, int]) -> list[Outline | None]:
    """Enlarges coarse logits to the frame, settles overlaps, drops stray parts and trims.

    Only the surroundings of each mask are enlarged, bilinearly. A pixel that several masks claim
    goes to the one with the highest logit.

    Args:
        logits: float32 ``(N, h, w)``; above 0 is the person.
        image_shape: ``(H, W)`` of the frame.

    Returns:
        N outlines, each trimmed to its mask, or ``None`` where next to nothing is left.
    """
    patches = [_enlarge(coarse, image_shape) for coarse in logits]
    _settle_overlaps(patches)
    return [None if p is None else trim(drop_fragments(p[0] > 0), p[1], p[2]) for p in patches]


def raise_within(
    coarse: NDArray[np.float32], box: NDArray[np.float32], image_shape: tuple[int, int]
) -> None:
    """Raises a mask's logits inside the person's detection until it fills it, in place.

    A network that is unsure of legs and arms says so with logits a little below 0.

    Args:
        coarse: float32 ``(h, w)``.
        box: xyxy pixels of the detection.
        image_shape: ``(H, W)`` of the frame.
    """
    tall, wide = coarse.shape[0] / image_shape[0], coarse.shape[1] / image_shape[1]
    x1, y1, x2, y2 = np.rint(box * (wide, tall, wide, tall)).astype(int)
    inside = coarse[max(y1, 0) : y2, max(x1, 0) : x2]
    if not inside.size or _filled(inside) >= FITS:
        return
    for least in RAISES:
        if _filled(inside + least) >= FITS:
            inside += least
            return


def _filled(logits: NDArray[np.float32]) -> float:
    """Share of an array that the box around its positive part takes."""
    there = logits > 0
    rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
    if not len(rows):
        return 0.0
    return float((np.ptp(rows) + 1) * (np.ptp(columns) + 1) / there.size)


Patch = tuple[NDArray[np.float32], int, int]


def _enlarge(coarse: NDArray[np.float32], image_shape: tuple[int, int]) -> Patch | None:
    """Returns the logits around a mask at the frame's scale, and their upper left corner (x, y)."""
    rows, columns = np.flatnonzero((coarse > 0).any(1)), np.flatnonzero((coarse > 0).any(0))
    if not len(rows):
        return None
    height, width = image_shape
    tall, wide = height / coarse.shape[0], width / coarse.shape[1]
    x1, x2 = int(max(columns[0] - 1, 0) * wide), min(int((columns[-1] + 2) * wide) + 1, width)
    y1, y2 = int(max(rows[0] - 1, 0) * tall), min(int((rows[-1] + 2) * tall) + 1, height)
    # Pixel centres: frame pixel X lies at (X + 0.5) / scale - 0.5 among the coarse cells.
    to_coarse = np.array(
        [
            [1 / wide, 0, (x1 + 0.5) / wide - 0.5],
            [0, 1 / tall, (y1 + 0.5) / tall - 0.5],
        ]
    )
    enlarged = cv2.warpAffine(
        coarse.clip(-32, 32),
        to_coarse,
        (x2 - x1, y2 - y1),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(enlarged, np.float32), x1, y1


def _settle_overlaps(patches: list[Patch | None]) -> None:
    """Sets the lower of two logits to -1 wherever two patches are both above 0."""
    there = [patch for patch in patches if patch is not None]
    for i, (a, ax, ay) in enumerate(there):
        for b, bx, by in there[i + 1 :]:
            x1, y1 = max(ax, bx), max(ay, by)
            x2 = min(ax + a.shape[1], bx + b.shape[1])
            y2 = min(ay + a.shape[0], by + b.shape[0])
            if x1 >= x2 or y1 >= y2:
                continue
            mine = a[y1 - ay : y2 - ay, x1 - ax : x2 - ax]
            other = b[y1 - by : y2 - by, x1 - bx : x2 - bx]
            both = (mine > 0) & (other > 0)
            wins = mine >= other
            mine[both & ~wins] = -1
            other[both & wins] = -1


def drop_fragments(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keeps the largest part of a mask and the parts near to it.

    Args:
        mask: bool ``(h, w)``.

    Returns:
        The mask without the parts whose box is further from the largest part's box than ``FAR``
        of that box's longer side.
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
    """Cuts a mask whose upper left corner is at ``(x, y)`` down to its true pixels.

    Returns:
        The outline, or ``None`` if fewer than ``MIN_AREA`` pixels are true.
    """
    if np.count_nonzero(mask) < MIN_AREA:
        return None
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, left = int(rows[0]), int(columns[0])
    body = mask[top : rows[-1] + 1, left : columns[-1] + 1]
    return Outline(np.ascontiguousarray(body), x + left, y + top)


def within(outline: Outline, box: NDArray[np.float32], margin: float = MARGIN) -> Outline:
    """Cuts a mask off where it leaves the person's detection.

    Args:
        outline: The mask.
        box: xyxy pixels of the detection.
        margin: Share of the box's size by which the mask may stand out on each side.

    Returns:
        The part inside, trimmed; the mask as it was where that is next to nothing.
    """
    spare = np.tile((box[2:] - box[:2]) * margin, 2) * (-1, -1, 1, 1)
    x1, y1, x2, y2 = np.rint(box + spare).astype(int)
    columns = slice(max(0, x1 - outline.x), max(0, x2 - outline.x))
    rows = slice(max(0, y1 - outline.y), max(0, y2 - outline.y))
    inside = np.zeros_like(outline.mask)
    inside[rows, columns] = outline.mask[rows, columns]
    return trim(inside, outline.x, outline.y) or outline
