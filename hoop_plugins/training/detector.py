"""Training RF-DETR: the sample game's network from scratch, or any checkpoint on other footage.

A plain loop over rfdetr's own network, losses and checkpoint format. It resumes exactly.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import torch

from hoop_plugins.errors import HoopError
from hoop_plugins.formats.coco_images import read_coco
from hoop_plugins.training.checkpoints import gpu_memory
from hoop_plugins.training.detector_data import batches, splits
from hoop_plugins.training.detector_loop import BEST, LAST, DetectorTraining, Progress
from hoop_plugins.training.detector_weights import build_network
from hoop_plugins.training.pasting import Stickers


def report(progress: Progress) -> None:
    """Prints a line."""
    print(progress, flush=True)


def train_detector(
    dataset: str | Path | tuple[str | Path, str | Path],
    output_dir: str | Path,
    *,
    progress: Callable[[Progress], None] = report,
    **settings: Any,
) -> Path:
    """Trains a detector on a COCO dataset.

    Args:
        dataset: As for :func:`detector_steps`, which says what is written and raised, too.
        output_dir: Where the checkpoints go.
        progress: Called with each report.
        **settings: As for :func:`detector_steps`.

    Returns:
        The path of ``checkpoint_best_total.pth``.
    """
    with closing(detector_steps(dataset, output_dir, **settings)) as steps:
        for now in steps:
            progress(now)
    return Path(output_dir) / BEST


def detector_steps(
    dataset: str | Path | tuple[str | Path, str | Path],
    output_dir: str | Path,
    *,
    checkpoint: str | None = None,
    new_classes: bool = False,
    steps: int | None = None,
    minutes: float | None = None,
    epochs: float | None = None,
    batch_size: int = 4,
    accumulate: int = 1,
    learning_rate: float | None = None,
    even_rates: bool = False,
    paste: Sequence[str] = (),
    replay: str | Path | None = None,
    replay_share: float = 0.25,
    device: str = "auto",
    threads: int | None = None,
    seed: int = 0,
    resume: bool = True,
    validate_every: int = 1000,
    validation_images: int = 200,
    patience: int | None = None,
) -> Generator[Progress, None, None]:
    """Trains a detector, and yields how it stands; closing the iterator stops it.

    Every minute and at the end ``checkpoint_last.pth`` is written, from which another call goes on;
    the weights (an exponential average) that did best in validation are in
    ``checkpoint_best_total.pth``, in rfdetr's format.

    Args:
        dataset: A folder with ``train`` and ``valid``, each with ``_annotations.coco.json``, or the
            two annotation files.
        output_dir: Where the checkpoints go.
        checkpoint: What to fine-tune: the path of a checkpoint, or a stock name ("rfdetr-small").
            By default the sample game's small network, from scratch.
        new_classes: Whether the data's classes replace those of the checkpoint, if they differ.
        steps: The budget: one of steps, minutes and epochs. Steps done and minutes spent in
            sessions before this one count.
        minutes: See ``steps``.
        epochs: See ``steps``.
        batch_size: Images that go through the network together.
        accumulate: Batches a step, which then learns from ``batch_size * accumulate`` images.
        learning_rate: Its peak; by default 4e-4 from scratch and 1e-4 for fine-tuning.
        even_rates: Whether all layers learn at one rate, as from scratch; otherwise those of a
            checkpoint learn the slower the deeper they lie.
        paste: Small, rare classes to copy to other places of the images: "ball".
        replay: A COCO file of the old domain to mix in, so that it is not forgotten.
        replay_share: Share of images that come from it, in [0, 1).
        device: "auto", "cpu", "mps", "cuda" or "cuda:1".
        threads: CPU threads for the network and for reading; torch's own choice by default.
        seed: Seed of weights, order and augmentation.
        resume: Whether to go on from ``checkpoint_last.pth``, where there is one.
        validate_every: Steps between validations.
        validation_images: Images to validate on, spread evenly over the split.
        patience: Stop after so many validations without a better mean AP50. By default never.

    Yields:
        How it stands: every 50 steps or 10 seconds, and after each validation.

    Raises:
        HoopError: If the dataset cannot be read or does not match the checkpoint, no budget was
            given, the loss diverged, or disk space or GPU memory ran out.
        CheckpointError: If there is something wrong with the checkpoint.
    """
    if sum(budget is not None for budget in (steps, minutes, epochs)) != 1:
        raise HoopError("give the training one budget: steps, minutes or epochs")
    train_file, valid_file = splits(dataset)
    train = read_coco(train_file)
    folder, at_once = Path(output_dir), batch_size * accumulate
    if epochs is not None:
        steps = math.ceil(epochs * len(train) / at_once)
    threads = threads or torch.get_num_threads()
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    resuming = resume and (folder / LAST).is_file()
    torch.manual_seed(seed)
    with gpu_memory(batch_size):
        source = str(folder / LAST) if resuming else checkpoint
        model, knows = build_network(source, train, device, new_classes)
        names = tuple(model.class_names)
        train, valid = train.relabelled(names), read_coco(valid_file, names)
        old = read_coco(Path(replay), names) if replay is not None else None
        state = torch.load(folder / LAST, map_location="cpu", weights_only=True) if resuming else {}
        training = DetectorTraining(
            model,
            folder,
            device,
            learning_rate or (1e-4 if checkpoint else 4e-4),
            even_rates or checkpoint is None,
            {"seed": seed, "batch_size": batch_size, "accumulate": accumulate},
            state.get("training"),
        )
        stream = batches(
            train,
            model.model_config.resolution,
            at_once,
            seed,
            training.step,
            threads,
            Stickers(train, paste, seed).paste if paste else None,
            old,
            replay_share,
        )
        yield from training.run(
            stream, valid, validation_images, steps, minutes, validate_every, patience, knows
        )


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
