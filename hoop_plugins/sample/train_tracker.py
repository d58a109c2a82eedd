"""Trains the sample game's small SAM2 from scratch on rendered clips.

``python -m hoop_plugins.sample.train_tracker --train DIR --valid DIR --out FILE.pt --minutes N``
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from sam2.modeling.sam2_base import SAM2Base

from hoop_plugins.compat.sam2 import encode_images, follow_into
from hoop_plugins.models.sam2_inputs import box_logits, box_points
from hoop_plugins.sample.networks import tracker
from hoop_plugins.sample.tracker_clips import Batch, cache_clips, draw_batch, everybody
from hoop_plugins.training.resources import mixed_precision

LEARNING_RATE = 6e-4
WARMUP_STEPS = 100
EMA_DECAY = 0.998
SAVE_SECONDS = 60.0
VALIDATE_SECONDS = 900.0
VALID_FRAMES = 17
VALID_CLIPS = 6
OBJECTS = 6
"""People followed in a sequence; twice as many in single frames, which cost little more."""

CURRICULUM = ((0.25, 1), (0.5, 2), (0.7, 3), (0.9, 5), (1.0, 8))
"""Up to which share of the training sequences have so many frames.

Single frames teach the masks from boxes, at a third of the price; memory is learned after.
"""

FRAMES_A_STEP = 8


@dataclass(frozen=True)
class Prediction:
    """What the network said of N objects in one frame.

    Attributes:
        logits: float32 ``(N, 1, S / 4, S / 4)``.
        iou: float32 ``(N, 1)``, its own estimate of the mask's quality.
        score: float32 ``(N, 1)``, logit of the object being visible.
    """

    logits: torch.Tensor
    iou: torch.Tensor
    score: torch.Tensor


def follow(model: SAM2Base, batch: Batch) -> list[Prediction]:
    """Prompts every object with its box on the first frame and follows it through the others."""
    frames = batch.images.shape[1]
    images = encode_images(model, batch.images.flatten(0, 1))
    memory: dict[str, dict[int, Any]] = {}
    predictions = []
    for t in range(frames):
        points = box_points(batch.boxes) if t == 0 else None
        dense = box_logits(batch.boxes, model.image_size) if t == 0 else None
        seen = images.pick(batch.owner * frames + t)
        heads = follow_into(model, seen, t, frames, points, dense, memory)
        predictions.append(
            Prediction(heads.logits.float(), heads.quality.float(), heads.visible.float())
        )
    return predictions


def loss_of(predictions: list[Prediction], masks: torch.Tensor) -> torch.Tensor:
    """SAM2's training loss: 20 focal + dice + IoU (L1) + visibility (cross-entropy), a frame."""
    total = masks.new_zeros(())
    for t, prediction in enumerate(predictions):
        target = masks[:, t]
        visible = (target.sum((1, 2)) > 4).float()
        # Beyond 32 the sigmoid is flat; hidden objects get logits of -1024.
        logits = F.interpolate(
            prediction.logits.clamp(-32, 32), scale_factor=2, mode="bilinear", align_corners=False
        )[:, 0]
        chance = logits.sigmoid()
        entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
        right = chance * target + (1 - chance) * (1 - target)
        focal = (entropy * (1 - right) ** 2).mean((1, 2))
        shared, both = (chance * target).sum((1, 2)), (chance + target).sum((1, 2))
        dice = 1 - (2 * shared + 1) / (both + 1)
        quality = (prediction.iou[:, 0] - mask_iou(logits > 0, target > 0.5)).abs()
        seen = ((20 * focal + dice + quality) * visible).sum() / visible.sum().clamp(min=1)
        total = total + seen + F.binary_cross_entropy_with_logits(prediction.score[:, 0], visible)
    return total / len(predictions)


