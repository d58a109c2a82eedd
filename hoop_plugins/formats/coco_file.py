"""What a COCO file holds, read and put together: of videos as of single images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from pycocotools import mask as coco_mask
from pydantic import Field

from hoop_plugins.errors import HoopError
from hoop_plugins.formats.reading import Id, Number, Shape, read_json

Side = Annotated[int, Field(gt=0, le=16384)]
"""Pixels of a picture."""


class CocoImage(Shape):
    """A picture; in COCO-VID with its video, and its frame, which is mostly counted from 0."""

    id: Id
    file_name: str
    width: Side | None = None
    height: Side | None = None
    video_id: Id | None = None
    frame_id: int | None = None
    frame_index: int | None = None

    @property
    def frame(self) -> int | None:
        """The frame, where it is said."""
        return self.frame_index if self.frame_id is None else self.frame_id

    @property
    def size(self) -> tuple[int, int] | None:
        """``(width, height)`` in pixels, where it is said."""
        return (self.width, self.height) if self.width and self.height else None


class CocoAnnotation(Shape):
    """A box; ``iscrowd`` where it is around many things that were not told apart."""

    id: Any = None
    image_id: Id
    category_id: int
    bbox: Annotated[list[Number], Field(min_length=4, max_length=4)]
    segmentation: Any = None
    iscrowd: bool | None = None
    attributes: dict[str, Any] | None = None


class CocoCategory(Shape):
    """A class."""

    id: int
    name: str
    supercategory: str | None = None


class CocoVideo(Shape):
    """A video of COCO-VID."""

    id: Id
    name: str | None = None
    file_name: str | None = None


class Coco(Shape):
    """A whole file."""

    kind: ClassVar[str] = "COCO"
    images: list[CocoImage]
    annotations: list[CocoAnnotation]
    categories: list[CocoCategory]
    videos: list[CocoVideo] | None = None


def load(path: Path) -> Coco:
    """Reads a file and looks whether it holds together.

    Returns:
        The file; every annotation has an image and a category that there are, and an id.

    Raises:
        HoopError: If it is not COCO; with the annotation where one is wrong.
    """
    content = read_json(path, Coco)
    images, categories = (
        unique(path, kind, [each.id for each in entries])
        for kind, entries in (("images", content.images), ("categories", content.categories))
    )
    for position, annotation in enumerate(content.annotations, 1):
        annotation.id = position if annotation.id is None else annotation.id
        for name, value, known in (
            ("image", annotation.image_id, images),
            ("category", annotation.category_id, categories),
        ):
            if value not in known:
                raise HoopError(f"{path}, annotation {annotation.id}: there is no {name} {value!r}")
    return content


def unique(path: Path, kind: str, ids: Sequence[Any]) -> set[Any]:
    """The ids of a list of the file.

    Raises:
        HoopError: If two are the same.
    """
    for value, times in Counter(ids).most_common(1):
        if times > 1:
            raise HoopError(f"{path}: {times} {kind} have the id {value!r}: number them anew")
    return set(ids)


def annotation(
    category_id: int, box: Sequence[float], segmentation: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Describes a box as COCO does: ``xyxy`` in pixels, and what :func:`encode_mask` gives."""
    left, top, right, bottom = box
    left, top, width, height = (round(v, 3) for v in (left, top, right - left, bottom - top))
    area = int(coco_mask.area(segmentation)) if segmentation else round(width * height, 3)
    return {
        "category_id": category_id,
        "bbox": [left, top, width, height],
        "area": area,
        "iscrowd": 0,
        "segmentation": segmentation or [],
    }


def encode_mask(
    crop: np.ndarray, corner: Sequence[int], image_shape: tuple[int, int]
) -> dict[str, Any]:
    """Encodes a mask as COCO's compressed run lengths of the whole picture.

    Args:
        crop: Boolean array ``(h, w)``.
        corner: The ``(x, y)`` pixel of its upper left corner.
        image_shape: ``(H, W)`` of the picture.
    """
    (x, y), (height, width) = corner, crop.shape
    whole = np.zeros(image_shape, np.uint8, order="F")
    whole[y : y + height, x : x + width] = crop
    encoded = coco_mask.encode(whole)
    return {"size": list(image_shape), "counts": encoded["counts"].decode()}


def document(
    names: Sequence[str],
    images: Sequence[Mapping[str, Any]],
    annotations: Sequence[Mapping[str, Any]],
    **more: Any,
) -> dict[str, Any]:
    """Puts a COCO file together; classes and annotations are numbered from 1.

    Args:
        names: The class names.
        images: COCO's images.
        annotations: Image ids, and what :func:`annotation` gives.
        **more: Other parts of the file.
    """
    return {
        **more,
        "images": images,
        "annotations": [{"id": i, **values} for i, values in enumerate(annotations, 1)],
        "categories": [
            {"id": i, "name": name, "supercategory": "none"} for i, name in enumerate(names, 1)
        ],
    }
