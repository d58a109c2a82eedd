"""Promptable, streaming SAM2: one frame at a time, all objects in one batch, bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
from hoop_plugins.models.sam2_network import box_logits, box_points, normalize, resize

STORAGE = torch.bfloat16
"""How memories are kept, as in the official predictor."""


@dataclass(frozen=True)
class Masks:
    """What the network says of N objects in one frame.

    Attributes:
        ids: The objects.
        logits: float32 ``(N, S / 4, S / 4)``: above 0 is the object.
        quality: float32 ``(N,)`` in [0, 1], the network's estimate of each mask's IoU.
        visible: float32 ``(N,)``, logit of the object being visible at all.
    """

    ids: list[int]
    logits: NDArray[np.float32]
    quality: NDArray[np.float32]
    visible: NDArray[np.float32]

    @property
    def confidence(self) -> NDArray[np.float32]:
        """How sure the network is, float32 ``(N,)``: quality times the chance of being visible."""
        chance = 1 / (1 + np.exp(-self.visible.clip(-30, 30)))
        return np.asarray(self.quality * chance, np.float32)

    def without(self, ids: list[int]) -> Masks:
        """Returns the masks of the other objects."""
        keep = [i for i, known in enumerate(self.ids) if known not in ids]
        kept = [self.ids[i] for i in keep]
        return Masks(kept, self.logits[keep], self.quality[keep], self.visible[keep])

    def joined(self, other: Masks) -> Masks:
        """Returns both objects' masks, these first."""
        return Masks(
            [*self.ids, *other.ids],
            np.concatenate([self.logits, other.logits]),
            np.concatenate([self.quality, other.quality]),
            np.concatenate([self.visible, other.visible]),
        )


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

    def rows(self, index: torch.Tensor) -> Memory:
        """Returns the memory of the objects at ``index``; -1 stands for a new object."""
        old = index.clamp(min=0)
        known = self.known[old] & (index >= 0)
        features = None if self.features is None else self.features[old]
        return Memory(features, self.pointers[old], known)

    def joined(self, other: Memory) -> Memory:
        """Returns both memories' objects, these first."""
        features = None
        if self.features is not None and other.features is not None:
            features = torch.cat([self.features, other.features])
        return Memory(
            features,
            torch.cat([self.pointers, other.pointers]),
            torch.cat([self.known, other.known]),
        )

    def to(self, device: torch.device | str) -> Memory:
        """Returns the memory on a device."""
        features = None if self.features is None else self.features.to(device)
        return Memory(features, self.pointers.to(device), self.known.to(device))


