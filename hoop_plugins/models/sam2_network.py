"""The SAM2 network itself: building it, what it is fed, and how it is prompted with boxes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import sam2
import torch
import torch.nn.functional as F
from hydra.utils import instantiate
from numpy.typing import NDArray
from omegaconf import OmegaConf
from sam2.modeling.position_encoding import apply_rotary_enc
from sam2.modeling.sam.transformer import RoPEAttention
from sam2.modeling.sam2_base import SAM2Base

from hoop_plugins.data.image import Image

# What SAM2 was trained with (sam2/utils/misc.py), and what the small network keeps.
IMAGE_MEAN = (0.485, 0.456, 0.406)
IMAGE_STD = (0.229, 0.224, 0.225)

PROMPT_LOGIT = 6.0
"""Logit inside a rasterised box (its negative outside): sure, but not saturated."""


class MaskedRoPEAttention(RoPEAttention):
    """Cross-attention to memories of which some objects have fewer than others.

    The library runs objects in one batch only if all have as many memories. With the missing ones
    masked out, objects that joined at different times share a batch.

    Attributes:
        allowed: bool ``(N, keys)``, or ``None`` where every object has every memory.
    """

    allowed: torch.Tensor | None = None
    freqs_cis: torch.Tensor

    def forward(
        self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, num_k_exclude_rope: int = 0
    ) -> torch.Tensor:
        """As in the library, with the mask."""
        if self.allowed is None:
            return super().forward(q, k, v, num_k_exclude_rope=num_k_exclude_rope)
        q = self._separate_heads(self.q_proj(q), self.num_heads)
        k = self._separate_heads(self.k_proj(k), self.num_heads)
        v = self._separate_heads(self.v_proj(v), self.num_heads)
        if self.freqs_cis.shape[0] != q.shape[-2]:
            side = round(q.shape[-2] ** 0.5)
            self.freqs_cis = self.compute_cis(end_x=side, end_y=side)
        turned = k.shape[-2] - num_k_exclude_rope
        q, spatial = apply_rotary_enc(
            q, k[:, :, :turned], self.freqs_cis.to(q.device), repeat_freqs_k=self.rope_k_repeat
        )
        k = torch.cat([spatial, k[:, :, turned:]], dim=2)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=self.allowed[:, None, None])
        return self.out_proj(self._recombine_heads(mixed))


def build(config: Path, overrides: Sequence[str] = ()) -> SAM2Base:
    """Builds a network with random weights on the CPU, ready for inference.

    Args:
        config: One of sam2's YAML files, see :func:`packaged`, or one like them.
        overrides: Hydra overrides (``++model.image_size=384``).
    """
    ours = OmegaConf.from_dotlist([line.lstrip("+") for line in overrides])
    model = OmegaConf.merge(OmegaConf.load(config), ours).model
    attention = f"{MaskedRoPEAttention.__module__}.{MaskedRoPEAttention.__qualname__}"
    model.memory_attention.layer.cross_attention._target_ = attention
    return instantiate(model, _recursive_=True).eval()


def packaged(config: str) -> Path:
    """Returns the path of a configuration that comes with sam2 (``configs/sam2.1/....yaml``)."""
    return Path(sam2.__file__).parent / config


def resize(frame: Image, size: int) -> Image:
    """Stretches a frame to the square that the network sees."""
    shrinks = min(frame.shape[:2]) >= size
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(frame, (size, size), interpolation=interpolation), np.uint8)


def normalize(images: NDArray[np.uint8]) -> torch.Tensor:
    """Turns RGB uint8 ``(B, S, S, 3)`` into the network's float32 ``(B, 3, S, S)``."""
    values = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    mean, std = (torch.tensor(x).view(1, 3, 1, 1) for x in (IMAGE_MEAN, IMAGE_STD))
    return (values - mean) / std


def box_points(boxes: torch.Tensor) -> dict[str, torch.Tensor]:
    """Turns boxes ``(N, 4)`` in the network's pixels into SAM2's corner points (labels 2 and 3)."""
    labels = torch.tensor([[2, 3]], dtype=torch.int32, device=boxes.device)
    return {"point_coords": boxes.view(-1, 2, 2), "point_labels": labels.repeat(len(boxes), 1)}


def box_logits(boxes: torch.Tensor, size: int) -> torch.Tensor:
    """Rasterises boxes as dense prompts.

    Args:
        boxes: float ``(N, 4)`` in the network's pixels.
        size: The network's input size; mask prompts are a quarter of it.

    Returns:
        float32 ``(N, 1, size / 4, size / 4)``: plus or minus ``PROMPT_LOGIT``.
    """
    centers = (torch.arange(size // 4, device=boxes.device) + 0.5) * 4
    x1, y1, x2, y2 = boxes[:, :, None].unbind(1)
    across = (centers > x1) & (centers < x2)
    down = (centers > y1) & (centers < y2)
    inside = down[:, :, None] & across[:, None, :]
    return (inside.float() * 2 - 1)[:, None] * PROMPT_LOGIT
