"""Boxes and masks that people gave single frames, laid over the labels last of all."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import supervision as sv
from bson import ObjectId
from fiftyone import ViewField as F

from hoop_plugins.corrections.anchors import LEAST_IOU, NoTrackError, find_track
from hoop_plugins.corrections.record import Correction
from hoop_plugins.corrections.tracked import known_tracks
from hoop_plugins.corrections.unaided import keep, kept
from hoop_plugins.data.editing import NOBODY
from hoop_plugins.data.fields import KEYFRAME, MADE_BY, OURS, SHAPE, declare
from hoop_plugins.data.label_codec import from_documents, identity_values
from hoop_plugins.data.masks import NONE, from_crops
from hoop_plugins.data.shapes import EVERY, shape_of
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track

EDITED, REMOVED = "edited", "removed"
ANYBODY = range(1, 2**31)
NO_MASK = ""
WANTED = ("_id", "index", "instance", "label", "team", "number", "bounding_box", "mask", SHAPE)


def draw(store: SampleStore, corrections: Sequence[Correction]) -> None:
    """Adds the people whom somebody drew, where nobody else is; each gets an id of their own."""
    people = [one for one in corrections if one.attribute == "drawn"]
    if not people:
        return
    declare(store.dataset, store.names, "players", "tracks")
    tracks, top = store.read_tracks(), max(known_tracks(store), default=0)
    drawn: list[dict[str, Any]] = []
    labels: list[dict[int, dict[str, Any]]] = []
    for index, person in enumerate(people, start=top + 1):
        frames = {shape["frame"]: shape for shape in person.shapes or ()}
        _leave_out_known(store, frames)
        if not frames:
            continue
        labels.append({frame: _drawn(store, index, person, frames[frame]) for frame in frames})
        ids = [str(label["_id"]) for label in labels[-1].values()]
        drawn.append({"key": person.key, "index": index, "ids": ids})
        tracks[index] = Track(index, min(frames), max(frames), person.value)
    keep(store, drawn=drawn or None)
    for of_one in labels:
        store.add("players", of_one)
    store.write_tracks(tracks.values())


def _leave_out_known(store: SampleStore, frames: dict[int, dict[str, Any]]) -> None:
    """Removes from ``frames`` those in which somebody is tracked where a person drew somebody."""
    within = {"frame_number": {"$in": list(frames)}}
    for frame, found in store.find("players", EVERY, ("bounding_box",), within):
        boxes = np.array([label["bounding_box"] for label in found], float).reshape(-1, 4)
        mine = np.array([frames[frame]["box"]], float)
        overlap = sv.box_iou_batch(sv.xywh_to_xyxy(mine), sv.xywh_to_xyxy(boxes))
        if overlap.max(initial=0) >= LEAST_IOU:
            del frames[frame]


def _drawn(
    store: SampleStore, index: int, person: Correction, shape: Mapping[str, Any]
) -> dict[str, Any]:
    label = {
        "_id": ObjectId(shape.get("id")),
        "_cls": "Detection",
        "attributes": {},
        "tags": [],
        "label": person.value,
        "bounding_box": list(shape["box"]),
        **identity_values(store.sample_id, index),
        MADE_BY: OURS,
        KEYFRAME: True,
        EDITED: person.attribute,
    }
    if shape["mask"]:
        label["mask"] = b64decode(shape["mask"])
    return {**label, SHAPE: shape_of(label)}


def lay(store: SampleStore, corrections: Sequence[Correction]) -> list[str]:
    """Gives labels the boxes and masks that people gave them, and hides those that they removed.

    Returns:
        A line for every correction that found no track.
    """
    entries: list[dict[str, Any]] = []
    changes: list[tuple[int, ObjectId, dict[str, Any]]] = []
    problems = []
    for correction in corrections:
        if correction.attribute not in ("reshaped", "removed"):
            continue
        try:
            index = find_track(store, correction.anchor, ANYBODY)
        except NoTrackError as error:
            place = f"{correction} is not applied"
            problems.append(f"{store.name}: {place}: {error}")
            continue
        shapes = {shape["frame"]: shape for shape in correction.shapes or ()}
        within = {"frame_number": {"$in": list(shapes)}}
        for frame, labels in store.find("players", F("index") == index, WANTED, within):
            label = labels[0]
            entries.append(_entry(correction, frame, label))
            changes.append((frame, label["_id"], _changed(correction, label, shapes[frame])))
    if entries:
        declare(store.dataset, store.names, "players")
        keep(store, shapes=entries)
        store.change("players", changes)
    return problems


def _entry(correction: Correction, frame: int, label: Mapping[str, Any]) -> dict[str, Any]:
    """What a label was, to be given back."""
    what = correction.value if correction.attribute == "reshaped" else REMOVED
    return {
        "key": correction.key,
        "index": label["index"],
        "frame": frame,
        "id": str(label["_id"]),
        "what": what,
        "label": label["label"],
        "box": list(label["bounding_box"]),
        "mask": text_of(label["mask"]),
        "shape": label[SHAPE],
    }


def _changed(
    correction: Correction, label: Mapping[str, Any], shape: Mapping[str, Any]
) -> dict[str, Any]:
    if correction.attribute == "removed":
        return {"label": NOBODY, EDITED: REMOVED}
    changed: dict[str, Any] = {"bounding_box": list(shape["box"]), EDITED: correction.value}
    if shape["mask"] is not None:
        changed["mask"] = b64decode(shape["mask"]) or None
    return {**changed, SHAPE: shape_of({**label, **changed})}


def lift(store: SampleStore) -> None:
    """Gives labels back the boxes and masks that were predicted."""
    back = [
        (
            entry["frame"],
            ObjectId(entry["id"]),
            {
                "label": entry["label"],
                "bounding_box": entry["box"],
                "mask": _mask(entry),
                SHAPE: entry["shape"],
                EDITED: None,
            },
        )
        for entry in reversed(laid(store))
    ]
    store.change("players", back)
    keep(store, shapes=None)


def rub_out(store: SampleStore) -> None:
    """Removes the people whom somebody drew."""
    drawn = kept(store).get("drawn") or []
    if not drawn:
        return
    store.remove("players", [ObjectId(key) for person in drawn for key in person["ids"]])
    gone = {person["index"] for person in drawn}
    tracks = store.read_tracks()
    store.write_tracks(track for index, track in tracks.items() if index not in gone)
    keep(store, drawn=None)


def shown(store: SampleStore) -> dict[str, int]:
    """The shown id of the track that each correction of a shape lies on, by its key."""
    entries = [*laid(store), *(kept(store).get("drawn") or [])]
    return {entry["key"]: entry["index"] for entry in entries}


def drawn_keys(store: SampleStore) -> dict[int, str]:
    """The corrections that drew somebody, by the shown id."""
    return {entry["index"]: entry["key"] for entry in kept(store).get("drawn") or []}


class PredictedShapes:
    """Gives labels back the boxes and masks that were predicted, in memory.

    Args:
        store: The clip.
    """

    def __init__(self, store: SampleStore) -> None:
        self._size: tuple[int, int] = store.size
        self._drawn = list(drawn_keys(store))
        self._was: dict[int, dict[int, dict[str, Any]]] = defaultdict(dict)
        for entry in reversed(laid(store)):
            self._was[entry["frame"]][entry["index"]] = entry

    def restore(self, frame: int, found: sv.Detections) -> sv.Detections:
        """A frame's players, in the same order; who was drawn has no id."""
        if found.tracker_id is None or not (self._drawn or frame in self._was):
            return found
        ids = np.where(np.isin(found.tracker_id, self._drawn), -1, found.tracker_id)
        boxes, names = found.xyxy.copy(), found.data["class_name"].copy()
        crops = list(_crops(found))
        for row, index in enumerate(found.tracker_id.tolist()):
            if (was := self._was.get(frame, {}).get(index)) is None:
                continue
            document = {"bounding_box": was["box"], "mask": _mask(was)}
            predicted = from_documents([document], self._size)
            boxes[row], names[row] = predicted.xyxy[0], was["label"]
            if crops:
                crops[row] = next(_crops(predicted), (NONE, (0, 0)))
        mask = found.mask
        if crops and frame in self._was:
            masks, corners = zip(*crops, strict=True)
            mask = from_crops(masks, corners, self._size[::-1])
        data = {**found.data, "class_name": names}
        return sv.Detections(boxes, mask, found.confidence, None, ids, data)


def _crops(found: sv.Detections) -> Iterator[tuple[np.ndarray, tuple[int, int]]]:
    if isinstance(found.mask, sv.CompactMask):
        for row, (x, y) in enumerate(found.mask.offsets.tolist()):
            yield found.mask.crop(row), (x, y)


def laid(store: SampleStore) -> list[dict[str, Any]]:
    """What lies over labels of single frames: what each was before, and the correction's key."""
    return kept(store).get("shapes") or []


def _mask(entry: Mapping[str, Any]) -> bytes | None:
    return b64decode(entry["mask"]) if entry["mask"] else None


def text_of(packed: bytes | None) -> str | None:
    """A mask, as MongoDB keeps it, as text."""
    return b64encode(packed).decode() if packed else None
