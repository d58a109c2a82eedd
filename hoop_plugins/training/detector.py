"""Training RF-DETR: the sample game's network from scratch, or any checkpoint on other footage.

A plain loop over rfdetr's own network, losses and checkpoint format. It resumes exactly.
"""

from __future__ import annotations

import argparse
import copy
import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import supervision as sv
import torch
from rfdetr.config import TrainConfig
from rfdetr.detr import RFDETR
from rfdetr.models._defaults import MODEL_DEFAULTS
from rfdetr.models.lwdetr import build_criterion_from_config
from rfdetr.training.param_groups import get_param_dict
from rfdetr.utilities.tensors import nested_tensor_from_tensor_list
from supervision.metrics import MeanAveragePrecision
from torch import nn

from hoop_plugins.errors import HoopError
from hoop_plugins.models.device import resolve_device
from hoop_plugins.models.rfdetr import RFDETRDetector, load_network
from hoop_plugins.models.roles import PLAYER_ACTIONS
from hoop_plugins.sample.networks.detector import RFDETRCourt
from hoop_plugins.stages.merge import merge_overlapping
from hoop_plugins.training.detector_data import CocoDataset, batches, read_coco, splits
from hoop_plugins.training.pasting import Stickers
from hoop_plugins.training.precision import mixed_precision

