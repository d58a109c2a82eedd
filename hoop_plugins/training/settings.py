"""What trainings can be told. Light: forms and the command line read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hoop_plugins.data.vocabulary import PROMPT
from hoop_plugins.errors import HoopError


@dataclass(frozen=True)
class TrainingSettings:
    """What every training here can be told.

    Attributes:
        minutes: Budget of time; what was spent in earlier sessions counts.
        steps: Budget of steps, those of earlier sessions included. Give one of the two.
        patience: Stop after so many validations without a better score. By default never.
        batch_size: Images that go through the network together.
        accumulate: Batches a step, which then learns from ``batch_size * accumulate`` images.
        learning_rate: Its peak. By default what suits the way of training.
        replay: Data of the old domain to mix in, so that it is not forgotten.
        replay_share: Share of the images that come from there, in [0, 1).
        validate_every: Steps between validations.
        validation_images: Images to validate on at most, spread evenly over the file.
        device: "auto", "cpu", "mps", "cuda" or "cuda:1".
        threads: CPU threads for the network and for reading. By default torch's choice.
        seed: Seed of weights, order and augmentation.
    """

    minutes: float | None = None
    steps: int | None = None
    patience: int | None = None
    batch_size: int = 4
    accumulate: int = 1
    learning_rate: float | None = None
    replay: str | Path | None = None
    replay_share: float = 0.25
    validate_every: int = 1000
    validation_images: int = 200
    device: str = "auto"
    threads: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if (self.minutes is None) == (self.steps is None):
            raise HoopError("training needs a budget: give minutes or steps, one of the two")


@dataclass(frozen=True)
class DetectorSettings(TrainingSettings):
    """How a detector is fine-tuned, besides what :class:`TrainingSettings` has.

    Attributes:
        learning_rate: Its peak. By default 1e-4.
        new_classes: Whether the data's classes replace those of the checkpoint, if they differ.
        even_rates: Whether all layers learn at one rate, as from scratch; otherwise those of a
            checkpoint learn the slower the deeper they lie.
        paste: Small, rare classes to copy to other places of the images: "ball".
    """

    new_classes: bool = False
    even_rates: bool = False
    paste: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReaderSettings(TrainingSettings):
    """How a reader is fine-tuned, besides what :class:`TrainingSettings` has.

    Attributes:
        learning_rate: Its peak. By default 2e-4 for an adapter, 2e-3 with ``full``.
        full: Train every weight instead of an adapter.
        rank: Of the adapter; by default that of the one to go on from, or 16.
        alpha: Of a new adapter.
        dropout: Of a new adapter, in [0, 1).
        targets: Layers the adapter changes: "text", "text+vision", or a regular expression. See
            ``reader_weights.adapt``.
        negative_share: Share of draws that go to crops without a number, in [0, 1).
        image_px: Side of the model's input. By default the base model's own.
        prompt: What the model is asked.
        half: Store weights in half precision.
    """

    batch_size: int = 32
    validate_every: int = 250
    validation_images: int = 1000
    full: bool = False
    rank: int | None = None
    alpha: int = 32
    dropout: float = 0.05
    targets: str | None = None
    negative_share: float = 0.15
    image_px: int | None = None
    prompt: str = PROMPT
    half: bool = False
