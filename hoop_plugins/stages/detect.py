"""Stage 1: the detector's boxes, frame by frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import supervision as sv

from hoop_plugins.data.classes import unknown_classes
from hoop_plugins.data.detections import understood
from hoop_plugins.data.options import ranged
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import CURE
from hoop_plugins.data.vocabulary import PLAYER_ACTIONS, Vocabulary
from hoop_plugins.models.roles import Detector
from hoop_plugins.specs import Role
from hoop_plugins.stages.shots import CutScores
from hoop_plugins.stages.stage import Progress, Stage, flushing

CHUNK = 25
"""Frames between two writes: fewer cost time in the database, more are lost when stopped."""


@dataclass(frozen=True)
class DetectSettings:
    """Settings of the detection stage.

    Attributes:
        model: A registered detector, or a path to RF-DETR weights.
        options: Options of the network itself, by name.
        confidence: Boxes below it are dropped; 0 to 1.
        number_confidence: The same for number boxes. It may be lower: a box that shows no number
            finds no owner, or the reader says so.
        merge_iou: Boxes of one thing that overlap more than this become one; 0 to 1.
        batch: Frames that go through the network together.
    """

    model: str = "rfdetr-medium"
    options: dict[str, Any] = field(default_factory=dict)
    confidence: float = ranged(0.4, ge=0, le=1)
    number_confidence: float = ranged(0.4, ge=0, le=1)
    merge_iou: float = ranged(0.9, gt=0, le=1)
    batch: int = ranged(1, ge=1)


def select(
    found: sv.Detections, settings: DetectSettings, vocabulary: Vocabulary | None = None
) -> sv.Detections:
    """Keeps confident boxes of a frame, and one box a thing, with our class names.

    Args:
        found: What a detector found.
        settings: How confident, and when boxes are merged.
        vocabulary: What the detector's classes are read with; by default what everybody calls them.
    """
    found = understood(found, vocabulary or Vocabulary())
    if found.confidence is not None and len(found):
        numbers = np.asarray(found.data["class_name"]) == "number"
        least = np.where(numbers, settings.number_confidence, settings.confidence)
        found = found.select(found.confidence >= least)
    return merge_overlapping(found, settings.merge_iou)


def known_labels(model: Detector, vocabulary: Vocabulary) -> list[str] | None:
    """The classes that a detector may find, by our names, or ``None`` where it does not say."""
    labels = getattr(model, "labels", None)
    return None if labels is None else sorted({*map(vocabulary.label, labels)} - {""})


def merge_overlapping(detections: sv.Detections, iou: float = 0.9) -> sv.Detections:
    """Merges boxes of one class that overlap; all ``player-*`` classes count as one.

    The most confident box of each group stays, with its label. A body that was given both as
    ``player`` and as ``player-jump-shot`` is one box whose action is the jump shot.

    Args:
        detections: N detections with ``confidence`` and ``data["class_name"]``.
        iou: Boxes whose intersection over union is at least this are one, in [0, 1].

    Returns:
        The M <= N detections that stay, in their order, with ``data["action"]``: the most confident
        specific action of the group (a ``player-*`` label), else the label itself.
    """
    labels = np.asarray(detections.data.get("class_name", ()), dtype=object)
    families = ["player" if label in PLAYER_ACTIONS else label for label in labels]
    groups: list[list[int]] = []
    if families:
        assert detections.confidence is not None
        _, ids = np.unique(families, return_inverse=True)
        rows = np.column_stack((detections.xyxy, detections.confidence, ids)).astype(np.float64)
        # The most confident of a group comes first, the others in falling confidence.
        groups = sorted(sv.box_non_max_merge(rows, iou_threshold=iou), key=lambda group: group[0])
    merged = detections.select(np.array([group[0] for group in groups], dtype=int))
    actions = [
        next((label for label in labels[group] if label in PLAYER_ACTIONS[1:]), labels[group[0]])
        for group in groups
    ]
    merged.data["action"] = np.array(actions, dtype=object)
    return merged


class Detect(Stage):
    """Finds players, referees, numbers, the ball and the rim; writes ``frames.detections``."""

    name = "detect"
    order = 10
    Settings = DetectSettings
    role = Role.DETECTOR
    writes = ("detections",)
    settings: DetectSettings

    def run_clip(self, clip: SampleStore, model: Detector) -> Iterator[Progress]:
        """See :meth:`Stage.run`."""
        done = clip.progress(self.name).get("frames", 0)
        damaged = []
        counts: Counter[str] = Counter()
        labels = known_labels(model, clip.vocabulary)
        pending: dict[int, sv.Detections] = {}
        scores = CutScores(clip)  # so that the stage shots need not decode the video again

        def flush() -> None:
            scores.store()
            clip.write("detections", pending)
            self.record(clip, done, labels=labels)
            pending.clear()

        with closing(scores.watch(done + 1)) as frames, flushing(flush):
            while batch := list(islice(frames, self.settings.batch)):
                found = model.detect([image for _, image in batch])
                for (number, _), boxes in zip(batch, found, strict=True):
                    pending[number] = select(boxes, self.settings, clip.vocabulary)
                    counts.update(pending[number].data["class_name"])
                expected = set(range(done + 1, batch[-1][0] + 1))
                damaged += sorted(expected.difference(number for number, _ in batch))
                done = batch[-1][0]
                if len(pending) >= CHUNK:
                    flush()
                yield self.progress(clip, done)
            damaged += range(done + 1, clip.frame_count + 1)
            done = clip.frame_count
        if message := unknown_classes(f"the detector in {clip.name}", counts):
            yield self.progress(clip, message=message)
        if damaged:
            some = ", ".join(map(str, damaged[:10])) + (", …" if len(damaged) > 10 else "")
            what = "picture has no labels: frame"
            if len(damaged) > 1:
                what = "pictures have no labels: frames"
            message = f"{clip.name}: {len(damaged)} damaged {what} {some}; {CURE}"
            yield self.progress(clip, message=message)
