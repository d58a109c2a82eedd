"""What compat/sam2.py relies on."""

import inspect

import pytest
import torch
from relied_on import require, require_parameters
from sam2.build_sam import build_sam2_video_predictor
from sam2.modeling.sam2_base import SAM2Base

from hoop_plugins.compat.sam2 import (
    OFFICIAL_OVERRIDES,
    Heads,
    MaskedRoPEAttention,
    RoPEAttention,
    attend_memories,
    build,
    encode_images,
    packaged,
)

STEPS = {
    "_prepare_backbone_features": ("backbone_out",),
    "_prepare_memory_conditioned_features": (
        "frame_idx",
        "is_init_cond_frame",
        "current_vision_feats",
        "current_vision_pos_embeds",
        "feat_sizes",
        "output_dict",
        "num_frames",
    ),
    "_forward_sam_heads": (
        "backbone_features",
        "point_inputs",
        "mask_inputs",
        "high_res_features",
        "multimask_output",
    ),
    "_use_multimask": ("is_init_cond_frame", "point_inputs"),
    "_encode_new_memory": (
        "current_vision_feats",
        "feat_sizes",
        "pred_masks_high_res",
        "object_score_logits",
        "is_mask_from_pts",
    ),
    "_track_step": ("frame_idx", "output_dict", "prev_sam_mask_logits"),
    "_encode_memory_in_output": ("run_mem_encoder", "high_res_masks", "current_out"),
}


@pytest.mark.parametrize("name", STEPS)
def test_no_step_that_is_relied_on_has_gone(name):
    require("sam2", SAM2Base, name)
    require_parameters("sam2", getattr(SAM2Base, name), *STEPS[name])


def test_heads_are_in_the_order_of_the_library():
    returned = inspect.getsource(SAM2Base._forward_sam_heads).rpartition("return")[2]
    names = [line.strip(" ,") for line in returned.splitlines()[1:-1]]
    assert names[:5] == [
        "low_res_multimasks",
        "high_res_multimasks",
        "ious",
        "low_res_masks",
        "high_res_masks",
    ]
    assert len(names) == len(Heads._fields)


def test_the_overrides_are_those_of_the_official_predictor():
    source = inspect.getsource(build_sam2_video_predictor)
    assert [line for line in OFFICIAL_OVERRIDES if line not in source] == []


def test_attention_with_a_mask_is_the_librarys_over_the_memories_that_are_there():
    require("sam2", RoPEAttention, "_separate_heads", "_recombine_heads")
    torch.manual_seed(0)
    shape = {"embedding_dim": 16, "num_heads": 2, "rope_k_repeat": True, "feat_sizes": (4, 4)}
    ours = MaskedRoPEAttention(**shape).eval()
    theirs = RoPEAttention(**shape).eval()
    theirs.load_state_dict(ours.state_dict())
    require("sam2", theirs, "compute_cis", "freqs_cis", "rope_k_repeat")
    query, memory = torch.randn(2, 16, 16), torch.randn(2, 16 + 16 + 3, 16)
    ours.allowed = torch.ones(2, 35, dtype=torch.bool)
    ours.allowed[0, 16:32] = False
    mixed = ours(query, memory, memory, num_k_exclude_rope=3)
    fewer = torch.cat([memory[:1, :16], memory[:1, 32:]], 1)
    torch.testing.assert_close(mixed[:1], theirs(query[:1], fewer, fewer, num_k_exclude_rope=3))
    torch.testing.assert_close(
        mixed[1:], theirs(query[1:], memory[1:].clone(), memory[1:], num_k_exclude_rope=3)
    )


def test_every_memory_layer_attends_with_the_mask():
    model = build(packaged("configs/sam2.1/sam2.1_hiera_t.yaml"), ["++model.image_size=128"])
    for layer in model.memory_attention.layers:
        assert isinstance(layer.cross_attn_image, MaskedRoPEAttention)


def test_objects_attend_together_as_apart_and_as_in_the_library():
    torch.manual_seed(0)
    model = build(packaged("configs/sam2.1/sam2.1_hiera_t.yaml"), ["++model.image_size=128"])
    require("sam2", model.memory_attention, "layers", "norm", "pos_enc_at_input")
    image = encode_images(model, torch.randn(1, 3, 128, 128))
    memory, places = torch.randn(2, 3, 2 * 64 + 8, 64)
    known = torch.ones(3, 2 * 64 + 8, dtype=torch.bool)
    known[1, 64:128] = known[1, -4:] = False
    given = (model, image, memory, places, known, 8)
    with torch.inference_mode():
        alone = attend_memories(*given, together=False)
        torch.testing.assert_close(attend_memories(*given, together=True), alone)
        for layer in model.memory_attention.layers:
            layer.cross_attn_image.allowed = None
        theirs = model.memory_attention(
            curr=image.features[-1:],
            curr_pos=image.places[-1:],
            memory=memory[1:2, known[1]].transpose(0, 1),
            memory_pos=places[1:2, known[1]].transpose(0, 1),
            num_obj_ptr_tokens=4,
        )
    torch.testing.assert_close(alone[1].flatten(1).T, theirs[:, 0])
