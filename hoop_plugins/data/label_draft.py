"""Labels that replace others all at once: these stay until every frame is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

import supervision as sv
from bson import ObjectId
from pymongo import UpdateMany
from pymongo.collection import Collection

from hoop_plugins.compat.fiftyone import frame_collection, reload_frames
from hoop_plugins.data.fields import FORMER, MADE_BY, OURS
from hoop_plugins.data.store import SampleStore


class LabelDraft:
    """Frame labels of one field that nobody sees yet.

    Args:
        store: The clip; a run over it has begun.
        role: Attribute of :class:`~hoop_plugins.data.fields.Fields`.
    """

    def __init__(self, store: SampleStore, role: str) -> None:
        self._store, self._role = store, role
        self._field = getattr(store.names, role)
        frames = frame_collection(store.dataset)
        # Somebody whom this run overtook must not take away what it writes.
        name = f"{frames.name}.draft.{store.sample_id}"
        self._aside: Collection[Any] = frames.database[f"{name}.{store.runs.run}"]
        for left in frames.database.list_collection_names(
            filter={"name": {"$regex": f"^{re.escape(name)}"}}
        ):
            frames.database.drop_collection(left)  # of somebody who was killed

    def write(self, frames: Mapping[int, sv.Detections]) -> None:
        """Adds frames, as ``SampleStore.write`` takes them, each once."""
        self._store.runs.check()
        now = datetime.now(timezone.utc)
        mine = {"_sample_id": ObjectId(self._store.sample_id)}
        times = {"created_at": now, "last_modified_at": now}
        self._aside.insert_many(
            {
                **mine,
                "frame_number": number,
                self._field: self._store.document(self._role, found),
                **times,
            }
            for number, found in frames.items()
        )

    def assign(self, values: Mapping[int, Mapping[str, Any]]) -> None:
        """Sets attributes of the labels of some tracks, by the track's id."""
        label = f"{self._field}.detections.$[label]"
        updates = [
            UpdateMany(
                {},
                {"$set": {f"{label}.{name}": value for name, value in attributes.items()}},
                array_filters=[{"label.index": index}],
            )
            for index, attributes in values.items()
            if attributes
        ]
        if updates:
            self._aside.bulk_write(updates, ordered=False)

    def publish(self, unmarked: bool = False) -> None:
        """Puts the labels in the place of ours that these frames have, in one command to MongoDB.

        Labels that no stage made stay, and so do the tags of who keeps an id, and what was kept of
        former labels.

        Args:
            unmarked: Whether those without a mark are replaced too, if they have an ``index``: a
                version before 1.0 made them.

        Raises:
            OvertakenError: If another run over the sample has begun.
        """
        self._store.runs.check()
        self._store.runs.come_back()
        labels = {"$concatArrays": [self._tagged(), self._theirs(unmarked)]}
        beside = {"detections": labels, FORMER: f"${self._field}.{FORMER}"}
        new = {
            self._field: {"$mergeObjects": [f"$$new.{self._field}", beside]},
            "last_modified_at": "$$new.last_modified_at",
        }
        into = {
            "into": frame_collection(self._store.dataset).name,
            "on": ["_sample_id", "frame_number"],
            "whenMatched": [{"$set": new}],
        }
        self._aside.aggregate([{"$unset": "_id"}, {"$merge": into}])
        reload_frames(self._store.dataset)

    @property
    def _before(self) -> dict[str, Any]:
        return {"$ifNull": [f"${self._field}.detections", []]}

    def _theirs(self, unmarked: bool) -> dict[str, Any]:
        """The labels of a frame so far that no stage made."""
        theirs: list[dict[str, Any]] = [{"$ne": [f"$$this.{MADE_BY}", OURS]}]
        if unmarked:
            theirs.append({"$not": {"$gt": ["$$this.index", None]}})
        return {"$filter": {"input": self._before, "cond": {"$and": theirs}}}

    def _tagged(self) -> dict[str, Any]:
        """The new labels of a frame, with the tags of those of the same index so far."""
        same = {
            "$filter": {"input": self._before, "cond": {"$eq": ["$$this.index", "$$one.index"]}}
        }
        tags = {
            "$let": {"vars": {"same": {"$first": same}}, "in": {"$ifNull": ["$$same.tags", []]}}
        }
        return {
            "$map": {
                "input": f"$$new.{self._field}.detections",
                "as": "one",
                "in": {"$mergeObjects": ["$$one", {"tags": tags}]},
            }
        }

    def discard(self) -> None:
        """Forgets what was written, unless that was published."""
        self._aside.drop()


@contextmanager
def draft(store: SampleStore, role: str) -> Iterator[LabelDraft]:
    """A draft of frame labels; what is not published at the end of the block is gone."""
    made = LabelDraft(store, role)
    try:
        yield made
    finally:
        made.discard()
