"""The labels of one video on their way in and out, and what has to hold before they are stored.

What a format is made of: a function that reads gives :class:`Labels`, in most cases
:class:`VideoLabels`; one that writes takes :class:`LabelledVideo`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import pandas as pd
import supervision as sv
from pycocotools import mask as coco_mask

from hoop_plugins.data import masks
from hoop_plugins.data.image import VideoInfo
from hoop_plugins.data.vocabulary import PEOPLE, jersey_number
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.checks import LARGEST, SIDES, cut_notes, fit_boxes, whole_numbers

ATTRIBUTES = ("action", "team", "number", "name", "text", "visible")
"""What labels may say besides their class and id, as ``ClassNames.translate`` gives it."""

COLUMNS = ("line", "frame", "label", "index", "x1", "y1", "x2", "y2", *ATTRIBUTES, "mask")


class Labels(Protocol):
    """The labels of one video, wherever they come from.

    Attributes:
        video: What the labels call the video: a name or a path.
        numbered_from: How the format numbers frames where nothing tells otherwise: from 0 or 1.
    """

    numbered_from: int = 1

    @property
    def video(self) -> str: ...

    def span(self) -> tuple[int, int]:
        """Returns the first and last frame as they are numbered; (1, 0) where that is known."""
        return 1, 0

    def check(self, video: VideoInfo, numbered_from: int) -> CheckedLabels:
        """Looks at everything that can be wrong, before anything is stored."""


@dataclass(frozen=True)
class LabelledVideo:
    """A video of a dataset whose labels are written.

    Attributes:
        name: The video's file name without its ending; no other video that is written has it.
        info: The video.
        read: Gives the labeled frames in order: ``read()``, or ``read(masks=True)``. Detections
            have ``xyxy`` in pixels, ``tracker_id`` (-1: none), ``mask`` (``sv.CompactMask``, or
            ``None``), and in ``data`` object arrays ``class_name`` and :data:`ATTRIBUTES`, ``None``
            where nothing is known.
    """

    name: str
    info: VideoInfo
    read: Callable[..., Iterator[tuple[int, sv.Detections]]]


@dataclass(frozen=True)
class CheckedLabels:
    """Labels that can be stored.

    Attributes:
        count: How many frames they cover.
        frames: Gives frame numbers, from 1, and what the frames show.
        notes: What people should know about them.
    """

    count: int
    frames: Callable[[], Iterator[tuple[int, sv.Detections]]]
    notes: list[str]


@dataclass(frozen=True)
class VideoLabels:
    """The labels of one video, as they stand in a file.

    Attributes:
        video: What the file calls the video: a name or a path.
        source: The file.
        boxes: A row a box, with the columns :data:`COLUMNS`: ``line`` is where in the file,
            ``frame`` counts as the file does, ``index`` is the id, -1 where there is none, sides
            are pixels from the picture's left and top edge, and ``mask`` is a run-length encoded
            mask of the whole picture, as COCO has it, or ``None``.
        numbered_from: How the format numbers frames where nothing tells otherwise.
        size: ``(width, height)`` of the picture that the boxes are measured on, where it is known.
        frames: The frames that are labeled, also as showing nothing; ``None``: all from the first
            to the last one with a box.
        unit: What ``line`` counts.
        notes: What the reader left out.
    """

    video: str
    source: Path
    boxes: pd.DataFrame
    numbered_from: int = 1
    size: tuple[int, int] | None = None
    frames: Sequence[int] | None = None
    unit: str = "line"
    notes: list[str] = field(default_factory=list)

    @classmethod
    def from_rows(
        cls, video: str, source: Path, rows: Sequence[Mapping[str, Any]], **more: Any
    ) -> VideoLabels:
        """Makes labels of a mapping for each box.

        Args:
            video: What the file calls the video.
            source: The file.
            rows: Each with the keys :data:`COLUMNS`, of which those may be missing that are not
                known: all but line, frame, label and sides.
            **more: The other attributes.

        Raises:
            HoopError: With the file and line, if an id or a frame is no whole number.
        """
        boxes = pd.DataFrame.from_records(rows, columns=list(COLUMNS)).astype(object)
        made = cls(video, source, boxes, **more)
        for name, column, lowest in (("id", "index", -1), ("frame", "frame", -LARGEST)):
            boxes[column] = whole_numbers(boxes[column], name, lowest, made._where)
        boxes[SIDES] = boxes[SIDES].apply(pd.to_numeric, errors="coerce").astype(np.float64)
        return made

    def span(self) -> tuple[int, int]:
        """Returns the first and the last frame, as the file counts; (1, 0) where there is none."""
        numbers = self.boxes.frame if self.frames is None else self.frames
        return (int(min(numbers)), int(max(numbers))) if len(numbers) else (1, 0)

    def check(self, video: VideoInfo, numbered_from: int) -> CheckedLabels:
        """Looks at everything that can be wrong, before anything is stored.

        Args:
            video: The video that the labels are of.
            numbered_from: The number of the first frame in the file: 0 or 1.

        Returns:
            The labels in the video's own pixels and frame numbers. Boxes that reach out of the
            picture are cut off, and ids that start from 0 are raised by one.

        Raises:
            HoopError: With the file and line.
        """
        if self.size and min(self.size) <= 0:
            raise HoopError(f"{self.source}: no picture is {self.size[0]}x{self.size[1]}: fix it")
        shift = 1 - numbered_from
        known = self.boxes[[*ATTRIBUTES, "mask"]].astype(object)
        known = known.where(known.notna(), None)
        boxes = self.boxes.assign(frame=self.boxes.frame + shift, **known)
        boxes = boxes.assign(**{name: self._numbers(boxes[name]) for name in ("number", "text")})
        listed = None if self.frames is None else [frame + shift for frame in self.frames]
        self._check_frames(boxes, listed, video, numbered_from)
        self._check_unique(boxes)
        boxes, cut = self._fit(boxes, video)
        notes = [*self.notes, *cut_notes(cut)]
        if (boxes["index"] == 0).any():
            boxes = boxes.assign(index=boxes["index"] + (boxes["index"] >= 0))
            notes.append("ids start from 0 and were raised by one")
        numbers = _labeled(boxes.frame) if listed is None else sorted(set(listed))
        return CheckedLabels(len(numbers), lambda: self._frames(boxes, numbers, video), notes)

    def _where(self, row: int) -> str:
        return f"{self.source}, {self.unit} {self.boxes.line.iloc[row]}"

    def _numbers(self, said: pd.Series) -> pd.Series:
        """What a column says, read as jersey numbers."""
        numbers: list[str | None] = []
        for row, value in enumerate(said):
            try:
                numbers.append(jersey_number(value))
            except ValueError as error:
                raise HoopError(f"{self._where(row)}: {error}") from None
        return pd.Series(numbers, index=said.index, dtype=object)

    def _refuse(self, row: Any, problem: str) -> HoopError:
        return HoopError(f"{self.source}, {self.unit} {row.line}: {problem}")

    def _check_frames(
        self, boxes: pd.DataFrame, listed: list[int] | None, video: VideoInfo, numbered_from: int
    ) -> None:
        remedy = f"give --first-frame {1 - numbered_from}, or the labels of this video"
        has = (
            f"{Path(video.path).name} has {video.frame_count} frames, numbered from {numbered_from}"
        )
        for row in boxes[~boxes.frame.between(1, video.frame_count)].head(1).itertuples():
            raise self._refuse(row, f"frame {row.frame - 1 + numbered_from}, but {has}: {remedy}")
        for frame in listed or ():
            if not 1 <= frame <= video.frame_count:
                number = frame - 1 + numbered_from
                raise HoopError(f"{self.source}: frame {number}, but {has}: {remedy}")

    def _check_unique(self, boxes: pd.DataFrame) -> None:
        people = boxes[boxes.label.isin(PEOPLE) & (boxes["index"] >= 0)]
        for row in people[people.duplicated(["frame", "index"])].head(1).itertuples():
            same = people[(people.frame == row.frame) & (people["index"] == row.index)]
            raise self._refuse(
                row,
                f"id {row.index} occurs twice in one frame, first in {self.unit} "
                f"{same.line.iloc[0]}: give every person of a frame an id of their own",
            )

    def _fit(self, boxes: pd.DataFrame, video: VideoInfo) -> tuple[pd.DataFrame, int]:
        """Brings boxes into the video's pixels; returns also how many of them were cut off."""
        picture = video.width, video.height
        size = self.size or picture
        inside, cut = fit_boxes(boxes[SIDES].to_numpy(np.float64), size, self._where)
        inside *= np.tile(np.divide(picture, size), 2)
        return boxes.assign(**dict(zip(SIDES, inside.T, strict=True))), cut

    def _frames(
        self, boxes: pd.DataFrame, numbers: list[int], video: VideoInfo
    ) -> Iterator[tuple[int, sv.Detections]]:
        by_frame = dict(iter(boxes.groupby("frame")))
        for number in numbers:
            rows = by_frame.get(number)
            yield number, sv.Detections.empty() if rows is None else _detections(rows, video)


