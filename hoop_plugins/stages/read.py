"""Stage 5: reading the numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.image import Image
from hoop_plugins.data.options import ranged
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS
from hoop_plugins.models import UNTUNED
from hoop_plugins.models.roles import NumberReader
from hoop_plugins.specs import Role
from hoop_plugins.stages.stage import Progress, Stage

UNREAD = ("text", "text_confidence", "probabilities", "quality")
"""The attributes of a number box that this stage writes."""


@dataclass(frozen=True)
class ReadSettings:
    """Settings of the reading stage.

    Attributes:
        model: A registered reader, a folder, or a hub name.
        options: Options of the network itself, by name.
        padding: Pixels added on every side of a number box.
        interval: A track is read at most once in so many frames.
        batch: Crops that go through the network together.
    """

    model: str = UNTUNED
    options: dict[str, Any] = field(default_factory=dict)
    padding: int = ranged(10, ge=0)
    interval: int = ranged(5, ge=1)
    batch: int = ranged(32, ge=1)


def padded_crop(image: Image, box: Sequence[float], padding: int) -> Image:
    """Copies a box, xyxy pixels, with a margin of ``padding`` pixels as far as the frame goes, out
    of it; there are no pixels where the box lies outside.
    """
    x1, y1, x2, y2 = (round(float(value)) for value in box)
    rows = slice(max(0, y1 - padding), max(0, y2 + padding))
    columns = slice(max(0, x1 - padding), max(0, x2 + padding))
    return image[rows, columns].copy()


def crop_quality(crop: Image) -> float:
    """How well a crop can be read: its height times its sharpness.

    Args:
        crop: RGB uint8 ``(h, w, 3)``.

    Returns:
        0 to 1: the share of 40 pixels that it is high, times ``v / (v + 100)`` where ``v`` is the
        variance of the Laplacian, the usual measure of focus (Pech-Pacheco et al., 2000).
    """
    if not crop.size:
        return 0.0
    variance = cv2.Laplacian(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var()
    return float(min(1.0, crop.shape[0] / 40) * variance / (variance + 100))


def reading(probabilities: NDArray[np.float32]) -> dict[str, Any]:
    """What is stored of one read.

    Args:
        probabilities: ``(102,)`` of the numbers and *no number*.

    Returns:
        ``text`` ("" where *no number* is the most likely), ``text_confidence`` and
        ``probabilities``.
    """
    best = int(probabilities.argmax())
    return {
        "text": "" if best == NO_NUMBER else NUMBERS[best],
        "text_confidence": float(probabilities[best]),
        "probabilities": probabilities.astype(np.float16),
    }


def choose(
    labels: Iterable[tuple[int, sv.Detections]], gap: Callable[[int], int | None]
) -> dict[int, set[int]]:
    """Chooses labels of each track, which come with ascending frame numbers: the first one, and
    each that is ``gap(track)`` frames or more after the last chosen; of tracks without a gap none.
    Gives the chosen tracks by frame number.
    """
    last: dict[int, int] = {}
    chosen: dict[int, set[int]] = defaultdict(set)
    for frame, found in labels:
        for index in track_ids(found).tolist():
            frames = gap(index)
            if frames is not None and frame - last.get(index, -frames) >= frames:
                last[index] = frame
                chosen[frame].add(index)
    return chosen


class ReadNumbers(Stage):
    """Reads the number boxes that have an owner; writes the text into ``frames.numbers``."""

    name = "read"
    order = 50
    Settings = ReadSettings
    role = Role.READER
    reads = ("numbers",)
    writes = ("numbers",)
    settings: ReadSettings

    def run_clip(self, clip: SampleStore, model: NumberReader) -> Iterator[Progress]:
        """See :meth:`Stage.run`."""
        done = clip.progress(self.name).get("frames", 0)
        numbers = clip.read("numbers", masks=False, without=UNREAD)
        chosen = choose(numbers, lambda index: self.settings.interval)
        if not done:
            everyone = set().union(*chosen.values())
            clip.assign("numbers", [(index, None, dict.fromkeys(UNREAD)) for index in everyone])
        crops: list[Image] = []
        owners: list[tuple[int, int]] = []

        def flush() -> None:
            reads = [
                (*owner, {**reading(row), "quality": crop_quality(crop)})
                for owner, crop, row in zip(owners, crops, model.read(crops), strict=True)
            ]
            clip.assign("numbers", reads)
            self.record(clip, done)
            crops.clear()
            owners.clear()

        # Crops that were not read when it is interrupted are cut out again: nothing is lost.
        for number, image, found in clip.watch("numbers", done + 1, masks=False, without=UNREAD):
            for index, box in zip(track_ids(found).tolist(), found.xyxy, strict=True):
                if index in chosen.get(number, ()):
                    crops.append(padded_crop(image, box, self.settings.padding))
                    owners.append((index, number))
            done = number
            if len(crops) >= self.settings.batch:
                flush()
            yield self.progress(clip, done)
        done = clip.frame_count  # the last pictures may be damaged
        flush()
        if not chosen:
            yield self.progress(clip, message="there is no number to read")
