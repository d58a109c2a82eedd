"""What a frame is, in memory and as an image file, and what is known of a video."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import UnidentifiedImageError

from hoop_plugins.errors import HoopError

Image = NDArray[np.uint8]
"""RGB pixels of shape ``(H, W, 3)``."""


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a video before its first frame is decoded.

    Attributes:
        path: The file.
        width: Pixels, as it is shown: upright.
        height: Pixels.
        frame_rate: Frames a second.
        frame_count: Number of frames.
        turned: Whether its pictures are kept turned or mirrored.
        notes: What people should know of the file before they work with it, a line each.
    """

    path: str
    width: int
    height: int
    frame_rate: float
    frame_count: int
    turned: bool = False
    notes: tuple[str, ...] = ()


def read_image(path: str | Path) -> Image:
    """Reads an image file: RGB uint8 ``(H, W, 3)``.

    Raises:
        HoopError: If it does not open.
    """
    try:
        with PillowImage.open(path) as opened:
            return np.array(opened.convert("RGB"))
    except (OSError, UnidentifiedImageError, SyntaxError) as error:
        raise HoopError(f"image {path} does not open: fix or remove it") from error


def image_size(path: str | Path) -> tuple[int, int]:
    """Measures an image file, ``(width, height)`` in pixels, and looks whether it is whole.

    Raises:
        HoopError: If it does not open.
    """
    try:
        with PillowImage.open(path) as opened:
            opened.verify()
            return opened.size
    except (OSError, UnidentifiedImageError, SyntaxError) as error:
        raise HoopError(f"image {path} does not open: fix or remove it") from error
