"""Promptable, streaming SAM2: one frame at a time, all objects in one batch, bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from sam2.modeling.sam2_base import SAM2Base
from sam2.modeling.sam2_utils import get_1d_sine_pe

from hoop_plugins.compat.sam2 import (
    allow_memories,
    decode_masks,
    encode_images,
    encode_memory,
    without_memory,
)
from hoop_plugins.data.image import Image

STORAGE = torch.bfloat16
"""How memories are kept, as in the official predictor."""

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


@dataclass
class Memory:
    """What is remembered of N objects in one frame.

    Attributes:
        features: ``(N, cells, memory width)``, or ``None`` once only pointers are needed.
        pointers: ``(N, width)``.
        known: bool ``(N,)``: whether the object was followed in that frame.
    """

    features: torch.Tensor | None
    pointers: torch.Tensor
    known: torch.Tensor

    def each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Memory:
        """Returns the memory with every tensor changed."""
        features = None if self.features is None else change(self.features)
        return Memory(features, change(self.pointers), change(self.known))

    def rows(self, index: torch.Tensor) -> Memory:
        """Returns the memory of the objects at ``index``; -1 stands for a new object."""
        found = self.each(lambda part: part[index.clamp(min=0)])
        found.known = found.known & (index >= 0)
        return found

    def joined(self, other: Memory) -> Memory:
        """Returns both memories' objects, these first; both have features."""
        parts = zip(vars(self).values(), vars(other).values(), strict=True)
        return Memory(*(torch.cat(pair) for pair in parts))


