"""Writing people with masks into the database, and reading them back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle
from typing import Any

from bson import ObjectId
from pymongo import UpdateOne

from hoop_plugins import SampleStore
from hoop_plugins.compat.fiftyone import frame_collection
from hoop_plugins.data.label_codec import to_labels
from hoop_plugins.data.label_store import LabelStore
from hoop_plugins.stages.track import CHUNK
from speed import clip
from speed.harness import Row

FRAMES = CHUNK
ROLE = "players"


def rows(device: str) -> Iterator[Row]:
    """See :mod:`speed.harness`."""
    people = clip.people(FRAMES)
    with ExitStack() as stack:
        ours, saved, given, raw = (stack.enter_context(clip.stored()) for _ in range(4))
        for store in (ours, saved, given, raw):
            store.write(ROLE, people)
        # What is there already is not written again: the ids differ from one run to the next.
        made = [
            {number: to_labels(found, ours.size) for number, found in people.items()}
            for _ in range(2)
        ]
        labels = cycle(made)
        documents = cycle([{n: found.to_dict() for n, found in each.items()} for each in made])
        sample = saved.dataset.first()

        def save_each() -> None:
            for number, found in people.items():
                frame = sample.frames[number]
                frame[ROLE] = to_labels(found, saved.size)
                frame.save()

        def set_values() -> None:
            values = {given.sample_id: next(labels)}
            given.videos.set_values(f"frames.{ROLE}", values, key_field="id", validate=False)

        def bulk_write() -> None:
            updates = [
                UpdateOne({**mine(raw), "frame_number": number}, {"$set": {ROLE: found}})
                for number, found in next(documents).items()
            ]
            frame_collection(raw.dataset).bulk_write(updates, ordered=False)

        yield Row(
            "writing people with masks",
            "frame",
            FRAMES,
            lambda: ours.write(ROLE, people),
            {"frame.save() a frame": save_each, "set_values of labels at hand": set_values},
            {"bulk write of documents at hand": bulk_write},
        )
        yield Row(
            "reading people with masks",
            "frame",
            FRAMES,
            lambda: list(ours.read(ROLE)),
            {"values(), masks unpacked": lambda: unpacked(ours)},
            {"find() of documents": lambda: list(frame_collection(ours.dataset).find(mine(ours)))},
        )


def mine(store: LabelStore) -> dict[str, Any]:
    """What finds a clip's frames."""
    return {"_sample_id": ObjectId(store.sample_id)}


def unpacked(store: SampleStore) -> list[Any]:
    """The masks of a clip, through FiftyOne's objects."""
    (frames,) = store.dataset.values(f"frames.{ROLE}.detections")
    return [label.mask for frame in frames for label in frame or ()]