class SAM2Stream:
    """Follows prompted objects through a video of any length.

    Each object has the memory of the frame it was last prompted on, of the few frames before the
    present one, and lighter pointers to up to 15 of them: exactly what the official predictor
    attends to. Objects that joined at different times run as one batch, the memories that some of
    them lack masked out.

    Args:
        model: A network of :func:`hoop_plugins.compat.sam2.build`.
        dense_boxes: Whether boxes are drawn as masks besides being given as corner points.
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
        self.prompted: Memory | None = None
        self.prompt_frames = torch.zeros(0, dtype=torch.int64)
        self.recent: list[Memory] = []

    @torch.inference_mode()
    def step(self, frame: Image) -> Masks:
        """Encodes the next frame and follows every object into it.

        Args:
            frame: RGB uint8 ``(H, W, 3)``.
        """
        self.frame += 1
        size = self.model.image_size
        self.scale = np.array([size / frame.shape[1], size / frame.shape[0]] * 2, np.float32)
        image = normalize(resize(frame, size)[None]).to(self.model.device)
        with self._precision():
            self.image = encode_images(self.model, image)
        if not self.ids:
            return Masks([], *(np.zeros(s, np.float32) for s in ((0, size // 4, size // 4), 0, 0)))
        with self._precision():
            masks, memory = self._decode(self.ids, self._attend(), None, None)
        self.recent.insert(0, memory)
        del self.recent[self.model.max_obj_ptrs_in_encoder - 1 :]
        for old in self.recent[self.model.num_maskmem - 1 :]:
            old.features = None
        return masks

    @torch.inference_mode()
    def prompt(self, ids: list[int], boxes: NDArray[np.float32]) -> Masks:
        """Starts objects, or starts them anew, from boxes in the present frame.

        Args:
            ids: The objects; what was remembered of those already followed is dropped.
            boxes: float32 ``(N, 4)``, xyxy pixels of the frame.
        """
        self.remove(ids)
        device = self.model.device
        corners = torch.from_numpy(boxes.astype(np.float32) * self.scale).to(device)
        dense = box_logits(corners, self.model.image_size) if self.dense_boxes else None
        with self._precision():
            pixels = without_memory(self.model, self.image, len(ids))
            masks, memory = self._decode(ids, pixels, box_points(corners), dense)
        nothing = torch.full((len(ids),), -1, device=device)
        rows = torch.cat([torch.arange(len(self.ids), device=device), nothing])
        if self.ids:
            self.recent = [old.rows(rows) for old in self.recent]
        else:
            self.recent = []
        self.prompted = memory if self.prompted is None else self.prompted.joined(memory)
        self.prompt_frames = torch.cat([self.prompt_frames, torch.full((len(ids),), self.frame)])
        self.ids = [*self.ids, *ids]
        return masks

    def remove(self, ids: list[int]) -> None:
        """Forgets some objects; ids that are not followed are ignored."""
        keep = [i for i, known in enumerate(self.ids) if known not in ids]
        if len(keep) == len(self.ids):
            return
        if not keep or self.prompted is None:
            self.reset()
            return
        rows = torch.tensor(keep, device=self.model.device)
        self.ids = [self.ids[i] for i in keep]
        self.prompted = self.prompted.rows(rows)
        self.prompt_frames = self.prompt_frames[keep]
        self.recent = [old.rows(rows) for old in self.recent]

    def state(self) -> dict[str, Any]:
        """Returns everything needed to go on, tensors on the CPU; see ``TrackerSession.state``."""
        return {
            "frame": self.frame,
            "ids": list(self.ids),
            "prompted": self.prompted and dict(vars(self.prompted.to("cpu"))),
            "prompt_frames": self.prompt_frames,
            "recent": [dict(vars(memory.to("cpu"))) for memory in self.recent],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a ``state()``."""
        device = self.model.device
        self.frame, self.ids = state["frame"], list(state["ids"])
        self.prompted = state["prompted"] and Memory(**state["prompted"]).to(device)
        self.prompt_frames = state["prompt_frames"]
        self.recent = [Memory(**memory).to(device) for memory in state["recent"]]

    def _precision(self) -> torch.autocast:
        kind = self.model.device.type
        return torch.autocast(kind, torch.bfloat16, enabled=kind == "cuda")

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
        tokens, places, known = [], [], []
        for memory, _, order in memories:
            if memory.features is not None:
                tokens.append(memory.features.float())
                place = self.memory_places + model.maskmem_tpos_enc[order]
                places.append(place.expand_as(tokens[-1]))
                known.append(memory.known[:, None].expand(-1, place.shape[1]))
        parts = model.hidden_dim // model.mem_dim
        for memory, ago, _ in memories:
            when = get_1d_sine_pe(ago / (model.max_obj_ptrs_in_encoder - 1), dim=model.hidden_dim)
            place = model.obj_ptr_tpos_proj(when)[:, None].expand(-1, parts, -1)
            tokens.append(memory.pointers.float().view(count, parts, model.mem_dim))
            places.append(place)
            known.append(memory.known[:, None].expand(-1, parts))

        allow_memories(model, torch.cat(known, 1))
        attended = model.memory_attention(
            curr=[self.image.features[-1].expand(-1, count, -1)],
            curr_pos=[self.image.places[-1].expand(-1, count, -1)],
            memory=torch.cat(tokens, 1).transpose(0, 1),
            memory_pos=torch.cat(places, 1).transpose(0, 1),
            num_obj_ptr_tokens=parts * len(memories),
        )
        height, width = self.image.sizes[-1]
        result: torch.Tensor = attended.permute(1, 2, 0).view(
            count, model.hidden_dim, height, width
        )
        return result

    def _decode(
        self,
        ids: list[int],
        pixels: torch.Tensor,
        points: dict[str, torch.Tensor] | None,
        dense: torch.Tensor | None,
    ) -> tuple[Masks, Memory]:
        """Decodes the masks of some objects in the present frame and encodes them as memory."""
        heads = decode_masks(self.model, self.image, pixels, points, dense)
        features = encode_memory(self.model, self.image, heads, prompted=points is not None)
        masks = Masks(
            list(ids),
            heads.logits[:, 0].float().cpu().numpy(),
            heads.quality.amax(1).float().cpu().numpy(),
            heads.visible[:, 0].float().cpu().numpy(),
        )
        known = torch.ones(len(ids), dtype=torch.bool, device=features.device)
        kept = features.flatten(2).transpose(1, 2).to(STORAGE)
        return masks, Memory(kept, heads.pointers, known)
