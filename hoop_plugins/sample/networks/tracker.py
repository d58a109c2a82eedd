"""The small SAM2 of the sample game: the packaged hiera tiny, shrunk by Hydra overrides."""

from __future__ import annotations

from sam2.modeling.sam2_base import SAM2Base

from hoop_plugins.compat import sam2

CONFIG = "configs/sam2.1/sam2.1_hiera_t.yaml"
INPUT_SIZE = 384
EMBED = 24
WIDTH = 64
MEMORY_WIDTH = 16
MEMORIES = 5
"""The prompted frame and the last four: seven, as in the official networks, cost a third more."""


def overrides() -> list[str]:
    """Returns the Hydra overrides: 1.9M parameters, an input of 384 px, one mask an object."""
    stride16 = INPUT_SIZE // 16
    trunk, neck = "++model.image_encoder.trunk.", "++model.image_encoder.neck."
    attention, encoder = "++model.memory_attention.", "++model.memory_encoder."
    lines = [
        f"++model.image_size={INPUT_SIZE}",
        f"++model.num_maskmem={MEMORIES}",
        "++model.multimask_output_in_sam=false",
        "++model.multimask_output_for_tracking=false",
        "++model.use_multimask_token_for_obj_ptr=false",
        f"{trunk}embed_dim={EMBED}",
        f"{trunk}stages=[1,2,3,1]",
        f"{trunk}global_att_blocks=[5]",
        f"{trunk}window_spec=[8,8,12,12]",
        f"{neck}d_model={WIDTH}",
        f"{neck}backbone_channel_list=[{EMBED * 8},{EMBED * 4},{EMBED * 2},{EMBED}]",
        f"{neck}position_encoding.num_pos_feats={WIDTH}",
        f"{attention}d_model={WIDTH}",
        f"{attention}num_layers=1",
        f"{attention}layer.d_model={WIDTH}",
        f"{attention}layer.dim_feedforward={WIDTH * 4}",
        f"{attention}layer.dropout=0.0",
        f"{attention}layer.cross_attention.kv_in_dim={MEMORY_WIDTH}",
        f"{encoder}in_dim={WIDTH}",
        f"{encoder}out_dim={MEMORY_WIDTH}",
        f"{encoder}position_encoding.num_pos_feats={MEMORY_WIDTH}",
        f"{encoder}mask_downsampler.embed_dim={WIDTH}",
        f"{encoder}fuser.layer.dim={WIDTH}",
    ]
    for kind in ("self_attention", "cross_attention"):
        lines += [
            f"{attention}layer.{kind}.embedding_dim={WIDTH}",
            f"{attention}layer.{kind}.feat_sizes=[{stride16},{stride16}]",
            f"{attention}layer.{kind}.dropout=0.0",
        ]
    return lines


def build() -> SAM2Base:
    """Builds the network with random weights."""
    return sam2.build(sam2.packaged(CONFIG), overrides())


def checkpoint_config() -> dict[str, object]:
    """Returns what a checkpoint records so that it can be loaded without a configuration file.

    The network learns from boxes that are drawn as a mask besides being given as corner points:
    from corner points alone it does not learn in any reasonable time.
    """
    return {"config": CONFIG, "overrides": overrides(), "dense_boxes": True}
