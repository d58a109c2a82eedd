"""A stretch that is tracked anew: compared with what is stored, and put in its place at the end."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import supervision as sv
from fiftyone import ViewField as F

from hoop_plugins import corrections, plugins
from hoop_plugins.corrections import Told
from hoop_plugins.data.detections import compact_masks, objects, track_ids
from hoop_plugins.data.fields import IDENTITY_ATTRIBUTES
from hoop_plugins.data.label_draft import LabelDraft
from hoop_plugins.data.masks import absent
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.stages.clip_pieces import tracker_ids
from hoop_plugins.stages.due import readers
from hoop_plugins.stages.track import CHUNK, overlapping

SAME_MASK = 0.7
"""Masks with less IoU than this do not agree."""


@dataclass
class Naming:
    """Our ids for those of a session.

    Attributes:
        known: All of the tracker's ids in the clip.
        ours: By the session's id, ours.
    """

    known: set[int]
    ours: dict[int, int] = field(default_factory=dict)

    def rename(self, tracked: sv.Detections, stored: sv.Detections, ids: Sequence[int]) -> None:
        """Gives people our ids: those who come anew have the stored one of where they are, if
        nobody else has it.

        Args:
            tracked: People with the session's ids, which are replaced.
            stored: Whom the same frame shows so far.
            ids: Their ids.
        """
        given = track_ids(tracked).tolist()
        mine, theirs = overlapping(tracked.xyxy, stored.xyxy)
        there = {given[i]: ids[j] for i, j in zip(mine.tolist(), theirs.tolist(), strict=True)}
        for name in given:
            if name not in self.ours:
                wish = there.get(name, -1)
                free = wish > 0 and wish not in self.ours.values()
                self.ours[name] = wish if free else self.new()
        tracked.tracker_id = np.array([self.ours[name] for name in given], int)
        tracked.data["track"] = objects(tracked.tracker_id.tolist())

    def new(self) -> int:
        """An id that nobody has."""
        new = max(self.known, default=0) + 1
        self.known.add(new)
        return new


def agrees(
    tracked: sv.Detections,
    stored: sv.Detections,
    ids: Sequence[int],
    meant: set[int],
    gone: Set[int] = frozenset(),
) -> bool | None:
    """Whether people are tracked in a frame as they are stored.

    Args:
        tracked: The people, with our ids.
        stored: Those who are stored.
        ids: Their ids.
        meant: The ids of those whose boxes and masks must agree, too; of the others nobody may have
            changed places.
        gone: The ids of those who must not be there, unless they are tracked again.

    Returns:
        ``None`` where none of ``meant`` are seen, so that nothing speaks against it.
    """
    new = track_ids(tracked).tolist()
    mine, theirs = overlapping(tracked.xyxy, stored.xyxy)
    pairs = list(zip(mine.tolist(), theirs.tolist(), strict=True))
    if any(new[i] != ids[j] for i, j in pairs) or gone & set(ids) - set(new):
        return False
    place = {new[i]: (i, j) for i, j in pairs}
    seen = meant & {*new, *ids}
    if not all(index in place and _alike(tracked, stored, *place[index]) for index in seen):
        return False
    return None if meant and not seen else True


def _alike(tracked: sv.Detections, stored: sv.Detections, i: int, j: int) -> bool:
    """Whether the masks of two agree, where both have one."""
    one, other = compact_masks(tracked), compact_masks(stored)
    if one is None or other is None or absent(one)[i] or absent(other)[j]:
        return True
    return bool(sv.mask_iou_batch(one[[i]], other[[j]])[0, 0] >= SAME_MASK)


class Retracked:
    """The frames after the one in which people put right who is where.

    Corrections are lifted from the clip meanwhile.

    Args:
        clip: The clip.
        frame: That frame.
        told: Who is where in it.
        draft: Where the labels are written.

    Attributes:
        people: Everybody in that frame, with the tracker's ids; who was drawn has a new one.
        last: The last frame that was added.
        met: So many frames in a row, up to that one, agree with what is stored.
    """

    def __init__(self, clip: SampleStore, frame: int, told: Told, draft: LabelDraft) -> None:
        self.clip, self.draft, self.frame, self.last, self.met = clip, draft, frame, frame, 0
        # Of linked tracks, the rows are people's.
        self._roles = {piece.track: piece.role for piece in clip.tracklets} or {
            index: track.role for index, track in clip.read_tracks().items()
        }
        given = track_ids(told.people).tolist()
        self._naming = Naming({*self._roles, *given})
        ids = [index if index > 0 else self._naming.new() for index in given]
        self._naming.ours = {index: index for index in ids}
        data = {**told.people.data, "track": objects(ids)}
        self.people = replace(told.people, tracker_id=np.array(ids, int), data=data)
        self._drawn = self.people.select(np.array([index < 0 for index in given], bool))
        self._meant = {ids[row] for row in np.flatnonzero(told.meant)}
        self._gone = told.gone
        self._new = dict(
            zip(track_ids(self._drawn).tolist(), self._drawn.data["class_name"], strict=True)
        )
        self._seen = {*self._new}
        self._pending: dict[int, sv.Detections] = {}
        unread = tuple(clip.names.attributes("players").keys() - {"track"})
        self._stored = clip.read("players", frame + 1, without=unread)
        self._next = next(self._stored, None)

    def add(self, number: int, tracked: sv.Detections) -> None:
        """Takes in the people of the next frame, with the session's ids."""
        stored = self._stored_in(number)
        ids = tracker_ids(stored)
        self._naming.rename(tracked, stored, ids)
        found = track_ids(tracked).tolist()
        agreed = agrees(tracked, stored, ids, self._meant, self._gone)
        if agreed is not None:
            self.met = self.met + 1 if agreed else 0
        for index, label in zip(found, tracked.data.get("class_name", ()), strict=True):
            if index not in self._roles:
                self._new[index] = str(label)
        self._seen |= {index for index in (*ids, *found) if index > 0}
        self.last, self._pending[number] = number, tracked
        if len(self._pending) >= CHUNK:
            self._flush()

    def publish(self) -> tuple[str, ...]:
        """Puts the labels in the place of those that are stored, and takes back what was built on
        these.

        Returns:
            The stages that were done, and are to be done again.
        """
        self._flush()
        clip, later = self.clip, readers(plugins.find_stage("track"))
        due = tuple(name for name in later if clip.progress(name))
        clip.runs.check()
        corrections.note_tracked(clip, self.frame + 1, self.last)
        clip.forget(*later)  # first: what was taken back in part must not pass for done
        for name in reversed(later):
            plugins.find_stage(name).undo(clip)
        self.draft.assign(self._said())
        self.draft.publish(unmarked=clip.recorded_before("track"))
        for label in clip.document("players", self._drawn)["detections"]:
            clip.add("players", {self.frame: label})
        clip.write_tracks(self._tracks().values())
        return due

    def _stored_in(self, number: int) -> sv.Detections:
        while self._next is not None and self._next[0] < number:
            self._next = next(self._stored, None)
        if self._next is None or self._next[0] != number:
            return sv.Detections.empty()
        found = self._next[1]
        return found.select(np.array(tracker_ids(found), int) > 0)  # others' boxes have no id

    def _flush(self) -> None:
        if self._pending:
            self.draft.write(self._pending)
            self._pending.clear()

    def _said(self) -> dict[int, dict[str, Any]]:
        """What the labels of each track say of the person: what they say so far."""
        said: dict[int, dict[str, Any]] = {}
        here = {"frame_number": {"$gte": self.frame, "$lte": self.last}}
        mine = F("index").is_in(sorted(self._seen))
        for _, labels in self.clip.find("players", mine, ("index", *IDENTITY_ATTRIBUTES), here):
            for label in labels:
                known = {k: v for k, v in label.items() if k != "index" and v is not None}
                said.setdefault(label["index"], known)
        roles = {index: {"label": role} for index, role in {**self._new, **self._roles}.items()}
        return {index: {**roles[index], **said.get(index, {})} for index in self._seen & {*roles}}

    def _tracks(self) -> dict[int, Track]:
        """The clip's tracks, as long as their labels are now."""
        before = self.clip.read_tracks()
        tracks = {index: track for index, track in before.items() if index not in self._seen}
        mine = F("index").is_in(sorted(self._seen))
        for number, labels in self.clip.find("players", mine, ("index", "label")):
            for label in labels:
                index = label["index"]
                if index not in tracks:
                    known = before.get(index, Track(index, number, number, label["label"]))
                    tracks[index] = replace(known, first=number)
                tracks[index].last = number
        return tracks
