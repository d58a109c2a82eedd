"""What people change in FiftyOne's own editor becomes corrections, like all else that they say.

The editor writes into the labels themselves: a number, a team or a class into all of a track's, a
split and a merge into their ``instance``; of a deleted track no label is left. So what the labels
say is remembered when we leave them (:func:`remember`), and what they say otherwise when we come
back was said by a person (:func:`find`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime, timezone
from typing import Any, NamedTuple
from uuid import uuid4

from bson import ObjectId
from fiftyone import ViewField as F

from hoop_plugins.corrections import shape_edits, shapes
from hoop_plugins.corrections.anchors import Anchor
from hoop_plugins.corrections.record import Correction, CorrectionError, checked
from hoop_plugins.corrections.shape_edits import Drawn, ShapeEdits
from hoop_plugins.corrections.shapes import EDITED, REMOVED
from hoop_plugins.data.editing import NOBODY
from hoop_plugins.data.shapes import mark_shapes
from hoop_plugins.data.store import SampleStore

EDITABLE = {"label": "role", "team": "team", "number": "number"}
"""What the editor changes for a whole track, and what a correction calls it."""


class Said(NamedTuple):
    """What a label says of the person that it shows."""

    label: str | None
    team: str | None
    number: str | None


@dataclass
class Part:
    """The labels of a track that have one instance.

    Attributes:
        said: What they say; the same in all frames, unless somebody changed single ones.
        first: Where the person is seen first.
        last: And last.
        largest: And is largest.
        frames: All frames in which the person is seen.
    """

    said: set[Said]
    first: Anchor
    last: Anchor
    largest: Anchor
    frames: list[int] = field(default_factory=list)


Survey = dict[int, dict[str, Part]]
"""By the shown id of a track and the instance's, in the order in which they begin."""


def survey(store: SampleStore) -> Survey:
    """What the labels of a clip say, in one pass and without their masks."""
    found: Survey = {}
    wanted = ("index", "instance", "bounding_box", EDITED, *EDITABLE)
    people = store.find("players", F("index").exists(), wanted) if store.has("players") else ()
    for frame, labels in people:
        for label in labels:
            seen = Anchor(frame, label["bounding_box"])
            said = Said(*(label[name] for name in EDITABLE))
            instance = str((label["instance"] or {}).get("_id", ""))
            part = found.setdefault(label["index"], {}).setdefault(
                instance, Part(set(), seen, seen, seen)
            )
            if label[EDITED] != REMOVED:
                part.said.add(said)
            part.frames.append(frame)
            part.last = seen
            part.largest = max(part.largest, seen, key=lambda seen: seen.box[2] * seen.box[3])
    return found


def remember(store: SampleStore) -> None:
    """Remembers what the labels of a clip say, now that we leave them."""
    mark_shapes(store)
    store.runs.leave(
        [
            *(index, instance, sorted(map(list, part.said), key=str), *astuple(part.largest)),
            _stretches(part.frames),
        ]
        for index, parts in survey(store).items()
        for instance, part in parts.items()
    )


@dataclass(frozen=True)
class Left:
    """A track as it was left: its instance, what its labels said, and where it was seen."""

    instance: str
    said: Said
    anchor: Anchor
    frames: frozenset[int]


