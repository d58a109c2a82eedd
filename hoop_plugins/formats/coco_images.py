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

from hoop_plugins.data.image import Image, image_size
from hoop_plugins.errors import HoopError
from hoop_plugins.formats import coco_file
from hoop_plugins.formats.checks import fit_boxes

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
    """Reads a COCO file of boxes, and looks at its images. Crowds are left out.

    Args:
        path: The file; image names in it are relative to its folder.
        names: The classes to label with, from another split; by default the file's own, without the
            parent category that Roboflow adds.

    Returns:
        The images, upright, and their boxes, cut off at the edges.

    Raises:
        HoopError: If it is no COCO file, has no images, or has a class that ``names`` lacks; with
            the image or annotation, if an image does not open or has another size than the file
            says, or a box is no number, has no area or lies outside.
    """
    from rfdetr.datasets.coco import filter_parent_categories

    content = coco_file.load(path)
    if not content.images or not content.annotations:
        missing = "boxes" if content.images else "images"
        raise HoopError(f"{str(path)!r} lists no {missing}: export the dataset again")
    kept = filter_parent_categories(
        [category.model_dump() for category in content.categories],
        {annotation.category_id for annotation in content.annotations},
    )
    own = {category["id"]: category["name"] for category in kept}
    names = names or tuple(own.values())
    unknown = sorted(set(own.values()) - set(names))
    if unknown:
        raise HoopError(f"{str(path)!r} has the class {unknown[0]!r}, which the train split lacks")
    found: dict[int | str, list[coco_file.CocoAnnotation]] = {i.id: [] for i in content.images}
    for annotation in content.annotations:
        if not annotation.iscrowd:
            found[annotation.image_id].append(annotation)
    boxes, labels = [], []
    for image in content.images:
        size = image_size(path.parent / image.file_name)
        if image.size not in (None, size):
            raise HoopError(
                f"{path}: {image.file_name} is {size[0]}x{size[1]} upright, not {image.width}x"
                f"{image.height}: export the dataset again, with its images"
            )
        of = found[image.id]
        corners = sv.xywh_to_xyxy(np.array([each.bbox for each in of]).reshape(-1, 4))
        places = [f"{path}, annotation {each.id}" for each in of]
        boxes.append(fit_boxes(corners, size, places.__getitem__)[0].astype(np.float32))
        labels.append(np.array([names.index(own[each.category_id]) for each in of], np.int64))
    return CocoDataset(
        names=names,
        images=tuple(path.parent / image.file_name for image in content.images),
        boxes=tuple(boxes),
        labels=tuple(labels),
    )


LabeledImage = tuple[str, tuple[int, ...], Sequence[tuple[str, Sequence[float]]]]
"""File name, ``(width, height)`` in pixels, and boxes: class and ``xyxy`` in pixels."""


def write_coco(path: Path, names: Sequence[str], images: Sequence[LabeledImage]) -> None:
    """Writes a COCO file of boxes; ``names`` are all classes, whose ids count from 1."""
    content = coco_file.document(
        names,
        [
            {"id": number, "file_name": file, "width": width, "height": height}
            for number, (file, (width, height), _) in enumerate(images, 1)
        ],
        [
            {"image_id": number, **coco_file.annotation(names.index(name) + 1, box)}
            for number, (*_, boxes) in enumerate(images, 1)
            for name, box in boxes
        ],
    )
    path.write_text(json.dumps(content), encoding="utf-8")
