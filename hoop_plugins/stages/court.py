"""Who is on the court: inside a polygon that people draw, wherever the camera shows it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import cv2
import fiftyone as fo
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.fields import declare
from hoop_plugins.data.image import Image
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import read_frames
from hoop_plugins.data.vocabulary import PLAYER_ACTIONS
from hoop_plugins.errors import HoopError

COURT_FIELD = "court"
"""Sample field, ``fo.Polylines`` or ``fo.Polyline``: the court as it lies in the first frame."""

SIDE = 160
"""Pixels of the width to which pictures are shrunk to be compared."""

EDGE = 0.2
"""Shares of the picture by which the camera may have turned, to each side."""

SAME_VIEW = 0.5
"""Normalized correlation of the first picture's middle with the present one from which the camera
shows the same: it was .61 and more in a gym whose players all ran, .36 and less elsewhere."""

STEP_OUT = 0.1
"""Heights of a box by which its foot may be outside: feet are hidden, and players step over."""

TALL = 0.9
"""The quantile of all heights that tall people have: of one crowd, and of ten players before it."""

Polygon = tuple[tuple[float, float], ...]
"""Corners, x and y, as shares of the picture's width and height."""


def read_polygon(text: str) -> Polygon:
    """Reads a polygon such as "0,0.72 1,0.7 1,1 0,1": x,y of each corner, shares of the picture.

    Raises:
        HoopError: If it is none.
    """
    example = 'give x,y of each corner from 0 to 1, such as "0,0.72 1,0.7 1,1 0,1"'
    corners = []
    for word in text.split():
        try:
            x, y = map(float, word.split(","))
        except ValueError:
            raise HoopError(f"court: {word!r} is no corner: {example}", "court") from None
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise HoopError(f"court: corner {word} is outside the picture: {example}", "court")
        corners.append((x, y))
    if len(corners) < 3 or not cv2.contourArea(np.array(corners, np.float32)):
        raise HoopError(f"court: {text!r} encloses nothing: {example}", "court")
    return tuple(corners)


def drawn_polygons(clip: SampleStore) -> list[Polygon] | None:
    """What people drew in :data:`COURT_FIELD` of a clip; ``None`` where that is something else."""
    drawn = clip.value(COURT_FIELD)
    lines = drawn.polylines if isinstance(drawn, fo.Polylines) else [drawn] if drawn else []
    if not all(isinstance(line, fo.Polyline) for line in lines):
        return None
    shapes = [tuple((float(x), float(y)) for x, y in s) for line in lines for s in line.points]
    return [shape for shape in shapes if len(shape) > 2]


class Court:
    """The court in a clip. It moves with the picture where the camera turns a little; where it
    shows something else, nobody knows where the court is.

    Args:
        polygons: One or more; being in one is enough.
        clip: The clip, whose first frame they were drawn in.
    """

    def __init__(self, polygons: Sequence[Polygon], clip: SampleStore) -> None:
        self.polygons = [np.array(shape, np.float32) for shape in polygons]
        with closing(read_frames(clip.video.path)) as frames:
            first = _shrunk(next(frames)[1])
        self.corner = [round(side * EDGE) for side in first.shape]
        rows, columns = (slice(edge, -edge) for edge in self.corner)
        self.middle = np.ascontiguousarray(first[rows, columns])

    def holds(self, image: Image, boxes: NDArray[np.number]) -> NDArray[np.bool_] | None:
        """Which people stand on the court.

        Args:
            image: RGB uint8 ``(H, W, 3)``.
            boxes: ``(N, 4)`` xyxy pixels; people stand where their boxes end.

        Returns:
            Bool ``(N,)``, or ``None`` where the camera shows something else than at first.
        """
        picture = _shrunk(image)
        alike = cv2.matchTemplate(picture, self.middle, cv2.TM_CCOEFF_NORMED)
        if not alike.max() >= SAME_VIEW:
            return None
        moved = np.array(np.unravel_index(alike.argmax(), alike.shape)) - self.corner
        height, width = image.shape[:2]
        shift = (moved / picture.shape)[::-1]
        shapes = [((s + shift) * (width, height)).astype(np.float32) for s in self.polygons]
        return standing_in(shapes, boxes, height)