@dataclass
class Edits:
    """What people changed in the labels of a clip since they were left.

    Attributes:
        corrections: That say it, each with the shown id of its track.
        refused: A line for every change that no correction can say.
        was: What the labels of a track said before, for those that a correction says now.
        deleted: The ids of tracks without a label.
        taken_back: The keys of corrections that drew somebody who was deleted.
        shapes: What they changed of boxes and masks.
    """

    corrections: list[tuple[int, Correction]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    was: dict[int, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    deleted: set[int] = field(default_factory=set)
    taken_back: set[str] = field(default_factory=set)
    shapes: ShapeEdits = field(default_factory=ShapeEdits)

    @property
    def found(self) -> bool:
        """Whether anything is to be done."""
        return bool(self.corrections or self.taken_back or self.shapes.back)

    def take_off(self, store: SampleStore) -> None:
        """Gives the labels what they said before, once the corrections are kept."""
        store.runs.come_back()
        store.assign("players", [(index, None, was) for index, was in self.was.items()])
        self.shapes.take_off(store)
        if self.deleted:
            tracks = store.read_tracks().values()
            store.write_tracks(track for track in tracks if track.index not in self.deleted)


def find(store: SampleStore) -> Edits:
    """What people changed in the labels of a clip since they were left; nothing is changed."""
    edits, before, since = Edits(), _left(store), store.runs.left_at
    if not before:
        return edits
    now, tracks, drawn = survey(store), store.read_tracks(), shapes.drawn_keys(store)
    owners = {left.instance: index for index, left in before.items() if left.instance}
    for index, left in before.items():
        if index in now:
            _compare(store, index, before, list(now[index].items()), owners, edits)
            _add_removed(index, left, now[index].values(), edits)
        elif index in drawn:
            edits.deleted.add(index)
            edits.taken_back.add(drawn[index])
        elif index in tracks:
            edits.deleted.add(index)
            nobody = _correction(left.anchor, "not_a_person", "true")
            edits.corrections.append((index, nobody))
    if since is not None:
        edits.shapes = shape_edits.find(store, since)
        edits.corrections += edits.shapes.reshaped
        for person in edits.shapes.drawn:
            _add_drawn(store, person, edits)
    return edits


def _add_removed(index: int, left: Left, parts: Collection[Part], edits: Edits) -> None:
    """Adds to ``edits`` the frames in which a track has no label any more."""
    seen = {frame for part in parts for frame in part.frames}
    if gone := sorted(left.frames - seen):
        at = max((part.largest for part in parts), key=lambda seen: seen.box[2] * seen.box[3])
        frames = [{"frame": frame} for frame in gone]
        edits.corrections.append((index, shape_edits.said(at, "removed", REMOVED, frames)))


def _add_drawn(store: SampleStore, person: Drawn, edits: Edits) -> None:
    """Adds to ``edits`` somebody who was drawn, and what was said of them."""
    label = person.labels[person.anchor.frame]
    try:
        answers = [
            _answer(name, {label[name]}) for name in ("team", "number") if label[name] is not None
        ]
    except CorrectionError as error:
        edits.refused.append(f"{store.name}, frame {person.anchor.frame}: {error}")
        answers = []
    edits.corrections.append((0, person.correction()))
    edits.corrections += [(0, _correction(person.anchor, *answer)) for answer in answers]


def _compare(
    store: SampleStore,
    index: int,
    before: Mapping[int, Left],
    parts: Sequence[tuple[str, Part]],
    owners: Mapping[str, int],
    edits: Edits,
) -> None:
    """Adds to ``edits`` what the labels of a track say otherwise than before."""
    left = before[index]
    for place, (instance, part) in enumerate(parts):
        if left.instance and instance != left.instance:
            edits.was[index]["instance"] = {"_cls": "Instance", "_id": ObjectId(left.instance)}
            if place:
                start, last = str(part.first.frame), parts[place - 1][1].last
                split = _correction(part.first, "other_from", start, last)
                edits.corrections.append((index, split))
            if (other := owners.get(instance)) is not None:
                there = before[other].anchor
                same = _correction(part.largest, "same_as", str(other), there)
                edits.corrections.append((index, same))
        for name, values in _changes(part, left):
            try:
                answer = _answer(name, values)
            except CorrectionError as error:
                edits.refused.append(f"{store.name}, track {index}: {error}")
            else:
                edits.corrections.append((index, _correction(part.largest, *answer)))
                edits.was[index][name] = getattr(left.said, name)


def _left(store: SampleStore) -> dict[int, Left]:
    """The tracks as they were left, but for those whose labels said several things even then."""
    found: dict[int, list[Left]] = {}
    for index, instance, said, frame, box, *more in store.runs.left():
        # Versions before did not remember in which frames.
        frames = {f for first, last in (more[0] if more else ()) for f in range(first, last + 1)}
        found.setdefault(index, []).extend(
            Left(instance, Said(*each), Anchor(frame, box), frozenset(frames)) for each in said
        )
    return {index: of_track[0] for index, of_track in found.items() if len(of_track) == 1}


def _changes(part: Part, left: Left) -> Iterator[tuple[str, set[str | None]]]:
    """What labels say that they did not say before, by the name of the attribute."""
    for name in EDITABLE:
        values = {getattr(said, name) for said in part.said}
        if values != {getattr(left.said, name)}:
            yield name, values


def _answer(name: str, values: set[str | None]) -> tuple[str, str]:
    """What a correction calls what labels say now, and the value."""
    if len(values) > 1:
        told = " and ".join(sorted(map(str, values)))
        raise CorrectionError(
            f"the {EDITABLE[name]} was edited in some frames alone, {told}: "
            "say first from which frame on it is somebody else"
        )
    (value,) = values
    if (name, value) == ("label", NOBODY):
        return "not_a_person", "true"
    said: dict[str, Any] = {EDITABLE[name]: value or ""}
    (answer,) = checked(**said).items()
    return answer


def _correction(at: Anchor, attribute: str, value: str, other: Anchor | None = None) -> Correction:
    now, key = datetime.now(timezone.utc), uuid4().hex[:8]
    there = (other.frame, list(other.box)) if other else ()
    return Correction(at.frame, list(at.box), attribute, value, now, key, *there)


def _stretches(frames: Sequence[int]) -> list[list[int]]:
    """Frames, in order, as the first and last one of each stretch without a gap."""
    stretches: list[list[int]] = []
    for frame in frames:
        if stretches and stretches[-1][1] == frame - 1:
            stretches[-1][1] = frame
        else:
            stretches.append([frame, frame])
    return stretches
