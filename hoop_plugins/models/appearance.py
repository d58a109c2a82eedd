"""The colors of people's heads and arms, which tell teammates apart where shirts cannot."""

from __future__ import annotations

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.image import Image
from hoop_plugins.data.masks import absent
from hoop_plugins.models.color_counts import color_counts, shares

HEAD, ARMS = (0.25, 0.0, 0.75, 0.16), (0.0, 0.18, 1.0, 0.5)
"""Where a person's box shows hair and skin: xyxy, shares of the box."""

BINS = (12, 2, 2)
"""Of the channels of CIELAB: skin and hair differ in lightness most of all."""

DIMENSIONS = 2 * int(np.prod(BINS))


def part_colors(
    frame: Image, boxes: NDArray[np.float32], masks: sv.CompactMask | None
) -> NDArray[np.float32]:
    """Describes the colors of each person's head and arms, where a mask tells them from what is
    behind, which would be most of it without one.

    Args:
        frame: RGB uint8 ``(H, W, 3)``.
        boxes: float32 ``(N, 4)``, xyxy pixels of the frame.
        masks: Of the same people.

    Returns:
        float32 ``(N, DIMENSIONS)``, the square root of each bin's share, such that squares sum to
        1; zeros for those without a mask, or of whom one of the two is not seen.
    """
    if masks is None:
        return np.zeros((len(boxes), DIMENSIONS), np.float32)
    found = [shares(color_counts(frame, boxes, part, BINS, masks)) for part in (HEAD, ARMS)]
    seen = ~absent(masks) & np.all([part.any(1) for part in found], axis=0)
    both = np.concatenate(found, axis=1) / np.sqrt(np.float32(len(found)))
    return np.where(seen[:, None], both, np.float32(0))
