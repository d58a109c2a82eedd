"""Painted scenes for tests of camera shots: what the camera does is known to the frame."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from hoop_plugins.data.image import Image

HEIGHT, WIDTH = 96, 160


def panorama(seed: int) -> Image:
    """A hall, wider than any camera sees: patches of two colors of its own."""
    random = np.random.default_rng(seed)
    colors = random.integers(0, 255, (2, 3))
    patches = random.integers(0, 2, (HEIGHT // 10, 60))
    small = (colors[patches] * 0.7 + random.integers(0, 60, (*patches.shape, 3))).astype(np.uint8)
    return np.asarray(cv2.resize(small, (2400, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)


def scene(seed: int, frames: int, speed: float = 1) -> list[Image]:
    """What a camera sees that pans over a hall, so many pixels a frame."""
    hall = panorama(seed)
    left = [round(frame * speed) % (hall.shape[1] - WIDTH) for frame in range(frames)]
    return [hall[:, x : x + WIDTH].copy() for x in left]


def dissolve(one: Sequence[Image], other: Sequence[Image]) -> list[Image]:
    """From one scene to another of the same length."""
    shares = np.linspace(0, 1, len(one) + 2)[1:-1]
    return [
        (a * (1 - share) + b * share).astype(np.uint8)
        for a, b, share in zip(one, other, shares, strict=True)
    ]
