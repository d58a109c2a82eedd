"""What is known of a tracked person besides the network's memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hoop_plugins.models.kit_colors import likeness
from hoop_plugins.models.sam2_matching import Boxes

STEADINESS = 0.7
"""Share of the velocity so far that stays when a new step is seen."""

HORIZON = 15
"""Frames for which somebody unseen is expected to go on as before."""

FADING = 0.9
"""Share of the colors so far that stays when the person is seen again."""

SAME_KIT = 0.75
"""Colors less alike than this are somebody else's, or an occluder's, and are not learnt."""


@dataclass
class Track:
    """A person who is followed.

    Attributes:
        started: Frame of the first prompt.
        labels: How often a detection called the person what.
        box: xyxy where the person was last seen with a detection.
        missed: Frames in a row without a detection.
        velocity: Pixels a frame, right and down, of the detections' centres.
        colors: float32 ``(BINS ** 3,)`` of :func:`.kit_colors.torso_histograms`, over all frames in
            which nobody was near; zeros before the first of them.
    """

    started: int
    labels: Counter[str]
    box: list[float]
    colors: NDArray[np.float32]
    missed: int = 0
    velocity: list[float] = field(default_factory=lambda: [0.0, 0.0])

    def see(self, label: str, box: Boxes, colors: NDArray[np.float32] | None, frames: int) -> None:
        """Takes note of a detection.

        Args:
            label: What it calls the person.
            box: float32 ``(4,)``, xyxy.
            colors: Those of its torso, or ``None`` where somebody else is near.
            frames: Since the last check.
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
