"""Fine-tuning RF-DETR: rfdetr's network, losses and checkpoint format, in our loop."""

from __future__ import annotations

import argparse
import copy
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import cv2
import torch
from rfdetr.config import TrainConfig
from rfdetr.detr import RFDETR
from rfdetr.training.param_groups import get_param_dict
from rfdetr.utilities.tensors import nested_tensor_from_tensor_list
from torch import nn

from hoop_plugins.compat.rfdetr import criterion_of, knows_coco, network_of, replace_classes
from hoop_plugins.data.saving import save
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.coco_images import CocoDataset, read_coco
from hoop_plugins.models.loading import resolve_device
from hoop_plugins.models.rfdetr import RFDETRDetector
from hoop_plugins.plugins import load_model
from hoop_plugins.training.detector_data import Batch, Batches, Stickers, batches
from hoop_plugins.training.job import TrainingJob, TrainingProgress
from hoop_plugins.training.loop import train
from hoop_plugins.training.resources import mixed_precision
from hoop_plugins.training.scores import average_precision, mean_ap50, spread
from hoop_plugins.training.settings import DetectorSettings

BEST = "checkpoint_best_total.pth"
EMA_DECAY = 0.999


def train_detector(job: TrainingJob) -> Generator[TrainingProgress, None, None]:
    """Fine-tunes RF-DETR on a COCO dataset, and yields how it stands; closing it stops it.

    The weights (an exponential average) that did best in validation are in
    ``checkpoint_best_total.pth`` of the job's folder, in rfdetr's format.

    Args:
        job: ``weights`` is the path of a checkpoint, or a stock name ("rfdetr-small").

    Yields:
        How it stands; figures are AP at IoU 0.5, their mean first.

    Raises:
        HoopError: If the dataset cannot be read or does not match the checkpoint, the loss
            diverged, or disk space or GPU memory ran out.
        CheckpointError: If there is something wrong with the checkpoint.
    """
    return train(job, DetectorLearner)


class DetectorLearner:
    """An RF-DETR, the exponential average of its weights, and its images: what a job asks for."""

    metric = "ap50"
    warmup_steps = 300
    level = 0.0
    gradient_norm = 0.5

    def __init__(self, job: TrainingJob) -> None:
        settings: DetectorSettings = job.settings
        self._settings, self._folder = settings, job.folder
        cv2.setNumThreads(1)
        torch.manual_seed(settings.seed)
        self._train = read_coco(job.files.train)
        self._model, self.scored_before = build_network(
            job.weights, self._train, settings.device, settings.new_classes
        )
        names = tuple(self._model.class_names)
        self._train = self._train.relabeled(names)
        self._valid = read_coco(job.files.valid, names)
        self._chosen = spread(len(self._valid), settings.validation_images)
        self._replay = read_coco(Path(settings.replay), names) if settings.replay else None
        paste = settings.paste
        self._stickers = Stickers(self._train, paste, settings.seed) if paste else None
        self._device = torch.device(resolve_device(settings.device))
        self._network: Any = network_of(self._model).to(self._device)
        # The average takes the network's place in the model, so that predict() uses it.
        self._average = copy.deepcopy(self._network).eval().requires_grad_(False)
        self._model.model.model = self._average  # type: ignore[assignment]
        self._criterion: Any = criterion_of(self._model, self._device)
        rate = settings.learning_rate or 1e-4
        self.optimizer: torch.optim.Optimizer = torch.optim.AdamW(
            parameter_groups(self._network, self._model.model_config, rate, settings.even_rates),
            fused=self._device.type in ("cpu", "cuda"),
        )
        self.identity = {"classes": list(names)}

    def batches(self, start: int) -> Batches:
        """Yields endless batches from the ``start``-th on."""
        return batches(
            self._train,
            self._model.model_config.resolution,
            self._settings,
            start,
            self._stickers.paste if self._stickers else None,
            self._replay,
        )

    def loss(self, batch: Batch) -> torch.Tensor:
        """The sum of rfdetr's losses, weighted as it weights them."""
        self._network.train()
        images, boxes = batch
        mean, deviation = (
            torch.tensor(values, device=self._device).view(3, 1, 1) * 255
            for values in (self._model.means, self._model.stds)
        )
        pixels = [(image.to(self._device) - mean) / deviation for image in images]
        targets = [{k: v.to(self._device) for k, v in target.items()} for target in boxes]
        with mixed_precision(self._device):
            outputs = self._network(nested_tensor_from_tensor_list(pixels), targets)
            losses = self._criterion(outputs, targets)
        weights = self._criterion.weight_dict
        return torch.stack([losses[n] * weights[n] for n in losses if n in weights]).sum()

    @torch.no_grad()
    def after_step(self, step: int) -> None:
        """Moves the average, the less the more it has seen."""
        decay = min(EMA_DECAY, step / (step + 10))
        current = self._network.state_dict()
        for name, value in self._average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(current[name], 1 - decay)

    def validate(self) -> dict[str, float]:
        """AP50 of the average: the mean, and by class."""
        found = average_precision(RFDETRDetector(self._model), self._valid, self._chosen)
        return {"AP50": mean_ap50(found), **found}

    def save_best(self) -> None:
        """Writes the average as rfdetr's checkpoint."""
        save(checkpoint_of(self._model, self._model.class_names), self._folder / BEST)

    def state(self) -> dict[str, Any]:
        """The weights, and their average."""
        return {"network": self._network.state_dict(), "average": self._average.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Takes back both."""
        self._network.load_state_dict(state["network"])
        self._average.load_state_dict(state["average"])


def build_network(
    checkpoint: str, data: CocoDataset, device: str, new_classes: bool
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
