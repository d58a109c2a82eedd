"""sam2 (1.1.0): the steps of its video predictor one by one, and attention for unequal memories.

Relied on: ``_prepare_backbone_features``, ``_prepare_memory_conditioned_features``,
``_forward_sam_heads``, ``_use_multimask``, ``_encode_new_memory``, ``_track_step`` and
``_encode_memory_in_output`` of ``SAM2Base``; the parts of ``MemoryAttention`` and its layers that
:func:`attend_memories` goes through; ``_separate_heads``, ``_recombine_heads``,
``compute_cis``, ``freqs_cis`` and ``rope_k_repeat`` of ``RoPEAttention``, and that the cross
attention of each memory layer is built from ``memory_attention.layer.cross_attention`` of the
configuration and called ``cross_attn_image``; what ``build_sam2_video_predictor`` overrides.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import sam2
import torch
import torch.nn.functional as F
from hydra.utils import instantiate
from omegaconf import OmegaConf
from sam2.modeling.memory_attention import MemoryAttention
from sam2.modeling.position_encoding import apply_rotary_enc
from sam2.modeling.sam.transformer import RoPEAttention
from sam2.modeling.sam2_base import SAM2Base

OFFICIAL_OVERRIDES = (
    "++model.sam_mask_decoder_extra_args.dynamic_multimask_via_stability=true",
    "++model.sam_mask_decoder_extra_args.dynamic_multimask_stability_delta=0.05",
    "++model.sam_mask_decoder_extra_args.dynamic_multimask_stability_thresh=0.98",
    "++model.binarize_mask_from_pts_for_mem_enc=true",
)
"""What sam2's ``build_sam2_video_predictor`` sets by default; stray parts are dropped elsewhere."""

CACHED = 2**19
"""Pixels of masks whose memories are encoded together on a CPU: of ten people's, it takes twice as
long.
"""

QUERIES = 256
"""Queries whose weights are held together."""


class Encoded(NamedTuple):
    """A batch of B encoded images, from the finest of the network's scales to the coarsest.

    Attributes:
        features: Of each scale ``(cells, B, C)``.
        places: Of each scale ``(cells, B, C)``, positional encodings.
        sizes: Of each scale ``(height, width)`` in cells.
    """

    features: list[torch.Tensor]
    places: list[torch.Tensor]
    sizes: list[tuple[int, int]]

    def pick(self, index: torch.Tensor) -> Encoded:
        """Returns one image an object: those at ``index``, int64 ``(N,)``."""
        features = [scale[:, index] for scale in self.features]
        return Encoded(features, [scale[:, index] for scale in self.places], self.sizes)


class Heads(NamedTuple):
    """What sam2's mask decoder returns for N objects, in its order.

    Attributes:
        all_logits: ``(N, M, S / 4, S / 4)``, all of the M masks that it proposes.
        all_logits_large: ``(N, M, S, S)``.
        quality: ``(N, M)``, its estimates of the masks' IoU.
        logits: ``(N, 1, S / 4, S / 4)``, the best mask.
        logits_large: ``(N, 1, S, S)``.
        pointers: ``(N, C)``, what is remembered of the objects besides their masks.
        visible: ``(N, 1)``, logit of the object being visible.
    """

    all_logits: torch.Tensor
    all_logits_large: torch.Tensor
    quality: torch.Tensor
    logits: torch.Tensor
    logits_large: torch.Tensor
    pointers: torch.Tensor
    visible: torch.Tensor


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
        result: torch.Tensor
        slim = self.num_heads == 1 and v.shape[2] < self.internal_dim
        narrow = slim and q.device.type == "cpu" and not torch.is_grad_enabled()
        if self.allowed is None and not narrow:
            result = super().forward(q, k, v, num_k_exclude_rope=num_k_exclude_rope)
            return result
        q = self._separate_heads(self.q_proj(q), self.num_heads)
        k = self._separate_heads(self.k_proj(k), self.num_heads)
        if self.freqs_cis.shape[0] != q.shape[-2]:
            side = round(q.shape[-2] ** 0.5)
            self.freqs_cis = self.compute_cis(end_x=side, end_y=side)
        turned = k.shape[-2] - num_k_exclude_rope
        q, spatial = apply_rotary_enc(
            q, k[:, :, :turned], self.freqs_cis.to(q.device), repeat_freqs_k=self.rope_k_repeat
        )
        k = torch.cat([spatial, k[:, :, turned:]], dim=2)
        if self.allowed is None:
            # Weights sum to 1: mixed before they are projected, narrow values cost a quarter.
            mixed = self.v_proj(_mix(q[:, 0], k[:, 0], v))
        else:
            v = self._separate_heads(self.v_proj(v), self.num_heads)
            allowed = self.allowed[:, None, None]
            mixed = self._recombine_heads(F.scaled_dot_product_attention(q, k, v, allowed))
        result = self.out_proj(mixed)
        return result


