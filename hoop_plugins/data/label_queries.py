"""Questions about a sample's frame labels that the database answers, without loading a mask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import fiftyone as fo
from bson import ObjectId
from pymongo.collection import Collection

from hoop_plugins.compat.fiftyone import frame_collection, sample_collection
from hoop_plugins.data.fields import FORMER, MADE_BY, OURS
from hoop_plugins.data.video_sample import VideoSample
from hoop_plugins.data.views import shown_frames

PAGE = 100
"""Frames that are read from the database at a time."""

KEPT = ("players", "numbers")
"""The roles whose labels are kept where a frame is tracked again."""

SAME = ("bounding_box", "track", "text")
"""What a label has in common with the one before, if nothing has changed."""

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

    def former_frames(self) -> frozenset[int]:
        """The frames of which ``keep_former`` has kept the players."""
        kept = {**self._mine, f"{self.names.players}.{FORMER}.players": {"$exists": True}}
        return frozenset(self._frames.distinct("frame_number", kept))

    def find(
        self,
        role: str,
        wanted: fo.ViewExpression,
        attributes: Sequence[str] = ("index",),
        frames: Mapping[str, Any] | None = None,
        former: bool = False,
    ) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """Finds labels in the database, without loading anything else of them.

        Args:
            role: Attribute of :class:`~hoop_plugins.data.fields.Fields`.
            wanted: What must hold for a label, as in FiftyOne's ``filter_labels``.
            attributes: What is wanted of each.
            frames: MongoDB's query for the frames that are looked at.
            former: See :meth:`~hoop_plugins.data.label_reader.LabelReader.join`.

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
        for document in self._aggregate(pipeline, former=former):
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

    def read_ids(
        self, roles: Sequence[str], first: int, last: int, former: bool = False
    ) -> dict[int, dict[str, list[Any]]]:
        """Reads the labels' ids, and nothing else of them.

        Args:
            roles: Attributes of :class:`~hoop_plugins.data.fields.Fields`.
            first: First frame, from 1.
            last: Last frame, inclusive.
            former: Whether they are wanted of players and numbers as ``keep_former`` kept them:
                the id of the label that is the same now, ``None`` where none is.

        Returns:
            By frame and role: the ids of its labels, as strings, in the order in which they are.
        """
        kept = [role for role in KEPT if former and role in roles]
        now = dict(self._identified(kept, first, last)) if kept else {}
        found: dict[int, dict[str, list[Any]]] = {}
        for frame, here in self._identified(roles, first, last, former):
            found[frame] = {role: [str(one.get("_id")) for one in here[role]] for role in roles}
            for role in kept:
                ids = {_same(one): str(one["_id"]) for one in now.get(frame, {}).get(role, [])}
                found[frame][role] = [ids.get(_same(one)) for one in here[role]]
        return found

    def _identified(
        self, roles: Sequence[str], first: int, last: int, former: bool = False
    ) -> Iterator[tuple[int, dict[str, list[dict[str, Any]]]]]:
        """The labels of each frame, by role, with what tells them from others alone."""
        names = {role: getattr(self.names, role) for role in roles}
        wanted = {
            f"{name}.detections.{one}": 1 for name in names.values() for one in ("_id", *SAME)
        }
        steps = [{"$project": {"frame_number": 1, **wanted}}]
        for document in self._aggregate(steps, first, last, former):
            yield (
                document["frame_number"],
                {
                    role: (document.get(name) or {}).get("detections", [])
                    for role, name in names.items()
                },
            )

    @property
    def _mine(self) -> dict[str, Any]:
        """The query for the sample's frames."""
        return {"_sample_id": ObjectId(self.sample_id)}

    def _aggregate(
        self,
        steps: list[dict[str, Any]],
        first: int = 1,
        last: int | None = None,
        former: bool = False,
    ) -> Iterator[dict[str, Any]]:
        """Runs MongoDB's steps over the sample's frames, in order, as the view shows them."""
        if self.shown is None:
            mine = self._mine if last is None else self._span(first, last)
            query: list[dict[str, Any]] = [{"$match": mine}, {"$sort": {"frame_number": 1}}]
            if former:
                query.append({"$set": self._formerly("$")})
            # Without batchSize, PyMongo decodes 16 MB at a time.
            yield from self._frames.aggregate([*query, *steps], allowDiskUse=True, batchSize=PAGE)
            return
        samples, end = sample_collection(self.dataset), self.frame_count if last is None else last
        as_before = {"$mergeObjects": ["$$this", self._formerly("$$this.")]}
        before = [{"$set": {"frames": {"$map": {"input": "$frames", "in": as_before}}}}]
        # In pages: MongoDB attaches some 100 MB of frames to a sample at most.
        for start in range(first, end + 1, PAGE):
            span = (start, min(end, start + PAGE - 1))
            changed = before if former else ()
            query = shown_frames(self.dataset, self.sample_id, self.shown, *span, changed)
            yield from samples.aggregate([*query, *steps], allowDiskUse=True)

    def _formerly(self, frame: str) -> dict[str, Any]:
        """MongoDB's values of the fields of a frame before it was tracked again, where it was."""
        kept = f"{frame}{self.names.players}.{FORMER}"
        return {
            (field := getattr(self.names, role)): {
                "$cond": [
                    {"$gt": [f"{kept}.{role}", None]},
                    {"$mergeObjects": [f"{frame}{field}", {"detections": f"{kept}.{role}"}]},
                    f"{frame}{field}",
                ]
            }
            for role in KEPT
        }

    def _span(self, first: int, last: int) -> dict[str, Any]:
        """The query for some of the sample's frames."""
        return {**self._mine, "frame_number": {"$gte": first, "$lte": last}}

    @property
    def _frames(self) -> Collection[Any]:
        return frame_collection(self.dataset)


def _same(label: Mapping[str, Any]) -> tuple[Any, ...]:
    return (*label["bounding_box"], label.get("track"), label.get("text"))
