"""A recognized clip to correct, trackers that call its people otherwise, and what it shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import people
import supervision as sv
from bson import ObjectId

from hoop_plugins import plugins, profiles
from hoop_plugins.data.fields import KEYFRAME, SHAPE
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.hookspecs import hookimpl
from hoop_plugins.specs import Role
from hoop_plugins.stages.pipeline import build_stages, run_stages
from hoop_plugins.stages.stage import Progress

PROFILE = profiles.load_profile("sample")


class RenamingTracker:
    """Knows where everybody is, and calls them otherwise.

    Args:
        ids: The id of each of the people, by the one that they have in ``people.PEOPLE``; who is
            missing is not tracked.
    """

    def __init__(self, ids: dict[int, int]) -> None:
        self._ids = ids
        self._frame = 0

    def start(self, video: Any) -> RenamingTracker:
        self._frame = 0
        return self

    def wants_detections(self) -> bool:
        return False

    def step(self, frame: Any, detections: Any) -> sv.Detections:
        self._frame += 1
        found = people.tracked(self._frame)
        found = found.select(np.isin(found.tracker_id, list(self._ids)))
        found.tracker_id = np.array([self._ids[index] for index in found.tracker_id.tolist()])
        return found

    def reset(self) -> None: ...

    def state(self) -> dict[str, Any]:
        return {"frame": self._frame}

    def restore(self, state: dict[str, Any]) -> None:
        self._frame = state["frame"]


class Trackers:
    """A plugin with trackers of the test's own."""

    def __init__(self) -> None:
        self.ids: dict[str, dict[int, int]] = {}

    @hookimpl
    def register_models(self, register: Any) -> None:
        for name, ids in self.ids.items():
            load = lambda source, ids=ids, **_: RenamingTracker(ids)  # noqa: E731
            register(plugins.ModelSpec(name, Role.TRACKER, load))


def run(clip: SampleStore, *names: str, tracker: str = "") -> list[Progress]:
    profile = PROFILE.with_models(tracker=tracker)
    return list(run_stages(clip.dataset, build_stages(profile, names), fresh=True))


def read(clip: SampleStore) -> None:
    """Reads every number as that of whoever stands there; 7 and 23 are taken for each other."""
    misread = {"7": "23", "23": "7"}
    places = {person.left: person.number for person in people.PEOPLE if person.number}
    rows = []
    for frame, found in clip.read("numbers"):
        for index, (left, *_) in zip(found.tracker_id.tolist(), found.xyxy, strict=True):
            number = places[round(left) - people.NUMBER[0] - frame // 2]
            probabilities = np.zeros(102, np.float16)
            probabilities[NUMBERS.index(misread.get(number, number))] = 1
            values = {"text": misread.get(number, number), "probabilities": probabilities}
            rows.append((index, frame, values))
    clip.assign("numbers", rows)


def shown(clip: SampleStore, attribute: str) -> dict[int, set[Any]]:
    """What the labels say, over all frames, by their index."""
    said: dict[int, set[Any]] = {}
    for _, found in clip.read("players", masks=False):
        for index, value in zip(found.tracker_id.tolist(), found.data[attribute], strict=True):
            said.setdefault(index, set()).add(value)
    return said


def everything(clip: SampleStore) -> list[dict[str, Any]]:
    """What the database holds of players, numbers and tracks, but for what changes by itself."""
    sample = {"_sample_id": ObjectId(clip.sample_id)}
    frames = [
        {role: strip(frame[role]) for role in ("players", "numbers")}
        for frame in clip._frames.find(sample).sort("frame_number", 1)
    ]
    return [*frames, {index: vars(track) for index, track in clip.read_tracks().items()}]


def strip(labels: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {k: v for k, v in label.items() if v is not None and k not in (KEYFRAME, SHAPE)}
        for label in labels["detections"]
    ]


def split(clip: SampleStore, index: int, later: int, at: int) -> None:
    """One person becomes two tracks."""
    frames = {frame: found for frame, found in clip.read("players") if frame >= at}
    for found in frames.values():
        found.tracker_id[found.tracker_id == index] = later
    clip.write("players", frames)
    tracks = clip.read_tracks()
    end = tracks[index].last
    tracks[index].last = at - 1
    clip.write_tracks([*tracks.values(), replace(tracks[index], index=later, first=at, last=end)])
