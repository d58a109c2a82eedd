"""Images that look the same."""

from __future__ import annotations

import cv2
import numpy as np

from hoop_plugins.data.image import Image

SIDE = 16
DISTANCE = 16
"""Bits of the 256 in which near-duplicates may differ."""


def perceptual_hash(image: Image) -> int:
    """What an image looks like: which of its low frequencies are stronger than their median.

    The pHash of Zauner (2010), with 16 by 16 frequencies instead of 8 by 8, so that what changes
    in a part of the picture counts.

    Args:
        image: RGB uint8 ``(H, W, 3)``.

    Returns:
        256 bits.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (4 * SIDE, 4 * SIDE), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small.astype(np.float32))[:SIDE, :SIDE]
    return int.from_bytes(np.packbits(low > np.median(low)).tobytes(), "big")


class Duplicates:
    """Remembers what was seen, and tells what looks like it."""

    def __init__(self) -> None:
        self._seen: dict[str, list[int]] = {}

    def repeats(self, image: Image, label: str = "") -> bool:
        """Whether an image looks like an earlier one; if not, it is remembered.

        Args:
            image: RGB uint8 ``(H, W, 3)``.
            label: Only images of the same label are compared.
        """
        code, seen = perceptual_hash(image), self._seen.setdefault(label, [])
        if any((code ^ other).bit_count() <= DISTANCE for other in seen):
            return True
        seen.append(code)
        return False
