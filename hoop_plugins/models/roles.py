"""The four roles that a network can play, and the currency in which networks and stages deal.

Frames and crops are RGB uint8 arrays of shape ``(H, W, 3)``. Boxes are absolute ``xyxy`` pixels.
Detections are :class:`supervision.Detections`; masks in them are
:class:`supervision.CompactMask` (the crop of each box, run-length encoded), so that a frame of ten
people weighs kilobytes. ``data["class_name"]`` holds the labels of the field contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, runtime_checkable

import numpy as np
import supervision as sv
from numpy.typing import NDArray

Image = NDArray[np.uint8]

NUMBERS: tuple[str, ...] = (*(str(n) for n in range(100)), "00")
"""Every jersey number: "0" to "99", then "00". Numbers are strings: "0" is not "00"."""

NO_NUMBER = len(NUMBERS)
"""Index of *no number* in a reader's distribution over 102 outcomes."""

PLAYER_ACTIONS: tuple[str, ...] = (
    "player",
    "player-in-possession",
    "player-jump-shot",
    "player-layup-dunk",
    "player-shot-block",
)
CLASSES: tuple[str, ...] = ("ball", "ball-in-basket", "number", *PLAYER_ACTIONS, "referee", "rim")
"""The labels a detector may give. COCO's ``person`` and ``sports ball`` become player and ball."""


class Role(str, Enum):
    """What a network does for the job."""

    DETECTOR = "detector"
    TRACKER = "tracker"
    EMBEDDER = "embedder"
    READER = "reader"


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a video before its first frame is decoded.

    Attributes:
        path: The file.
        width: Pixels.
        height: Pixels.
        frame_rate: Frames a second.
        frame_count: Number of frames.
    """

    path: str
    width: int
    height: int
    frame_rate: float
    frame_count: int


@runtime_checkable
class Detector(Protocol):
    """Finds players, referees, numbers, ball and rim in single frames."""

    def detect(self, frames: Sequence[Image]) -> list[sv.Detections]:
        """Returns one ``sv.Detections`` a frame: ``xyxy`` float32, ``confidence`` in [0, 1] and
        ``data["class_name"]``, a label of :data:`CLASSES` where the network knows it. Everything
        above a low confidence is returned; the stage chooses the threshold.
        """


@runtime_checkable
class TrackerSession(Protocol):
    """One video being tracked, frame after frame. Memory must not grow with its length."""

    def wants_detections(self) -> bool:
        """Whether the next ``step`` should be given the detections of its frame."""

    def step(self, frame: Image, detections: sv.Detections | None) -> sv.Detections:
        """Advances by one frame.

        Args:
            frame: The next frame of the video.
            detections: The players and referees detected in it, or ``None`` where
                ``wants_detections()`` was false.

        Returns:
            The tracked people of this frame: ``xyxy`` of the mask, ``mask`` (``sv.CompactMask``),
            ``tracker_id`` from 1, ``confidence`` in [0, 1] and ``data["class_name"]``
            ("player" or "referee", of the detection that started the track).
        """

    def reset(self) -> None:
        """Forgets everybody, as at a camera cut. Track ids go on from the last one given."""

    def state(self) -> dict[str, Any]:
        """Everything needed to go on from here in another process (``torch.save``-able)."""

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a ``state()``."""


@runtime_checkable
class Tracker(Protocol):
    """Gives every person a mask and an identity in every frame."""

    def start(self, video: VideoInfo) -> TrackerSession:
        """Begins a video."""


@runtime_checkable
class Embedder(Protocol):
    """Turns crops of players into vectors in which teams lie apart."""

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """Returns float32 ``(N, D)``; ``(0, D)`` for no crops."""


@runtime_checkable
class NumberReader(Protocol):
    """Reads jersey numbers."""

    def read(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """Returns float32 ``(N, 102)``, rows that sum to 1: the probability of each of
        :data:`NUMBERS`, then of *no number*. ``(0, 102)`` for no crops.
        """
