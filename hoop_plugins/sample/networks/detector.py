"""RF-DETR in the size of the sample game: 1.7 million parameters, a 512 px square.

The architecture and its code are rfdetr's own; only the widths differ.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import torch
from pydantic import Field
from rfdetr.config import RFDETRNanoConfig

from hoop_plugins import CLASSES
from hoop_plugins.compat.rfdetr import CustomSize


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


class RFDETRCourt(CustomSize):
    """The detector of the sample game. Built without a checkpoint it has random weights."""

    size = "rfdetr-court"
    config = RFDETRCourtConfig
    backbone = Path(__file__).with_name("dinov2_court.json")
    width = 128
    constants: ClassVar[dict[str, Any]] = {"dim_feedforward": 256}


def write(path: str | Path, seed: int = 0) -> None:
    """Writes an untrained network of our classes, for ``hoop train detector --model PATH``."""
    from hoop_plugins.training.detector import checkpoint_of

    torch.manual_seed(seed)
    model = RFDETRCourt(device="cpu")
    torch.save(checkpoint_of(model, CLASSES), path)