LAST, BEST = "checkpoint_last.pth", "checkpoint_best_total.pth"
SAVE_SECONDS = 60.0
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
        rate: Steps a second since the last report.
        ap50: AP at IoU 0.5 of each class, where this report follows a validation.
    """

    step: int
    fraction: float
    loss: float
    rate: float
    ap50: dict[str, float] | None = None

    def __str__(self) -> str:
        line = (
            f"step {self.step} ({self.fraction:.1%}) loss {self.loss:.3f} {self.rate:.2f} steps/s"
        )
        if self.ap50 is not None:
            line += " AP50 " + " ".join(f"{name} {ap:.3f}" for name, ap in self.ap50.items())
        return line


def report(progress: Progress) -> None:
    """Prints a line."""
    print(progress, flush=True)


def train_detector(
    dataset: str | Path | tuple[str | Path, str | Path],
    output_dir: str | Path,
    *,
    checkpoint: str | None = None,
    steps: int | None = None,
    minutes: float | None = None,
    epochs: float | None = None,
    batch_size: int = 4,
    learning_rate: float | None = None,
    even_rates: bool = False,
    paste: Sequence[str] = (),
    device: str = "auto",
    threads: int | None = None,
    seed: int = 0,
    resume: bool = True,
    validate_every: int = 1000,
    validation_images: int = 200,
    progress: Callable[[Progress], None] = report,
) -> Path:
    """Trains a detector on a COCO dataset.

    Every minute and at the end ``checkpoint_last.pth`` is written; the weights (an exponential
    average) that did best in validation are in ``checkpoint_best_total.pth``, in rfdetr's format.

    Args:
        dataset: A folder with ``train`` and ``valid``, each with ``_annotations.coco.json``, or the
            two annotation files.
        output_dir: Where the checkpoints go.
        checkpoint: What to fine-tune: the path of a checkpoint, or a stock name ("rfdetr-small").
            By default the sample game's small network, from scratch.
        steps: The budget: one of steps, minutes and epochs. Steps done and minutes spent in
            sessions before this one count.
        minutes: See ``steps``.
        epochs: See ``steps``.
        batch_size: Images a step.
        learning_rate: Its peak; by default 4e-4 from scratch and 1e-4 for fine-tuning.
        even_rates: Whether all layers learn at one rate, as from scratch; otherwise those of a
            checkpoint learn the slower the deeper they lie.
        paste: Small, rare classes to copy to other places of the images: "ball".
        device: "auto", "cpu", "mps", "cuda" or "cuda:1".
        threads: CPU threads for the network and for reading; torch's own choice by default.
        seed: Seed of weights, order and augmentation.
        resume: Whether to go on from ``checkpoint_last.pth``, where there is one.
        validate_every: Steps between validations.
        validation_images: Images to validate on, spread evenly over the split.
        progress: Called with each report.

    Returns:
        The path of ``checkpoint_best_total.pth``.

    Raises:
        HoopError: If the dataset cannot be read, no budget was given, or the loss diverged.
        CheckpointError: If there is something wrong with the checkpoint.
    """
    train_file, valid_file = splits(dataset)
    train = read_coco(train_file)
    valid = read_coco(valid_file, train.names)
    if sum(budget is not None for budget in (steps, minutes, epochs)) != 1:
        raise HoopError("give the training one budget: steps, minutes or epochs")
    if epochs is not None:
        steps = math.ceil(epochs * len(train) / batch_size)
    threads = threads or torch.get_num_threads()
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    run = _Run(
        Path(output_dir), train.names, checkpoint, learning_rate, even_rates, device, seed, resume
    )
    vary = Stickers(train, paste, seed).paste if paste else None
    stream = batches(train, run.size, batch_size, seed, run.step, threads, vary)
    chosen = np.unique(np.linspace(0, len(valid) - 1, validation_images).round().astype(int))
    saved = reported = time.monotonic()
    losses: list[torch.Tensor] = []
    while (fraction := run.fraction(steps, minutes)) < 1:
        losses.append(run.train_step(*next(stream), fraction))
        fraction = run.fraction(steps, minutes)
        validate = run.step % validate_every == 0 or fraction >= 1
        if validate or run.step % 50 == 0:
            loss, rate = torch.stack(losses).mean().item(), len(losses)
            if not math.isfinite(loss):
                raise HoopError(f"the loss diverged at step {run.step}: lower the learning rate")
            rate_per_second = rate / (time.monotonic() - reported)
            ap50 = run.validate(valid, chosen) if validate else None
            progress(Progress(run.step, min(fraction, 1), loss, rate_per_second, ap50))
            losses, reported = [], time.monotonic()
        if time.monotonic() - saved > SAVE_SECONDS or fraction >= 1:
            run.save_last()
            saved = time.monotonic()
    stream.close()
    return run.folder / BEST


class _Run:
    """Everything that changes while training, and that a resumed session needs back."""

    def __init__(
        self,
        folder: Path,
        names: tuple[str, ...],
        checkpoint: str | None,
        learning_rate: float | None,
        even_rates: bool,
        device: str,
        seed: int,
        resume: bool,
    ) -> None:
        self.folder, self.names = folder, names
        folder.mkdir(parents=True, exist_ok=True)
        last = folder / LAST
        resuming = resume and last.is_file()
        torch.manual_seed(seed)
        self.model = build_network(str(last) if resuming else checkpoint, names, device)
        config = self.model.model_config
        self.size = config.resolution
        self.device = torch.device(resolve_device(device))
        self.network: Any = _module(self.model).to(self.device)
        # The average takes the network's place in the model, so that predict() uses it.
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.model.model.model = self.average  # type: ignore[assignment]
        settings = TrainConfig(dataset_dir=".", output_dir=".")
        self.criterion, _ = build_criterion_from_config(
            config.model_copy(update={"device": str(self.device)}), settings, MODEL_DEFAULTS
        )
        self.optimizer = torch.optim.AdamW(
            _parameter_groups(self.network, config, learning_rate, checkpoint is None, even_rates),
            weight_decay=settings.weight_decay,
        )
        for group in self.optimizer.param_groups:
            group["peak"] = group["lr"]
        shape = (3, 1, 1)
        self.mean = torch.tensor(self.model.means, device=self.device).view(shape) * 255
        self.deviation = torch.tensor(self.model.stds, device=self.device).view(shape) * 255
        self.step, self.best, self.elapsed = 0, -1.0, 0.0
        if resuming:
            state = torch.load(last, map_location="cpu", weights_only=True)["training"]
            self.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
            torch.set_rng_state(state["rng"])
            self.step, self.best, self.elapsed = state["step"], state["best"], state["elapsed"]
        self.begin = time.monotonic() - self.elapsed

    def fraction(self, steps: int | None, minutes: float | None) -> float:
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
        pixels = [(image.to(self.device) - self.mean) / self.deviation for image in images]
        targets = [{k: v.to(self.device) for k, v in target.items()} for target in targets]
        self.network.train()
        with mixed_precision(self.device):
            outputs = self.network(nested_tensor_from_tensor_list(pixels), targets)
            losses = self.criterion(outputs, targets)
        weights = self.criterion.weight_dict
        loss = torch.stack([losses[name] * weights[name] for name in losses if name in weights])
        self.optimizer.zero_grad()
        loss.sum().backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), GRADIENT_NORM)
        self.optimizer.step()
        self.step += 1
        decay = min(EMA_DECAY, self.step / (self.step + 10))
        with torch.no_grad():
            current = self.network.state_dict()
            for name, value in self.average.state_dict().items():
                if value.is_floating_point():
                    value.lerp_(current[name], 1 - decay)
        return loss.sum().detach()

    def validate(self, data: CocoDataset, indexes: np.ndarray) -> dict[str, float]:
        """Measures the average; where it is the best so far, keeps it. Returns AP50 by class."""
        detector = RFDETRDetector(self.model)
        scores = average_precision(detector, data, indexes)
        mean = float(np.mean(list(scores.values()))) if scores else 0.0
        if mean > self.best:
            self.best = mean
            _write(self.checkpoint(), self.folder / BEST)
        return scores

    def checkpoint(self) -> dict[str, Any]:
        """The average, as ``rfdetr.from_checkpoint`` reads it."""
        return checkpoint_of(self.model, self.names)

    def save_last(self) -> None:
        self.elapsed = time.monotonic() - self.begin
        training = {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rng": torch.get_rng_state(),
            "step": self.step,
            "best": self.best,
            "elapsed": self.elapsed,
        }
        _write({**self.checkpoint(), "training": training}, self.folder / LAST)


def build_network(checkpoint: str | None, names: tuple[str, ...], device: str) -> RFDETR:
    """An rfdetr model with a head for the given classes.

    Args:
        checkpoint: A path or a stock name; ``None`` for the sample game's network, untrained.
        names: The classes. A checkpoint with the same ones keeps its head, others get a new one.
        device: As for :func:`hoop_plugins.models.device.resolve_device`.
    """
    if checkpoint is None:
        return RFDETRCourt(num_classes=len(names), device=resolve_device(device))
    model = load_network(checkpoint, device)
    if tuple(model.class_names) != names:
        model.model.reinitialize_detection_head(len(names) + 1)
        model.model.args.num_classes = model.model_config.num_classes = len(names)
    model.model.class_names = list(names)
    return model


def _module(model: RFDETR) -> nn.Module:
    """The torch module, which only rfdetr's in-place compilation takes away."""
    assert model.model.model is not None
    return model.model.model


