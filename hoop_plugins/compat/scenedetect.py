"""PySceneDetect (0.7): its content score alone, without its own decoding and statistics.

Relied on: ``ContentDetector._calculate_frame_score`` gives the score of a BGR picture against the
one that it was called with before (0 at first), and needs no time code. What is public gives cuts
instead, or keeps the figures of every frame, with edges that nobody asked for.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scenedetect import FrameTimecode
from scenedetect.detectors import ContentDetector

WIDTH = 256
"""Pictures are shrunk to this width, as PySceneDetect does by default."""

_ANY_TIME = FrameTimecode(0, 1.0)


def shrunk(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An RGB picture as :class:`ContentScore` takes it: ``WIDTH`` wide at most, and BGR."""
    height, width = image.shape[:2]
    if width > WIDTH:
        size = (WIDTH, max(1, round(height * WIDTH / width)))
        image = np.asarray(cv2.resize(image, size), np.uint8)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8)


class ContentScore:
    """How much pictures differ: hue, saturation and brightness, the mean of all pixels."""

    def __init__(self) -> None:
        self._detector = ContentDetector()

    def score(self, picture: NDArray[np.uint8]) -> float:
        """From the picture of the last call to this one, 0 to 255; 0 of the first.

        Args:
            picture: From :func:`shrunk`, all of one size.
        """
        return float(self._detector._calculate_frame_score(_ANY_TIME, picture))
