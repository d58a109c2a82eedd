"""Stage 1: the detector's boxes, frame by frame."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import supervision as sv

from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import read_frames
from hoop_plugins.models.roles import Detector
from hoop_plugins.specs import Role
from hoop_plugins.stages.merge import merge_overlapping
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
    confidence: float = 0.4
    number_confidence: float = 0.4
    merge_iou: float = 0.9
    batch: int = 1


def select(found: sv.Detections, settings: DetectSettings) -> sv.Detections:
    """Keeps confident boxes, and one box a thing.

    Args:
        found: A frame's detections, as the ``Detector`` role gives them.
        settings: The thresholds.

    Returns:
        The boxes to keep.
    """
    if found.confidence is not None and len(found):
        numbers = np.asarray(found.data["class_name"]) == "number"
        least = np.where(numbers, settings.number_confidence, settings.confidence)
        found = found.select(found.confidence >= least)
    return merge_overlapping(found, settings.merge_iou)


class Detect(Stage):
    """Finds players, referees, numbers, the ball and the rim; writes ``frames.detections``."""

    name = "detect"
    order = 10
    Settings = DetectSettings
    role = Role.DETECTOR
    writes = ("detections",)
    settings: DetectSettings

    def run(self, clips: Sequence[SampleStore]) -> Generator[Progress, None, None]:
        """See :meth:`Stage.run`."""
        detector: Detector = self.load_model()
        for clip in clips:
            yield from self._run_clip(clip, detector)

    def _run_clip(self, clip: SampleStore, detector: Detector) -> Iterator[Progress]:
        total = clip.video.frame_count
        done = clip.progress(self.name).get("frames", 0)
        pending: dict[int, sv.Detections] = {}

        def flush() -> None:
            clip.write("detections", pending)
            clip.record(self.name, self.configuration(), done, complete=done >= total)
            pending.clear()

        with closing(read_frames(clip.video.path, start=done + 1)) as frames, flushing(flush):
            while batch := list(islice(frames, self.settings.batch)):
                found = detector.detect([image for _, image in batch])
                pending.update(
                    (number, select(boxes, self.settings))
                    for (number, _), boxes in zip(batch, found, strict=True)
                )
                done = batch[-1][0]
                if len(pending) >= CHUNK:
                    flush()
                yield Progress(self.name, clip.name, done, total)
