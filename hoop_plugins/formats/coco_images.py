"""COCO of single images with boxes: what a detector is trained on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.image import Image
from hoop_plugins.errors import HoopError
from hoop_plugins.formats import coco

ANNOTATIONS = "_annotations.coco.json"
"""Beside the images, as Roboflow exports it."""


@dataclass(frozen=True)
class CocoDataset:
    """Images and boxes of one COCO file.

    Attributes:
        names: The class names; label i is ``names[i]``.
        images: The image files.
        boxes: An ``(n, 4)`` float32 array an image: ``xyxy`` in pixels.
        labels: An ``(n,)`` int64 array an image.
    """

    names: tuple[str, ...]
    images: tuple[Path, ...]
    boxes: tuple[NDArray[np.float32], ...]
    labels: tuple[NDArray[np.int64], ...]

    def __len__(self) -> int:
        return len(self.images)

    def image(self, index: int) -> Image:
        """Reads an image: RGB uint8 ``(H, W, 3)``."""
        pixels = cv2.imread(str(self.images[index]), cv2.IMREAD_COLOR)
        if pixels is None:
            raise HoopError(f"cannot read the image {str(self.images[index])!r}: fix or remove it")
        return cast(Image, cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))

    def shown(self) -> list[str]:
        """The classes that there are boxes of."""
        return [self.names[i] for i in np.unique(np.concatenate(self.labels)).tolist()]

    def relabeled(self, names: tuple[str, ...]) -> CocoDataset:
        """The same boxes with other class numbers; ``names`` has every class of this one's."""
        numbers = np.array([names.index(name) for name in self.names], dtype=np.int64)
        return replace(self, names=names, labels=tuple(numbers[labels] for labels in self.labels))

    def target(self, index: int) -> sv.Detections:
        """The ground truth of an image, with ``data["class_name"]``."""
        names = [self.names[label] for label in self.labels[index]]
        return sv.Detections(
            xyxy=self.boxes[index].reshape(-1, 4),
            class_id=self.labels[index],
            data={"class_name": np.array(names, dtype=object)},
        )


def read_coco(path: Path, names: tuple[str, ...] | None = None) -> CocoDataset:
    """Reads a COCO file of boxes. Crowd boxes and empty boxes are left out.

    Args:
        path: The file; image names in it are relative to its folder.
        names: The classes to label with, from another split; by default the file's own, without the
            parent category that Roboflow adds.

    Raises:
        HoopError: If it is no COCO file, has no images, or has a class that ``names`` lacks.
    """
    from rfdetr.datasets.coco import annotated_category_ids, filter_parent_categories

    content = coco.load(path)
    images, annotations = content["images"], content["annotations"]
    if not images or not annotations:
        missing = "boxes" if images else "images"
        raise HoopError(f"{str(path)!r} lists no {missing}: export the dataset again")
    kept = filter_parent_categories(content["categories"], annotated_category_ids(content))
    own = {category["id"]: category["name"] for category in kept}
    names = names or tuple(own.values())
    unknown = sorted(set(own.values()) - set(names))
    if unknown:
        raise HoopError(f"{str(path)!r} has the class {unknown[0]!r}, which the train split lacks")
    rows: dict[int, list[tuple[float, ...]]] = {image["id"]: [] for image in images}
    for annotation in annotations:
        x, y, width, height = annotation["bbox"]
        if width > 0 and height > 0 and not annotation.get("iscrowd"):
            label = names.index(own[annotation["category_id"]])
            rows[annotation["image_id"]].append((x, y, x + width, y + height, label))
    tables = [np.array(rows[image["id"]], dtype=np.float64).reshape(-1, 5) for image in images]
    return CocoDataset(
        names=names,
        images=tuple(path.parent / image["file_name"] for image in images),
        boxes=tuple(table[:, :4].astype(np.float32) for table in tables),
        labels=tuple(table[:, 4].astype(np.int64) for table in tables),
    )


LabeledImage = tuple[str, tuple[int, ...], Sequence[tuple[str, Sequence[float]]]]
"""File name, ``(width, height)`` in pixels, and boxes: class and ``xyxy`` in pixels."""


def write_coco(path: Path, names: Sequence[str], images: Sequence[LabeledImage]) -> None:
    """Writes a COCO file of boxes; ``names`` are all classes, whose ids count from 1."""
    content = coco.document(
        names,
        [
            {"id": number, "file_name": file, "width": width, "height": height}
            for number, (file, (width, height), _) in enumerate(images, 1)
        ],
        [
            {"image_id": number, **coco.annotation(names.index(name) + 1, box)}
            for number, (*_, boxes) in enumerate(images, 1)
            for name, box in boxes
        ],
    )
    path.write_text(json.dumps(content), encoding="utf-8")
