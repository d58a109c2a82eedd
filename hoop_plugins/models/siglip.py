"""SigLIP (Zhai et al. 2023, arXiv 2303.15343) as an embedder of jersey crops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from transformers import PreTrainedConfig, SiglipImageProcessorPil, SiglipVisionModel

from hoop_plugins.compat.transformers import load_in_float32
from hoop_plugins.data.image import Image
from hoop_plugins.errors import CheckpointError
from hoop_plugins.models.loading import refuse_partial, refusing, resolve_device


class SiglipEmbedder:
    """The vision tower of a SigLIP checkpoint and its processor; plays the embedder's role."""

    def __init__(self, model: SiglipVisionModel, processor: SiglipImageProcessorPil) -> None:
        self._model = model.eval()
        self._processor = processor

    @torch.inference_mode()
    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """Embeds crops, RGB or gray and of any sizes, as the mean of the last layer's patch tokens,
        see :class:`~hoop_plugins.models.roles.Embedder`. Rows of crops without pixels are NaN.
        """
        width = self._model.config.hidden_size
        embeddings = np.full((len(crops), width), np.nan, dtype=np.float32)
        images = [np.dstack([crop] * 3) if crop.ndim == 2 else crop for crop in crops]
        seen = [index for index, crop in enumerate(crops) if crop.size]
        if seen:
            # Without the format a crop three pixels wide is taken for one with channels first.
            batch = self._processor(
                images=[images[index] for index in seen],
                return_tensors="pt",
                input_data_format="channels_last",
            ).to(self._model.device)
            hidden = self._model(**batch).last_hidden_state
            embeddings[seen] = hidden.mean(1).float().cpu().numpy()
        return embeddings


def load(source: str, device: str = "auto") -> SiglipEmbedder:
    """Loads a SigLIP checkpoint, the vision tower alone or with its text tower: a folder as
    ``save_pretrained`` writes it, or a name on the Hugging Face hub such as
    ``google/siglip-base-patch16-224``. It computes in float32, whatever the checkpoint's precision:
    half precision on a CPU is thirty times slower.

    Raises:
        CheckpointError: If there is no such checkpoint, or it is not a SigLIP.
        DeviceError: If the machine has no such device.
    """
    place = resolve_device(device)
    remedy = (
        "give a folder that holds config.json, preprocessor_config.json and model.safetensors, or "
        "a hub name such as google/siglip-base-patch16-224"
    )
    errors = (OSError, ValueError, SafetensorError)
    with refusing(f"{source} cannot be loaded as a SigLIP", remedy, *errors):
        kind = PreTrainedConfig.get_config_dict(source)[0].get("model_type")
        if kind not in ("siglip", "siglip_vision_model"):
            found = kind or "of no known kind"
            raise CheckpointError(f"{source} is not a SigLIP checkpoint but {found}: {remedy}")
        # The processor's backends differ by up to 0.12 in a pixel: this one is pinned.
        processor = SiglipImageProcessorPil.from_pretrained(source)
        model, missing = load_in_float32(SiglipVisionModel, source)
    refuse_partial(source, missing)
    network: Any = model
    return SiglipEmbedder(network.to(place), processor)
