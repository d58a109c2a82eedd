"""Between ``sv.Detections`` and the frame labels of FiftyOne, in both directions.

Labels are written and read as the documents that MongoDB keeps: building FiftyOne's objects of them
would take longer than everything else that reading and writing do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cv2
import fiftyone as fo
import fiftyone.core.utils as fou
import numpy as np
import supervision as sv
from bson import ObjectId
from numpy.typing import NDArray

from hoop_plugins.compat.fiftyone import unpack_array
from hoop_plugins.data import masks
from hoop_plugins.data.detections import objects
from hoop_plugins.data.fields import MADE_BY, OURS
from hoop_plugins.data.vocabulary import NONE, STORED_SPELLINGS, Vocabulary, jersey_number, said
from hoop_plugins.errors import HoopError

LABEL_ATTRIBUTES = ("label", "bounding_box", "confidence", "index")
"""What :func:`from_documents` reads of every label, besides its mask and attributes."""

SOFT = 0.5
"""From where on a pixel of a mask of fractions belongs to it."""


def to_labels(
    found: sv.Detections, size: tuple[int, int], attributes: Sequence[str] = (), video: str = ""
) -> fo.Detections:
    """Turns a frame's detections into FiftyOne's; arguments as of :func:`to_document`."""
    return fo.Detections.from_dict(to_document(found, size, attributes, video))


def to_document(
    found: sv.Detections,
    size: tuple[int, int],
    attributes: Sequence[str] = (),
    video: str = "",
    ours: bool = False,
) -> dict[str, Any]:
    """Turns a frame's detections, as the roles of ``models/roles.py`` give them, into a document.

    Args:
        found: Detections.
        size: ``(width, height)`` of the frame in pixels.
        attributes: Names in ``found.data`` to keep.
        video: What tells this video's tracks from another's: the sample's id.
        ours: Whether the labels are marked as made by a stage.

    Returns:
        What MongoDB keeps of the ``fo.Detections``.
    """
    width, height = size
    pixels = np.clip(found.xyxy, 0, (width, height, width, height)).astype(float)
    boxes = pixels / (width, height, width, height)
    labels = []
    for i, (left, top, right, bottom) in enumerate(boxes.tolist()):
        label = {
            "_id": ObjectId(),
            "_cls": "Detection",
            "attributes": {},
            "tags": [],
            "label": str(found.data["class_name"][i]),
            "bounding_box": [left, top, right - left, bottom - top],
        }
        for name in attributes:
            if name in found.data and (value := found.data[name][i]) is not None:
                label[name] = to_value(value)
        if found.confidence is not None and not np.isnan(found.confidence[i]):
            label["confidence"] = float(found.confidence[i])
        if found.tracker_id is not None and found.tracker_id[i] >= 0:
            label |= identity_values(video, int(found.tracker_id[i]))
        if isinstance(found.mask, sv.CompactMask):
            crop = masks.mask_of(found.mask, i)
            if crop is not None:
                label["mask"] = to_value(_cut_to(crop, found.mask.offsets[i], pixels[i].tolist()))
        if ours:
            label[MADE_BY] = OURS
        labels.append(label)
    return {"_cls": "Detections", "detections": labels}


def from_documents(
    labels: Sequence[Mapping[str, Any]],
    size: tuple[int, int],
    attributes: Sequence[str] = (),
    vocabulary: Vocabulary | None = None,
    with_masks: bool = True,
) -> sv.Detections:
    """Turns a frame's labels into detections.

    Args:
        labels: The documents of N ``fo.Detection`` labels, as MongoDB keeps them.
        size: ``(width, height)`` of the frame in pixels.
        attributes: Names that go into ``data``.
        vocabulary: What other people's labels are read with: what cannot be understood is given as
            it is, a label that is left out has the class "".
        with_masks: Whether masks are decoded.

    Returns:
        N detections: ``xyxy`` in pixels, ``mask`` (``sv.CompactMask``, or ``None`` where no label
        has one), ``confidence`` (NaN where absent), ``tracker_id`` (-1 where absent),
        ``data["class_name"]`` and one object array an attribute, ``None`` where absent.

    Raises:
        HoopError: If a box is no four numbers, a mask cannot be read, or a team or number is a
            list.
    """
    width, height = size
    corners = [label.get("bounding_box") or () for label in labels]
    whole = [box if len(box) == 4 else [np.nan] * 4 for box in corners]
    boxes = np.array(whole, dtype=np.float64).reshape(-1, 4)
    for i in np.flatnonzero(~np.isfinite(boxes).all(axis=1))[:1].tolist():
        raise HoopError(
            f"the box {list(corners[i])} of label {i + 1}, {labels[i].get('label')!r}, is no four "
            "numbers: fix or remove the label"
        )
    boxes[:, 2:] += boxes[:, :2]
    boxes *= (width, height, width, height)
    data: dict[str, Any] = {
        "class_name": objects(label.get("label") for label in labels),
        **{name: objects(from_value(label.get(name)) for label in labels) for name in attributes},
    }
    if vocabulary is not None:
        for name, others in STORED_SPELLINGS.items():
            for i, value in enumerate(data.get(name, ())):
                if value is None:
                    told = (labels[i][other] for other in others if other in labels[i])
                    data[name][i] = next(told, None)
        data["class_name"] = objects(map(vocabulary.label, data["class_name"]))
        for name, read in READ.items():
            if name in data:
                data[name] = objects(map(read, data[name]))
    masked = with_masks and any(label.get("mask") or label.get("mask_path") for label in labels)
    confidence = [label.get("confidence") for label in labels]
    ids = [label.get("index") for label in labels]
    return sv.Detections(
        xyxy=boxes.astype(np.float32),
        mask=_decode_masks(labels, boxes, size) if masked else None,
        confidence=np.array([np.nan if c is None else c for c in confidence], dtype=np.float32),
        tracker_id=np.array([-1 if index is None else index for index in ids], dtype=int),
        data=data,
    )


def _team(value: Any) -> Any:
    return said(_single(value, "team"))


def _single(value: Any, name: str) -> Any:
    if isinstance(value, list | dict):
        raise HoopError(f"{name} is {value!r:.40}: give text, or a number")
    return value


def _number(value: Any) -> Any:
    _single(value, "number")
    try:
        return jersey_number(value)
    except ValueError:
        return value


READ: Mapping[str, Callable[[Any], Any]] = {
    "team": _team,
    # A name, or a length, that other people call so is no tracker's id, and a word no share.
    "track": lambda value: value if type(value) is int else None,
    "visible": lambda value: value if isinstance(value, int | float) else None,
    "number": _number,
    # Of a number box in which nothing can be read.
    "text": lambda value: "" if value in ("", NONE) else _number(value),
}
"""How attributes of other people's labels are read."""


