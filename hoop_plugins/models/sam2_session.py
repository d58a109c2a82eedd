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
from hoop_plugins.models.kit_colors import likeness, torso_histograms
from hoop_plugins.models.sam2_matching import Boxes, box_overlaps, doubles, match, nearest
from hoop_plugins.models.sam2_outlines import Outline, outlines, raise_within, within
from hoop_plugins.models.sam2_stream import Masks, SAM2Stream
from hoop_plugins.models.sam2_track import SAME_KIT, Track

Colors = NDArray[np.float32]
"""Colors of N torsos, see :func:`hoop_plugins.models.kit_colors.torso_histograms`."""

DRIFTED = 0.5
"""A mask whose box has less IoU than this with its own detection is prompted again."""

COVERED = 0.4
"""A detection with more IoU than this with a mask's box, or another's detection, is no newcomer."""

CLOSE = 0.3
"""Of two detections that share more than this of the smaller one, neither's colors are learnt."""

PATIENCE = 60
"""Frames without a detection after which a track is let go."""


class SAM2Session:
    """One video being tracked.

    Everybody in the first frame that has detections is prompted. Every ``check_every`` frames the
    masks are compared with the detections: see :meth:`_check`.

    Args:
        stream: The network at work.
        check_every: Frames between two checks; 0 for none.
        drift_iou: A mask whose box has less IoU than this with its own detection is prompted again.
    """

    def __init__(self, stream: SAM2Stream, check_every: int, drift_iou: float = DRIFTED) -> None:
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
        masks = self.stream.step(frame)
        if asked and detections is not None:
            boxes = detections.xyxy.astype(np.float32)
            labels = _labels(detections)
            colors = torso_histograms(frame, boxes)
            if self.begun:
                masks = self._check(masks, boxes, labels, colors, frame.shape[:2])
            elif len(boxes):
                self.begun = True
                masks = self._start(masks, boxes, labels, colors)
        # Checks are counted from the first prompt, or frame by frame until there is one.
        self.age = self.age + 1 if self.begun else 0
        return self._people(masks, frame.shape[:2])

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

    def _start(self, masks: Masks, boxes: Boxes, labels: list[str], colors: Colors) -> Masks:
        """Begins a track at each box."""
        ids = list(range(self.last_id + 1, self.last_id + 1 + len(boxes)))
        known = np.where(_apart(boxes)[:, None], colors, 0).astype(np.float32)
        for track_id, box, label, shirt in zip(ids, boxes, labels, known, strict=True):
            self.tracks[track_id] = Track(self.stream.frame, Counter([label]), box.tolist(), shirt)
            self.detected[track_id] = box
        self.last_id += len(boxes)
        return self._prompt(masks, ids, boxes)

    def _prompt(self, masks: Masks, ids: list[int], boxes: Boxes) -> Masks:
        """Prompts objects and returns the frame's masks with theirs renewed."""
        if not ids:
            return masks
        return masks.without(ids).joined(self.stream.prompt(ids, boxes))

    def _drop(self, masks: Masks, ids: list[int]) -> Masks:
        self.stream.remove(ids)
        return masks.without(ids)

    def _check(
        self,
        masks: Masks,
        boxes: Boxes,
        labels: list[str],
        colors: Colors,
        image_shape: tuple[int, int],
    ) -> Masks:
        """Compares masks with detections.

        1. Of two tracks on one body, the younger is let go of that body.
        2. Masks and detections are matched one to one; a mask that has drifted off its detection
           is prompted again with it.
        3. A detection that nobody owns goes to a track near by, of the same kit, that owns none:
           its mask is lost, or strayed to somebody who passed. If there is no such track, it
           becomes a new one once it has been there at two checks in a row.
        4. Tracks without a detection for ``PATIENCE`` frames are let go.
        """
        masks = self._drop(masks, self._doubles(masks))
        seen = {
            track_id: outline
            for track_id, outline in zip(
                masks.ids, outlines(masks.logits, image_shape), strict=True
            )
            if outline is not None
        }
        ids = list(self.tracks)
        nowhere = (0.0, 0.0, 0.0, 0.0)
        own = np.array([seen[i].box if i in seen else nowhere for i in ids], np.float32)
        own = own.reshape(-1, 4)
        last = np.array([self.tracks[i].expected(self.check_every) for i in ids], np.float32)
        last = last.reshape(-1, 4)
        age = np.array([self.tracks[i].missed + self.check_every for i in ids], np.float32)
        called = np.array([self.tracks[i].label for i in ids], dtype=str)
        same = called[:, None] == np.array(labels, dtype=str)[None]
        shirts = np.array([self.tracks[i].colors for i in ids], np.float32)
        alike = likeness(shirts.reshape(-1, colors.shape[1]), colors)
        found = match(own, boxes, last, age, same, alike)
        pairs = [(ids[i], j, iou) for i, j, iou in found]
        renewed = {track_id: j for track_id, j, iou in pairs if iou < self.drift_iou}
        owners = {track_id: j for track_id, j, _ in pairs}

        free = [j for j in range(len(boxes)) if j not in owners.values()]
        idle = [i for i, track_id in enumerate(ids) if track_id not in owners]
        for i, j in nearest(last[idle], boxes[free]):
            track_id = ids[idle[i]]
            same_kit = alike[idle[i], free[j]] >= SAME_KIT
            if same_kit and self.tracks[track_id].label == labels[free[j]]:
                renewed[track_id] = owners[track_id] = free[j]
        taken = np.concatenate([own, boxes[list(owners.values())]])
        covered = box_overlaps(taken, boxes)[0].max(0, initial=0) > COVERED
        free = [j for j in free if j not in owners.values() and not covered[j]]

        self.detected = {track_id: boxes[j] for track_id, j in owners.items()}
        apart = _apart(boxes)
        for track_id, track in self.tracks.items():
            if track_id in owners:
                j = owners[track_id]
                shirt = colors[j] if apart[j] else None
                track.see(labels[j], boxes[j], shirt, self.check_every)
            else:
                track.missed += self.check_every
        gone = [i for i, track in self.tracks.items() if track.missed >= PATIENCE]
        for track_id in gone:
            del self.tracks[track_id]
        masks = self._drop(masks, gone)

        masks = self._prompt(masks, list(renewed), boxes[list(renewed.values())])
        stayed = [free[j] for _, j in nearest(self.unowned, boxes[free])]
        self.unowned = boxes[[j for j in free if j not in stayed]]
        return self._start(masks, boxes[stayed], [labels[j] for j in stayed], colors[stayed])

    def _doubles(self, masks: Masks) -> list[int]:
        # Of two that began together, the one of which the network is less sure is the double.
        seniority = [
            (float(self.tracks[track_id].started), -confidence)
            for track_id, confidence in zip(masks.ids, masks.confidence.tolist(), strict=True)
        ]
        return [masks.ids[i] for i in doubles(masks.logits > 0, seniority)]

    def _people(self, masks: Masks, image_shape: tuple[int, int]) -> sv.Detections:
        """Turns the frame's masks into what the session returns."""
        shapes = outlines(self._fitted(masks, image_shape), image_shape)
        found = [
            (track_id, self._inside(track_id, outline), confidence)
            for track_id, outline, confidence in zip(
                masks.ids, shapes, masks.confidence, strict=True
            )
            if outline is not None
        ]
        kept: list[Outline] = [outline for _, outline, _ in found]
        return sv.Detections(
            xyxy=np.array([one.box for one in kept], np.float32).reshape(-1, 4),
            mask=from_crops([one.mask for one in kept], [(o.x, o.y) for o in kept], image_shape),
            confidence=np.array([confidence for *_, confidence in found], np.float32),
            tracker_id=np.array([track_id for track_id, *_ in found], int),
            data={"class_name": np.array([self.tracks[i].label for i, *_ in found], dtype=str)},
        )

    def _fitted(self, masks: Masks, image_shape: tuple[int, int]) -> NDArray[np.float32]:
        """The logits, raised where a person's detection shows that the mask lacks a part."""
        logits = masks.logits.copy()
        for i, track_id in enumerate(masks.ids):
            if track_id in self.detected:
                raise_within(logits[i], self.detected[track_id], image_shape)
        return logits

    def _inside(self, track_id: int, outline: Outline) -> Outline:
        """The part of a mask inside the detection that its person has in this frame, if any."""
        box = self.detected.get(track_id)
        return outline if box is None else within(outline, box)


def _labels(detections: sv.Detections) -> list[str]:
    names = detections.data.get("class_name")
    if names is None:
        return ["player"] * len(detections)
    return ["player" if name in PLAYER_ACTIONS else str(name) for name in names]


def _apart(boxes: Boxes) -> NDArray[np.bool_]:
    """Which people have nobody near who might cover them, bool ``(N,)``."""
    shared = box_overlaps(boxes, boxes)[1]
    np.fill_diagonal(shared, 0)
    return np.asarray(shared.max(1, initial=0) <= CLOSE, bool)
