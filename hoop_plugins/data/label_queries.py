"""Questions about a sample's frame labels that the database answers, without loading a mask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import fiftyone as fo
from bson import ObjectId
from pymongo.collection import Collection

from hoop_plugins.compat.fiftyone import frame_collection, sample_collection
from hoop_plugins.data.fields import MADE_BY, OURS
from hoop_plugins.data.video_sample import VideoSample
from hoop_plugins.data.views import shown_frames

PAGE = 100
"""Frames that are read from the database at a time."""

NUMBER_TYPES = ("int", "long", "double")
STORED_AS: dict[type[fo.Field], tuple[str, ...]] = {
    fo.StringField: ("string",),
    fo.FloatField: NUMBER_TYPES,
    fo.IntField: NUMBER_TYPES,
    fo.BooleanField: ("bool",),
    fo.VectorField: ("binData", "array"),
}
"""What MongoDB calls the values that a field of FiftyOne can hold."""

PYTHON: dict[tuple[str, ...], tuple[type, ...]] = {
    ("string",): (str,),
    NUMBER_TYPES: (int, float),
    ("bool",): (bool,),
    ("binData", "array"): (bytes, list),
}
"""The same in Python."""


class LabelQueries(VideoSample):
    """What the frame labels of one video sample say.

    Args:
        dataset: The video dataset.
        sample_id: The sample's id.
        names: The names of the label fields.
        shown: What a view shows of the frames; by default everything.
    """

    def has(self, role: str) -> bool:
        """Whether the dataset has the field that plays ``role``, and the view shows it."""
        name = getattr(self.names, role)
        if self.shown is not None and name not in self.shown.fields:
            return False
        return bool(self.dataset.has_frame_field(name))

    def is_there(self, role: str) -> bool:
        """Whether the clip has anything in the field that plays ``role``, if only as empty."""
        if self.names.level(role) == "frame":
            return self.has(role) and self.is_labeled(role)
        return self.value(getattr(self.names, role)) is not None

    def is_labeled(self, role: str) -> bool:
        """Whether any frame was labeled in the field that plays ``role``, if only as empty."""
        labeled = {getattr(self.names, role): {"$ne": None}}
        found = self._aggregate([{"$match": labeled}, {"$limit": 1}, {"$project": {"_id": 1}}])
        return any(True for _ in found)

    is_labelled = is_labeled
    """The same, for packages that were written when it was spelled so."""

    def find(
        self,
        role: str,
        wanted: fo.ViewExpression,
        attributes: Sequence[str] = ("index",),
        frames: Mapping[str, Any] | None = None,
    ) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Finds labels in the database, without loading anything else of them.

        Args:
            role: Attribute of :class:`~hoop_plugins.data.fields.Fields`.
            wanted: What must hold for a label, as in FiftyOne's ``filter_labels``.
            attributes: What is wanted of each.
            frames: MongoDB's query for the frames that are looked at.

        Yields:
            Frame number, in order, and the attributes of the labels found in it; frames without
            any are left out.
        """
        labels = f"${getattr(self.names, role)}.detections"
        chosen = {"$filter": {"input": labels, "cond": wanted.to_mongo(prefix="$$this")}}
        kept = {name: {"$ifNull": [f"$$this.{name}", None]} for name in attributes}
        pipeline: list[dict[str, Any]] = [
            {"$match": {f"{labels[1:]}.0": {"$exists": True}, **(frames or {})}},
            {"$project": {"frame_number": 1, "found": {"$map": {"input": chosen, "in": kept}}}},
            {"$match": {"found.0": {"$exists": True}}},
        ]
        for document in self._aggregate(pipeline):
            yield document["frame_number"], document["found"]

    def count_labels(self, role: str) -> Counter[str]:
        """How many labels of each class a field has, as they are called in the database."""
        labels = f"{getattr(self.names, role)}.detections"
        pipeline: list[dict[str, Any]] = [
            {"$project": {"label": f"${labels}.label"}},
            {"$unwind": "$label"},
            {"$group": {"_id": "$label", "count": {"$sum": 1}}},
            {"$sort": {"count": -1, "_id": 1}},
        ]
        found = self._aggregate(pipeline)
        return Counter({str(group["_id"]): group["count"] for group in found})

    def labels_of_all(self, role: str) -> list[str]:
        """The classes that a field has in all samples, as they are called in the database."""
        found = self._frames.distinct(f"{getattr(self.names, role)}.detections.label")
        return [str(label) for label in found]

    def count_foreign(self, role: str, annotated: bool = False, indexed: bool = False) -> int:
        """Counts the labels that neither a stage nor the error search made.

        Args:
            role: Attribute of :class:`~hoop_plugins.data.fields.Fields`.
            annotated: Count those alone that say what stages say, such as a number.
            indexed: Count those alone that have an ``index``.
        """
        frames = self.names.level(role) == "frame"
        collection = self._frames if frames else sample_collection(self.dataset)
        mine = self._mine if frames else {"_id": ObjectId(self.sample_id)}
        foreign: list[dict[str, Any]] = [{"$ne": [f"$$this.{MADE_BY}", OURS]}]
        if annotated:
            said = [name for name in self.names.attributes(role) if name != "action"]
            foreign.append({"$or": [{"$gt": [f"$$this.{name}", None]} for name in said]})
        if indexed:
            foreign.append({"$gt": ["$$this.index", None]})
        labels = {"$ifNull": [f"${getattr(self.names, role)}.detections", []]}
        count = {"$size": {"$filter": {"input": labels, "cond": {"$and": foreign}}}}
        grouped = {"$group": {"_id": None, "count": {"$sum": count}}}
        found = next(collection.aggregate([{"$match": mine}, grouped]), None)
        return int(found["count"]) if found else 0

    def misfit(self, role: str) -> tuple[str, Any] | None:
        """An attribute that the schema does not have, with a value that it could not hold.

        Once the attribute is in the schema, FiftyOne would read no frame with such a value.

        Args:
            role: Attribute of :class:`~hoop_plugins.data.fields.Fields`, of a frame field.
        """
        path = f"{getattr(self.names, role)}.detections"
        kinds = {
            name: STORED_AS[kind]
            for name, kind in self.names.attributes(role).items()
            if kind in STORED_AS and not self.dataset.has_frame_field(f"{path}.{name}")
        }
        if not kinds:
            return None
        wrong = {
            "$or": [
                {"$not": [{"$in": [{"$type": f"$$this.{name}"}, ["missing", "null", *types]]}]}
                for name, types in kinds.items()
            ]
        }
        labels = {"$filter": {"input": {"$ifNull": [f"${path}", []]}, "cond": wrong}}
        found = self._frames.aggregate(
            [
                {"$match": self._mine},
                {"$project": {"found": {"$slice": [labels, 1]}}},
                {"$match": {"found.0": {"$exists": True}}},
                {"$limit": 1},
            ]
        )
        for document in found:
            for name, types in kinds.items():
                value = document["found"][0].get(name)
                if value is not None and not isinstance(value, PYTHON[types]):
                    return name, value
        return None

    def read_ids(self, roles: Sequence[str], first: int, last: int) -> dict[int, dict[str, Any]]:
        """Reads the labels' ids, and nothing else of them.

        Args:
            roles: Attributes of :class:`~hoop_plugins.data.fields.Fields`.
            first: First frame, from 1.
            last: Last frame, inclusive.

        Returns:
            By frame and role: the ids of its labels, as strings, in the order in which they are.
        """
        names = {role: getattr(self.names, role) for role in roles}
        wanted = {f"{name}.detections._id": 1 for name in names.values()}
        return {
            document["frame_number"]: {
                role: [
                    str(label["_id"]) for label in (document.get(name) or {}).get("detections", [])
                ]
                for role, name in names.items()
            }
            for document in self._aggregate(
                [{"$project": {"frame_number": 1, **wanted}}], first, last
            )
        }

    @property
    def _mine(self) -> dict[str, Any]:
        """The query for the sample's frames."""
        return {"_sample_id": ObjectId(self.sample_id)}

    def _aggregate(
        self, steps: list[dict[str, Any]], first: int = 1, last: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """Runs MongoDB's steps over the sample's frames, in order, as the view shows them."""
        if self.shown is None:
            mine = self._mine if last is None else self._span(first, last)
            query = [{"$match": mine}, {"$sort": {"frame_number": 1}}]
            # Without batchSize, PyMongo decodes 16 MB at a time.
            yield from self._frames.aggregate([*query, *steps], allowDiskUse=True, batchSize=PAGE)
            return
        samples, end = sample_collection(self.dataset), self.frame_count if last is None else last
        # In pages: MongoDB attaches some 100 MB of frames to a sample at most.
        for start in range(first, end + 1, PAGE):
            span = (start, min(end, start + PAGE - 1))
            query = shown_frames(self.dataset, self.sample_id, self.shown, *span)
            yield from samples.aggregate([*query, *steps], allowDiskUse=True)

    def _span(self, first: int, last: int) -> dict[str, Any]:
        """The query for some of the sample's frames."""
        return {**self._mine, "frame_number": {"$gte": first, "$lte": last}}

    @property
    def _frames(self) -> Collection[Any]:
        return frame_collection(self.dataset)
