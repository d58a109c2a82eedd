"""The detector's weights: classes and learning rates of a network, rfdetr's checkpoints."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from rfdetr.config import TrainConfig
from rfdetr.detr import RFDETR
from rfdetr.training.param_groups import get_param_dict
from torch import nn

from hoop_plugins.compat.rfdetr import knows_coco, network_of, replace_classes
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.coco_images import CocoDataset
from hoop_plugins.plugins import load_model
from hoop_plugins.training.checkpoints import save


def build_network(
    checkpoint: str, data: CocoDataset, device: str, new_classes: bool = False
) -> tuple[RFDETR, bool]:
    """An rfdetr model with a head for the classes of a dataset.

    Args:
        checkpoint: A path or a stock name.
        data: What it will learn.
        device: As for :func:`hoop_plugins.models.loading.resolve_device`.
        new_classes: Whether the data's classes replace those of the checkpoint, if they differ.
            Those of COCO are always replaced.

    Returns:
        The model, its ``class_names`` those to train, and whether it knows them already.

    Raises:
        HoopError: If the data has a class that the checkpoint lacks, or boxes of one class alone
            where the checkpoint has more.
    """
    model: RFDETR = load_model("detector", checkpoint, device).network
    known = list(model.class_names)
    if list(data.names) == known:
        return model, True
    if knows_coco(model) or new_classes:
        replace_classes(model, data.names)
        return model, False
    strange = sorted(set(data.names) - set(known))
    if strange:
        raise HoopError(
            f"the data has the class {strange[0]!r}, and {checkpoint!r} knows {', '.join(known)}: "
            "rename it, or take the data's classes instead (new_classes), which starts a new head"
        )
    shown = data.shown()
    if len(shown) == 1:
        raise HoopError(
            f"the data has boxes of {shown[0]!r} alone, and {checkpoint!r} would forget its other "
            f"{len(known) - 1} classes: label those too, or give up on them (new_classes)"
        )
    return model, True


def checkpoint_of(model: RFDETR, names: Sequence[str]) -> dict[str, Any]:
    """A model in the format of ``rfdetr.from_checkpoint``, free of the paths of this machine."""
    config = model.model_config
    arguments = {
        "class_names": list(names),
        "num_classes": len(names),
        "num_queries": config.num_queries,
        "group_detr": config.group_detr,
    }
    kept = config.model_copy(update={"pretrain_weights": None, "device": "cpu"})
    return {
        "model": network_of(model).state_dict(),
        "args": arguments,
        "model_name": type(model).__name__,
        "model_config": kept.model_dump(),
    }


def export_half(checkpoint: str | Path, out: str | Path) -> None:
    """Writes a checkpoint's weights alone, in half precision. It loads like any other.

    Args:
        checkpoint: A checkpoint of this trainer.
        out: The file to write.
    """
    content = torch.load(checkpoint, map_location="cpu", weights_only=True)
    halves = {
        name: value.half() if value.is_floating_point() else value
        for name, value in content["model"].items()
    }
    kept = {name: content[name] for name in ("args", "model_name", "model_config")}
    save({"model": halves, **kept}, Path(out))


def parameter_groups(
    network: nn.Module, config: Any, peak: float, even: bool
) -> list[dict[str, Any]]:
    """rfdetr's groups: pretrained layers learn the slower the deeper they lie, or all alike."""
    settings = TrainConfig(dataset_dir=".", output_dir=".")
    rates = argparse.Namespace(
        lr=peak,
        lr_encoder=peak if even else peak * settings.lr_encoder / settings.lr,
        lr_vit_layer_decay=1.0 if even else settings.lr_vit_layer_decay,
        lr_component_decay=1.0 if even else settings.lr_component_decay,
        weight_decay=settings.weight_decay,
        out_feature_indexes=config.out_feature_indexes,
    )
    return get_param_dict(rates, network)
