"""The colors of people's shirts, which tell two teams apart where nothing else does."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from hoop_plugins.data.image import Image

Boxes = NDArray[np.float32]
Colors = NDArray[np.float32]

BINS = 6
"""Of each channel of CIELAB: coarser than shades, finer than kits."""

TORSO = (0.3, 0.15, 0.7, 0.55)
"""The part of a person's box that shows the shirt and little else: xyxy, shares of the box."""

UNKNOWN = 0.8
"""How alike a person of unknown colors is to anybody: as much as an unlikely teammate."""


def torso_histograms(frame: Image, boxes: Boxes) -> Colors:
    """Describes the colors of each person's torso.

    Args:
        frame: RGB uint8 ``(H, W, 3)``.
        boxes: float32 ``(N, 4)``, xyxy pixels of the frame.

    Returns:
        float32 ``(N, BINS ** 3)``, the square root of each bin's share; zeros for torsos outside
        the frame.
    """
    found = np.zeros((len(boxes), BINS**3), np.float32)
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    torsos = np.tile(boxes[:, :2], 2) + sides * np.array(TORSO, np.float32)
    for row, (x1, y1, x2, y2) in zip(found, np.rint(torsos.clip(min=0)).astype(int), strict=True):
        crop = frame[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)]
        if crop.size:
            lab = cv2.cvtColor(np.ascontiguousarray(crop), cv2.COLOR_RGB2LAB)
            counts = cv2.calcHist([lab], [0, 1, 2], None, [BINS] * 3, [0, 256] * 3).ravel()
            row[:] = np.sqrt(counts / counts.sum())
    return found


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
