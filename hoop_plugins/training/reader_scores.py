"""How well a reader reads crops whose numbers are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hoop_plugins import plugins
from hoop_plugins.data.vocabulary import NONE, PROMPT
from hoop_plugins.formats.jsonl import Example, read_examples
from hoop_plugins.models.roles import NumberReader
from hoop_plugins.models.smolvlm import SmolVLMReader
from hoop_plugins.specs import Role
from hoop_plugins.training.reader_data import Crops, open_crop


@dataclass(frozen=True)
class ReaderScores:
    """Exact match of a reader.

    Attributes:
        right: Whether each crop was read right, bool ``(N,)``: the number, or none where there is
            none.
        negative: Whether each crop shows no number, bool ``(N,)``.
    """

    right: NDArray[np.bool_]
    negative: NDArray[np.bool_]

    @property
    def exact(self) -> float:
        """Share of all crops that were read right, in [0, 1]."""
        return float(self.right.mean())

    @property
    def numbers(self) -> float:
        """Share of the crops with a number that were read right; 0 without any."""
        return float(self.right[~self.negative].mean()) if not self.negative.all() else 0.0


def score_crops(
    reader: SmolVLMReader, examples: Sequence[Example], crops: Crops, batch_size: int
) -> ReaderScores:
    """Scores a reader on crops at its own size, which stay in memory between two calls."""
    said: list[int] = []
    for start in range(0, len(examples), batch_size):
        indices = range(start, min(start + batch_size, len(examples)))
        said += reader.score(reader.normalize(crops.batch(indices))).argmax(1).tolist()
    return _scores(said, examples)


def evaluate_reader(
    reader: str | NumberReader,
    crops_jsonl: str | Path,
    *,
    device: str = "auto",
    batch_size: int = 64,
    prompt: str = PROMPT,
) -> ReaderScores:
    """Scores any reader on a file of crops.

    Args:
        reader: A model's name, path or hub name, or a loaded reader.
        crops_jsonl: JSON Lines of image, prefix, suffix.
        device: "auto", "cpu", "mps", "cuda" or "cuda:1".
        batch_size: Crops that are in memory at a time.
        prompt: What the rows' prefixes must be.

    Raises:
        HoopError: If there is no such reader, or a row cannot be used.
    """
    loaded: NumberReader = (
        plugins.load_model(Role.READER, reader, device) if isinstance(reader, str) else reader
    )
    examples = read_examples(crops_jsonl, prompt)
    said: list[int] = []
    for start in range(0, len(examples), batch_size):
        batch = [open_crop(example.image) for example in examples[start : start + batch_size]]
        said += loaded.read(batch).argmax(1).tolist()
    return _scores(said, examples)


def _scores(said: Sequence[int], examples: Sequence[Example]) -> ReaderScores:
    right = [index == example.index for index, example in zip(said, examples, strict=True)]
    negative = [example.answer == NONE for example in examples]
    return ReaderScores(np.array(right), np.array(negative))
