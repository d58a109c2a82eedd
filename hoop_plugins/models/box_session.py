"""Tracking people by their detections: whom to follow, who is found again, and whom to let go."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.detections import compact_masks, track_ids
from hoop_plugins.data.image import Image, VideoInfo
from hoop_plugins.data.vocabulary import PLAYER_ACTIONS
from hoop_plugins.models import association
from hoop_plugins.models.association import Track
from hoop_plugins.models.kit_colors import Boxes, Colors, likeness, torso_histograms

COVERED = 0.4
"""A detection with more IoU than this with a mask's box, or another's detection, is no newcomer."""

PATIENCE = 60
"""Frames without a detection after which a track is let go, unless that is set."""


class BoxSession:
    """One video being tracked, without a network.

    Everybody in the first frame that has detections is followed from there; see :meth:`_check` for
    the frames after it. A session with masks overrides what masks add: :meth:`_advance`,
    :meth:`_mask_boxes`, :meth:`_prompt`, :meth:`_prompt_as_told`, :meth:`_drop` and
    :meth:`_people`.

    Args:
        check_every: Detections are wanted in every so many frames; 0: in the first only.
        patience: Frames without a detection after which a track is let go.
        drift_iou: A mask whose box overlaps its detection less than this is prompted again.
    """

    def __init__(
        self, check_every: int = 1, patience: int = PATIENCE, drift_iou: float = 0
    ) -> None:
        self.check_every, self.patience, self.drift_iou = check_every, patience, drift_iou
        self.last_id = 0
        self.reset()

    def reset(self) -> None:
        """Forgets everybody. Track ids go on from the last one given."""
        self.tracks: dict[int, Track] = {}
        self.unowned = np.zeros((0, 4), np.float32)
        self.age = 0
        self.begun = False

    def wants_detections(self) -> bool:
        """Whether the next ``step`` should be given the detections of its frame."""
        return not self.begun or (self.check_every > 0 and self.age % self.check_every == 0)

    def step(self, frame: Image, detections: sv.Detections | None) -> sv.Detections:
        """Advances by one frame, see :class:`hoop_plugins.models.roles.TrackerSession`."""
        self.asked = self.wants_detections() and detections is not None
        found = detections if self.asked and detections is not None else sv.Detections.empty()
        self._look(frame, found)
        if self.asked:
            labels, colors = _labels(found), torso_histograms(frame, self.boxes)
            if self.begun:
                self._check(labels, colors, frame.shape[:2])
            elif len(found):
                self.begun = True
                self._start(np.arange(len(found)), labels, colors)
        # Checks are counted from the first prompt, or frame by frame until there is one.
        self.age = self.age + 1 if self.begun else 0
        return self._people(frame.shape[:2])

    def prompt(self, frame: Image, people: sv.Detections) -> sv.Detections:
        """Begins anew where a person said who is where, see
        :class:`hoop_plugins.models.roles.TrackerSession`.
        """
        self.reset()
        self.asked = True
        self._look(frame, people)
        ids = track_ids(people).tolist()
        if ids:
            self.begun, self.age, self.last_id = True, 1, max(self.last_id, *ids)
            colors = torso_histograms(frame, self.boxes)
            self._follow(ids, np.arange(len(ids)), _labels(people), colors)
            self._prompt_as_told(ids, compact_masks(people))
        return self._people(frame.shape[:2])

    def state(self) -> dict[str, Any]:
        """See :class:`hoop_plugins.models.roles.TrackerSession`."""
        return {
            "tracks": {track_id: track.state() for track_id, track in self.tracks.items()},
            "unowned": self.unowned.tolist(),
            "age": self.age,
            "begun": self.begun,
            "last_id": self.last_id,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a ``state()``."""
        self.tracks = {int(i): Track.restored(values) for i, values in state["tracks"].items()}
        self.unowned = np.asarray(state["unowned"], np.float32).reshape(-1, 4)
        self.age, self.begun = state["age"], state["begun"]
        self.last_id = state["last_id"]

    def _look(self, frame: Image, found: sv.Detections) -> None:
        """Goes on to a frame and its detections; nobody owns them yet."""
        self.boxes = found.xyxy.astype(np.float32)
        self.sureness = np.ones(len(found), np.float32)
        if found.confidence is not None:
            self.sureness = np.nan_to_num(found.confidence, nan=1.0).astype(np.float32)
        self.detected: dict[int, int] = {}
        self._advance(frame)

    def _advance(self, frame: Image) -> None:
        """Carries the masks into the next frame."""

    def _mask_boxes(self, ids: list[int], image_shape: tuple[int, int]) -> Boxes:
        """The boxes of the masks of N tracks, float32 ``(N, 4)``; empty where there is none."""
        return np.zeros((len(ids), 4), np.float32)

    def _prompt(self, ids: list[int], boxes: Boxes) -> None:
        """Begins the masks of some tracks, or begins them anew, at their detections."""

    def _prompt_as_told(self, ids: list[int], masks: sv.CompactMask | None) -> None:
        """Begins the masks of the people of this frame, whose masks a person saw, if they have any;
        their boxes are :attr:`boxes`.
        """

    def _drop(self, ids: list[int]) -> None:
        """Lets the masks of some tracks go."""

    def _start(self, rows: NDArray[np.intp], labels: list[str], colors: Colors) -> None:
        """Begins a track at each of some detections of this frame."""
        ids = list(range(self.last_id + 1, self.last_id + 1 + len(rows)))
        self._follow(ids, rows, labels, colors)
        self.last_id += len(rows)
        self._prompt(ids, self.boxes[rows])

    def _follow(
        self, ids: list[int], rows: NDArray[np.intp], labels: list[str], colors: Colors
    ) -> None:
        """Follows people from some detections of this frame on."""
        boxes = self.boxes[rows]
        known = np.where(association.apart(boxes)[:, None], colors[rows], 0).astype(np.float32)
        for track_id, row, shirt in zip(ids, rows.tolist(), known, strict=True):
            label, box = Counter([labels[row]]), self.boxes[row].tolist()
            self.tracks[track_id] = Track(min(ids), label, box, shirt)
            self.detected[track_id] = row

    def _check(self, labels: list[str], colors: Colors, image_shape: tuple[int, int]) -> None:
        """Compares tracks with detections.

        1. Tracks and detections are matched one to one; a mask that has drifted off its detection
           is prompted again with it.
        2. A detection that nobody owns goes to a track near by, of the same kit, that owns none:
           its mask is lost, or strayed to somebody who passed. If there is no such track, it
           becomes a new one once it has been there at two checks in a row.
        3. Tracks without a detection for so long as ``patience`` says are let go.
        """
        ids, tracks, boxes = list(self.tracks), list(self.tracks.values()), self.boxes
        own = self._mask_boxes(ids, image_shape)
        last = np.array([track.expected(self.check_every) for track in tracks], np.float32)
        last = last.reshape(-1, 4)
        age = np.array([track.missed + self.check_every for track in tracks], np.float32)
        called = np.array([track.label for track in tracks], dtype=str)
        same = called[:, None] == np.array(labels, dtype=str)
        shirts = np.array([track.colors for track in tracks], np.float32)
        alike = likeness(shirts.reshape(-1, colors.shape[1]), colors)

        owned = np.full(len(ids), -1)  # by each track, a detection
        again = []
        for i, j, iou in association.match(own, boxes, last, age, same, alike):
            owned[i] = j
            if iou < self.drift_iou:
                again.append(i)
        free = np.setdiff1d(np.arange(len(boxes)), owned)
        idle = np.flatnonzero(owned < 0)
        for place, candidate in association.nearest(last[idle], boxes[free]):
            i, j = idle[place], free[candidate]
            if same[i, j] and alike[i, j] >= association.SAME_KIT:
                owned[i] = j
                again.append(i)
        self.detected = {ids[i]: int(owned[i]) for i in np.flatnonzero(owned >= 0)}
        taken = np.concatenate([own, boxes[owned[owned >= 0]]])
        covered = sv.box_iou_batch(taken, boxes).max(0, initial=0) > COVERED
        free = np.setdiff1d(np.flatnonzero(~covered), owned)

        alone = association.apart(boxes)
        for track, j in zip(tracks, owned, strict=True):
            if j < 0:
                track.missed += self.check_every
            else:
                track.see(labels[j], boxes[j], colors[j] if alone[j] else None, self.check_every)
        gone = [i for i, track in self.tracks.items() if track.missed >= self.patience]
        for track_id in gone:
            del self.tracks[track_id]
        self._drop(gone)

        self._prompt([ids[i] for i in again], boxes[owned[again]])
        stayed = free[[j for _, j in association.nearest(self.unowned, boxes[free])]]
        self.unowned = boxes[np.setdiff1d(free, stayed)]
        self._start(stayed, labels, colors)

    def _people(self, image_shape: tuple[int, int]) -> sv.Detections:
        """What the session returns: here those who are detected in this frame."""
        ids, rows = list(self.detected), list(self.detected.values())
        return sv.Detections(
            xyxy=self.boxes[rows],
            confidence=self.sureness[rows],
            tracker_id=np.array(ids, int),
            data=self._described(ids),
        )

    def _described(self, ids: list[int]) -> dict[str, Any]:
        """What each of some people is called, and whose detections those asked for are."""
        data = {"class_name": np.array([self.tracks[i].label for i in ids], dtype=str)}
        if self.asked:
            data["detection"] = np.array([self.detected.get(i, -1) for i in ids], int)
        return data


@dataclass(frozen=True)
class BoxTracker:
    """Gives every detected person an identity, and no mask.

    Attributes:
        patience: As for :class:`BoxSession`.
    """

    patience: int = PATIENCE

    def start(self, video: VideoInfo) -> BoxSession:
        """Begins a video; sessions are independent of each other."""
        return BoxSession(patience=self.patience)


def _labels(detections: sv.Detections) -> list[str]:
    names = detections.data.get("class_name", ["player"] * len(detections))
    return ["player" if name in PLAYER_ACTIONS else str(name) for name in names]
