"""What a trainer is given, and what it tells while it trains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hoop_plugins.errors import HoopError

STATE_FILE = "training_state.pt"
"""What a trainer needs to go on, in the job's folder. What fails before it is there leaves nothing,
and it is removed when the model is recorded."""


@dataclass(frozen=True)
class TrainingFiles:
    """Training data on disk.

    Attributes:
        train: Annotations to learn from: COCO for our detector, JSON Lines for our reader.
        valid: The same, of other games.
    """

    train: Path
    valid: Path

    @classmethod
    def at(cls, data: str | Path, valid: str | Path | None = None) -> TrainingFiles:
        """Finds training data on disk.

        Args:
            data: A folder with ``train`` and ``valid``, each with its annotations beside its
                images, as Roboflow exports it; or a file.
            valid: Where ``data`` is a file: the other one.

        Raises:
            HoopError: If one of the two is not there.
        """
        from hoop_plugins.formats import coco_images, jsonl

        folder = Path(data).resolve()
        lines = (folder / "train" / jsonl.ANNOTATIONS).is_file()
        name = jsonl.ANNOTATIONS if lines else coco_images.ANNOTATIONS
        files = (folder / split / name for split in ("train", "valid"))
        found = cls(*files) if valid is None else cls(folder, Path(valid).resolve())
        for path in (found.train, found.valid):
            if not path.is_file():
                raise HoopError(
                    f"no annotations at {str(path)!r}: give two files, or a folder with train and "
                    "valid, as a dataset is exported as COCO or JSON Lines"
                )
        return found


@dataclass(frozen=True)
class TrainingJob:
    """One training.

    Attributes:
        files: What to learn from, and what to measure on.
        folder: For the weights, and for what is needed to go on; it may not be there yet.
        weights: What to start from: a path, a hub name, or "BASE+ADAPTER".
        settings: An instance of the trainer's settings.
    """

    files: TrainingFiles
    folder: Path
    weights: str
    settings: Any


@dataclass(frozen=True)
class TrainingProgress:
    """How a training stands.

    Attributes:
        fraction: Share that is done of the budget, or of what is prepared, in [0, 1].
        preparing: What is being prepared, with a count; empty once the network learns. The rest
            has no meaning before.
        step: Steps done, those of earlier sessions included.
        loss: Mean loss since the last report; 0 in a session's first.
        images_per_second: Training speed since the last report; 0 in a session's first.
        validation: Figures in [0, 1] by name, the one that counts first, where this report follows
            a validation.
        best: The best of the figure that counts so far; negative before the first validation.
        scores: What is recorded with the model: the best figure, and that of the parent.
    """

    fraction: float
    preparing: str = ""
    step: int = 0
    loss: float = 0.0
    images_per_second: float = 0.0
    validation: Mapping[str, float] = field(default_factory=dict)
    best: float = -1.0
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """One line for people."""
        if self.preparing:
            return self.preparing
        line = f"step {self.step} ({self.fraction:.1%})"
        if self.images_per_second:
            line += f"  loss {self.loss:.3f}  {self.images_per_second:.1f} images/s"
        if self.validation:
            figures = ", ".join(f"{name} {value:.3f}" for name, value in self.validation.items())
            line += f"  {figures}; best {self.best:.3f}"
        return line