def standing_in(
    shapes: Sequence[NDArray[np.float32]], boxes: NDArray[np.number], height: int
) -> NDArray[np.bool_]:
    """Which people stand in one of some polygons.

    Args:
        shapes: ``(K, 2)`` pixels each.
        boxes: ``(N, 4)`` xyxy pixels; people stand where their boxes end.
        height: Of the picture, in pixels.

    Returns:
        Bool ``(N,)``.
    """
    inside = np.zeros(len(boxes), bool)
    for i, (x1, y1, x2, y2) in enumerate(boxes.tolist()):
        foot = ((x1 + x2) / 2, min(y2, height - 1))
        far = max(cv2.pointPolygonTest(shape, foot, measureDist=True) for shape in shapes)
        inside[i] = far >= -STEP_OUT * (y2 - y1)
    return inside


class Bystanders:
    """Leaves people who are no players out of what is tracked, and marks them in ``detections``.

    Args:
        clip: The clip.
        polygons: The court; empty where nobody said where it is.
        least_height: Without a court, people smaller than this share of the tall ones
            (:data:`TALL`) are left out; 0 for nobody.
        anew: Whether the clip begins anew: what was marked before is forgotten.

    Attributes:
        found: What is to be recorded of it.
        note: What people should know before, or "".
    """

    def __init__(
        self, clip: SampleStore, polygons: Sequence[Polygon], least_height: float, anew: bool
    ) -> None:
        self.clip = clip
        self.court = Court(polygons, clip) if polygons else None
        self.least = 0.0 if polygons or not least_height else least_height * tall(clip)
        self.found: dict[str, Any] = {}
        if polygons or self.least:
            before = {} if anew else clip.progress("track")
            self.found = {name: before.get(name, 0) for name in ("left_out", "unseen")}
            declare(clip.dataset, clip.names, "detections")
        if polygons:
            self.found["court"] = [[list(corner) for corner in shape] for shape in polygons]
        self.note = ""
        if not polygons and clip.value(COURT_FIELD):
            self.note = (
                f"{COURT_FIELD!r} of {clip.name} holds no polygon (fo.Polylines), so nobody knows "
                "where the court is"
            )
        marked = f"frames.{clip.names.detections}.detections.on_court"
        if anew and clip.dataset.has_field(marked):
            clip.erase("detections", "on_court")
        self.marks: list[tuple[str, int, int, dict[str, bool]]] = []

    def leave_out(self, number: int, image: Image, people: sv.Detections) -> sv.Detections:
        """The people of a frame who may be players, as far as that is known."""
        inside: NDArray[np.bool_] | None = None
        if self.court:
            inside = self.court.holds(image, people.xyxy)
            self.found["unseen"] += inside is None
        elif self.least:
            inside = people.xyxy[:, 3] - people.xyxy[:, 1] >= self.least
        if inside is None:
            return people
        self.marks += [
            ("detections", number, row, {"on_court": bool(on)})
            for row, on in zip(list(people.data["row"]), inside, strict=True)
        ]
        self.found["left_out"] += int((~inside).sum())
        return people.select(inside)

    def store(self) -> None:
        """Writes the marks of frames whose people are stored."""
        self.clip.assign_by_position(self.marks)
        self.marks.clear()

    @property
    def told(self) -> str:
        """What people should know at the end, or ""."""
        left_out, unseen = self.found.get("left_out"), self.found.get("unseen")
        what = f"frames.{self.clip.names.detections}, on_court false"
        if self.court:
            elsewhere = f"; in {unseen} frames the camera shows something else" if unseen else ""
            return f"{left_out} detections of people off the court are left out ({what}){elsewhere}"
        if not left_out:
            return ""
        return (
            f"{left_out} detections of people much smaller than others are left out ({what}); draw "
            f"the court to tell players better: hoop run --court, or polygons in {COURT_FIELD!r}"
        )


def tall(clip: SampleStore) -> float:
    """How tall a clip's tall people are: pixels; 0 where nobody was detected."""
    heights: list[float] = []
    for _, found in clip.read("detections", masks=False):
        someone = np.isin(np.asarray(found.data["class_name"], str), (*PLAYER_ACTIONS, "referee"))
        heights += (found.xyxy[someone, 3] - found.xyxy[someone, 1]).tolist()
    return float(np.quantile(heights, TALL)) if heights else 0.0


def _shrunk(image: Image) -> NDArray[np.uint8]:
    rows = max(8, round(image.shape[0] * SIDE / image.shape[1]))
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (SIDE, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)
