"""RF-DETR in the size of the sample game: 1.7 million parameters, a 512 px square.

The architecture and its code are rfdetr's own; only the widths differ. ``register()`` tells rfdetr
about the size, so that ``rfdetr.from_checkpoint`` finds the class by the name in a checkpoint.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import rfdetr.detr
import rfdetr.variants
import torch
from pydantic import Field
from rfdetr.config import ModelConfig, RFDETRNanoConfig
from rfdetr.detr import RFDETR, ModelContext
from rfdetr.models import PostProcess
from rfdetr.models._defaults import MODEL_DEFAULTS
from rfdetr.models.backbone import dinov2
from rfdetr.models.lwdetr import build_model_from_config
from rfdetr.models.weights import load_pretrain_weights

from hoop_plugins import CLASSES

WIDTH = 128
"""Channels of the backbone, as in ``dinov2_court.json``."""

DEFAULTS = replace(MODEL_DEFAULTS, dim_feedforward=256)
"""rfdetr's architectural constants, but for the decoder's feed-forward width (2048 there)."""


class RFDETRCourtConfig(RFDETRNanoConfig):
    """Widths and depths. Queries: ten players, three referees, their numbers, ball, rim, twice."""

    encoder: Literal["dinov2_windowed_court"] = "dinov2_windowed_court"  # type: ignore[assignment]
    out_feature_indexes: list[int] = Field(default=[3, 6])
    hidden_dim: int = 96
    dec_layers: int = 3
    sa_nheads: int = 4
    ca_nheads: int = 4
    num_windows: int = 4
    resolution: int = 512
    positional_encoding_size: int = 32
    num_queries: int = 80
    num_select: int = 80
    group_detr: int = 3
    num_classes: int = len(CLASSES)
    pretrain_weights: str | None = None


class RFDETRCourt(RFDETR):
    """The detector of the sample game. Built without a checkpoint it has random weights."""

    size = "rfdetr-court"
    _model_config_class = RFDETRCourtConfig

    def __init__(self, **settings: Any) -> None:
        """Builds the network; see rfdetr's ``RFDETR``."""
        register()
        super().__init__(**settings)

    def get_model(self, config: ModelConfig, *, trust_checkpoint: bool = False) -> ModelContext:
        """Builds the network with this size's own ``DEFAULTS``, which rfdetr has no setting for."""
        network = build_model_from_config(config, defaults=DEFAULTS)
        names: list[str] = []
        if config.pretrain_weights is not None:
            names = load_pretrain_weights(network, config, trust=trust_checkpoint)
        return ModelContext(
            model=network,
            postprocess=PostProcess(num_select=config.num_select),
            device=torch.device(config.device),
            resolution=config.resolution,
            args=argparse.Namespace(**config.model_dump()),
            class_names=names or None,
        )


def register() -> None:
    """Makes the size known to rfdetr. Calling it again changes nothing."""
    dinov2.size_to_width["court"] = WIDTH
    # rfdetr joins this to its own folder, which leaves an absolute path as it is.
    dinov2.size_to_config["court"] = str(Path(__file__).with_name("dinov2_court.json").resolve())
    rfdetr.variants.RFDETRCourt = RFDETRCourt  # type: ignore[attr-defined]
    known: Any = rfdetr.detr._CHECKPOINT_MODEL_NAME_CLASS_SYMBOLS
    if RFDETRCourt.__name__ not in known:
        rfdetr.detr._CHECKPOINT_MODEL_NAME_CLASS_SYMBOLS = (*known, RFDETRCourt.__name__)


def write(path: str | Path, seed: int = 0) -> None:
    """Writes an untrained network of our classes, for ``hoop train detector --model PATH``."""
    from hoop_plugins.training.detector_weights import checkpoint_of

    torch.manual_seed(seed)
    model = RFDETRCourt(device="cpu")
    torch.save(checkpoint_of(model, CLASSES), path)
