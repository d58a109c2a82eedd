"""Labels that follow their pictures, where a video is exchanged for a copy at another rate."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import fiftyone as fo
import numpy as np
from bson import ObjectId
from numpy.typing import NDArray

from hoop_plugins.compat.fiftyone import frame_collection, sample_collection
from hoop_plugins.data.fields import (
    BEFORE,
    CORRECTED_FIELD,
    CORRECTIONS_FIELD,
    TRACKED_AGAIN,
    UNAIDED,
)
from hoop_plugins.data.label_queries import PAGE
from hoop_plugins.data.video import probe
from hoop_plugins.data.video_sample import VideoSample, video_metadata

COPIED = "_copied"
"""What tells copies of frames from the frames themselves, until those are deleted."""


def exchange(clip: VideoSample, path: str, pictures: NDArray[np.int64]) -> int:
    """Gives a sample another video, and its labels the frames of the same pictures there.

    A picture that is shown in several frames has its labels in each of them. Killed in between, it
    can be called again, or :func:`finish` where the sample has its new video already.

    Args:
        clip: The sample.
        path: The other video.
        pictures: ``(M,)``, which frame of the old video, from 1, each frame of the other one shows.

    Returns:
        How many labeled frames are not shown in the other video: their labels are gone.
    """
    steady = np.array_equal(pictures, np.arange(1, clip.frame_count + 1))
    lost = 0 if steady else _copy_frames(clip, pictures)
    values = {} if steady else _moved_stretches(clip, pictures)
    values |= {"filepath": path, "metadata": video_metadata(probe(path)).to_dict()}
    sample_collection(clip.dataset).update_one({"_id": ObjectId(clip.sample_id)}, {"$set": values})
    finish(clip)
    return lost


def finish(clip: VideoSample) -> None:
    """Puts the frames that were copied in the place of those that they were copied from."""
    frames, mine = frame_collection(clip.dataset), {"_sample_id": ObjectId(clip.sample_id)}
    if frames.find_one({**mine, COPIED: True}, {"_id": 1}) is None:
        return
    frames.delete_many({**mine, COPIED: {"$exists": False}})
    turned = {"$set": {"frame_number": {"$abs": "$frame_number"}}}
    frames.update_many({**mine, "frame_number": {"$lt": 0}}, [turned])
    frames.update_many(mine, {"$unset": {COPIED: ""}})


def _copy_frames(clip: VideoSample, pictures: NDArray[np.int64]) -> int:
    """Copies frames; no two may have one number, so the copies wait under negative ones."""
    frames, mine = frame_collection(clip.dataset), {"_sample_id": ObjectId(clip.sample_id)}
    frames.delete_many({**mine, COPIED: True})
    for start in range(0, len(pictures), PAGE):
        wanted = pictures[start : start + PAGE].tolist()
        found = frames.find({**mine, "frame_number": {"$in": wanted}})
        there = {frame["frame_number"]: frame for frame in found}
        made = [
            _copied(there[picture], number, again=number > 1 and pictures[number - 2] == picture)
            for number, picture in enumerate(wanted, start=start + 1)
            if picture in there
        ]
        if made:
            frames.insert_many(made)
    labeled = frames.distinct("frame_number", {**mine, COPIED: {"$exists": False}})
    return len(set(labeled) - set(pictures.tolist()))


def _copied(frame: dict[str, Any], number: int, again: bool) -> dict[str, Any]:
    """A frame's document under another number; labels that are there ``again`` get ids."""
    copied = deepcopy(frame) | {"_id": ObjectId(), "frame_number": -number, COPIED: True}
    fields = [value for value in copied.values() if again and isinstance(value, dict)]
    lists = [held for field in fields for held in field.values() if isinstance(held, list)]
    for label in (*fields, *(label for held in lists for label in held)):
        if isinstance(label, dict) and "_id" in label:
            label["_id"] = ObjectId()
    return copied


def _moved_stretches(clip: VideoSample, pictures: NDArray[np.int64]) -> dict[str, Any]:
    """The sample's fields that say frame numbers, with those of the other video."""

    def moved(first: int, last: int) -> list[int]:
        begin = min(int(np.searchsorted(pictures, first, "left")) + 1, len(pictures))
        return [begin, max(begin, int(np.searchsorted(pictures, last, "right")))]

    stretches = clip.dataset.get_field_schema(embedded_doc_type=fo.TemporalDetections)
    names = [*stretches, CORRECTIONS_FIELD, CORRECTED_FIELD]
    mine = {"_id": ObjectId(clip.sample_id)}
    sample = sample_collection(clip.dataset).find_one(mine, names) or {}
    values = {name: sample[name] for name in names if sample.get(name)}
    for name, value in values.items():
        if name == CORRECTED_FIELD:
            for key, entry in value.items():
                kind = key.partition(" ")[0]  # after it, the field that people are stored in
                for stretch in entry["stretches"] if kind in (UNAIDED, BEFORE) else ():
                    stretch[1:3] = moved(*stretch[1:3])
                for stretch in entry if kind == TRACKED_AGAIN else ():
                    stretch[:] = moved(*stretch)
        elif name == CORRECTIONS_FIELD:
            for correction in value:
                # The other one may be in another clip.
                elsewhere = correction.get("other_sample")
                for key in ("frame",) if elsewhere else ("frame", "other_frame"):
                    if correction[key] is not None:
                        correction[key] = moved(correction[key], correction[key])[0]
                for shape in correction.get("shapes") or ():
                    shape["frame"] = moved(shape["frame"], shape["frame"])[0]
        else:
            for label in value["detections"]:
                label["support"] = moved(*label["support"])
    return values
