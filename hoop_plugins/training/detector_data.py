"""COCO folders as batches for the detector's training: read, augmented, and made ahead of time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from hoop_plugins.data.image import Image
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.coco_images import CocoDataset
from hoop_plugins.training.settings import DetectorSettings

KEPT_AREA = 0.4
"""Share of a box that must lie within the augmented view for the box to stay."""

ZOOM = (0.35, 1.0)
"""Share of the image's sides that a crop keeps."""

MOST, SCALE, KEPT_CROPS = 6, (0.7, 1.4), 300
"""Copies of small things an image, at most; their size; how many are kept to be copied."""

Batch = tuple[list[torch.Tensor], list[dict[str, torch.Tensor]]]
Batches = Generator[Batch, None, None]


def augment(
    image: Image,
    boxes: NDArray[np.float32],
    labels: NDArray[np.int64],
    size: int,
    rng: np.random.Generator,
) -> tuple[Image, NDArray[np.float32], NDArray[np.int64]]:
    """A random view of an image, squeezed into the network's square.

    Half of the views are flipped and half are crops of 35 to 100% of each side, around a box of a
    class drawn evenly, so that rare and small things are seen as often as people; colors,
    contrast and brightness vary; a few are blurred or compressed.

    Args:
        image: RGB uint8 ``(H, W, 3)``.
        boxes: ``(n, 4)`` float32, ``xyxy`` in pixels of ``image``.
        labels: ``(n,)``.
        size: Side of the square, in pixels.
        rng: Source of all chance.

    Returns:
        The square ``(size, size, 3)``, the boxes in its pixels, clipped to it, and the labels of
        the boxes that stay.
    """
    height, width = image.shape[:2]
    zoom, stretch = (rng.uniform(*ZOOM), rng.uniform(0.85, 1)) if rng.random() < 0.5 else (1, 1)
    view = np.array([width * zoom * stretch, height * zoom])
    corner = rng.random(2) * ((width, height) - view)
    if len(boxes):
        box = boxes[rng.choice(np.flatnonzero(labels == rng.choice(np.unique(labels))))]
        # Anywhere in the view, so that place says nothing.
        corner = (box[:2] + box[2:]) / 2 - rng.uniform(0.1, 0.9, 2) * view
        corner = corner.clip(0, (width, height) - view)
    scale = size / view
    matrix = np.array([[scale[0], 0, -corner[0] * scale[0]], [0, scale[1], -corner[1] * scale[1]]])
    # cv2 maps pixel centers, boxes are in pixel edges: half a pixel apart.
    matrix[:, 2] += (scale - 1) / 2
    # Plain bilinear, as rfdetr squeezes frames at inference.
    square = cv2.warpAffine(image, matrix, (size, size), borderMode=cv2.BORDER_REPLICATE)
    moved = (boxes.reshape(-1, 2, 2) - corner) * scale
    moved = moved.reshape(-1, 4)
    clipped = moved.clip(0, size)
    kept = _areas(clipped) > KEPT_AREA * _areas(moved)
    clipped, labels = clipped[kept], labels[kept]
    if rng.random() < 0.5:
        square = cv2.flip(square, 1)
        clipped[:, [0, 2]] = size - clipped[:, [2, 0]]
    return _disturb(cast(Image, square), rng), clipped.astype(np.float32), labels


def _areas(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _disturb(square: Image, rng: np.random.Generator) -> Image:
    hue, saturation = rng.integers(-8, 9), rng.uniform(0.7, 1.3)
    contrast, brightness = rng.uniform(0.75, 1.25), rng.uniform(-25, 25)
    hsv = cv2.cvtColor(square, cv2.COLOR_RGB2HSV)
    hue_table = ((np.arange(256) + hue) % 180).astype(np.uint8)
    saturation_table = (np.arange(256) * saturation).clip(0, 255).astype(np.uint8)
    hsv[..., 0] = cv2.LUT(hsv[..., 0], hue_table)
    hsv[..., 1] = cv2.LUT(hsv[..., 1], saturation_table)
    image: Any = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    level_table = ((np.arange(256) - 128) * contrast + 128 + brightness).clip(0, 255)
    image = cv2.LUT(image, level_table.astype(np.uint8))
    if rng.random() < 0.15:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.2))
    if rng.random() < 0.15:
        quality = int(rng.integers(40, 91))
        _, encoded = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))
        image = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    return cast(Image, image)


class Stickers:
    """Cut-outs of some classes, in memory: small things that are rare, such as the ball.

    Kisantal et al. 2019, "Augmentation for small object detection": one ball an image is too few
    for a detector to learn it beside ten players.

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
            found.sort(key=lambda cut: -np.prod(cut[1][2:] - cut[1][:2]))
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


Variation = Callable[
    [Image, NDArray[np.float32], NDArray[np.int64], np.random.Generator],
    tuple[Image, NDArray[np.float32], NDArray[np.int64]],
]
"""Changes an image, its boxes and labels before :func:`augment` does."""


def batches(
    data: CocoDataset,
    size: int,
    settings: DetectorSettings,
    start: int = 0,
    vary: Variation | None = None,
    replay: CocoDataset | None = None,
) -> Batches:
    """Endless batches, prepared two ahead in threads.

    What a step gets depends on the seed and the step alone, so that training goes on exactly where
    it stopped.

    Args:
        data: The images.
        size: Side of the network's square, in pixels.
        settings: Batch size, seed, share of replayed images, and threads that read and augment.
        start: The first step to make a batch for.
        vary: Applied to the images first.
        replay: Images of the old domain to mix in, with the same names.

    Yields:
        uint8 tensors ``(3, size, size)`` and, for each, ``labels`` ``(n,)`` and ``boxes``
        ``(n, 4)``: center, width and height as fractions of the square.
    """
    seed, batch_size, replay_share = settings.seed, settings.batch_size, settings.replay_share

    def example(position: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        source, place = data, position
        if replay is not None:
            olds = int(position * replay_share)
            old = int((position + 1) * replay_share) > olds
            source, place = (replay, olds) if old else (data, position - olds)
        epoch, place = divmod(place, len(source))
        index = int(np.random.default_rng([seed, epoch]).permutation(len(source))[place])
        rng = np.random.default_rng([seed, epoch, place])
        image, boxes, labels = source.image(index), source.boxes[index], source.labels[index]
        if vary is not None:
            image, boxes, labels = vary(image, boxes, labels, rng)
        image, boxes, labels = augment(image, boxes, labels, size, rng)
        centers, sides = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
        target = torch.from_numpy(np.concatenate((centers, sides), axis=1) / np.float32(size))
        pixels = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
        return pixels, {"boxes": target, "labels": torch.from_numpy(labels)}

    with ThreadPoolExecutor(settings.threads or torch.get_num_threads()) as pool:
        ahead: deque[list[Future[tuple[torch.Tensor, dict[str, torch.Tensor]]]]] = deque()
        step = start
        while True:
            while len(ahead) < 3:
                positions = range(step * batch_size, (step + 1) * batch_size)
                ahead.append([pool.submit(example, position) for position in positions])
                step += 1
            examples = [future.result() for future in ahead.popleft()]
            yield [pixels for pixels, _ in examples], [target for _, target in examples]
