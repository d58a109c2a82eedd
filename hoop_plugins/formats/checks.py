"""What has to hold for boxes, masks and ids, wherever they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import supervision as sv
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from hoop_plugins.errors import HoopError
from hoop_plugins.formats.reading import shown

SIDES = ["x1", "y1", "x2", "y2"]

HUGE = 2.0
"""A box this many times as wide or high as the picture was measured on another one."""

CLIPPED = 1.0
"""Pixels that a box may reach out of the picture without a word: formats round differently."""

LARGEST = 2**53
"""The largest whole number that floats and the App's JavaScript tell from its neighbors."""


def fit_boxes(
    boxes: NDArray[np.number], size: tuple[int, int], where: Callable[[int], str]
) -> tuple[NDArray[np.float64], int]:
    """Looks at boxes, and cuts off what reaches out of the picture.

    Args:
        boxes: ``(N, 4)``, xyxy in pixels.
        size: ``(width, height)`` of the picture in pixels.
        where: Says of the i-th box where it stands.

    Returns:
        The boxes, float64 ``(N, 4)``, within the picture, and how many of them were cut off.

    Raises:
        HoopError: If a box is no number, has no area, or is outside or far larger than the picture.
    """
    corners = np.asarray(boxes, dtype=np.float64).reshape(-1, 2, 2)
    spans = corners[:, 1] - corners[:, 0]
    edges = f"the {size[0]}x{size[1]} picture: were the labels made for another one?"
    outside = (corners[:, 1] <= 0) | (corners[:, 0] >= size)
    for wrong, problem in (
        (~np.isfinite(corners).all(axis=2), "the box is no number: fix or remove it"),
        (spans <= 0, "the box has no area: fix or remove it"),
        (spans > HUGE * np.array(size), f"the box is far larger than {edges}"),
        (outside, f"the box lies outside {edges}"),
    ):
        for i in np.flatnonzero(np.any(wrong, axis=1))[:1].tolist():
            shown = ", ".join(f"{side:g}" for side in corners[i].ravel())
            raise HoopError(f"{where(i)}: {problem} (from left, top to right, bottom: {shown})")
    inside = corners.clip(0, size)
    cut = int((np.abs(inside - corners) > CLIPPED).any(axis=(1, 2)).sum())
    return inside.reshape(-1, 4), cut


def cut_notes(count: int) -> list[str]:
    """What people should know of boxes that were cut off."""
    return [f"{count} boxes reach out of the picture and were cut off at its edge"] * (count > 0)


def whole_numbers(
    values: Iterable[Any], name: str, lowest: int, where: Callable[[int], str]
) -> NDArray[np.int64]:
    """Reads ids or frame numbers, which may also be written as text.

    Args:
        values: What was found; ``None`` and NaN are -1 where -1 is allowed.
        name: What they are called.
        lowest: The lowest that may be.
        where: Says of the i-th where it stands.

    Raises:
        HoopError: If one is no whole number, or too low or high.
    """
    column = pd.Series(list(values), dtype=object)
    numbers = pd.to_numeric(column, errors="coerce").astype(np.float64)
    if lowest == -1:
        numbers = numbers.where(column.notna(), -1.0)
    right = (numbers == np.floor(numbers)) & numbers.between(lowest, LARGEST)
    for i in np.flatnonzero(~right)[:1].tolist():
        value = column[i]
        told = f"{value:g}" if isinstance(value, float) else shown(value)
        none = ", or -1 where there is none" if lowest == -1 else ""
        least = max(lowest, 0)
        raise HoopError(
            f"{where(i)}: {name} {told} is wrong: give a whole number from {least}{none}"
        )
    return np.array(numbers, dtype=np.int64)


def encode_segmentation(segmentation: Any, size: tuple[int, int]) -> dict[str, Any] | None:
    """Reads what COCO calls a segmentation.

    Args:
        segmentation: Polygons, run lengths, compressed or not, or nothing.
        size: ``(width, height)`` of the picture.

    Returns:
        Compressed run lengths of the whole picture; ``None`` where no pixel is covered.

    Raises:
        ValueError: If it is none of these.
    """
    if not segmentation:
        return None
    width, height = size
    if isinstance(segmentation, Mapping):
        try:
            # It looks at lengths and sums, which pycocotools does not: it would read noise.
            sv.CompactMask.from_coco_rle([segmentation], np.zeros((1, 4)), (height, width))
        except ValueError as error:
            raise ValueError(f"{shown(segmentation)} is no mask: {error}") from error
        counts = segmentation["counts"]
        encoded = {"size": [height, width], "counts": counts}
        if not isinstance(counts, str):
            encoded = coco_mask.frPyObjects(encoded, height, width)
    else:
        listed = segmentation if isinstance(segmentation, list) else [segmentation]
        polygons = [_polygon(points, size) for points in listed]
        encoded = coco_mask.merge(coco_mask.frPyObjects(polygons, height, width))
    return dict(encoded) if coco_mask.area(encoded) else None


def _polygon(points: Any, size: tuple[int, int]) -> list[float]:
    try:
        polygon = np.asarray(points, dtype=np.float64)
        # What lies far outside would take pycocotools all memory there is.
        near = np.abs(polygon).max(initial=0) <= HUGE * max(size)
        if polygon.ndim == 1 and len(polygon) >= 6 and len(polygon) % 2 == 0 and near:
            listed: list[float] = polygon.tolist()
            return listed
    except (TypeError, ValueError):
        pass
    raise ValueError(
        "a polygon is a list x, y, x, y … of three points or more in the picture, not "
        f"{shown(points)}"
    )
