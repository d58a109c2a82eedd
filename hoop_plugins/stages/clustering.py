"""Telling two teams apart: crops, UMAP, KMeans, and a vote for every track. Pure functions."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hoop_plugins.models.roles import Image


def central_crop(
    frame: Image,
    box: ArrayLike,
    mask_crop: NDArray[np.bool_] | None = None,
    fraction: float = 0.4,
) -> Image:
    """Cuts out the central part of a person, where the jersey is.

    Args:
        frame: uint8 RGB ``(H, W, 3)``.
        box: The person's xyxy in pixels. Parts outside the frame are ignored.
        mask_crop: The person's pixels, bool ``(h, w)``, whose upper left corner is the box's.
            Other pixels take the median colour of the person's: a neighbour's jersey or the floor
            must not vote. Where the central part holds nothing of the person, the whole box is
            taken.
        fraction: Share of the box's width and height to keep, in (0, 1].

    Returns:
        uint8 RGB ``(h, w, 3)``, at least one pixel.
    """
    x1, y1, x2, y2 = np.asarray(box, dtype=float)
    left, right = _span((x1 + x2) / 2, (x2 - x1) * fraction, frame.shape[1])
    top, bottom = _span((y1 + y2) / 2, (y2 - y1) * fraction, frame.shape[0])
    crop = frame[top:bottom, left:right].copy()
    if mask_crop is None:
        return crop
    row, column = max(top - int(y1), 0), max(left - int(x1), 0)
    part = mask_crop[row : row + crop.shape[0], column : column + crop.shape[1]]
    person = np.zeros(crop.shape[:2], dtype=bool)
    person[: part.shape[0], : part.shape[1]] = part
    if person.any():
        crop[~person] = np.median(crop[person], axis=0)
    elif fraction < 1:
        return central_crop(frame, box, mask_crop, 1.0)
    return crop


def _span(centre: float, size: float, limit: int) -> tuple[int, int]:
    """First and last-but-one pixel of a length within ``[0, limit]``, at least one pixel long."""
    start = min(max(int(np.floor(centre - size / 2)), 0), limit - 1)
    stop = min(max(int(np.ceil(centre + size / 2)), start + 1), limit)
    return start, stop


def lightness(crop: Image) -> float:
    """The median CIE lightness of a crop, 0 (black) to 100 (white)."""
    return float(np.median(cv2.cvtColor(crop, cv2.COLOR_RGB2LAB)[..., 0])) * 100 / 255
