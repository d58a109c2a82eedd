"""Who is who between two frames: each person's class, motion and kit, and detections to match.

Tracking by detection, as SORT (Bewley et al. 2016) began it, with colors as DeepSORT has
appearance; masks speak for a pair, too, where a network makes some.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import supervision as sv
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from hoop_plugins.models.kit_colors import Boxes, Colors, likeness

STEADINESS = 0.7
"""Share of the velocity so far that stays when a new step is seen."""

HORIZON = 15
"""Frames for which somebody unseen is expected to go on as before."""

FADING = 0.9
"""Share of the colors so far that stays when the person is seen again."""

SAME_KIT = 0.75
"""Colors less alike than this are somebody else's, or an occluder's, and are not learned."""

CLOSE = 0.3
"""Of two detections that share more than this of the smaller one, neither's colors are learned."""

OWNED = 0.5
"""A mask owns a detection if so much of the smaller of their two boxes is shared."""

STAYED = 0.3
"""A detection with so much IoU with a track's last one may be the same person."""

STEADY = 10.0
"""What a track's last detection weighs when it is of the frame before; masks weigh up to 2."""

ALIKE = 10.0
"""What colors weigh: those of the other team are about 0.4 less alike."""

UNLIKE = 0.4
"""A detection whose colors are less alike than this to a track's is somebody else."""

FRESH = 3
"""So many frames after its last detection, a track needs no mask to be found again."""

REACH = 0.75
"""How far a person may have moved between two checks, in heights of the box."""

UNMOVED = 0.7
"""With so much IoU with a track's last one, a detection of another class is still the same person:
it is the class that is wrong."""


@dataclass
class Track:
    """A person who is followed.

    Attributes:
        started: The lowest id of those who began in the same frame: it is higher the later.
        labels: How often a detection called the person what.
        box: xyxy where the person was last seen with a detection.
        missed: Frames in a row without a detection.
        velocity: Pixels a frame, right and down, of the detections' centers.
        colors: float32 ``(BINS ** 3,)`` of :func:`torso_histograms`, over all frames in
            which nobody was near; zeros before the first of them.
    """

    started: int
    labels: Counter[str]
    box: list[float]
    colors: Colors
    missed: int = 0
    velocity: list[float] = field(default_factory=lambda: [0.0, 0.0])

    def see(self, label: str, box: Boxes, colors: Colors | None, frames: int) -> None:
        """Takes note of a detection, so many frames after the last check: what it calls the person,
        where it is, xyxy, and the colors of its torso, or ``None`` where somebody else is near.
        """
        self.labels[label] += 1
        moved = box - np.asarray(self.box, np.float32)
        step = (moved[:2] + moved[2:]) / 2 / (self.missed + frames)
        kept = np.asarray(self.velocity, np.float32) * STEADINESS
        self.velocity = (kept + step * (1 - STEADINESS)).tolist()
        self.box, self.missed = box.tolist(), 0
        if colors is None:
            return
        if not self.colors.any():
            self.colors = colors
        elif likeness(self.colors[None], colors[None])[0, 0] >= SAME_KIT:
            mixed = FADING * self.colors + (1 - FADING) * colors
            self.colors = mixed / np.linalg.norm(mixed)

    def expected(self, frames: int) -> Boxes:
        """Where the person is at the next check, that many frames after the last: xyxy."""
        step = np.tile(np.asarray(self.velocity, np.float32), 2)
        return np.asarray(self.box, np.float32) + step * min(frames + self.missed, HORIZON)

    @property
    def label(self) -> str:
        """The class most often given by the detections, the first one at a tie."""
        return self.labels.most_common(1)[0][0]

    def state(self) -> dict[str, Any]:
        """Everything needed to make it anew with :meth:`restored`, as plain values and tensors."""
        plain = {"labels": dict(self.labels), "colors": torch.from_numpy(self.colors)}
        return {**vars(self), **plain}

    @classmethod
    def restored(cls, state: dict[str, Any]) -> Track:
        """Makes a track from its ``state()``."""
        colors = np.asarray(state["colors"], np.float32)
        return cls(**{**state, "labels": Counter(state["labels"]), "colors": colors})


def apart(boxes: Boxes) -> NDArray[np.bool_]:
    """Which people, float ``(N, 4)``, have nobody near who might cover them: bool ``(N,)``."""
    shared = sv.box_iou_batch(boxes, boxes, sv.OverlapMetric.IOS)
    np.fill_diagonal(shared, 0)
    return np.asarray(shared.max(1, initial=0) <= CLOSE, bool)


def match(
    masks: Boxes,
    detections: Boxes,
    last: Boxes,
    age: NDArray[np.float32],
    same_class: NDArray[np.bool_],
    alike: NDArray[np.float32],
) -> list[tuple[int, int, float]]:
    """Matches tracks and detections one to one, by the best total of what speaks for each pair.

    For a pair speak the colors, the IoU with where the track's last detection would be now, and
    the IoU and the IoS of the mask's box. A mask can stray to somebody who passes, and from one
    frame to the next nobody moves far: so masks count where the last detection is not ``FRESH``,
    and the longer ago that was, the less it counts itself.

    Args:
        masks: float ``(N, 4)``, boxes of the tracks' masks; empty boxes where there is none.
        detections: float ``(M, 4)``.
        last: float ``(N, 4)``, where each track's last detection would be now.
        age: float ``(N,)``, how many frames ago that was.
        same_class: bool ``(N, M)``, whether they are of one class.
        alike: float ``(N, M)`` in [0, 1], how alike their colors are.

    Returns:
        ``(track, detection, IoU of the mask's box)`` of the pairs that stayed where they were by
        ``STAYED``, or by ``UNMOVED`` if the class differs, or whose mask speaks for them by
        ``OWNED``; and are not ``UNLIKE``.
    """
    iou, stayed = sv.box_iou_batch(masks, detections), sv.box_iou_batch(last, detections)
    ios = sv.box_iou_batch(masks, detections, sv.OverlapMetric.IOS)
    lost = (age > FRESH)[:, None]
    allowed = ((ios >= OWNED) & lost) | (stayed >= STAYED)
    allowed &= (same_class | (stayed >= UNMOVED)) & (alike >= UNLIKE)
    weight = STEADY / np.maximum(age, 1)[:, None]
    score = (iou + ios) * lost + weight * stayed + ALIKE * alike
    rows, columns = linear_sum_assignment(-score * allowed)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(i, j, float(iou[i, j])) for i, j in pairs if allowed[i, j]]


def nearest(old: Boxes, new: Boxes) -> list[tuple[int, int]]:
    """Matches boxes, float ``(N, 4)`` and ``(M, 4)``, one to one between two checks, by distance,
    within ``REACH`` box heights: ``(old, new)`` pairs.
    """
    steps = (new[None, :, :2] + new[None, :, 2:] - old[:, None, :2] - old[:, None, 2:]) / 2
    far = np.hypot(steps[..., 0], steps[..., 1]) / np.maximum(new[:, 3] - new[:, 1], 1)[None]
    rows, columns = linear_sum_assignment(np.minimum(far, REACH))
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(i, j) for i, j in pairs if far[i, j] < REACH]
