"""rfdetr (1.11): sizes of our own, a network's classes, and the pieces of its trainer.

Relied on: ``from_checkpoint`` finds a class by its name among ``rfdetr.variants`` and
``rfdetr.detr._CHECKPOINT_MODEL_NAME_CLASS_SYMBOLS``; ``_model_config_class`` and ``get_model`` of a
size; the tables ``size_to_width`` and ``size_to_config`` of its DINOv2; ``ModelContext``, with
``model``, ``args``, ``class_names`` and ``reinitialize_detection_head``, of which a model keeps one
as ``model``; ``build_model_from_config`` and ``build_criterion_from_config`` take ``defaults``;
``_safe_torch_load``.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import rfdetr.detr
import rfdetr.variants
import torch
from rfdetr.assets.coco_classes import COCO_CLASS_NAMES
from rfdetr.config import ModelConfig, TrainConfig
from rfdetr.detr import RFDETR, ModelContext
from rfdetr.models import MODEL_DEFAULTS, PostProcess
from rfdetr.models.backbone import dinov2
from rfdetr.models.lwdetr import build_criterion_from_config, build_model_from_config
from rfdetr.models.weights import load_pretrain_weights
from rfdetr.utilities.io import _safe_torch_load
from torch import nn

PREFIX = "dinov2_windowed_"
"""What rfdetr puts before the name of a backbone in the field ``encoder`` of a configuration."""


class CustomSize(RFDETR):
    """A size of RF-DETR besides rfdetr's own. To define a subclass is to make rfdetr know it.

    Attributes:
        config: Its configuration, of which the default ``encoder`` is ``PREFIX`` and a name.
        backbone: The configuration of its DINOv2, a JSON file.
        width: Channels of its DINOv2.
        constants: What differs from rfdetr's architectural constants (``ModelDefaults``).
    """

    config: ClassVar[type[ModelConfig]]
    backbone: ClassVar[Path]
    width: ClassVar[int]
    constants: ClassVar[Mapping[str, Any]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._model_config_class = cls.config
        name = cls.config.model_fields["encoder"].default.removeprefix(PREFIX)
        dinov2.size_to_width[name] = cls.width
        # rfdetr joins this to its own folder, which leaves an absolute path as it is.
        dinov2.size_to_config[name] = str(cls.backbone.resolve())
        setattr(rfdetr.variants, cls.__name__, cls)
        known: Any = rfdetr.detr._CHECKPOINT_MODEL_NAME_CLASS_SYMBOLS
        if cls.__name__ not in known:
            rfdetr.detr._CHECKPOINT_MODEL_NAME_CLASS_SYMBOLS = (*known, cls.__name__)

    def get_model(self, config: ModelConfig, *, trust_checkpoint: bool = False) -> ModelContext:
        """Builds the network with this size's ``constants``, which rfdetr has no setting for."""
        network = build_model_from_config(
            config, defaults=replace(MODEL_DEFAULTS, **self.constants)
        )
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


def network_of(model: RFDETR) -> nn.Module:
    """The torch module, which only rfdetr's in-place compilation takes away."""
    assert model.model.model is not None
    return model.model.model


def knows_coco(model: RFDETR) -> bool:
    """Whether a model's classes are those of COCO."""
    return model.class_names == list(COCO_CLASS_NAMES)


def has_class_names(model: RFDETR) -> bool:
    """Whether a model's checkpoint named its classes; those of COCO may be left out."""
    return model.model.class_names is not None


def lacking(model: RFDETR, path: Path) -> list[str]:
    """The weights of a model that a checkpoint lacks, from which it was loaded as a given size."""
    given = _safe_torch_load(path)["model"]
    # The last one is no weight, and newer than some checkpoints.
    wanted = (name for name in network_of(model).state_dict() if name != "_kp_active_mask")
    return [name for name in wanted if name not in given]


def counts_as_its_dataset(path: Path) -> bool:
    """Whether a checkpoint was written before rfdetr counted classes from 0, whatever their ids in
    the dataset are: 1.6 does, and 1.7 was the first to say that it wrote a checkpoint.
    """
    content = _safe_torch_load(path)
    told = {"model_name", "model_config", "rfdetr_version", "best_total_source"} & content.keys()
    # Roboflow's weights.pt has nothing but its arguments, to which 1.7 added this one.
    return not told and not hasattr(content["args"], "use_grouppose_keypoints")


def replace_classes(model: RFDETR, names: Sequence[str]) -> None:
    """Gives a model a new, untrained head for these classes."""
    model.model.reinitialize_detection_head(len(names) + 1)
    model.model.args.num_classes = model.model_config.num_classes = len(names)
    model.model.class_names = list(names)


def criterion_of(model: RFDETR, device: torch.device) -> nn.Module:
    """The loss that rfdetr trains a model with: see its ``SetCriterion``."""
    config = model.model_config.model_copy(update={"device": str(device)})
    settings = TrainConfig(dataset_dir=".", output_dir=".")
    return build_criterion_from_config(config, settings, MODEL_DEFAULTS)[0]
