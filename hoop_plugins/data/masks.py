"""Masks as crops: what lies between full-frame masks, which are large, and the database."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import supervision as sv
from numpy.typing import NDArray


def from_crops(
    crops: Sequence[NDArray[np.bool_]],
    corners: Sequence[tuple[int, int]],
    image_shape: tuple[int, int],
) -> sv.CompactMask:
    """Packs mask crops without ever making a full-frame mask.

    Args:
        crops: N boolean arrays of shape ``(h, w)``, each lying wholly within the image.
        corners: The ``(x, y)`` pixel of each crop's upper left corner.
        image_shape: ``(H, W)`` of the frame.

    Returns:
        The N masks. ``.crop(i)`` gives a crop back, ``.offsets[i]`` its corner.
    """
    packed = []
    for crop, (x, y) in zip(crops, corners, strict=True):
        height, width = crop.shape
        whole = np.array([[0, 0, width - 1, height - 1]])
        alone = sv.CompactMask.from_dense(crop[None].astype(bool), whole, (height, width))
        packed.append(alone.with_offset(int(x), int(y), image_shape))
    if packed:
        return sv.CompactMask.merge(packed)
    nothing = np.zeros((0, *image_shape), dtype=bool)
    return sv.CompactMask.from_dense(nothing, np.zeros((0, 4)), image_shape)
