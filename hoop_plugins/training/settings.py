"""What trainings can be told. Light: forms and the command line are made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hoop_plugins.data.options import check_ranges, ranged
from hoop_plugins.data.vocabulary import PROMPT
from hoop_plugins.errors import HoopError


@dataclass(frozen=True)
class TrainingSettings:
    """What every training here can be told.

    Attributes:
        minutes: Budget of time, what was spent before a stop included.
        steps: Budget of steps instead of minutes, those of earlier sessions included.
        patience: Stop after so many validations without a better score. By default never.
        batch_size: Images that go through the network together; lower it on a small GPU …
        accumulate: … and raise this by the same factor: batches a step.
        learning_rate: Its peak. By default what suits the way of training.
        replay: Path of training data of the old domain, mixed in so that it is not forgotten.
        replay_share: Share of the images that are drawn from there, in [0, 1).
        validate_every: Steps between validations.
        validation_images: Images to validate on at most, spread evenly over the file.
        device: auto, cpu, mps, cuda or cuda:N.
        threads: CPU threads for the network and for reading. By default torch's choice.
        seed: Seed of weights, order and augmentation.
    """

    minutes: float | None = ranged(None, gt=0)
    steps: int | None = ranged(None, ge=1)
    patience: int | None = ranged(None, ge=1)
    batch_size: int = ranged(4, ge=1)
    accumulate: int = ranged(1, ge=1)
    learning_rate: float | None = ranged(None, gt=0)
    replay: str | Path | None = None
    replay_share: float = ranged(0.25, ge=0, lt=1)
    validate_every: int = ranged(1000, ge=1)
    validation_images: int = ranged(200, ge=1)
    device: str = "auto"
    threads: int | None = ranged(None, ge=1)
    seed: int = ranged(0, ge=0)

    def __post_init__(self) -> None:
        check_ranges(self)
        if (self.minutes is None) == (self.steps is None):
            raise HoopError("training needs a budget: give minutes or steps, one of the two")


@dataclass(frozen=True)
class DetectorSettings(TrainingSettings):
    """How a detector is fine-tuned, besides what :class:`TrainingSettings` has.

    Attributes:
        learning_rate: Its peak. By default 1e-4.
        new_classes: Take the data's classes where they differ from the model's, with a new head, so
            that it forgets its own. COCO's are always replaced.
        even_rates: All layers learn at one rate, as from scratch; otherwise those of a checkpoint
            learn the slower the deeper they lie.
        paste: A small, rare class to copy to other places of the images: ball.
    """

    new_classes: bool = False
    even_rates: bool = False
    paste: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReaderSettings(TrainingSettings):
    """How a reader is fine-tuned, besides what :class:`TrainingSettings` has.

    Attributes:
        learning_rate: Its peak. By default 2e-4 for an adapter, 2e-3 where every weight learns.
        full: Train every weight instead of an adapter; into a folder, without a name.
        rank: Of the adapter; by default that of the one to go on from, or 16.
        alpha: Of the adapter; by default that of the one to go on from, or 32.
        dropout: Of the adapter, in [0, 1); by default that of the one to go on from, or 0.05.
        targets: Layers that the adapter changes: text, the language model alone; or text+vision,
            which is what a new adapter has by default; or a regular expression of peft's. Of an
            adapter to go on from, its other layers stay as they are.
        negative_share: Share of draws that go to crops without a number, in [0, 1).
        keep_share: Weight of the beginning, in [0, 1), in the average with it that is validated and
            written, of an adapter's two factors each: 0.5 where labels are few, so that nothing is
            learned by heart at the cost of what was known.
        image_px: Side of the model's input. By default the base model's own.
        prompt: What the model is asked.
        half: Store weights in half precision.
    """

    batch_size: int = ranged(32, ge=1)
    validate_every: int = ranged(250, ge=1)
    validation_images: int = ranged(1000, ge=1)
    full: bool = False
    rank: int | None = ranged(None, ge=1)
    alpha: int | None = ranged(None, gt=0)
    dropout: float | None = ranged(None, ge=0, lt=1)
    targets: str | None = field(default=None, metadata={"choices": ("text", "text+vision")})
    negative_share: float = ranged(0.15, ge=0, lt=1)
    keep_share: float = ranged(0.0, ge=0, lt=1)
    image_px: int | None = ranged(None, ge=1)
    prompt: str = PROMPT
    half: bool = False


@dataclass(frozen=True)
class Curation:
    """How any view becomes training data.

    Samples with ``split`` "train", "valid" or "test", or so tagged, keep their split. All others
    are split by game (sample field ``game``), else by clip, never by frame.

    Attributes:
        field: The label field to learn from, without ``frames.``.
        stride: Of videos, every how many frames are taken.
        limit: Images or crops at most, over all splits.
        valid_share: Share of games or clips to validate on, in (0, 1), where no split is given.
        within_clips: Validate on the end of each clip instead of on other clips: for views of one
            game. The score is too good then: the players are known.
        drop_duplicates: Leave out images that look like one that is kept.
        seed: Of what is drawn.
    """

    field: str = "ground_truth"
    stride: int = ranged(10, ge=1)
    limit: int | None = ranged(None, ge=1)
    valid_share: float = ranged(0.2, gt=0, lt=1)
    within_clips: bool = False
    drop_duplicates: bool = False
    seed: int = ranged(0, ge=0)

    def __post_init__(self) -> None:
        check_ranges(self)


@dataclass(frozen=True)
class DetectorCuration(Curation):
    """How a view becomes the detector's training data, as any does.

    Attributes:
        field: ``Detections`` to learn from, without ``frames.``; a person's ``action`` is his
            class.
    """


@dataclass(frozen=True)
class ReaderCuration(Curation):
    """How a view becomes the reader's training data, besides what :class:`Curation` has.

    Attributes:
        field: Of images: the ``Classification`` with the number, or "none".
        stride: Of videos, the least number of frames between two crops of one track.
        limit: Crops at most, over all splits; rare numbers are likelier to be drawn.
        drop_duplicates: Leave out crops that look like one of the same number that is kept.
        sources: Of videos: where numbers come from. ground_truth; detected, the boxes that were
            detected, as the ground truth has it; corrections, what people said; validated, the
            numbers that the stage validate is sure of. What two sources say of one box, the first
            one says.
        negatives: Share of crops without a readable number at most, in [0, 1).
        padding: Of videos: pixels around a box. By default those of the stage read.
    """

    stride: int = ranged(5, ge=1)
    sources: tuple[str, ...] = field(
        default=("ground_truth", "corrections"),
        metadata={"choices": ("ground_truth", "detected", "corrections", "validated")},
    )
    negatives: float = ranged(0.2, ge=0, lt=1)
    padding: int | None = ranged(None, ge=0)