def to_value(value: Any) -> Any:
    """An attribute's value as MongoDB keeps it: arrays as bytes, NumPy's scalars as Python's."""
    if isinstance(value, np.ndarray):
        return fou.serialize_numpy_array(value)
    return value.item() if isinstance(value, np.generic) else value


def from_value(value: Any) -> Any:
    """The inverse of :func:`to_value`."""
    return unpack_array(value).copy() if isinstance(value, bytes) else value


def _decode_masks(
    labels: Sequence[Mapping[str, Any]], boxes: NDArray[np.float64], size: tuple[int, int]
) -> sv.CompactMask:
    width, height = size
    crops, corners = [], []
    for label, box in zip(labels, boxes.tolist(), strict=True):
        left, top, right, bottom = (round(value) for value in box)
        crop = _fill(_stored_mask(label), (left, top, right, bottom), size)
        crops.append(crop if crop.size else masks.NONE)
        corners.append((min(max(left, 0), width - 1), min(max(top, 0), height - 1)))
    return masks.from_crops(crops, corners, (height, width))


def _stored_mask(label: Mapping[str, Any]) -> NDArray[Any]:
    """A label's mask, of any size and type, in the database or in a file; empty without one."""
    mask: NDArray[Any] | None = np.zeros((0, 0), bool)
    if raw := label.get("mask"):
        mask = unpack_array(raw)
    elif path := label.get("mask_path"):
        mask = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    if mask is None or mask.ndim not in (2, 3):
        place = f" {path}" if (path := label.get("mask_path")) else ""
        raise HoopError(
            f"the mask{place} of {label.get('label')!r} cannot be read: restore or remove it"
        )
    if mask.dtype.kind == "f":  # as networks give them
        mask = mask >= SOFT
    # Of colors any; the fourth channel tells what is transparent.
    return np.any(mask[..., :3], axis=2) if mask.ndim == 3 else mask


def _fill(
    mask: NDArray[Any], box: tuple[int, int, int, int], size: tuple[int, int]
) -> NDArray[np.bool_]:
    """The part of a mask that lies within the frame.

    A mask fills its box, as FiftyOne has it: one of another size is stretched. A pixel more or less
    comes of rounding, and a single one that is not of it stands for none.
    """
    left, top, right, bottom = box
    rows, columns = mask.shape
    high, wide = bottom - top, right - left
    if (mask.size > 1 or mask.any()) and (abs(rows - high) > 1 or abs(columns - wide) > 1):
        y = np.arange(max(top, 0), min(bottom, size[1])) - top + 0.5
        x = np.arange(max(left, 0), min(right, size[0])) - left + 0.5
        within = mask[np.ix_((y * rows / high).astype(int), (x * columns / wide).astype(int))]
    else:
        within = mask[max(-top, 0) : max(size[1] - top, 0), max(-left, 0) : max(size[0] - left, 0)]
    return within.astype(bool, copy=False)


def _cut_to(crop: NDArray[np.bool_], corner: Sequence[int], box: Sequence[float]) -> NDArray[Any]:
    """A mask, given where it is, as the array that fills its box."""
    left, top, right, bottom = (round(side) for side in box)
    x, y = (int(value) for value in corner)
    rows, columns = crop.shape
    if (x, y, x + columns, y + rows) == (left, top, right, bottom):
        return crop
    filled = np.zeros((max(bottom - top, 1), max(right - left, 1)), bool)
    part = crop[max(top - y, 0) : max(bottom - y, 0), max(left - x, 0) : max(right - x, 0)]
    y, x = max(y - top, 0), max(x - left, 0)
    filled[y : y + part.shape[0], x : x + part.shape[1]] = part
    return filled


def identity_values(video: str, index: int) -> dict[str, Any]:
    """What says whose a label is, as MongoDB keeps it: the same for the same track in every chunk,
    also after a resume.
    """
    digest = hashlib.sha256(f"{video}/{index}".encode()).hexdigest()
    return {"index": index, "instance": {"_cls": "Instance", "_id": ObjectId(digest[:24])}}
