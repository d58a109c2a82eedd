"""What a frame is, and what is known of a video before its first frame is decoded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""RGB pixels of shape ``(H, W, 3)``."""


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a video before its first frame is decoded.

    Attributes:
        path: The file.
        width: Pixels.
        height: Pixels.
        frame_rate: Frames a second.
        frame_count: Number of frames.
    """

    path: str
    width: int
    height: int
    frame_rate: float
    frame_count: int
