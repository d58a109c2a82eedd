"""How well detectors and readers do on labeled data: average precision, exact match and others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import supervision as sv
from numpy.typing import ArrayLike, NDArray
from supervision.metrics import MeanAveragePrecision

from hoop_plugins import plugins
from hoop_plugins.data.calibration import calibration_error, tenths
from hoop_plugins.data.vocabulary import NO_NUMBER, PLAYER_ACTIONS, Vocabulary
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.coco_images import CocoDataset, read_coco
from hoop_plugins.formats.jsonl import Example
from hoop_plugins.models.roles import Detector
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
    """What a reader makes of labeled crops.

    Shares are in [0, 1], and ``None`` where there is nothing to take a share of.

    Attributes:
        crops: How many there are.
        with_number: Those of them with a number.
        read: Those of them on which a number was read.
        exact: Share of all crops that were read right: the number, or none where there is none.
        numbers: Share of the crops with a number that were read right.
        abstained: Share of the crops with a number on which none was read.
        precision: Share of the numbers that were read which are right.
        invented: Share of the crops without a number on which one was read.
        calibration_error: The expected calibration error, in [0, 1]: how far from the share that
            is right the confidence is, "no number" included.
        crops_per_second: In the reader alone, with nothing of opening files or loading weights;
            ``None`` where that was not measured.
    """

    crops: int
    with_number: int
    read: int
    exact: float
    numbers: float | None
    abstained: float | None
    precision: float | None
    invented: float | None
    calibration_error: float | None
    crops_per_second: float | None = None


def score_reads(
    answers: ArrayLike, reads: NDArray[np.floating], seconds: float | None = None
) -> ReaderScores:
    """Scores what was read.

    Args:
        answers: ``(N,)``, one or more: places of what is to be read in a reader's distribution.
        reads: ``(N, 102)``, such distributions.
        seconds: What reading took.
    """
    truth, found = np.asarray(answers), reads.argmax(1)
    right, shown, read = found == truth, truth != NO_NUMBER, found != NO_NUMBER
    return ReaderScores(
        crops=len(truth),
        with_number=int(shown.sum()),
        read=int(read.sum()),
        exact=float(right.mean()),
        numbers=_share(right[shown]),
        abstained=_share(~read[shown]),
        precision=_share(right[read]),
        invented=_share(read[~shown]),
        calibration_error=calibration_error(tenths(reads.max(1), right)),
        crops_per_second=len(truth) / seconds if seconds else None,
    )


def _share(which: NDArray[np.bool_]) -> float | None:
    return float(which.mean()) if len(which) else None


def score_crops(
    examples: Sequence[Example], read: Callable[[range], np.ndarray], batch_size: int
) -> ReaderScores:
    """Scores what is read on crops: distributions ``(n, 102)`` of those of a range."""
    starts = range(0, len(examples), batch_size)
    rows = [read(range(i, min(i + batch_size, len(examples)))) for i in starts]
    return score_reads([example.index for example in examples], np.concatenate(rows))
