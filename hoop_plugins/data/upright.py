"""How a video's pictures are turned to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import av
import numpy as np
from av.buffer import Buffer

from hoop_plugins.data.image import Image

Matrix = list[list[int]]
"""(a, b) and (c, d) of a display matrix."""


def display_matrix(picture: av.VideoFrame) -> Matrix | None:
    """The display matrix of a picture, (a, b) and (c, d); ``None`` where it has none."""
    found = cast("Mapping[str, Buffer]", picture.side_data)  # PyAV's annotation is another
    if "DISPLAYMATRIX" not in found:
        return None
    matrix = bytes(found["DISPLAYMATRIX"])
    # Row vectors times [[a, b, u], [c, d, v], [x, y, w]] (ISO/IEC 14496-12, 6.2.2).
    rows: Matrix = np.frombuffer(matrix, np.int32).reshape(3, 3)[:2, :2].tolist()
    return rows


def upright(pixels: Image, matrix: Matrix | None) -> Image:
    """Turns and mirrors as the display matrix says, in steps of 90 degrees as browsers do."""
    if matrix is None:
        return pixels
    (a, b), (c, d) = matrix
    if abs(b) > abs(a):
        pixels, a, d = pixels.swapaxes(0, 1), c, b
    return pixels[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]
