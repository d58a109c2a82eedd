"""How well detectors and readers do on training data: average precision, exact match."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import supervision as sv
from supervision.metrics import MeanAveragePrecision

from hoop_plugins import plugins
from hoop_plugins.data.image import read_image
from hoop_plugins.data.vocabulary import NONE, PLAYER_ACTIONS, PROMPT, Vocabulary
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.coco_images import CocoDataset, read_coco
from hoop_plugins.formats.jsonl import Example, read_examples
from hoop_plugins.models.roles import Detector, NumberReader
from hoop_plugins.specs import Role
from hoop_plugins.stages.detect import merge_overlapping

FAMILIES = ("player", "referee", "number", "ball", "rim")
"""What a detector is judged by: the five kinds of thing that the job needs."""

VOCABULARY = Vocabulary()
"""Files and detectors may spell their classes differently: they are compared by what they mean."""


def evaluate_detector(
    detector: str | Detector,
    coco_file: str | Path,
    *,
    images: int | None = None,
    device: str = "auto",
    classes: Sequence[str] = FAMILIES,
) -> dict[str, float]:
    """Scores any detector on a COCO file.

    Args:
        detector: A model's name, path or hub name, or a loaded detector.
        coco_file: Its image names are relative to its folder.
        images: So many images, spread evenly over the file; all by default.
        device: "auto", "cpu", "mps", "cuda" or "cuda:1".
        classes: The kinds to score, all ``player-*`` classes being ``player``.

    Returns:
        AP at IoU 0.5 of each, in [0, 1]; 0 for what the detector does not know. Their mean is
        :func:`mean_ap50`.

    Raises:
        HoopError: If there is no such detector, or the file cannot be read or lacks a class.
    """
    loaded: Detector = (
        plugins.load_model(Role.DETECTOR, detector, device)
        if isinstance(detector, str)
        else detector
    )
    data = read_coco(Path(coco_file))
    scores = average_precision(loaded, data, spread(len(data), images or len(data)))
    missing = [name for name in classes if name not in scores]
    if missing:
        raise HoopError(f"{str(coco_file)!r} has no boxes of {missing[0]!r} to score on")
    return {name: scores[name] for name in classes}


def mean_ap50(scores: dict[str, float]) -> float:
    """The mean over classes, 0 without any."""
    return float(np.mean(list(scores.values()))) if scores else 0.0


def spread(total: int, count: int) -> np.ndarray:
    """Up to ``count`` indexes of ``total``, evenly spread, int64."""
    return np.unique(np.linspace(0, total - 1, count).round().astype(int))


def average_precision(
    detector: Detector, data: CocoDataset, indexes: np.ndarray
) -> dict[str, float]:
    """COCO's AP at IoU 0.5 by class, in [0, 1]; all ``player-*`` classes are ``player``."""
    classes = sorted({_family(name) for name in data.names})
    metric = MeanAveragePrecision()
    for index in indexes:
        found = merge_overlapping(detector.detect([data.image(int(index))])[0])
        metric.update(_as_families(found, classes), _as_families(data.target(int(index)), classes))
    result = metric.compute()
    rows = zip(result.matched_classes, result.ap_per_class[:, 0], strict=True)
    return {classes[class_id]: max(float(ap), 0.0) for class_id, ap in rows}


def _family(name: str) -> str:
    known = VOCABULARY.label(name)
    return "player" if known in PLAYER_ACTIONS else known


def _as_families(detections: sv.Detections, classes: list[str]) -> sv.Detections:
    families = [_family(name) for name in detections.data["class_name"]]
    known = np.array([family in classes for family in families], dtype=bool)
    return sv.Detections(
        xyxy=detections.xyxy[known],
        confidence=None if detections.confidence is None else detections.confidence[known],
        class_id=np.array([classes.index(f) for f in families if f in classes], dtype=int),
    )


@dataclass(frozen=True)
class ReaderScores:
    """Exact match of a reader.

    Attributes:
        exact: Share of all crops that were read right, in [0, 1]: the number, or none where there
            is none.
        numbers: Share of the crops with a number that were read right; 0 without any.
    """

    exact: float
    numbers: float


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

    def read(indexes: range) -> np.ndarray:
        return loaded.read([read_image(examples[i].image) for i in indexes])

    return score_crops(examples, read, batch_size)


def score_crops(
    examples: Sequence[Example], read: Callable[[range], np.ndarray], batch_size: int
) -> ReaderScores:
    """Scores what is read on crops: distributions ``(n, 102)`` of those of a range."""
    found: list[int] = []
    for start in range(0, len(examples), batch_size):
        indexes = range(start, min(start + batch_size, len(examples)))
        found += read(indexes).argmax(1).tolist()
    right = np.array([i == example.index for i, example in zip(found, examples, strict=True)])
    shown = right[[example.answer != NONE for example in examples]]
    return ReaderScores(float(right.mean()), float(shown.mean()) if len(shown) else 0.0)
