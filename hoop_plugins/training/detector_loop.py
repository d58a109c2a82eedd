"""The loop that trains a detector, and what it needs to go on from disk."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rfdetr.config import TrainConfig
from rfdetr.detr import RFDETR
from rfdetr.utilities.tensors import nested_tensor_from_tensor_list
from torch import nn

from hoop_plugins.compat.rfdetr import criterion_of, network_of
from hoop_plugins.errors import CheckpointError, HoopError
from hoop_plugins.formats.coco_images import CocoDataset
from hoop_plugins.models.device import resolve_device
from hoop_plugins.models.rfdetr import RFDETRDetector
from hoop_plugins.training.checkpoints import require_space, save
from hoop_plugins.training.detector_data import Batches
from hoop_plugins.training.detector_scores import average_precision, mean_ap50, spread
from hoop_plugins.training.detector_weights import checkpoint_of, parameter_groups
from hoop_plugins.training.precision import mixed_precision

LAST, BEST = "checkpoint_last.pth", "checkpoint_best_total.pth"
SAVE_SECONDS = 60.0
REPORT_STEPS, REPORT_SECONDS = 50, 10.0
"""Progress is told after so many steps, or so much time where steps are slow."""
WARMUP_STEPS, WARMUP_FRACTION = 300, 0.05
"""The rate rises over so many steps or so much of the budget, whichever ends first."""
FINAL_RATE = 0.02
"""Share of the learning rate that the cosine ends with."""
EMA_DECAY = 0.999
GRADIENT_NORM = 0.5


@dataclass(frozen=True)
class Progress:
    """Where a training stands.

    Attributes:
        step: Steps done, over all sessions.
        fraction: Share of the budget used, in [0, 1].
        loss: Mean loss since the last report.
        rate: Steps a second since the last report; 0 in a session's first.
        best: The best mean AP50 so far, in [0, 1]; negative before the first validation.
        before: The mean AP50 of what is fine-tuned; negative where nothing is.
        ap50: AP at IoU 0.5 of each class, where this report follows a validation.
    """

    step: int
    fraction: float
    loss: float
    rate: float
    best: float = -1.0
    before: float = -1.0
    ap50: dict[str, float] | None = None

    @property
    def scores(self) -> dict[str, float]:
        """What the registry keeps: the best mean AP50, and that from before."""
        before = {"ap50_before": self.before} if self.before >= 0 else {}
        return {"ap50": self.best, **before}

    def __str__(self) -> str:
        line = f"step {self.step} ({self.fraction:.1%})"
        if self.rate:
            line += f" loss {self.loss:.3f} {self.rate:.2f} steps/s"
        if self.ap50 is not None:
            line += f" AP50 mean {mean_ap50(self.ap50):.3f}, best {self.best:.3f}: "
            line += " ".join(f"{name} {ap:.3f}" for name, ap in self.ap50.items())
        return line


class DetectorTraining:
    """Everything that changes while training, and that a resumed session needs back.

    Args:
        model: What learns, with its classes.
        folder: Of the checkpoints.
        device: As for :func:`hoop_plugins.models.device.resolve_device`.
        rate: The peak of the learning rate.
        even_rates: Whether all layers learn at one rate.
        settings: What must be the same when a run goes on.
        state: Where an earlier session stood, as :meth:`save_last` wrote it.

    Raises:
        CheckpointError: If the state is of another training.
        HoopError: If the disk has no room for the checkpoints.
    """

    def __init__(
        self,
        model: RFDETR,
        folder: Path,
        device: str,
        rate: float,
        even_rates: bool,
        settings: dict[str, Any],
        state: dict[str, Any] | None,
    ) -> None:
        self.model, self.folder, self.settings = model, folder, settings
        config = model.model_config
        self.device = torch.device(resolve_device(device))
        self.network: Any = network_of(model).to(self.device)
        # The average takes the network's place in the model, so that predict() uses it.
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.model.model.model = self.average  # type: ignore[assignment]
        defaults = TrainConfig(dataset_dir=".", output_dir=".")
        self.criterion: Any = criterion_of(model, self.device)
        self.optimizer = torch.optim.AdamW(
            parameter_groups(self.network, config, rate, even_rates),
            weight_decay=defaults.weight_decay,
        )
        for group in self.optimizer.param_groups:
            group["peak"] = group["lr"]
        shape = (3, 1, 1)
        self.mean = torch.tensor(model.means, device=self.device).view(shape) * 255
        self.deviation = torch.tensor(model.stds, device=self.device).view(shape) * 255
        self.step, self.stale = 0, 0
        self.best, self.before, self.elapsed = -1.0, -1.0, 0.0
        if state is not None:
            self._restore(state)
        self.begin = time.monotonic() - self.elapsed
        # Network, average and the optimizer's two moments, what is best, the file that replaces it.
        require_space(folder, 9 * sum(p.nbytes for p in self.network.parameters()))
        folder.mkdir(parents=True, exist_ok=True)

    def run(
        self,
        batches: Batches,
        valid: CocoDataset,
        validation_images: int,
        steps: int | None,
        minutes: float | None,
        validate_every: int,
        patience: int | None,
        score_first: bool,
    ) -> Generator[Progress, None, None]:
        """Trains to the end of the budget; see ``detector.detector_steps``."""
        chosen = spread(len(valid), validation_images)
        ap50 = None
        if score_first and self.best < 0:
            ap50 = self.validate(valid, chosen)
            self.before = self.best
        saved = reported = time.monotonic()
        losses: list[torch.Tensor] = []
        try:
            if self.best >= 0:
                fraction = min(self.fraction(steps, minutes), 1)
                yield Progress(self.step, fraction, 0, 0, self.best, self.before, ap50)
            with closing(batches):
                while (fraction := self.fraction(steps, minutes)) < 1:
                    losses.append(self.train_step(*next(batches), fraction))
                    stopped = self.fraction(steps, minutes) >= 1
                    ap50 = None
                    now = time.monotonic()
                    if stopped or self.step % validate_every == 0:
                        self._check(losses)
                        ap50 = self.validate(valid, chosen)
                        stopped |= patience is not None and self.stale >= patience
                    if stopped or now - saved > SAVE_SECONDS:
                        self._check(losses)
                        self.save_last()
                        saved = time.monotonic()
                    slow = now - reported > REPORT_SECONDS
                    if ap50 is not None or slow or self.step % REPORT_STEPS == 0:
                        loss, rate = self._check(losses), len(losses) / (now - reported)
                        fraction = 1.0 if stopped else min(self.fraction(steps, minutes), 1)
                        yield Progress(
                            self.step, fraction, loss, rate, self.best, self.before, ap50
                        )
                        losses, reported = [], time.monotonic()
                    if stopped:
                        break
        except GeneratorExit:
            self.save_last()
            raise

    def _check(self, losses: list[torch.Tensor]) -> float:
        """The mean loss; a diverged network must not be stored."""
        loss = torch.stack(losses).mean().item()
        if not math.isfinite(loss):
            raise HoopError(f"the loss diverged at step {self.step}: lower the learning rate")
        return loss

    def fraction(self, steps: int | None, minutes: float | None) -> float:
        """Share of the budget used; steps done and minutes spent in earlier sessions count."""
        if steps is not None:
            return self.step / steps
        assert minutes is not None
        return (time.monotonic() - self.begin) / (60 * minutes)

    def train_step(
        self, images: list[torch.Tensor], targets: list[dict[str, torch.Tensor]], fraction: float
    ) -> torch.Tensor:
        """One step of the optimizer and of the average. Returns the loss, detached."""
        warmup = min(1.0, max((self.step + 1) / WARMUP_STEPS, fraction / WARMUP_FRACTION))
        cosine = FINAL_RATE + (1 - FINAL_RATE) * (1 + math.cos(math.pi * fraction)) / 2
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * warmup * cosine
        self.network.train()
        self.optimizer.zero_grad()
        accumulate, size = self.settings["accumulate"], self.settings["batch_size"]
        total = torch.zeros((), device=self.device)
        for start in range(0, len(images), size):
            part = slice(start, start + size)
            loss = self._loss(images[part], targets[part]) / accumulate
            loss.backward()
            total += loss.detach()
        nn.utils.clip_grad_norm_(self.network.parameters(), GRADIENT_NORM)
        self.optimizer.step()
        self.step += 1
        decay = min(EMA_DECAY, self.step / (self.step + 10))
        with torch.no_grad():
            current = self.network.state_dict()
            for name, value in self.average.state_dict().items():
                if value.is_floating_point():
                    value.lerp_(current[name], 1 - decay)
        return total

    def _loss(
        self, images: list[torch.Tensor], targets: list[dict[str, torch.Tensor]]
    ) -> torch.Tensor:
        pixels = [(image.to(self.device) - self.mean) / self.deviation for image in images]
        targets = [{k: v.to(self.device) for k, v in target.items()} for target in targets]
        with mixed_precision(self.device):
            outputs = self.network(nested_tensor_from_tensor_list(pixels), targets)
            losses = self.criterion(outputs, targets)
        weights = self.criterion.weight_dict
        weighted = [losses[name] * weights[name] for name in losses if name in weights]
        return torch.stack(weighted).sum()

    def validate(self, data: CocoDataset, indexes: Any) -> dict[str, float]:
        """Measures the average; where it is the best so far, keeps it. Returns AP50 by class."""
        scores = average_precision(RFDETRDetector(self.model), data, indexes)
        mean = mean_ap50(scores)
        self.stale += 1
        if mean > self.best:
            self.best, self.stale = mean, 0
            save(checkpoint_of(self.model, self.model.class_names), self.folder / BEST)
        return scores

    def save_last(self) -> None:
        """Writes the state to resume from, with the average, all or nothing."""
        self.elapsed = time.monotonic() - self.begin
        training = {
            "settings": self.settings,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rng": torch.get_rng_state(),
            "step": self.step,
            "best": self.best,
            "before": self.before,
            "stale": self.stale,
            "elapsed": self.elapsed,
        }
        save(
            {**checkpoint_of(self.model, self.model.class_names), "training": training},
            self.folder / LAST,
        )

    def _restore(self, state: dict[str, Any]) -> None:
        settings = state.get("settings", self.settings)
        if settings != self.settings:
            raise CheckpointError(
                f"{self.folder / LAST} is of another training ({settings}): use another folder, "
                "the same settings, or start afresh"
            )
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["rng"])
        self.step, self.best, self.elapsed = state["step"], state["best"], state["elapsed"]
        self.before, self.stale = state.get("before", -1.0), state.get("stale", 0)
