"""Crops of jersey numbers for training: reading, balancing and varying them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional
from torchvision.transforms import v2

from hoop_plugins.data.image import read_image
from hoop_plugins.data.vocabulary import NONE
from hoop_plugins.errors import CheckpointError
from hoop_plugins.formats.jsonl import AnnotationError, Example

if TYPE_CHECKING:
    from hoop_plugins.models.smolvlm import SmolVLMReader

CACHE_BYTES = 2**30
COMPRESS = v2.JPEG((25, 89))


def sampling_weights(examples: Sequence[Example], negative_share: float = 0.15) -> torch.Tensor:
    """How often each crop is drawn.

    A number is drawn as the square root of its count, so that rare ones are seen more often without
    a handful of crops being learned by heart.

    Args:
        examples: N crops.
        negative_share: Share of draws that go to crops without a number, where there are any.

    Returns:
        float64 ``(N,)`` that sums to 1.

    Raises:
        AnnotationError: If all crops have the same answer.
    """
    counts = Counter(example.answer for example in examples)
    weights = torch.tensor([counts[e.answer] ** -0.5 for e in examples], dtype=torch.float64)
    negative = torch.tensor([example.answer == NONE for example in examples])
    if negative.all():
        raise AnnotationError("no row has a number: the reader would learn nothing else than none")
    if len(counts) == 1:
        raise AnnotationError(
            f"every row says {examples[0].answer!r}, so that the reader would learn to say nothing "
            "else: add other numbers"
        )
    for group, share in ((negative, negative_share), (~negative, 1 - negative_share)):
        if group.any():
            weights[group] *= share / weights[group].sum()
    return weights / weights.sum()


class Crops:
    """The crops of a training set at the model's size, kept in memory up to ``CACHE_BYTES``."""

    def __init__(self, examples: Sequence[Example], reader: SmolVLMReader) -> None:
        self._crop = lru_cache(CACHE_BYTES // (3 * reader.image_px**2))(
            lambda index: reader.resize([read_image(examples[index].image)])[0]
        )

    def batch(self, indexes: Iterable[int]) -> torch.Tensor:
        """Returns uint8 ``(len(indexes), 3, H, W)``."""
        return torch.stack([self._crop(index) for index in indexes])


def encode_answers(tokenizer: Any, examples: Sequence[Example]) -> torch.Tensor:
    """What the model is to say of each crop.

    Returns:
        int64 ``(N, K)`` token ids of " 23<end_of_utterance>" and the like, K those of the longest
        answer, -100 (ignored by the loss) after the end.
    """
    known: dict[str, list[int]] = {}
    for answer in {example.answer for example in examples}:
        ids = tokenizer(f" {answer}<end_of_utterance>", add_special_tokens=False)["input_ids"]
        if ids[-1] != tokenizer.convert_tokens_to_ids("<end_of_utterance>"):
            raise CheckpointError("the base model's tokenizer lacks <end_of_utterance>")
        known[answer] = ids
    longest = max(map(len, known.values()))
    rows = [known[e.answer] + [-100] * (longest - len(known[e.answer])) for e in examples]
    return torch.tensor(rows)


def augment(pixels: torch.Tensor) -> torch.Tensor:
    """Varies crops as cameras and detectors do: place, size, slant, sharpness, light, compression.

    Numbers are never flipped. Draws from torch's global generator.

    Args:
        pixels: uint8 ``(N, 3, H, W)``.

    Returns:
        The same shape and type.
    """
    images = _move(pixels.float())
    blurred = torch.rand(len(images)) < 0.35
    if blurred.any():
        images[blurred] = _lose_detail(images[blurred])
    contrast, tint = _uniform(len(images), 1, 0.65, 1.35), _uniform(len(images), 3, 0.85, 1.15)
    mean = images.mean((1, 2, 3), keepdim=True)
    images = (images - mean) * contrast + mean * tint + _uniform(len(images), 1, -30, 30)
    images += torch.randn_like(images) * _uniform(len(images), 1, 0, 6)
    images = images.clamp(0, 255).to(torch.uint8)
    for index in torch.nonzero(torch.rand(len(images)) < 0.25).flatten().tolist():
        images[index] = COMPRESS(images[index])
    return images


def _uniform(count: int, channels: int, low: float, high: float) -> torch.Tensor:
    return torch.empty(count, channels, 1, 1).uniform_(low, high)


def _move(images: torch.Tensor) -> torch.Tensor:
    count = len(images)
    zoom_x, zoom_y, shift_x, shift_y, shear, turn = torch.rand(6, count) * 2 - 1
    turn = turn * math.radians(8)
    scale_x, scale_y = 0.2 * zoom_x + 1, 0.2 * zoom_y + 1
    row_x = torch.stack([turn.cos() * scale_x, 0.15 * shear - turn.sin(), 0.15 * shift_x], 1)
    row_y = torch.stack([turn.sin(), turn.cos() * scale_y, 0.15 * shift_y], 1)
    grid = functional.affine_grid(
        torch.stack([row_x, row_y], 1), list(images.shape), align_corners=False
    )
    return functional.grid_sample(images, grid, padding_mode="border", align_corners=False)


def _lose_detail(images: torch.Tensor) -> torch.Tensor:
    factor = float(torch.empty(()).uniform_(0.25, 0.8))
    small = functional.interpolate(images, scale_factor=factor, mode="area")
    return functional.interpolate(
        small, size=list(images.shape[2:]), mode="bilinear", align_corners=False
    )
