"""What SAM2 is given: frames at its size, boxes and masks as prompts."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from hoop_plugins.data.image import Image

# What SAM2 was trained with (sam2/utils/misc.py), and what the small network keeps.
IMAGE_MEAN = (0.485, 0.456, 0.406)
IMAGE_STD = (0.229, 0.224, 0.225)

_levels = torch.arange(256)[:, None].float() / 255
NORMALIZED = ((_levels - torch.tensor(IMAGE_MEAN)) / torch.tensor(IMAGE_STD)).numpy()[None]
"""What the network sees of each of 256 levels, float32 ``(1, 256, 3)``."""

PROMPT_LOGIT = 6.0
"""Logit inside a rasterized box (its negative outside): sure, but not saturated."""


def resize(frame: Image, size: int) -> Image:
    """Stretches a frame to the square that the network sees."""
    shrinks = min(frame.shape[:2]) >= size
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(frame, (size, size), interpolation=interpolation), np.uint8)


def normalize(images: NDArray[np.uint8]) -> torch.Tensor:
    """Turns RGB uint8 ``(B, S, S, 3)`` into the network's float32 ``(B, 3, S, S)``."""
    # Looked up: to compute it of every pixel takes five times as long.
    rows = cv2.LUT(images.reshape(-1, *images.shape[2:]), NORMALIZED)
    return torch.from_numpy(rows).view(images.shape).permute(0, 3, 1, 2)


def box_points(boxes: torch.Tensor) -> dict[str, torch.Tensor]:
    """Turns boxes ``(N, 4)`` in the network's pixels into SAM2's corner points (labels 2 and 3)."""
    labels = torch.tensor([[2, 3]], dtype=torch.int32, device=boxes.device)
    return {"point_coords": boxes.view(-1, 2, 2), "point_labels": labels.repeat(len(boxes), 1)}


def box_logits(boxes: torch.Tensor, size: int) -> torch.Tensor:
    """Rasterizes boxes ``(N, 4)`` in the pixels of a network of that input size as dense prompts,
    float32 ``(N, 1, size / 4, size / 4)``: plus or minus ``PROMPT_LOGIT``.
    """
    centers = (torch.arange(size // 4, device=boxes.device) + 0.5) * 4
    x1, y1, x2, y2 = boxes[:, :, None].unbind(1)
    across = (centers > x1) & (centers < x2)
    down = (centers > y1) & (centers < y2)
    inside = down[:, :, None] & across[:, None, :]
    return (inside.float() * 2 - 1)[:, None] * PROMPT_LOGIT


def shape_logits(shapes: NDArray[np.bool_], size: int) -> torch.Tensor:
    """Shrinks masks ``(N, H, W)`` to dense prompts, as :func:`box_logits` makes them of boxes."""
    side = (size // 4, size // 4)
    small = [
        cv2.resize(shape.astype(np.float32), side, interpolation=cv2.INTER_AREA) for shape in shapes
    ]
    inside = torch.from_numpy(np.stack(small) > 0.5)
    return (inside.float() * 2 - 1)[:, None] * PROMPT_LOGIT
