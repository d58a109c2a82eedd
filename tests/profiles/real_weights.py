"""Checkpoints of the formats that real weights have, of untrained networks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import rfdetr
import torch
from rfdetr.config import TrainConfig
from rfdetr.detr import RFDETR, _namespace_from_configs

from hoop_plugins.compat.rfdetr import network_of

E_BARD = ("basketball", "hoop", "player", "referee")

PROJECT = (
    *("ball", "ball-in-basket", "number", "player", "player-in-possession", "player-jump-shot"),
    *("player-layup-dunk", "player-shot-block", "referee", "rim"),
)
"""The classes of basketball-player-detection-3-ycjdo."""

FRAME = np.zeros((90, 160, 3), np.uint8)


def nano(outputs: int, **config: int) -> RFDETR:
    """An RF-DETR Nano that finds the same in every picture."""
    model = rfdetr.RFDETRNano(
        pretrain_weights=None, num_classes=outputs - 1, device="cpu", **config
    )
    head = network_of(model).class_embed
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.constant_(head.bias, -9.0)
    return model


def write_before_1_7(model: RFDETR, path: Path, **arguments: object) -> Path:
    """As ``engine.py`` of those versions wrote them: weights, and a ``Namespace``."""
    args = argparse.Namespace(pretrain_weights="rf-detr-nano.pth", lr=1e-4, **arguments)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"model": network_of(model).state_dict(), "args": args}, path)
    return path


def write_now(model: RFDETR, names: Sequence[str], path: Path) -> Path:
    """As the callback of a training writes ``checkpoint_best_total.pth``."""
    settings = TrainConfig(dataset_dir="data", output_dir="out", class_names=list(names))
    content = {
        "model": network_of(model).state_dict(),
        "args": settings.model_dump(),
        "model_name": type(model).__name__,
        "model_config": model.model_config.model_dump(),
        "rfdetr_version": version("rfdetr"),
        "best_total_source": "ema",
    }
    torch.save(content, path)
    return path


def write_bundle(model: RFDETR, names: Sequence[str], folder: Path) -> Path:
    """As rfdetr writes ``weights.pt``, with which models come to and from Roboflow."""
    started = model.model_config.model_copy(update={"pretrain_weights": "rf-detr-nano.pth"})
    settings = TrainConfig(dataset_dir="data", output_dir="out")
    model.model.args = _namespace_from_configs(started, settings)
    model.model.class_names = list(names)
    model.export_for_roboflow(str(folder))
    return folder / "weights.pt"
