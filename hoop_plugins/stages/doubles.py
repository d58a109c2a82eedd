"""Who was detected twice: all of a person, and the upper part again. Pure."""

from __future__ import annotations

import numpy as np
import supervision as sv
from numpy.typing import NDArray

HEAD = 1 / 8
"""Of a person's height. Two people's heads cannot be in one place."""

PART = 0.75
"""Of the height at most: who is seen down to the knees is. A teammate behind is nearly as tall."""

WITHIN = 0.8
"""Share of the smaller box that is in the larger one at least; torsos and arms may stick out."""


def without_doubles(people: sv.Detections) -> sv.Detections:
    """A frame's people without boxes that are of a part of somebody who has a larger one.

    Detectors that have learned half-hidden people too find the upper part of a person beside the
    whole, with too little IoU for one to suppress the other. The number would be looked for in its
    upper half, and trackers make two people of it, who then change places with others.
    """
    return people.select(~parts(people.xyxy))


def parts(boxes: NDArray[np.number]) -> NDArray[np.bool_]:
    """Which boxes, xyxy ``(N, 4)``, are in a taller one that has its head in the same place: bool
    ``(N,)``.
    """
    corners = np.asarray(boxes, np.float64).reshape(-1, 4)
    sides = corners[:, 2:] - corners[:, :2]
    area, height = sides.prod(1), sides[:, 1]
    heads = np.stack([corners[:, [0, 2]].mean(1), corners[:, 1]], axis=1)
    same = np.abs(heads[:, None] - heads[None]).max(2) <= HEAD * height[None]
    low = np.maximum(corners[:, None, :2], corners[None, :, :2])
    high = np.minimum(corners[:, None, 2:], corners[None, :, 2:])
    shared = (high - low).clip(0).prod(2)
    within = shared >= WITHIN * area[:, None]
    shorter = height[:, None] <= PART * height[None]
    return np.asarray((same & within & shorter).any(1), bool)
