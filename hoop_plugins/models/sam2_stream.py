"""Promptable, streaming SAM2: one frame at a time, all objects in one batch, bounded memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sam2.modeling.sam2_base import SAM2Base
from sam2.modeling.sam2_utils import get_1d_sine_pe

from hoop_plugins.compat.sam2 import (
    Heads,
    attend_memories,
    decode_masks,
    encode_images,
    encode_memory,
    without_memory,
)
from hoop_plugins.data.image import Image
from hoop_plugins.models.sam2_inputs import (
    box_logits,
    box_points,
    normalize,
    resize,
    shape_logits,
)
from hoop_plugins.models.sam2_memory import Memory, Sight

STORAGE = torch.bfloat16
"""How memories are kept, as in the official predictor."""


class SAM2Stream:
    """Follows prompted objects through a video of any length.

    Each object has the memory of the frame it was last prompted on, of the few frames before the
    present one, and lighter pointers to up to 15 of them: exactly what the official predictor
    attends to. Objects may join at different times. Of each object that is still followed when the
    frame is left, a memory is encoded once: then it is known who was prompted anew.

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
        # Those who were prompted in the present frame come after those who were followed into it.
        self.followed = 0
        self.sight: Sight | None = None

    @torch.inference_mode()
    def step(self, frame: Image) -> None:
        """Follows every object into the next frame, RGB uint8 ``(H, W, 3)``.

        A frame into which nobody is followed, and in which nobody is prompted, is not encoded.
        """
        self._remember()
        self.frame += 1
        size = self.model.image_size
        self.scale = np.array([size / frame.shape[1], size / frame.shape[0]] * 2, np.float32)
        self.shown, self.encoded = frame, False
        if not self.ids:
            return
        self._encode()
        with self._precision():
            heads = decode_masks(self.model, self.image, self._attend(), None, None)
        self.logits, self.confidence = _masks(heads)
        self.followed, self.sight = len(self.ids), Sight.of(heads)

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
            heads = decode_masks(self.model, self.image, pixels, box_points(corners), dense)
        logits, confidence = _masks(heads)
        seen = Sight.of(heads)
        self.sight = seen if self.sight is None else self.sight.joined(seen)
        self.prompt_frames = torch.cat([self.prompt_frames, torch.full((len(ids),), self.frame)])
        self.ids = [*self.ids, *ids]
        self.logits = np.concatenate([self.logits, logits])
        self.confidence = np.concatenate([self.confidence, confidence])

    def remove(self, ids: list[int]) -> None:
        """Forgets some objects; ids that are not followed are ignored."""
        keep = [i for i, known in enumerate(self.ids) if known not in ids]
        if not keep:
            self.reset()
        elif len(keep) < len(self.ids):
            rows = torch.tensor(keep, device=self.model.device)
            begin = self._first_seen()
            self.sight = self.sight and self.sight.rows(rows[rows >= begin] - begin)
            self.ids = [self.ids[i] for i in keep]
            self.logits, self.confidence = self.logits[keep], self.confidence[keep]
            self.prompt_frames = self.prompt_frames[keep]
            followed = rows[rows < self.followed]
            self.followed = len(followed)
            self.prompted = self.prompted and self.prompted.rows(followed)
            self.recent = [old.rows(followed) for old in self.recent]

    def state(self) -> dict[str, Any]:
        """Returns everything needed to go on, tensors on the CPU; see ``TrackerSession.state``."""
        self._remember()
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
        self.followed, self.sight = len(self.ids), None

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
        return attend_memories(
            model,
            self.image,
            memory=torch.cat([part.float() for part in tokens], 1),
            places=torch.cat(places, 1),
            known=torch.stack(known, 1).repeat_interleave(lengths, 1),
            pointers=parts * len(memories),
            together=model.device.type != "cpu",
        )

    @torch.inference_mode()
    def _remember(self) -> None:
        """Encodes what is seen in the present frame, once."""
        if self.sight is None:
            return
        count, followed, begin = len(self.ids), self.followed, self._first_seen()
        if followed > begin:
            self.recent.insert(0, self._memory(slice(followed - begin), prompted=False))
            del self.recent[self.model.max_obj_ptrs_in_encoder - 1 :]
            for old in self.recent[self.model.num_maskmem - 1 :]:
                old.features = None
        if followed < count:
            rows = torch.arange(count, device=self.model.device)
            rows[followed:] = -1
            self.recent = [old.rows(rows) for old in self.recent] if followed else []
            begun = self._memory(slice(followed - begin, None), prompted=True)
            known = self.prompted if followed else None
            self.prompted = begun if known is None else known.joined(begun)
        self.followed, self.sight = count, None

    def _first_seen(self) -> int:
        """Where in ``ids`` those begin of whom ``sight`` is: before them are those remembered."""
        return len(self.ids) - (len(self.sight.pointers) if self.sight else 0)

    def _memory(self, rows: slice, prompted: bool) -> Memory:
        """What is remembered of some objects in the present frame."""
        assert self.sight is not None
        seen = self.sight.rows(rows)
        with self._precision():
            features = encode_memory(self.model, self.image, seen.shapes, seen.visible, prompted)
        known = torch.ones(len(features), dtype=torch.bool, device=features.device)
        return Memory(features.flatten(2).transpose(1, 2).to(STORAGE), seen.pointers, known)


def _masks(heads: Heads) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Logits and confidence, as :class:`SAM2Stream` has them."""
    logits, quality, visible = (
        values.float().cpu().numpy()
        for values in (heads.logits[:, 0], heads.quality.amax(1), heads.visible[:, 0])
    )
    confidence = quality * (1 / (1 + np.exp(-visible.clip(-30, 30))))
    return logits, confidence.astype(np.float32)