def mask_iou(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Intersection over union of boolean masks ``(N, H, W)``, pairwise by row: float32 ``(N,)``."""
    shared, union = (a & b).sum((1, 2)), (a | b).sum((1, 2))
    return shared / union.clamp(min=1)


@torch.inference_mode()
def validate(model: SAM2Base, clips: list[Path]) -> str:
    """Follows everybody through held-out clips; returns a line of figures."""
    ious: dict[int, list[float]] = {0: [], 4: [], 8: [], 16: []}
    wrong = people = 0
    for clip in clips:
        batch = everybody(clip, 0, VALID_FRAMES)
        for t, prediction in enumerate(follow(model, batch)):
            if t not in ious:
                continue
            logits = F.interpolate(
                prediction.logits, scale_factor=2, mode="bilinear", align_corners=False
            )[:, 0]
            found, truth = logits > 0, batch.masks[:, t] > 0.5
            visible = truth.sum((1, 2)) > 16
            ious[t] += mask_iou(found, truth)[visible].tolist()
            if t == VALID_FRAMES - 1:
                shared = torch.einsum("ihw,jhw->ij", found.float(), truth.float())
                best = shared.argmax(1)
                confused = (best != torch.arange(len(best))) & (shared.amax(1) > 0)
                wrong += int((confused & visible).sum())
                people += int(visible.sum())
    scores = " ".join(f"{t}: {np.mean(values):.3f}" for t, values in ious.items() if values)
    return f"mask IoU at frame {scores}; on the wrong person at the end {wrong} of {people}"


class Training:
    """A run that goes on where it stopped.

    Args:
        out: Where the network goes; the state of the run lies beside it.
        seed: Of the initial weights and of the sequences drawn.
        checkpoint: Weights of this network to begin with, instead of random ones.
    """

    def __init__(self, out: Path, seed: int, checkpoint: Path | None = None) -> None:
        torch.manual_seed(seed)
        self.out = out
        self.resume_path = out.with_suffix(".resume.pt")
        self.model = tracker.build().train()
        # Everybody prompted is visible: start from there, or masks get no gradient at first.
        torch.nn.init.constant_(self.model.sam_mask_decoder.pred_obj_score_head.layers[-1].bias, 2)
        if checkpoint is not None:
            content = torch.load(checkpoint, map_location="cpu", weights_only=True)
            self.model.load_state_dict(content["model"])
        self.average = copy.deepcopy(self.model).eval()
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=LEARNING_RATE, weight_decay=0.01
        )
        self.rng = np.random.default_rng(seed)
        self.step = 0
        self.seconds = 0.0
        if self.resume_path.exists():
            self._load(torch.load(self.resume_path, weights_only=True))

    def advance(self, clips: list[Path], progress: float) -> tuple[float, int]:
        """Takes one step; returns its loss and the number of frames of its sequences."""
        longest = next(frames for share, frames in CURRICULUM if progress <= share)
        frames = longest if self.rng.random() < 0.8 else int(self.rng.integers(1, longest + 1))
        sequences = max(1, FRAMES_A_STEP // (frames + 1))
        objects = OBJECTS if frames > 1 else 2 * OBJECTS
        batch = draw_batch(self.rng, clips, sequences, frames, objects)
        rate = 0.5 * (1 + math.cos(math.pi * progress)) * 0.98 + 0.02
        for group in self.optimizer.param_groups:
            group["lr"] = LEARNING_RATE * rate * min(1.0, (self.step + 1) / WARMUP_STEPS)
        with mixed_precision(torch.device("cpu")):
            predictions = follow(self.model, batch)
        loss = loss_of(predictions, batch.masks)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 0.5)
        self.optimizer.step()
        self.step += 1
        decay = min(EMA_DECAY, self.step / (self.step + 10))
        with torch.no_grad():
            for slow, fast in zip(self.average.parameters(), self.model.parameters(), strict=True):
                slow.lerp_(fast, 1 - decay)
        return float(loss.detach()), frames

    def save(self) -> None:
        """Writes the state of the run and, in half precision, the averaged network."""
        state = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "rng": self.rng.bit_generator.state,
            "step": self.step,
            "seconds": self.seconds,
        }
        _write(state, self.resume_path)
        weights = {name: value.half() for name, value in self.average.state_dict().items()}
        _write({"model": weights, "config": tracker.checkpoint_config()}, self.out)

    def _load(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.rng.bit_generator.state = state["rng"]
        self.step, self.seconds = state["step"], state["seconds"]


def _write(content: dict[str, Any], path: Path) -> None:
    partial = path.with_suffix(".partial")
    torch.save(content, partial)
    partial.replace(path)


def train(
    train_dir: Path,
    valid_dir: Path,
    out: Path,
    minutes: float,
    seed: int = 0,
    checkpoint: Path | None = None,
) -> None:
    """Trains until so many minutes have been spent, earlier runs of the same file included.

    Args:
        train_dir: Rendered clips with their ground truth.
        valid_dir: Others, to measure on.
        out: The checkpoint to write.
        minutes: The whole budget; the curriculum and the learning rate follow it.
        seed: Of everything random.
        checkpoint: Weights of this network to begin with, instead of random ones.
    """
    clips = cache_clips(train_dir, tracker.INPUT_SIZE)
    held_out = cache_clips(valid_dir, tracker.INPUT_SIZE)[:VALID_CLIPS]
    out.parent.mkdir(parents=True, exist_ok=True)
    run = Training(out, seed, checkpoint)
    print(f"{len(clips)} clips; step {run.step}, {run.seconds / 60:.0f} minutes spent", flush=True)
    budget = minutes * 60
    next_save = run.seconds + SAVE_SECONDS
    next_validation = run.seconds + VALIDATE_SECONDS
    losses: list[float] = []
    while run.seconds < budget:
        began = time.monotonic()
        loss, frames = run.advance(clips, run.seconds / budget)
        run.seconds += time.monotonic() - began
        losses.append(loss)
        if run.seconds >= next_save:
            run.save()
            rate = len(losses) / (run.seconds - next_save + SAVE_SECONDS)
            print(
                f"{run.seconds / 60:.1f} min, step {run.step}, {frames} frames, "
                f"loss {np.mean(losses):.3f}, {rate:.2f} steps/s",
                flush=True,
            )
            losses.clear()
            next_save = run.seconds + SAVE_SECONDS
        if run.seconds >= next_validation:
            print(f"step {run.step}: {validate(run.average, held_out)}", flush=True)
            next_validation = run.seconds + VALIDATE_SECONDS
    run.save()
    print(f"step {run.step}, done: {validate(run.average, held_out)}", flush=True)


def main() -> None:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description="Train the sample game's tracker.")
    parser.add_argument("--train", type=Path, required=True, help="rendered clips to learn from")
    parser.add_argument("--valid", type=Path, required=True, help="rendered clips to measure on")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint to write")
    parser.add_argument("--checkpoint", type=Path, help="weights to begin with")
    parser.add_argument("--minutes", type=float, default=60, help="budget, earlier runs included")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    train(
        options.train, options.valid, options.out, options.minutes, options.seed, options.checkpoint
    )


if __name__ == "__main__":
    main()
