"""What a frame is, in memory and as an image file, and what is known of a video."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, ImageOps
from PIL import Image as PillowImage

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


@contextmanager
def _opened(path: str | Path) -> Iterator[PillowImage.Image]:
    """An image file; the error says what to do if it does not open."""
    try:
        with PillowImage.open(path) as opened:
            yield opened
    except (OSError, SyntaxError, ValueError, PillowImage.DecompressionBombError) as error:
        raise HoopError(f"image {path} does not open: fix or remove it") from error


def read_image(path: str | Path) -> Image:
    """Reads an image file, upright: RGB uint8 ``(H, W, 3)``.

    Raises:
        HoopError: If it does not open.
    """
    with _opened(path) as opened:
        return np.array(ImageOps.exif_transpose(opened).convert("RGB"))


def image_size(path: str | Path) -> tuple[int, int]:
    """Measures an image file, ``(width, height)`` in pixels as it is shown, upright, and looks
    whether it is whole.

    Raises:
        HoopError: If it does not open.
    """
    with _opened(path) as opened:
        opened.verify()
    # Nothing can be read of an image that was verified.
    with _opened(path) as opened:
        lying = opened.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
        return opened.size[::-1] if lying else opened.size
