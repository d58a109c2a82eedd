"""Tracking people with SAM2: whom to prompt, whom to prompt again, and whom to let go."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.image import Image
from hoop_plugins.data.masks import from_crops
from hoop_plugins.data.vocabulary import PLAYER_ACTIONS
from hoop_plugins.models import sam2_people as people
from hoop_plugins.models.kit_colors import Boxes, Colors, likeness, torso_histograms
from hoop_plugins.models.sam2_outlines import outlines
from hoop_plugins.models.sam2_people import Track
from hoop_plugins.models.sam2_stream import SAM2Stream

COVERED = 0.4
"""A detection with more IoU than this with a mask's box, or another's detection, is no newcomer."""

CLOSE = 0.3
"""Of two detections that share more than this of the smaller one, neither's colors are learned."""

PATIENCE = 60
"""Frames without a detection after which a track is let go."""


class SAM2Session:
    """One video being tracked.

    Everybody in the first frame that has detections is prompted. Every ``check_every`` frames the
    masks are compared with the detections: see :meth:`_check`.

    Args:
        stream: The network at work.
        check_every: As for :func:`hoop_plugins.models.load_tracker`.
        drift_iou: As for :func:`hoop_plugins.models.load_tracker`.
    """

    def __init__(self, stream: SAM2Stream, check_every: int, drift_iou: float = 0.5) -> None:
        self.stream = stream
        self.check_every = check_every
        self.drift_iou = drift_iou
        self.last_id = 0
        self.reset()

    def reset(self) -> None:
        """Forgets everybody. Track ids go on from the last one given."""
        self.stream.reset()
        self.tracks: dict[int, Track] = {}
        self.unowned = np.zeros((0, 4), np.float32)
        self.age = 0
        self.begun = False

    def wants_detections(self) -> bool:
        """Whether the next ``step`` should be given the detections of its frame."""
        return not self.begun or (self.check_every > 0 and self.age % self.check_every == 0)

    def step(self, frame: Image, detections: sv.Detections | None) -> sv.Detections:
        """Advances by one frame, see :class:`hoop_plugins.models.roles.TrackerSession`."""
        asked = self.wants_detections()
        self.detected: dict[int, NDArray[np.float32]] = {}
        self.stream.step(frame)
        if asked and detections is not None:
            boxes = detections.xyxy.astype(np.float32)
            labels = _labels(detections)
            colors = torso_histograms(frame, boxes)
            if self.begun:
                self._check(boxes, labels, colors, frame.shape[:2])
            elif len(boxes):
                self.begun = True
                self._start(boxes, labels, colors)
        # Checks are counted from the first prompt, or frame by frame until there is one.
        self.age = self.age + 1 if self.begun else 0
        return self._people(frame.shape[:2])

    def state(self) -> dict[str, Any]:
        """See :class:`hoop_plugins.models.roles.TrackerSession`."""
        return {
            "stream": self.stream.state(),
            "tracks": {track_id: track.state() for track_id, track in self.tracks.items()},
            "unowned": self.unowned.tolist(),
            "age": self.age,
            "begun": self.begun,
            "last_id": self.last_id,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a ``state()``."""
        self.stream.restore(state["stream"])
        self.tracks = {int(i): Track.restored(values) for i, values in state["tracks"].items()}
        self.unowned = np.asarray(state["unowned"], np.float32).reshape(-1, 4)
        self.age, self.begun = state["age"], state["begun"]
        self.last_id = state["last_id"]

    def _start(self, boxes: Boxes, labels: list[str], colors: Colors) -> None:
        """Begins a track at each box."""
        ids = list(range(self.last_id + 1, self.last_id + 1 + len(boxes)))
        known = np.where(_apart(boxes)[:, None], colors, 0).astype(np.float32)
        for track_id, box, label, shirt in zip(ids, boxes, labels, known, strict=True):
            self.tracks[track_id] = Track(self.stream.frame, Counter([label]), box.tolist(), shirt)
            self.detected[track_id] = box
        self.last_id += len(boxes)
        self.stream.prompt(ids, boxes)

    def _check(
        self, boxes: Boxes, labels: list[str], colors: Colors, image_shape: tuple[int, int]
    ) -> None:
        """Compares masks with detections.

        1. Of two tracks on one body, the younger is let go of that body.
        2. Masks and detections are matched one to one; a mask that has drifted off its detection
           is prompted again with it.
        3. A detection that nobody owns goes to a track near by, of the same kit, that owns none:
           its mask is lost, or strayed to somebody who passed. If there is no such track, it
           becomes a new one once it has been there at two checks in a row.
        4. Tracks without a detection for ``PATIENCE`` frames are let go.
        """
        stream = self.stream
        # Of two that began together, the one of which the network is less sure is the double.
        started = [float(self.tracks[track_id].started) for track_id in stream.ids]
        seniority = list(zip(started, (-stream.confidence).tolist(), strict=True))
        stream.remove([stream.ids[i] for i in people.doubles(stream.logits > 0, seniority)])
        ids, tracks = list(self.tracks), list(self.tracks.values())
        own = np.zeros((len(ids), 4), np.float32)
        for track_id, outline in zip(stream.ids, outlines(stream.logits, image_shape), strict=True):
            if outline is not None:
                own[ids.index(track_id)] = outline.box
        last = np.array([track.expected(self.check_every) for track in tracks], np.float32)
        last = last.reshape(-1, 4)
        age = np.array([track.missed + self.check_every for track in tracks], np.float32)
        called = np.array([track.label for track in tracks], dtype=str)
        same = called[:, None] == np.array(labels, dtype=str)
        shirts = np.array([track.colors for track in tracks], np.float32)
        alike = likeness(shirts.reshape(-1, colors.shape[1]), colors)

        owned = np.full(len(ids), -1)  # by each track, a detection
        again = []
        for i, j, iou in people.match(own, boxes, last, age, same, alike):
            owned[i] = j
            if iou < self.drift_iou:
                again.append(i)
        free = np.setdiff1d(np.arange(len(boxes)), owned)
        idle = np.flatnonzero(owned < 0)
        for place, candidate in people.nearest(last[idle], boxes[free]):
            i, j = idle[place], free[candidate]
            if same[i, j] and alike[i, j] >= people.SAME_KIT:
                owned[i] = j
                again.append(i)
        self.detected = {ids[i]: boxes[owned[i]] for i in np.flatnonzero(owned >= 0)}
        taken = np.concatenate([own, *(box[None] for box in self.detected.values())])
        covered = sv.box_iou_batch(taken, boxes).max(0, initial=0) > COVERED
        free = np.setdiff1d(np.flatnonzero(~covered), owned)

        apart = _apart(boxes)
        for track, j in zip(tracks, owned, strict=True):
            if j < 0:
                track.missed += self.check_every
            else:
                track.see(labels[j], boxes[j], colors[j] if apart[j] else None, self.check_every)
        gone = [i for i, track in self.tracks.items() if track.missed >= PATIENCE]
        for track_id in gone:
            del self.tracks[track_id]
        stream.remove(gone)

        stream.prompt([ids[i] for i in again], boxes[owned[again]])
        stayed = [free[j] for _, j in people.nearest(self.unowned, boxes[free])]
        self.unowned = boxes[np.setdiff1d(free, stayed)]
        self._start(boxes[stayed], [labels[j] for j in stayed], colors[stayed])

    def _people(self, image_shape: tuple[int, int]) -> sv.Detections:
        """Turns the frame's masks into what the session returns."""
        stream = self.stream
        boxes = [self.detected.get(track_id) for track_id in stream.ids]
        found = {
            i: outline
            for i, outline in enumerate(outlines(stream.logits, image_shape, boxes))
            if outline is not None
        }
        ids = [stream.ids[i] for i in found]
        return sv.Detections(
            xyxy=np.array([outline.box for outline in found.values()], np.float32).reshape(-1, 4),
            mask=from_crops(
                [outline.mask for outline in found.values()],
                [outline.box[:2] for outline in found.values()],
                image_shape,
            ),
            confidence=stream.confidence[list(found)],
            tracker_id=np.array(ids, int),
            data={"class_name": np.array([self.tracks[i].label for i in ids], dtype=str)},
        )


def _labels(detections: sv.Detections) -> list[str]:
    names = detections.data.get("class_name", ["player"] * len(detections))
    return ["player" if name in PLAYER_ACTIONS else str(name) for name in names]


def _apart(boxes: Boxes) -> NDArray[np.bool_]:
    """Which people have nobody near who might cover them, bool ``(N,)``."""
    shared = sv.box_iou_batch(boxes, boxes, sv.OverlapMetric.IOS)
    np.fill_diagonal(shared, 0)
    return np.asarray(shared.max(1, initial=0) <= CLOSE, bool)
