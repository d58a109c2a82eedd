"""Writes frame labels: ``sv.Detections`` in.

Values that hold for a whole track are set by the database itself, without loading one mask.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from datetime import datetime, timezone
from typing import Any

import supervision as sv
from bson import ObjectId
from pymongo import UpdateMany, UpdateOne
from pymongo.collection import Collection as MongoCollection

from hoop_plugins.compat.fiftyone import reload_frames
from hoop_plugins.data.fields import FORMER, declare
from hoop_plugins.data.label_codec import LABEL_ATTRIBUTES, to_document, to_value
from hoop_plugins.data.label_reader import LabelReader
from hoop_plugins.data.vocabulary import STORED_SPELLINGS

SAID = frozenset(("label", "team", "number", "index", "instance"))
"""What people change of players in FiftyOne's own editor."""

BULKY = frozenset(("kit", "appearance", "probabilities"))
"""What is not kept of labels that others take the place of: no figure comes from it."""


class LabelStore(LabelReader):
    """The frame labels of one video sample, to be read and written."""

    def write(self, role: str, frames: Mapping[int, sv.Detections]) -> None:
        """Writes frame labels, replacing what these frames had in the field.

        Args:
            role: Attribute of :class:`~hoop_plugins.data.fields.Fields`.
            frames: Detections by frame number, as :meth:`read` gives them.

        Raises:
            OvertakenError: If another run over the sample has begun, as everything that writes.
        """
        if not frames:
            return
        if not self.has(role):
            declare(self.dataset, self.names, role)
        field = getattr(self.names, role)
        now = datetime.now(timezone.utc)
        self._come_back(role)
        # FiftyOne's set_values looks up all frames of the sample, and MongoDB refuses that beyond
        # 100 MB.
        self._writable_frames.bulk_write(
            [
                UpdateOne(
                    {**self._mine, "frame_number": int(number)},
                    {
                        "$set": {
                            field: self.document(role, found),
                            "last_modified_at": now,
                        },
                        "$setOnInsert": {"created_at": now},
                    },
                    upsert=True,
                )
                for number, found in frames.items()
            ],
            ordered=False,
        )
        reload_frames(self.dataset)

    def document(self, role: str, found: sv.Detections) -> dict[str, Any]:
        """A frame's labels as MongoDB keeps them."""
        attributes, ours = tuple(self.names.attributes(role)), role != "ground_truth"
        return to_document(found, self.size, attributes, self.sample_id, ours)

    def clear(self, role: str, after: int = 0) -> None:
        """Removes the labels of a field in all frames after ``after``."""
        if self.has(role):
            self._come_back(role)
            self._writable_frames.update_many(
                {**self._mine, "frame_number": {"$gt": after}},
                {"$set": {getattr(self.names, role): None}},
            )

    def assign(
        self,
        role: str,
        values: Iterable[tuple[int, int | None, Mapping[str, Any]]],
        by: str = "index",
    ) -> None:
        """Sets attributes of labels that exist already.

        Args:
            role: Attribute of :class:`~hoop_plugins.data.fields.Fields`.
            values: Triples of track id, frame number (``None``: every frame) and attributes.
            by: The attribute that holds the track id.
        """
        labels = f"{getattr(self.names, role)}.detections"
        now, changed = datetime.now(timezone.utc), set[str]()
        updates: list[UpdateMany | UpdateOne] = []
        for index, frame, attributes in values:
            changed |= attributes.keys()
            query = {**self._mine, f"{labels}.{by}": int(index)}
            changes = {f"{labels}.$[label].{k}": to_value(v) for k, v in attributes.items()}
            change = {"$set": {**changes, "last_modified_at": now}}
            chosen: list[Mapping[str, Any]] = [{f"label.{by}": int(index)}]
            if frame is None:
                updates.append(UpdateMany(query, change, array_filters=chosen))
            else:
                query["frame_number"] = int(frame)
                updates.append(UpdateOne(query, change, array_filters=chosen))
        if updates:
            self._come_back(role, changed)
            self._writable_frames.bulk_write(updates, ordered=False)

    def change(self, role: str, labels: Iterable[tuple[int, ObjectId, Mapping[str, Any]]]) -> None:
        """Sets attributes of single labels, and removes those that are ``None``.

        Args:
            role: Attribute of :class:`~hoop_plugins.data.fields.Fields`.
            labels: Frame number, the label's id, and attributes as MongoDB keeps them.
        """
        labeled = f"{getattr(self.names, role)}.detections"
        field, now = f"{labeled}.$[one]", datetime.now(timezone.utc)
        updates = []
        for frame, label_id, attributes in labels:
            values = {f"{field}.{k}": v for k, v in attributes.items() if v is not None}
            gone = {f"{field}.{k}": "" for k, v in attributes.items() if v is None}
            change = {
                "$set": {**values, "last_modified_at": now},
                **({"$unset": gone} if gone else {}),
            }
            query = {**self._mine, "frame_number": frame, labeled: {"$exists": True}}
            chosen: list[Mapping[str, Any]] = [{"one._id": label_id}]
            updates.append(UpdateOne(query, change, array_filters=chosen))
        if updates:
            self._come_back(role)
            self._writable_frames.bulk_write(updates, ordered=False)
            reload_frames(self.dataset)

    def add(self, role: str, labels: Mapping[int, Mapping[str, Any]]) -> None:
        """Adds a label, as MongoDB keeps it, to each of some frames."""
        field, now = getattr(self.names, role), datetime.now(timezone.utc)
        changed = {"last_modified_at": now}
        none = {"_cls": "Detections", "detections": []}
        updates = []
        for frame, label in labels.items():
            mine = {**self._mine, "frame_number": frame}
            born = {"$setOnInsert": {"created_at": now, **changed}}
            push = {"$push": {f"{field}.detections": dict(label)}, "$set": changed}
            updates += [
                UpdateOne(mine, born, upsert=True),
                UpdateOne({**mine, field: None}, {"$set": {field: none}}),
                UpdateOne(mine, push),
            ]
        if updates:
            self._come_back(role)
            self._writable_frames.bulk_write(updates)
            reload_frames(self.dataset)

    def remove(self, role: str, ids: Collection[ObjectId]) -> None:
        """Removes labels by their ids."""
        field, now = getattr(self.names, role), {"last_modified_at": datetime.now(timezone.utc)}
        self._come_back(role)
        self._writable_frames.update_many(
            {**self._mine, f"{field}.detections._id": {"$in": list(ids)}},
            {"$pull": {f"{field}.detections": {"_id": {"$in": list(ids)}}}, "$set": now},
        )
        reload_frames(self.dataset)

    def keep_former(self, first: int, last: int) -> None:
        """Keeps the players of some frames, and the number boxes of all, out of sight beside the
        players; what is kept already stays. It goes where the players are written anew.
        """
        beside = f"{self.names.players}.{FORMER}"
        others = [name for names in STORED_SPELLINGS.values() for name in names]
        everywhere = (1, self.frame_count) if self.has("numbers") else (first, last)
        for role, span in (("players", (first, last)), ("numbers", everywhere)):
            kept = {*LABEL_ATTRIBUTES, "mask", "mask_path", *others, *self.names.attributes(role)}
            labels = {"$ifNull": [f"${getattr(self.names, role)}.detections", []]}
            compact = {name: f"$$this.{name}" for name in sorted(kept - BULKY)}
            there = {f"{self.names.players}.detections": {"$exists": True}}
            self._writable_frames.update_many(
                {**self._span(*span), **there, f"{beside}.{role}": {"$exists": False}},
                [{"$set": {f"{beside}.{role}": {"$map": {"input": labels, "in": compact}}}}],
            )

    def erase(self, role: str, *attributes: str) -> None:
        """Sets attributes of every label of a field to ``None``."""
        labels = f"{getattr(self.names, role)}.detections"
        any_set = {"$elemMatch": {"$or": [{name: {"$ne": None}} for name in attributes]}}
        self._writable_frames.update_many(
            {**self._mine, labels: any_set},
            {"$set": {f"{labels}.$[].{name}": None for name in attributes}},
        )

    def assign_by_position(
        self,
        labels: Iterable[tuple[str, int, int, Mapping[str, Any]]],
        frames: Mapping[int, Mapping[str, Any]] | None = None,
    ) -> None:
        """Sets attributes of labels that exist already, one update a frame.

        Args:
            labels: Role, frame number, which of the frame's labels (from 0), and attributes.
            frames: By frame number: values of frame fields.
        """
        now = datetime.now(timezone.utc)
        changes: dict[int, dict[str, Any]] = {
            frame: {**values, "last_modified_at": now} for frame, values in (frames or {}).items()
        }
        there: dict[int, dict[str, Any]] = {}
        changed: dict[str, set[str]] = {}
        for role, frame, position, attributes in labels:
            changed.setdefault(role, set()).update(attributes)
            label = f"{getattr(self.names, role)}.detections.{position}"
            change = changes.setdefault(frame, {"last_modified_at": now})
            change.update({f"{label}.{name}": value for name, value in attributes.items()})
            # MongoDB would make up a label that is not there.
            there.setdefault(frame, {})[label] = {"$exists": True}
        updates = [
            UpdateOne(
                {**self._mine, "frame_number": frame, **there.get(frame, {})}, {"$set": change}
            )
            for frame, change in changes.items()
        ]
        for role, names in changed.items():
            self._come_back(role, names)
        if updates:
            self._writable_frames.bulk_write(updates, ordered=False)

    def erase_frames(self, *names: str) -> None:
        """Sets frame fields of every frame to ``None``."""
        self._writable_frames.update_many(self._mine, {"$set": dict.fromkeys(names)})

    def _come_back(self, role: str, attributes: Set[str] = SAID) -> None:
        """What we change ourselves of what a person can change was not changed by a person."""
        if role == "players" and attributes & SAID:
            self.runs.come_back()

    @property
    def _writable_frames(self) -> MongoCollection[Any]:
        self.runs.check()
        return self._frames
