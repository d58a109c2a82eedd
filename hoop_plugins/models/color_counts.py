"""How often each color occurs in a part of a person's box."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.image import Image
from hoop_plugins.data.masks import absent

Part = tuple[float, float, float, float]
"""Of a box: xyxy, shares of its sides."""

LEAST_PIXELS = 4
"""Of a part, that a mask must show."""


def color_counts(
    frame: Image,
    boxes: NDArray[np.float32],
    part: Part,
    bins: Sequence[int],
    masks: sv.CompactMask | None = None,
) -> NDArray[np.float32]:
    """Counts the colors of a part of each person's box, in CIELAB.

    Args:
        frame: RGB uint8 ``(H, W, 3)``.
        boxes: float32 ``(N, 4)``, xyxy pixels of the frame.
        part: Which part.
        bins: Of each of the three channels.
        masks: Of the same people: of who has one, only its pixels are counted.

    Returns:
        float32 ``(N, B)``, pixels; zeros where nothing is seen of the part.
    """
    found = np.zeros((len(boxes), int(np.prod(bins))), np.float32)
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    parts = np.tile(boxes[:, :2], 2) + sides * np.array(part, np.float32)
    masked = np.zeros(len(boxes), bool) if masks is None else ~absent(masks)
    for i, (x1, y1, x2, y2) in enumerate(np.rint(parts.clip(min=0)).astype(int).tolist()):
        crop, seen = frame[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)], None
        if masks is not None and masked[i]:
            seen, (left, top) = masks.crop(i).view(np.uint8), masks.bbox_xyxy[i, :2].tolist()
            seen = np.ascontiguousarray(
                seen[max(y1 - top, 0) : max(y2 - top, 0), max(x1 - left, 0) : max(x2 - left, 0)]
            )
            if seen.sum() < LEAST_PIXELS:
                continue
            y1, x1 = max(y1, top), max(x1, left)
            crop = frame[y1 : y1 + seen.shape[0], x1 : x1 + seen.shape[1]]
        if crop.size:
            lab = cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_RGB2LAB)
            found[i] = cv2.calcHist([lab], [0, 1, 2], seen, list(bins), [0, 256] * 3).ravel()
    return found


def shares(counts: NDArray[np.float32]) -> NDArray[np.float32]:
    """The square root of each bin's share, so that a product of rows is their Bhattacharyya
    coefficient; zeros where nothing was counted.
    """
    totals = counts.sum(1, keepdims=True)
    return np.sqrt(counts / np.where(totals > 0, totals, 1))
