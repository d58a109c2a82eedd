"""Small things that are rare, such as the ball, copied to other places of training images.

Kisantal et al. 2019, "Augmentation for small object detection": one ball an image is too few for a
detector to learn it beside ten players.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from hoop_plugins.data.image import Image
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.coco_images import CocoDataset

MOST = 6
"""At most so many copies an image."""

SCALE = (0.7, 1.4)
KEPT_CROPS = 300


class Stickers:
    """Cut-outs of some classes, in memory.

    Args:
        data: Images to cut from.
        classes: Names of classes that are about as wide as high and fill an ellipse.
        seed: Seed of the choice of cut-outs.

    Raises:
        HoopError: If the data has no such class, or no box of it.
    """

    def __init__(self, data: CocoDataset, classes: Sequence[str], seed: int = 0) -> None:
        self._crops: list[tuple[int, Image]] = []
        rng = np.random.default_rng(seed)
        for name in classes:
            if name not in data.names:
                raise HoopError(f"no class {name!r} to paste: choose of {', '.join(data.names)}")
            label = data.names.index(name)
            found = [
                (index, box)
                for index, (boxes, labels) in enumerate(zip(data.boxes, data.labels, strict=True))
                for box in boxes[labels == label].round().astype(int)
            ]
            if not found:
                raise HoopError(f"no box of {name!r} to paste: leave it out")
            # The larger half: what is partly hidden has a smaller box.
            found.sort(key=lambda one: -np.prod(one[1][2:] - one[1][:2]))
            whole = found[: len(found) // 2 + 1]
            chosen = rng.permutation(len(whole))[:KEPT_CROPS]
            for index, (x0, y0, x1, y1) in (whole[i] for i in chosen):
                crop = data.image(index)[max(y0, 0) : y1, max(x0, 0) : x1].copy()
                if crop.size:
                    self._crops.append((label, crop))

    def paste(
        self,
        image: Image,
        boxes: NDArray[np.float32],
        labels: NDArray[np.int64],
        rng: np.random.Generator,
    ) -> tuple[Image, NDArray[np.float32], NDArray[np.int64]]:
        """Copies up to :data:`MOST` cut-outs to random places.

        Args:
            image: RGB uint8 ``(H, W, 3)``; drawn into.
            boxes: ``(n, 4)`` float32, ``xyxy`` in pixels.
            labels: ``(n,)``.
            rng: Source of all chance.

        Returns:
            The image, and boxes and labels with those of the copies behind.
        """
        height, width = image.shape[:2]
        placed, kinds = [], []
        for _ in range(int(rng.integers(MOST + 1))):
            label, crop = self._crops[rng.integers(len(self._crops))]
            scale = rng.uniform(*SCALE)
            copy = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            high, wide = copy.shape[:2]
            if high >= height or wide >= width:
                continue
            x, y = int(rng.integers(width - wide)), int(rng.integers(height - high))
            ellipse = np.zeros((high, wide), np.float32)
            cv2.ellipse(ellipse, ((wide / 2, high / 2), (wide, high), 0), 1, -1, cv2.LINE_AA)
            there = image[y : y + high, x : x + wide]
            there[:] = there + (copy.astype(np.float32) - there) * ellipse[..., None]
            placed.append((x, y, x + wide, y + high))
            kinds.append(label)
        added = np.array(placed, np.float32).reshape(-1, 4)
        return (
            image,
            np.concatenate([boxes.reshape(-1, 4), added]),
            np.concatenate([labels, np.array(kinds, labels.dtype)]),
        )
