"""Stage 1½: camera shots, from what changes between pictures; whoever decodes them scores them."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import fiftyone as fo
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d
from scipy.signal import find_peaks

from hoop_plugins.data.fields import CUT_SCORES_FIELD, MADE_BY, OURS
from hoop_plugins.data.image import Image
from hoop_plugins.data.options import ranged
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import read_frames
from hoop_plugins.stages.stage import Progress, Stage, flushing

CHUNK = 1000
"""Frames between two writes of scores."""

LAG = 4
"""Pictures so many frames apart are compared, too: a flash that is shorter is no cut."""

NEIGHBORS = np.array([1, 1, 0, 1, 1]) / 4
"""The frames that a score is compared with: a camera that turns fast changes them all."""


@dataclass(frozen=True)
class ShotSettings:
    """Settings of the shot stage.

    Attributes:
        threshold: How much more than its neighbors the first picture of a shot differs from the one
            before: hue, saturation and brightness, the mean of all pixels; above 0, to 255.
        min_length: Frames that a shot has at least; what is shorter belongs to another one.
    """

    threshold: float = ranged(15.0, gt=0, le=255)
    min_length: int = ranged(15, ge=1)


class CutScores:
    """How much each frame of a clip looks like the first of a shot; kept with the sample.

    The score of frame n is PySceneDetect's content score from n - 1 to n, or that from n - ``LAG``
    to n, or from n - 1 to n + ``LAG`` - 1, whichever is the least. That of a damaged picture is
    NaN; the others are scored as if the one before stood still there.

    Attributes:
        values: The scores of the first frames, as many as are known, 0 to 255.
    """

    def __init__(self, clip: SampleStore) -> None:
        self.clip = clip
        stored = clip.value(CUT_SCORES_FIELD)
        usable = stored is not None and len(stored) <= clip.frame_count
        self.values: list[float] = stored.tolist() if usable else []
        self._stored = len(self.values)

    @property
    def complete(self) -> bool:
        """Whether every frame has its score."""
        return len(self.values) == self.clip.frame_count

    def watch(self, first: int = 1) -> Generator[tuple[int, Image], None, None]:
        """Decodes the clip, and scores the frames that have no score yet on the way.

        From the first frame on, all are scored anew, and shots are to be found anew: the file may
        be another than before.

        Args:
            first: First frame wanted, from 1.

        Yields:
            As :func:`~hoop_plugins.data.video.read_frames`.
        """
        if first == 1:
            self.values, self._stored = [], 0
            self.clip.forget(FindShots.name)
        scorer = None if self.complete else _Scorer(self.values)
        start = first if scorer is None else min(first, scorer.start)
        with closing(read_frames(self.clip.video.path, start)) as frames:
            for number, image in frames:
                if scorer is not None:
                    scorer.see(number, image)
                if number >= first:
                    yield number, image
        if scorer is not None:
            scorer.end(self.clip.frame_count)

    def store(self) -> None:
        """Keeps what is known with the sample."""
        if len(self.values) != self._stored:
            self.clip.set_value(CUT_SCORES_FIELD, np.array(self.values, np.float16))
            self._stored = len(self.values)


class _Scorer:
    """Goes on with the scores of a clip; it remembers nothing but some pictures before them."""

    def __init__(self, values: list[float]) -> None:
        from hoop_plugins.compat.scenedetect import ContentScore

        self.values = values
        self.start = max(1, len(values) + 1 - LAG)
        while self.start > 1 and np.isnan(values[self.start - 1]):
            self.start -= 1
        self.step = ContentScore()
        self.apart = [ContentScore() for _ in range(LAG)]  # each sees every LAG-th picture
        self.waiting: deque[tuple[int, float]] = deque()
        self.picture: Image | None = None
        self.last = self.start - 1

    def see(self, number: int, image: Image) -> None:
        """Takes the next picture that can be decoded."""
        from hoop_plugins.compat.scenedetect import shrunk

        self._repeat(number - 1)
        if self.picture is None:
            for score in self.apart:
                score.score(shrunk(image))
        self.picture = shrunk(image)
        self._next(number, self.picture, damaged=False)
        self.last = number

    def end(self, count: int) -> None:
        """Scores the last frames, after which nothing comes."""
        self._repeat(count)
        while self.waiting:
            number, _ = self.waiting[0]
            assert self.picture is not None
            self._settle(self.apart[(number - 1) % LAG].score(self.picture))

    def _repeat(self, last: int) -> None:
        """The pictures up to a frame are damaged."""
        for number in range(self.last + 1, last + 1):
            if self.picture is not None:
                self._next(number, self.picture, damaged=True)
            else:
                self._keep(number, np.nan)
        self.last = max(self.last, last)

    def _next(self, number: int, picture: Image, damaged: bool) -> None:
        across = self.apart[number % LAG].score(picture)
        change = min(self.step.score(picture), across)
        self.waiting.append((number, np.nan if damaged else change))
        if len(self.waiting) == LAG:
            self._settle(across)

    def _settle(self, across: float) -> None:
        number, change = self.waiting.popleft()
        self._keep(number, float(np.minimum(change, across)))

    def _keep(self, number: int, value: float) -> None:
        if number > len(self.values):
            self.values.append(float(np.float16(value)))


def first_frames(scores: NDArray[np.floating[Any]], settings: ShotSettings) -> list[int]:
    """The first frames of a clip's shots, from 1; the first shot's is 1.

    Args:
        scores: The score of each frame, ``(N,)``, as :class:`CutScores` has them.
        settings: From which score, and how far apart.
    """
    values = np.nan_to_num(scores.astype(np.float64))
    excess = values - correlate1d(values, NEIGHBORS, mode="nearest")
    least = settings.min_length
    peaks, _ = find_peaks(np.append(excess, 0), height=settings.threshold, distance=least)
    return [1, *(int(peak) + 1 for peak in peaks if least <= peak <= len(values) - least)]


class FindShots(Stage):
    """Finds where the camera is another one: ``shots``."""

    name = "shots"
    order = 15
    Settings = ShotSettings
    writes = ("shots",)
    spares = ("shots",)
    settings: ShotSettings

    def run_clip(self, clip: SampleStore, model: None) -> Iterator[Progress]:
        """See :meth:`Stage.run`."""
        if foreign := clip.count_foreign("shots"):
            some = f"{foreign} label{'s' * (foreign != 1)} that hoop_plugins did not make"
            message = (
                f"{clip.names.shots} of {clip.name} holds {some}: they are taken for the camera's "
                "shots; where they are something else, name another field (hoop run --fields "
                "shots=NAME)"
            )
            self.record(clip)
            yield self.progress(clip, message=message)
            return
        scores = CutScores(clip)
        if not scores.complete:
            with flushing(scores.store), closing(scores.watch(len(scores.values) + 1)) as frames:
                for number, _ in frames:
                    if number % CHUNK == 0:
                        scores.store()
                    yield self.progress(clip, number)
        starts = first_frames(np.array(scores.values), self.settings)
        ends = [start - 1 for start in starts[1:]] + [clip.frame_count]
        shots = [
            fo.TemporalDetection(label="shot", support=[*support], **{MADE_BY: OURS})
            for support in zip(starts, ends, strict=True)
        ]
        clip.set_value(clip.names.shots, fo.TemporalDetections(detections=shots))
        self.record(clip)
        yield self.progress(clip)
