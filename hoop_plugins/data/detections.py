"""What ``sv.Detections`` leaves open, settled as the roles of ``models/roles.py`` have it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.vocabulary import Vocabulary
from hoop_plugins.errors import PluginError


def track_ids(detections: sv.Detections) -> NDArray[np.integer]:
    """The track of each of N detections: ``(N,)`` ids from 1, or -1, as the store has them."""
    if detections.tracker_id is None:
        return np.full(len(detections), -1)
    return detections.tracker_id


def compact_masks(detections: sv.Detections) -> sv.CompactMask | None:
    """The masks of detections, as crops, or ``None`` where there are none.

    Raises:
        PluginError: If the masks fill the frame, which the roles do not allow.
    """
    masks = detections.mask
    if masks is None or isinstance(masks, sv.CompactMask):
        return masks
    raise PluginError(
        f"masks are an array {masks.shape}: make them sv.CompactMask (Detections.to_compact_masks)"
    )


def understood(detections: sv.Detections, vocabulary: Vocabulary) -> sv.Detections:
    """Detections with our class names, as far as a vocabulary knows them, and without those that
    are to be left out.
    """
    names = objects(map(vocabulary.label, detections.data.get("class_name", ())))
    kept = detections.select(names.astype(bool))
    kept.data["class_name"] = names[names.astype(bool)]
    return kept


def covered(parts: NDArray[np.number], people: NDArray[np.number]) -> NDArray[np.float64]:
    """The share of each person, or of a part of them, that each one nearer to the camera covers.

    Args:
        parts: ``(N, 4)``, xyxy: what is to be seen of each person.
        people: ``(N, 4)``. Who stands lower in the picture is nearer.

    Returns:
        ``(N, N)``, 0 where the second is not nearer.
    """
    corners = np.maximum(parts[:, None, :2], people[None, :, :2])
    ends = np.minimum(parts[:, None, 2:], people[None, :, 2:])
    common = np.clip(ends - corners, 0, None).prod(2)
    area = (parts[:, 2:] - parts[:, :2]).prod(1)
    nearer = people[None, :, 3] > people[:, None, 3]
    return np.asarray(np.where(nearer, common, 0) / np.maximum(area, 1)[:, None], np.float64)


def objects(values: Iterable[Any]) -> NDArray[np.object_]:
    """A column of ``data``: an object array ``(N,)``, whatever the N values are."""
    listed = list(values)
    column = np.empty(len(listed), dtype=object)
    column[:] = listed
    return column
