"""Boxes and masks changed as FiftyOne's own editor does it, by what was measured of 1.22."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from bson import ObjectId

from hoop_plugins.data.store import SampleStore


def changed(clip: SampleStore, frames: Any, change: dict[str, Any], **where: Any) -> None:
    """Changes frames as the editor does: past our store, and noting when."""
    later = datetime.now(timezone.utc) + timedelta(seconds=1)
    clip._frames.update_many(
        {**clip._mine, "frame_number": frames},
        {"$set": {"last_modified_at": later, **change.pop("$set", {})}, **change},
        **where,
    )


def edit(clip: SampleStore, index: int, frame: Any, **values: Any) -> None:
    values = {
        f"{clip.names.players}.detections.$[one].{name}": value for name, value in values.items()
    }
    changed(clip, frame, {"$set": values}, array_filters=[{"one.index": index}])


def draw(clip: SampleStore, first: int, last: int, box: list[float], **said: Any) -> None:
    instance = {"_cls": "Instance", "_id": ObjectId()}
    for frame in range(first, last + 1):
        label = {"_id": ObjectId(), "_cls": "Detection", "label": "player", **said}
        label |= {"bounding_box": box, "instance": instance, "keyframe": frame == first}
        changed(clip, frame, {"$push": {"players.detections": label}})


def remove(clip: SampleStore, index: int, first: int, last: int) -> None:
    frames = {"$gte": first, "$lte": last}
    changed(clip, frames, {"$pull": {"players.detections": {"index": index}}})


def label(clip: SampleStore, index: int, frame: int) -> dict[str, Any]:
    found = clip._frames.find_one({**clip._mine, "frame_number": frame})
    (one,) = [each for each in found["players"]["detections"] if each.get("index") == index]
    return one
