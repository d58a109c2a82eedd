"""The colors of people's shirts, which tell two teams apart where nothing else does."""

from __future__ import annotations

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.image import Image
from hoop_plugins.models.color_counts import color_counts, shares

Boxes = NDArray[np.float32]
Colors = NDArray[np.float32]

BINS = 6
"""Of each channel of CIELAB: coarser than shades, finer than kits."""

TORSO = (0.3, 0.15, 0.7, 0.55)
"""The part of a person's box that shows the shirt and little else: xyxy, shares of the box."""

UNKNOWN = 0.8
"""How alike a person of unknown colors is to anybody: as much as an unlikely teammate."""


def torso_histograms(frame: Image, boxes: Boxes, masks: sv.CompactMask | None = None) -> Colors:
    """Describes the colors of each person's torso.

    Args:
        frame: RGB uint8 ``(H, W, 3)``.
        boxes: float32 ``(N, 4)``, xyxy pixels of the frame.
        masks: Of the same people: of who has one, only its pixels count, if it shows the torso.

    Returns:
        float32 ``(N, BINS ** 3)``, the square root of each bin's share; zeros for torsos that are
        not seen.
    """
    bins = (BINS,) * 3
    counts = color_counts(frame, boxes, TORSO, bins, masks)
    if masks is not None and len(unseen := np.flatnonzero(~counts.any(1))):
        counts[unseen] = color_counts(frame, boxes[unseen], TORSO, bins)
    return shares(counts)


def likeness(known: Colors, seen: Colors) -> NDArray[np.float32]:
    """How alike the colors of all pairs are: their Bhattacharyya coefficient.

    Args:
        known: float32 ``(N, BINS ** 3)`` of :func:`torso_histograms`.
        seen: float32 ``(M, BINS ** 3)``.

    Returns:
        float32 ``(N, M)`` in [0, 1]; ``UNKNOWN`` where one of the two is all zeros.
    """
    alike = known @ seen.T
    alike[~known.any(1)] = UNKNOWN
    alike[:, ~seen.any(1)] = UNKNOWN
    return alike