def _labeled(frames: pd.Series) -> list[int]:
    """The labeled frames: all from first to last, except where only every nth was labeled."""
    numbers: list[int] = np.unique(frames.to_numpy(np.int64)).tolist()
    if len(numbers) < 2:
        return numbers
    every = int(np.gcd.reduce(np.diff(numbers)))
    return list(range(numbers[0], numbers[-1] + 1, every))


def _detections(rows: pd.DataFrame, video: VideoInfo) -> sv.Detections:
    shape = (video.height, video.width)
    boxes = rows[SIDES].to_numpy(np.float32)
    encoded = rows["mask"].tolist()
    packed = None
    if any(encoded):
        corners = [
            (min(round(x), shape[1] - 1), min(round(y), shape[0] - 1))
            for x, y, *_ in boxes.tolist()
        ]
        crops = [
            masks.NONE if mask is None else _crop(mask, box, corner, shape)
            for mask, box, corner in zip(encoded, boxes.tolist(), corners, strict=True)
        ]
        packed = masks.from_crops(crops, corners, shape)
    return sv.Detections(
        xyxy=boxes,
        mask=packed,
        tracker_id=rows["index"].to_numpy(int),
        data={
            "class_name": rows.label.to_numpy(object),
            **{name: rows[name].to_numpy(object) for name in ATTRIBUTES},
        },
    )


def _crop(
    encoded: Mapping[str, Any],
    box: Sequence[float],
    corner: tuple[int, int],
    shape: tuple[int, int],
) -> np.ndarray:
    whole = coco_mask.decode(encoded)
    if whole.shape != shape:
        whole = cv2.resize(whole, shape[::-1], interpolation=cv2.INTER_NEAREST)
    x, y = corner
    right, bottom = (max(low + 1, round(high)) for low, high in zip(corner, box[2:], strict=True))
    result: np.ndarray = whole[y:bottom, x:right].astype(bool)
    return result