def _mix(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Attention ``(N, queries, V)`` with values of another width than keys."""
    keys = k.transpose(1, 2) * k.shape[2] ** -0.5
    return torch.cat([(some @ keys).softmax(2) @ v for some in q.split(QUERIES, dim=1)], 1)


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


def encode_images(model: SAM2Base, images: torch.Tensor) -> Encoded:
    """Encodes images, float32 ``(B, 3, S, S)``."""
    _, *encoded = model._prepare_backbone_features(model.forward_image(images))
    return Encoded(*encoded)


def without_memory(model: SAM2Base, image: Encoded, count: int) -> torch.Tensor:
    """The features of one image for objects of which nothing is remembered ``(N, C, H, W)``."""
    result: torch.Tensor = model._prepare_memory_conditioned_features(
        frame_idx=0,
        is_init_cond_frame=True,
        current_vision_feats=[image.features[-1].expand(-1, count, -1)],
        current_vision_pos_embeds=[image.places[-1].expand(-1, count, -1)],
        feat_sizes=image.sizes[-1:],
        output_dict={},
        num_frames=1,
    )
    return result


def attend_memories(
    model: SAM2Base,
    image: Encoded,
    memory: torch.Tensor,
    places: torch.Tensor,
    known: torch.Tensor,
    pointers: int,
    together: bool,
) -> torch.Tensor:
    """The coarsest features of one image as the memories of N objects see them ``(N, C, H, W)``.

    Args:
        model: The network.
        image: The encoded image.
        memory: ``(N, T, M)``, tokens of what is remembered.
        places: ``(N, T, M)``, their positional encodings.
        known: bool ``(N, T)``, which of the tokens each object has.
        pointers: How many of the tokens, the last ones, are pointers.
        together: Whether the objects are one batch, what some of them lack masked out. One by one,
            they fit into a CPU's cache.
    """
    attention = model.memory_attention
    seen, where = image.features[-1].transpose(0, 1), image.places[-1].transpose(0, 1)
    if attention.pos_enc_at_input:
        seen = seen + 0.1 * where
    # What the first layer makes of the image alone is the same for all objects.
    seen = attention.layers[0]._forward_sa(seen, where)
    if together:
        for layer in attention.layers:
            layer.cross_attn_image.allowed = None if bool(known.all()) else known
        mixed = _attend(attention, seen, where, memory, places, pointers)
    else:
        mixed = seen.repeat(len(memory), 1, 1)
        for i, has in enumerate(known):
            tokens, at = memory[i : i + 1, has], places[i : i + 1, has]
            mixed[i] = _attend(attention, seen, where, tokens, at, int(has[-pointers:].sum()))[0]
    result: torch.Tensor = mixed.transpose(1, 2).unflatten(2, image.sizes[-1])
    return result


def _attend(
    attention: MemoryAttention,
    seen: torch.Tensor,
    where: torch.Tensor,
    memory: torch.Tensor,
    places: torch.Tensor,
    pointers: int,
) -> torch.Tensor:
    """What sam2's ``MemoryAttention`` does after its first self-attention."""
    seen, where = (part.expand(len(memory), -1, -1) for part in (seen, where))
    for number, layer in enumerate(attention.layers):
        if number:
            seen = layer._forward_sa(seen, where)
        seen = layer._forward_ca(seen, memory, where, places, pointers)
        seen = seen + layer.linear2(layer.activation(layer.linear1(layer.norm3(seen))))
    result: torch.Tensor = attention.norm(seen)
    return result


def decode_masks(
    model: SAM2Base,
    image: Encoded,
    pixels: torch.Tensor,
    points: dict[str, torch.Tensor] | None,
    dense: torch.Tensor | None,
) -> Heads:
    """Decodes the masks of N objects in one image.

    Args:
        model: The network.
        image: The encoded image.
        pixels: ``(N, C, H, W)``, its coarsest features as the objects' memories see them.
        points: Prompts as ``point_coords`` and ``point_labels``, or ``None``.
        dense: Prompts as logits ``(N, 1, S / 4, S / 4)``, or ``None``.
    """
    fine = [
        feature.permute(1, 2, 0).view(1, -1, *size).expand(len(pixels), -1, -1, -1)
        for feature, size in zip(image.features[:-1], image.sizes[:-1], strict=True)
    ]
    heads = model._forward_sam_heads(
        backbone_features=pixels,
        point_inputs=points,
        mask_inputs=dense,
        high_res_features=fine,
        multimask_output=model._use_multimask(points is not None, points),
    )
    return Heads(*heads)


def encode_memory(
    model: SAM2Base, image: Encoded, shapes: torch.Tensor, visible: torch.Tensor, prompted: bool
) -> torch.Tensor:
    """Encodes the masks of N objects in one image as what is remembered ``(N, C, H, W)``.

    Args:
        model: The network.
        image: The encoded image.
        shapes: The masks' logits ``(N, 1, S, S)``.
        visible: ``(N, 1)``, logit of the object being visible.
        prompted: Whether the objects were prompted in this image.
    """
    # On a CPU, the large masks must stay in its cache.
    together = model.device.type != "cpu" or model.non_overlap_masks_for_mem_enc
    count = len(shapes) if together else max(CACHED // model.image_size**2, 1)
    features = [
        model._encode_new_memory(
            current_vision_feats=[image.features[-1].expand(-1, len(some), -1)],
            feat_sizes=image.sizes,
            pred_masks_high_res=some,
            object_score_logits=there,
            is_mask_from_pts=prompted,
        )[0]
        for some, there in zip(shapes.split(count), visible.split(count), strict=True)
    ]
    return torch.cat(features)


def follow_into(
    model: SAM2Base,
    images: Encoded,
    frame: int,
    frames: int,
    points: dict[str, torch.Tensor] | None,
    dense: torch.Tensor | None,
    memory: dict[str, dict[int, Any]],
) -> Heads:
    """Follows N objects into their next frame as sam2 trains it, with gradients.

    Args:
        model: The network.
        images: The objects' frames, one each.
        frame: Which of the sequence it is, from 0. Objects are prompted in the first one.
        frames: Length of the sequence.
        points: As in :func:`decode_masks`.
        dense: As in :func:`decode_masks`.
        memory: What is remembered, at first empty; extended unless the frame is the last one.
    """
    for kind in ("cond_frame_outputs", "non_cond_frame_outputs"):
        memory.setdefault(kind, {})
    current, outputs, _, _ = model._track_step(
        frame, frame == 0, *images, points, None, memory, frames, False, dense
    )
    heads = Heads(*outputs)
    current["obj_ptr"] = heads.pointers
    if frame + 1 < frames:
        model._encode_memory_in_output(
            images.features, images.sizes, points, True, heads.logits_large, heads.visible, current
        )
        memory["non_cond_frame_outputs" if frame else "cond_frame_outputs"][frame] = current
    return heads