class SAM2Stream:
    """Follows prompted objects through a video of any length.

    Each object has the memory of the frame it was last prompted on, of the few frames before the
    present one, and lighter pointers to up to 15 of them: exactly what the official predictor
    attends to. Objects that joined at different times run as one batch, the memories that some of
    them lack masked out.

    Args:
        model: A network of :func:`hoop_plugins.compat.sam2.build`.
        dense_boxes: Whether boxes are drawn as masks besides being given as corner points.

    Attributes:
        frame: The frame it has come to, from 0.
        ids: The N objects that are followed.
        logits: Of their masks in this frame, float32 ``(N, S / 4, S / 4)``: above 0 is the object.
        confidence: float32 ``(N,)`` in [0, 1]: the network's estimate of each mask's IoU times the
            chance of the object being visible at all.
    """

    def __init__(self, model: SAM2Base, dense_boxes: bool) -> None:
        self.model = model.eval()
        self.dense_boxes = dense_boxes
        self.frame = -1
        side = model.image_size // model.backbone_stride
        blank = torch.zeros(1, model.mem_dim, side, side, device=model.device)
        places = model.memory_encoder.position_encoding(blank)
        self.memory_places = places.flatten(2).transpose(1, 2)
        self.reset()

    def reset(self) -> None:
        """Forgets every object."""
        self.ids: list[int] = []
        side = self.model.image_size // 4
        self.logits: NDArray[np.float32] = np.zeros((0, side, side), np.float32)
        self.confidence: NDArray[np.float32] = np.zeros(0, np.float32)
        self.prompted: Memory | None = None
        self.prompt_frames = torch.zeros(0, dtype=torch.int64)
        self.recent: list[Memory] = []

    @torch.inference_mode()
    def step(self, frame: Image) -> None:
        """Follows every object into the next frame, RGB uint8 ``(H, W, 3)``.

        A frame into which nobody is followed, and in which nobody is prompted, is not encoded.
        """
        self.frame += 1
        size = self.model.image_size
        self.scale = np.array([size / frame.shape[1], size / frame.shape[0]] * 2, np.float32)
        self.shown, self.encoded = frame, False
        if not self.ids:
            return
        self._encode()
        with self._precision():
            self.logits, self.confidence, memory = self._decode(self._attend(), None, None)
        self.recent.insert(0, memory)
        del self.recent[self.model.max_obj_ptrs_in_encoder - 1 :]
        for old in self.recent[self.model.num_maskmem - 1 :]:
            old.features = None

    @torch.inference_mode()
    def prompt(
        self,
        ids: list[int],
        boxes: NDArray[np.float32],
        shapes: NDArray[np.bool_] | None = None,
    ) -> None:
        """Starts objects in the present frame, or starts them anew: what was remembered of those
        already followed is dropped.

        Args:
            ids: N objects.
            boxes: float32 ``(N, 4)`` xyxy pixels.
            shapes: ``(N, H, W)``, their masks, where they are known.
        """
        if not ids:
            return
        self.remove(ids)
        device = self.model.device
        corners = torch.from_numpy(boxes.astype(np.float32) * self.scale).to(device)
        dense = box_logits(corners, self.model.image_size) if self.dense_boxes else None
        if shapes is not None:
            dense = shape_logits(shapes, self.model.image_size).to(device)
        self._encode()
        with self._precision():
            pixels = without_memory(self.model, self.image, len(ids))
            logits, confidence, memory = self._decode(pixels, box_points(corners), dense)
        nothing = torch.full((len(ids),), -1, device=device)
        rows = torch.cat([torch.arange(len(self.ids), device=device), nothing])
        self.recent = [old.rows(rows) for old in self.recent]
        self.prompted = memory if self.prompted is None else self.prompted.joined(memory)
        self.prompt_frames = torch.cat([self.prompt_frames, torch.full((len(ids),), self.frame)])
        self.ids = [*self.ids, *ids]
        self.logits = np.concatenate([self.logits, logits])
        self.confidence = np.concatenate([self.confidence, confidence])

    def remove(self, ids: list[int]) -> None:
        """Forgets some objects; ids that are not followed are ignored."""
        keep = [i for i, known in enumerate(self.ids) if known not in ids]
        if not keep or self.prompted is None:
            self.reset()
        elif len(keep) < len(self.ids):
            rows = torch.tensor(keep, device=self.model.device)
            self.ids = [self.ids[i] for i in keep]
            self.logits, self.confidence = self.logits[keep], self.confidence[keep]
            self.prompted = self.prompted.rows(rows)
            self.prompt_frames = self.prompt_frames[keep]
            self.recent = [old.rows(rows) for old in self.recent]

    def state(self) -> dict[str, Any]:
        """Returns everything needed to go on, tensors on the CPU; see ``TrackerSession.state``."""
        return {
            "frame": self.frame,
            "ids": list(self.ids),
            "prompted": self.prompted and vars(self.prompted.each(torch.Tensor.cpu)),
            "prompt_frames": self.prompt_frames,
            "recent": [vars(memory.each(torch.Tensor.cpu)) for memory in self.recent],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a ``state()``."""
        self.frame, self.ids = state["frame"], list(state["ids"])
        self.prompted = state["prompted"] and self._remembered(state["prompted"])
        self.prompt_frames = state["prompt_frames"]
        self.recent = [self._remembered(memory) for memory in state["recent"]]

    def _remembered(self, state: dict[str, torch.Tensor]) -> Memory:
        return Memory(**state).each(lambda part: part.to(self.model.device))

    def _precision(self) -> torch.autocast:
        kind = self.model.device.type
        return torch.autocast(kind, torch.bfloat16, enabled=kind == "cuda")

    def _encode(self) -> None:
        """Encodes the present frame, once."""
        if not self.encoded:
            image = normalize(resize(self.shown, self.model.image_size)[None])
            with self._precision():
                self.image = encode_images(self.model, image.to(self.model.device))
            self.encoded = True

    def _attend(self) -> torch.Tensor:
        """Returns the frame's features as each object's memories see them ``(N, C, H, W)``."""
        model, count = self.model, len(self.ids)
        assert self.prompted is not None
        since = (self.frame - self.prompt_frames).to(model.device)
        # What is remembered, how many frames ago that was, and its temporal encoding: the last one
        # is that of the prompted frame, the others are by distance.
        memories = [(self.prompted, since, model.num_maskmem - 1)]
        memories += [
            (memory, torch.full_like(since, ago), ago - 1)
            for ago, memory in enumerate(self.recent, 1)
            if bool(memory.known.any())
        ]
        parts = model.hidden_dim // model.mem_dim
        tokens, places, known = [], [], []
        for memory, _, order in memories:
            if memory.features is not None:
                tokens.append(memory.features)
                places.append(self.memory_places + model.maskmem_tpos_enc[order])
                known.append(memory.known)
        for memory, ago, _ in memories:
            when = get_1d_sine_pe(ago / (model.max_obj_ptrs_in_encoder - 1), dim=model.hidden_dim)
            tokens.append(memory.pointers.view(count, parts, model.mem_dim))
            places.append(model.obj_ptr_tpos_proj(when)[:, None])
            known.append(memory.known)
        places = [place.expand_as(part) for place, part in zip(places, tokens, strict=True)]
        lengths = torch.tensor([part.shape[1] for part in tokens], device=model.device)
        allow_memories(model, torch.stack(known, 1).repeat_interleave(lengths, 1))
        attended = model.memory_attention(
            curr=[self.image.features[-1].expand(-1, count, -1)],
            curr_pos=[self.image.places[-1].expand(-1, count, -1)],
            memory=torch.cat([part.float() for part in tokens], 1).transpose(0, 1),
            memory_pos=torch.cat(places, 1).transpose(0, 1),
            num_obj_ptr_tokens=parts * len(memories),
        )
        height, width = self.image.sizes[-1]
        seen: torch.Tensor = attended.permute(1, 2, 0)
        return seen.view(count, model.hidden_dim, height, width)

    def _decode(
        self,
        pixels: torch.Tensor,
        points: dict[str, torch.Tensor] | None,
        dense: torch.Tensor | None,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], Memory]:
        """Logits, confidence and memory of some objects in the present frame."""
        heads = decode_masks(self.model, self.image, pixels, points, dense)
        features = encode_memory(self.model, self.image, heads, prompted=points is not None)
        logits, quality, visible = (
            values.float().cpu().numpy()
            for values in (heads.logits[:, 0], heads.quality.amax(1), heads.visible[:, 0])
        )
        confidence = quality * (1 / (1 + np.exp(-visible.clip(-30, 30))))
        known = torch.ones(len(logits), dtype=torch.bool, device=features.device)
        kept = features.flatten(2).transpose(1, 2).to(STORAGE)
        return logits, confidence.astype(np.float32), Memory(kept, heads.pointers, known)
