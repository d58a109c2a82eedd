"""A clip to track, a third party's trackers that stray, and what the clip shows then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import people
import supervision as sv
from bson import ObjectId
from editor_edits import edit

import hoop_plugins
from hoop_plugins import corrections
from hoop_plugins.compat.fiftyone import frame_collection
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import write_video
from hoop_plugins.specs import ModelSpec, Role

FRAMES, LOST, FOUND = 30, 10, 20
"""The tracker has a box beside person 2 from the second of these frames on, before the third."""


BRIGHTER = 8
"""Gray levels from one frame to the next, so that a picture says which it is."""


def frame_number(image: Any) -> int:
    return round(float(image.mean()) / BRIGHTER)


class Straying:
    """A third party's tracker, which cannot be told who is where."""

    told: dict[int, int] | None = None

    def start(self, video: Any) -> Straying:
        return type(self)()

    def wants_detections(self) -> bool:
        return True

    def step(self, frame: Any, detections: sv.Detections | None) -> sv.Detections:
        number = frame_number(frame)
        found = people.tracked(number)
        if self.told is None and LOST <= number < FOUND:
            found.xyxy[1, [1, 3]] += 70
        if self.told is not None:
            found.tracker_id = np.array([self.told.get(i, 90 + i) for i in range(1, 6)])
        return found

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: dict[str, Any]) -> None: ...


class Obedient(Straying):
    """A third party's tracker, which can be."""

    def prompt(self, frame: Any, found: sv.Detections) -> sv.Detections:
        """Follows whom it is shown, by where each of them stands."""
        true = people.tracked(frame_number(frame))
        pairs = np.argwhere(sv.box_iou_batch(found.xyxy, true.xyxy) > 0.5).tolist()
        self.told = {j + 1: int(found.tracker_id[i]) for i, j in pairs}
        self.masked = found.mask is not None
        return found


class Plugin:
    @hoop_plugins.hookimpl
    def register_models(self, register: Any) -> None:
        for made in (Straying, Obedient):
            register(
                ModelSpec(made.__name__, Role.TRACKER, lambda source, device, made=made: made())
            )


def film(dataset: fo.Dataset, path: Path) -> SampleStore:
    """A clip with detections, whose pictures say which they are."""
    pictures = (np.full((180, 320, 3), BRIGHTER * n, np.uint8) for n in range(1, FRAMES + 1))
    write_video(path, pictures, 25)
    sample = fo.Sample(filepath=str(path))
    dataset.add_sample(sample)
    clip = SampleStore(dataset, sample.id)
    clip.write("detections", {n: people.detections(n) for n in range(1, FRAMES + 1)})
    return clip


def right(frame: int, index: int = 2) -> list[float]:
    x1, y1, x2, y2 = people.box(people.PEOPLE[index - 1], frame)
    return [x1 / 320, y1 / 180, (x2 - x1) / 320, (y2 - y1) / 180]


def places(clip: SampleStore, index: int) -> dict[int, list[float]]:
    """Where a track is, in pixels."""
    return {
        number: found.xyxy[row].tolist()
        for number, found in clip.read("players", masks=False)
        for row in np.flatnonzero(found.tracker_id == index)
    }


def frames(clip: SampleStore, without: range = range(0)) -> dict[int, Any]:
    """What the database holds of frames' labels, to the byte."""
    mine = {"_sample_id": ObjectId(clip.sample_id)}
    return {
        frame["frame_number"]: frame["players"]["detections"]
        for frame in clip._frames.find(mine)
        if frame["frame_number"] not in without
    }


def drafts(clip: SampleStore) -> list[str]:
    collection = frame_collection(clip.dataset)
    return [name for name in collection.database.list_collection_names() if ".draft." in name]


def put_right(clip: SampleStore, frame: int = LOST + 2) -> None:
    edit(clip, 2, frame, bounding_box=right(frame))
    assert corrections.take_over(clip) == []
