"""Between ``sv.Detections`` and the frame labels of FiftyOne, in both directions.

Labels are written as FiftyOne's objects and read as the documents that MongoDB keeps: building
objects from them would take longer than everything else that reading does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import fiftyone as fo
import fiftyone.core.utils as fou
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.compat.fiftyone import unpack_array
from hoop_plugins.data import masks
from hoop_plugins.data.detections import objects
from hoop_plugins.data.fields import MADE_BY, OURS

LABEL_ATTRIBUTES = ("label", "bounding_box", "confidence", "index")
"""What :func:`from_documents` reads of every label, besides its mask and attributes."""


def to_labels(
    found: sv.Detections,
    size: tuple[int, int],
    attributes: Sequence[str] = (),
    video: str = "",
    ours: bool = False,
) -> fo.Detections:
    """Turns a frame's detections, as the roles of ``models/roles.py`` give them, into FiftyOne's.

    Args:
        found: Detections.
        size: ``(width, height)`` of the frame in pixels.
        attributes: Names in ``found.data`` to keep.
        video: What tells this video's tracks from another's: the sample's id.
        ours: Whether the labels are marked as made by a stage.
    """
    made_by = {MADE_BY: OURS} if ours else {}
    width, height = size
    boxes = np.clip(found.xyxy, 0, (width, height, width, height)).astype(float)
    boxes /= (width, height, width, height)
    labels = []
    for i, (left, top, right, bottom) in enumerate(boxes.tolist()):
        values = {
            name: found.data[name][i]
            for name in attributes
            if name in found.data and found.data[name][i] is not None
        }
        if found.confidence is not None and not np.isnan(found.confidence[i]):
            values["confidence"] = float(found.confidence[i])
        if found.tracker_id is not None and found.tracker_id[i] >= 0:
            values["index"] = int(found.tracker_id[i])
            values["instance"] = track_instance(video, values["index"])
        if isinstance(found.mask, sv.CompactMask):
            values["mask"] = found.mask.crop(i)
        labels.append(
            fo.Detection(
                label=str(found.data["class_name"][i]),
                bounding_box=[left, top, right - left, bottom - top],
                **made_by,
                **values,
            )
        )
    return fo.Detections(detections=labels)


def from_documents(
    labels: Sequence[Mapping[str, Any]], size: tuple[int, int], attributes: Sequence[str] = ()
) -> sv.Detections:
    """Turns a frame's labels into detections.

    Args:
        labels: The documents of N ``fo.Detection`` labels, as MongoDB keeps them.
        size: ``(width, height)`` of the frame in pixels.
        attributes: Names that go into ``data``.

    Returns:
        N detections: ``xyxy`` in pixels, ``mask`` (``sv.CompactMask``, or ``None`` where no label
        has one), ``confidence`` (NaN where absent), ``tracker_id`` (-1 where absent),
        ``data["class_name"]`` and one object array an attribute, ``None`` where absent.
    """
    width, height = size
    corners = [label["bounding_box"] for label in labels]
    boxes = np.array(corners, dtype=np.float64).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    boxes *= (width, height, width, height)
    data: dict[str, Any] = {
        "class_name": objects(label.get("label") for label in labels),
        **{name: objects(from_value(label.get(name)) for label in labels) for name in attributes},
    }
    stored = [label.get("mask") for label in labels]
    confidence = [label.get("confidence") for label in labels]
    ids = [label.get("index") for label in labels]
    return sv.Detections(
        xyxy=boxes.astype(np.float32),
        mask=_decode_masks(stored, boxes, size) if any(stored) else None,
        confidence=np.array([np.nan if c is None else c for c in confidence], dtype=np.float32),
        tracker_id=np.array([-1 if index is None else index for index in ids], dtype=int),
        data=data,
    )


def to_value(value: Any) -> Any:
    """An attribute's value as MongoDB keeps it: arrays as bytes, NumPy's scalars as Python's."""
    if isinstance(value, np.ndarray):
        return fou.serialize_numpy_array(value)
    return value.item() if isinstance(value, np.generic) else value


def from_value(value: Any) -> Any:
    """The inverse of :func:`to_value`."""
    return unpack_array(value).copy() if isinstance(value, bytes) else value


def _decode_masks(
    stored: Sequence[bytes | None], boxes: NDArray[np.float64], size: tuple[int, int]
) -> sv.CompactMask:
    width, height = size
    crops, corners = [], []
    for raw, box in zip(stored, boxes, strict=True):
        x, y = (max(0, round(value)) for value in box[:2])
        mask = np.zeros((0, 0), bool) if raw is None else unpack_array(raw)
        crop = mask[: max(0, height - y), : max(0, width - x)].astype(bool, copy=False)
        # supervision has no empty crops.
        crops.append(crop if crop.size else np.zeros((1, 1), bool))
        corners.append((min(x, width - 1), min(y, height - 1)))
    return masks.from_crops(crops, corners, (height, width))


def track_instance(video: str, index: int) -> fo.Instance:
    """The same instance for the same track in every chunk, also after a resume."""
    digest = hashlib.sha256(f"{video}/{index}".encode()).hexdigest()
    return fo.Instance(id=digest[:24])
