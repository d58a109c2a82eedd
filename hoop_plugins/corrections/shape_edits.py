"""What people change of boxes and masks in FiftyOne's own editor, found frame by frame.

Labels remember the box, and a checksum of the mask, with which we left them (``data/shapes.py``);
what differs from that when we come back was changed by a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

from bson import ObjectId

from hoop_plugins.corrections.anchors import Anchor
from hoop_plugins.corrections.record import Correction
from hoop_plugins.corrections.shapes import (
    NO_MASK,
    REMOVED,
    WANTED,
    laid,
    text_of,
)
from hoop_plugins.data.fields import KEYFRAME, MADE_BY, SHAPE
from hoop_plugins.data.shapes import EVERY, checksum
from hoop_plugins.data.store import SampleStore


@dataclass
class Drawn:
    """Somebody whom a person drew: the labels, by frame."""

    labels: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def anchor(self) -> Anchor:
        """Where the person is seen first."""
        frame = min(self.labels)
        return Anchor(frame, self.labels[frame]["bounding_box"])

    def correction(self) -> Correction:
        """What says so."""
        shapes = [
            {
                "frame": frame,
                "box": list(label["bounding_box"]),
                "mask": text_of(label["mask"]),
                "id": str(label["_id"]),
            }
            for frame, label in sorted(self.labels.items())
        ]
        return said(self.anchor, "drawn", self.labels[self.anchor.frame]["label"], shapes)


@dataclass
class ShapeEdits:
    """What people changed of boxes and masks since the labels were left.

    Attributes:
        reshaped: That say it, each with the shown id of its track.
        drawn: Whom people drew.
        back: What labels were before: frame, id and attributes.
    """

    reshaped: list[tuple[int, Correction]] = field(default_factory=list)
    drawn: list[Drawn] = field(default_factory=list)
    back: list[tuple[int, ObjectId, dict[str, Any]]] = field(default_factory=list)

    def take_off(self, store: SampleStore) -> None:
        """Gives the labels back what they were, and removes those that were drawn.

        Of a mask that was painted over, nobody knows what it was.
        """
        store.change("players", self.back)
        labels = [label for person in self.drawn for label in person.labels.values()]
        if labels:
            store.remove("players", [label["_id"] for label in labels])


def find(store: SampleStore, since: datetime) -> ShapeEdits:
    """What people changed of boxes and masks since the labels were left; nothing is changed."""
    edits, drawn = ShapeEdits(), defaultdict[str, Drawn](Drawn)
    entries = {(entry["frame"], entry["id"]): entry for entry in reversed(laid(store))}
    wanted, changed = (*WANTED, MADE_BY, KEYFRAME), {"last_modified_at": {"$gt": since}}
    for frame, labels in store.find("players", EVERY, wanted, changed):
        for label in labels:
            if label["index"] is not None and label[SHAPE]:
                _compare(frame, label, entries.get((frame, str(label["_id"]))), edits)
            elif label[MADE_BY] is None and label["index"] is None and label[KEYFRAME] is not None:
                # Whatever it draws is a keyframe, or filled in between.
                person = str((label["instance"] or {}).get("_id", label["_id"]))
                drawn[person].labels[frame] = label
    edits.drawn = list(drawn.values())
    return edits


def _compare(
    frame: int, label: Mapping[str, Any], before: Mapping[str, Any] | None, edits: ShapeEdits
) -> None:
    """Adds to ``edits`` what a label's box and mask are otherwise than before."""
    *box, mask = label[SHAPE]
    changed = {
        "box": list(label["bounding_box"]) != box,
        "mask": checksum(label["mask"]) != mask,
    }
    if not any(changed.values()):
        if not label[KEYFRAME]:
            edits.back.append((frame, label["_id"], {KEYFRAME: True}))
        return
    what = {name for name, differs in changed.items() if differs}
    what |= set(before["what"].split(" and ")) - {REMOVED} if before else set()
    shape: dict[str, Any] = {"frame": frame, "box": list(label["bounding_box"]), "mask": None}
    if "mask" in what:
        shape["mask"] = text_of(label["mask"]) or NO_MASK
    at = Anchor(frame, before["box"] if before else box)
    edits.reshaped.append(
        (label["index"], said(at, "reshaped", " and ".join(sorted(what)), [shape]))
    )
    was = {"bounding_box": box, SHAPE: [*box, mask], KEYFRAME: True}
    if changed["mask"]:
        was |= {"mask": None, SHAPE: [*box, 0]}
    edits.back.append((frame, label["_id"], was))


def said(at: Anchor, attribute: str, value: str, shapes: list[dict[str, Any]]) -> Correction:
    """A correction of shapes, said now."""
    now, key = datetime.now(timezone.utc), uuid4().hex[:8]
    return Correction(at.frame, list(at.box), attribute, value, now, key, shapes=shapes)
