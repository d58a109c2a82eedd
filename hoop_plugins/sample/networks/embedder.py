"""The small SigLIP that tells the sample game's teams apart."""

from __future__ import annotations

from transformers import SiglipImageProcessorPil, SiglipVisionConfig, SiglipVisionModel

SIDE = 64


def build() -> tuple[SiglipVisionModel, SiglipImageProcessorPil]:
    """Makes the network with random weights, and its processor.

    Returns:
        A vision tower of 225 thousand parameters for crops of 64 px in patches of 8 px, and the
        processor that resizes and scales crops for it.
    """
    config = SiglipVisionConfig(
        hidden_size=64,
        intermediate_size=192,
        num_hidden_layers=4,
        num_attention_heads=4,
        image_size=SIDE,
        patch_size=8,
    )
    size = {"height": SIDE, "width": SIDE}
    return SiglipVisionModel(config), SiglipImageProcessorPil(size=size)