def checkpoint_of(model: RFDETR, names: tuple[str, ...]) -> dict[str, Any]:
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
        "model": _module(model).state_dict(),
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
    _write({"model": halves, **kept}, Path(out))


def average_precision(
    detector: RFDETRDetector, data: CocoDataset, indexes: np.ndarray
) -> dict[str, float]:
    """COCO's AP at IoU 0.5 by class, in [0, 1]; all ``player-*`` classes are ``player``."""
    families = ["player" if name in PLAYER_ACTIONS else name for name in data.names]
    classes = sorted(set(families))
    ids = {name: classes.index(family) for name, family in zip(data.names, families, strict=True)}
    metric = MeanAveragePrecision()
    for index in indexes:
        found = merge_overlapping(detector.detect([data.image(int(index))])[0])
        metric.update(_as_families(found, ids), _as_families(data.target(int(index)), ids))
    result = metric.compute()
    rows = zip(result.matched_classes, result.ap_per_class[:, 0], strict=True)
    return {classes[class_id]: max(float(ap), 0.0) for class_id, ap in rows}


def _as_families(detections: sv.Detections, ids: dict[str, int]) -> sv.Detections:
    known = replace(detections, data={}, metadata={})
    known.class_id = np.array([ids[n] for n in detections.data["class_name"]], dtype=int)
    return known


def _parameter_groups(
    network: nn.Module, config: Any, learning_rate: float | None, scratch: bool, even: bool
) -> list[dict[str, Any]]:
    """rfdetr's groups; pretrained layers learn the slower the deeper they lie, new ones alike."""
    peak = learning_rate or (4e-4 if scratch else 1e-4)
    even = even or scratch
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


def _write(content: dict[str, Any], path: Path) -> None:
    part = path.with_suffix(".part")
    torch.save(content, part)
    os.replace(part, path)


def main() -> None:
    """``python -m hoop_plugins.training.detector --train A.json --valid B.json --out DIR``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--train", required=True, help="COCO annotations to train on")
    parser.add_argument("--valid", required=True, help="COCO annotations to validate on")
    parser.add_argument("--out", required=True, help="folder for the checkpoints")
    parser.add_argument("--checkpoint", help="checkpoint or stock name to fine-tune")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--even-rates", action="store_true")
    parser.add_argument("--paste", nargs="*", default=())
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--validate-every", type=int, default=1000)
    given = vars(parser.parse_args())
    train_detector((given.pop("train"), given.pop("valid")), given.pop("out"), **given)


if __name__ == "__main__":
    main()
