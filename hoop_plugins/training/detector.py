"""Fine-tuning RF-DETR: rfdetr's network, losses and checkpoint format, in our loop."""

from __future__ import annotations

import copy
from collections.abc import Generator
from pathlib import Path
from typing import Any

import cv2
import torch
from rfdetr.utilities.tensors import nested_tensor_from_tensor_list

from hoop_plugins.compat.rfdetr import criterion_of, network_of
from hoop_plugins.formats.coco_images import read_coco
from hoop_plugins.models.loading import resolve_device
from hoop_plugins.models.rfdetr import RFDETRDetector
from hoop_plugins.training.checkpoints import gpu_memory, save
from hoop_plugins.training.detector_data import Batch, Batches, batches
from hoop_plugins.training.detector_scores import average_precision, mean_ap50, spread
from hoop_plugins.training.detector_weights import (
    build_network,
    checkpoint_of,
    parameter_groups,
)
from hoop_plugins.training.job import TrainingJob, TrainingProgress
from hoop_plugins.training.loop import Training
from hoop_plugins.training.pasting import Stickers
from hoop_plugins.training.precision import mixed_precision
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
    settings: DetectorSettings = job.settings
    if settings.threads:
        torch.set_num_threads(settings.threads)
    cv2.setNumThreads(1)
    torch.manual_seed(settings.seed)
    with gpu_memory(settings.batch_size):
        learner = DetectorLearner(job, settings)
    yield from Training(learner, settings, job.folder).run()


class DetectorLearner:
    """An RF-DETR, the exponential average of its weights, and its images.

    Args:
        job: What to learn.
        settings: The job's.
    """

    metric = "ap50"
    warmup_steps = 300
    level = 0.0
    gradient_norm = 0.5

    def __init__(self, job: TrainingJob, settings: DetectorSettings) -> None:
        self._settings, self._folder = settings, job.folder
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
        self.identity = {
            "seed": settings.seed,
            "batch_size": settings.batch_size,
            "accumulate": settings.accumulate,
            "classes": list(names),
        }

    def batches(self, start: int) -> Batches:
        """Yields endless batches from the ``start``-th on."""
        return batches(
            self._train,
            self._model.model_config.resolution,
            self._settings.batch_size,
            self._settings.seed,
            start,
            self._settings.threads or torch.get_num_threads(),
            self._stickers.paste if self._stickers else None,
            self._replay,
            self._settings.replay_share,
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
