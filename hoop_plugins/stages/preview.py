"""The first frame of a video with what the detector finds in it, before hours are spent."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.image import Image
from hoop_plugins.data.video import read_frames
from hoop_plugins.data.vocabulary import PEOPLE, PLAYER_ACTIONS, Vocabulary
from hoop_plugins.stages.court import read_polygon, standing_in
from hoop_plugins.stages.detect import Detect, select

LINE, SHAPE = sv.Color(160, 160, 160), sv.Color(255, 200, 0)
"""Colors of the lines every tenth of the picture, and of the court."""

WIDTH = 1280
"""Pixels of the picture's width at least, so that labels can be read."""


class Preview:
    """The first frame of a video, and what is in it.

    Args:
        video: The video.
        stage: The stage ``detect`` of a job.

    Attributes:
        image: RGB uint8 ``(H, W, 3)``.
        found: The detections, with ``data["class_name"]``.
    """

    def __init__(self, video: str | Path, stage: Detect) -> None:
        with closing(read_frames(str(video))) as frames:
            self.image: Image = next(frames)[1]
        (found,) = stage.load_model().detect([self.image])
        self.found = select(found, stage.settings, Vocabulary(stage.classes))

    def counts(self, court: str = "") -> dict[str, int]:
        """How many there are of each class, most first; "off the court" are people who stand there.

        Args:
            court: As ``court`` of the stage ``track``.

        Raises:
            HoopError: If that is no polygon.
        """
        names = list(self.found.data["class_name"])
        told = ["player" if name in PLAYER_ACTIONS else str(name) for name in names]
        for index in self._outside(court):
            told[index] = "off the court"
        return dict(Counter(told).most_common())

    def draw(self, court: str = "") -> Image:
        """The picture with what was found, with lines by which the corners of a court can be told,
        and with the court; people off it have no box.

        Args:
            court: As ``court`` of the stage ``track``.

        Returns:
            RGB uint8 ``(H, W, 3)``, at least :data:`WIDTH` wide.

        Raises:
            HoopError: If the court is no polygon.
        """
        scale = max(1.0, WIDTH / self.image.shape[1])
        picture: Image = np.asarray(cv2.resize(self.image, None, fx=scale, fy=scale), np.uint8)
        height, width = picture.shape[:2]
        for tenth in range(1, 10):
            x, y = width * tenth // 10, height * tenth // 10
            sv.draw_line(picture, sv.Point(x, 0), sv.Point(x, height), LINE, 1)
            sv.draw_line(picture, sv.Point(0, y), sv.Point(width, y), LINE, 1)
            for place in (sv.Point(x, 10), sv.Point(16, y)):
                sv.draw_text(picture, str(tenth / 10), place, background_color=LINE)
        outside = self._outside(court)
        shown = self.found.select(np.setdiff1d(np.arange(len(self.found)), outside))
        shown.xyxy = shown.xyxy * np.float32(scale)
        picture = sv.BoxAnnotator(thickness=2).annotate(picture, shown)
        picture = sv.LabelAnnotator(text_scale=0.4, text_padding=3).annotate(picture, shown)
        for shape in self._shapes(court):
            sv.draw_polygon(picture, (shape * scale).astype(int), SHAPE, 2)
        return picture

    def _shapes(self, court: str) -> list[NDArray[np.float32]]:
        if not court:
            return []
        height, width = self.image.shape[:2]
        return [(np.array(read_polygon(court)) * (width, height)).astype(np.float32)]

    def _outside(self, court: str) -> NDArray[np.intp]:
        """Which detections are people who stand off the court."""
        shapes = self._shapes(court)
        names = np.asarray(self.found.data["class_name"], dtype=str)
        people = np.flatnonzero(np.isin(names, (*PEOPLE, *PLAYER_ACTIONS)))
        if not shapes:
            return people[:0]
        inside = standing_in(shapes, self.found.xyxy[people], self.image.shape[0])
        return people[~inside]
