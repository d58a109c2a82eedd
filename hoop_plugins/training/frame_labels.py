"""Boxes to train the detector with: from images, and from frames of videos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import fiftyone as fo

from hoop_plugins.compat.fiftyone import root_dataset
from hoop_plugins.data.classes import remembered
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.vocabulary import PLAYER_ACTIONS, Vocabulary
from hoop_plugins.training.splits import CurationError, Origin

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class LabeledFrame:
    """An image and its boxes.

    Attributes:
        origin: The image, or the video.
        frame: Of a video: which frame, from 1.
        boxes: ``[x, y, width, height]`` as shares of the image.
        classes: The class of each box.
    """

    origin: Origin
    frame: int | None
    boxes: tuple[Box, ...]
    classes: tuple[str, ...]
    answer: ClassVar[str] = ""

    def labels(self, size: Sequence[int]) -> list[tuple[str, Box]]:
        """The class and ``xyxy`` pixels of each box in an image of ``(width, height)``."""
        width, height = size
        return [
            (name, (x * width, y * height, (x + w) * width, (y + h) * height))
            for name, (x, y, w, h) in zip(self.classes, self.boxes, strict=True)
        ]


def labeled_frames(
    view: fo.core.collections.SampleCollection, origins: Sequence[Origin], field: str, stride: int
) -> list[LabeledFrame]:
    """Finds the labeled images, or every so many frames, of a view, also those that show nothing.

    Raises:
        CurationError: If there is no such field, or nothing is labeled.
    """
    dataset = root_dataset(view)
    if not (dataset.has_field(field) or dataset.has_frame_field(field)):
        raise CurationError(
            f"{dataset.name!r} has no field {field!r}: name the one that holds the boxes"
        )
    if origins[0].spans:
        found = [f for origin in origins for f in _of_video(dataset, origin, field, stride)]
    else:
        found = list(_of_images(view, origins, field))
    if not found:
        raise CurationError(f"nothing in the view has boxes in {field!r}: label some, or import")
    return found


def _of_video(
    dataset: fo.Dataset, origin: Origin, field: str, stride: int
) -> Iterator[LabeledFrame]:
    store = SampleStore(dataset, origin.sample_id, Fields(ground_truth=field), origin.shown)
    size = store.video.width, store.video.height
    wanted = {frame for first, last in origin.spans for frame in range(first, last + 1, stride)}
    for frame, found in store.read("ground_truth", masks=False):
        if frame in wanted:
            found = found.select(found.data["class_name"] != "")
            boxes = found.xyxy.astype(float)
            boxes[:, 2:] -= boxes[:, :2]
            boxes /= (*size, *size)
            named = zip(found.data["class_name"], found.data["action"], strict=True)
            classes = tuple(
                str(action if action in PLAYER_ACTIONS else label) for label, action in named
            )
            yield LabeledFrame(origin, frame, tuple(map(tuple, boxes.tolist())), classes)


def _of_images(
    view: fo.core.collections.SampleCollection, origins: Sequence[Origin], field: str
) -> Iterator[LabeledFrame]:
    samples = view.select([origin.sample_id for origin in origins], ordered=True)
    kind = view.get_field(field)
    if getattr(kind, "document_type", None) is not fo.Detections:
        raise CurationError(
            f"{field!r} of {root_dataset(view).name!r} holds no boxes: name a field that does"
        )
    boxes, classes = samples.values([f"{field}.detections.{n}" for n in ("bounding_box", "label")])
    vocabulary = Vocabulary(remembered(root_dataset(view)))
    for origin, corners, labels in zip(origins, boxes, classes, strict=True):
        if corners is not None:
            read = zip(map(tuple, corners), map(vocabulary.label, labels), strict=True)
            kept = [(box, name) for box, name in read if name]
            yield LabeledFrame(
                origin, None, tuple(box for box, _ in kept), tuple(name for _, name in kept)
            )
