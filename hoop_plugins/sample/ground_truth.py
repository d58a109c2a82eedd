"""What is true of every rendered frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Box = tuple[float, float, float, float]

ACTIONS = (
    "player",
    "player-in-possession",
    "player-jump-shot",
    "player-layup-dunk",
    "player-shot-block",
)


@dataclass(frozen=True, eq=False)
class PersonTruth:
    """A player or referee in one frame.

    Attributes:
        track_id: from 1, kept on re-entry.
        label: `player` or `referee`.
        team: `home`, `away`, or None for referees.
        number: the text on the jersey ("0" is not "00"), None for referees.
        action: one of `ACTIONS`; `player` also for referees.
        turn: radians in (-pi, pi]; 0 is the chest to the camera, positive to the image's right.
        box: xyxy in pixels, around the visible part.
        mask: bool (h, w), the visible pixels; its corner is the box's upper left corner.
        visible: share of the person's pixels that are in the frame and not hidden.
        full_height: height in pixels of the whole figure, hidden parts included.
    """

    track_id: int
    label: str
    team: str | None
    number: str | None
    action: str
    turn: float
    box: Box
    mask: np.ndarray
    visible: float
    full_height: float


@dataclass(frozen=True)
class NumberTruth:
    """A jersey number's visible part: box in xyxy pixels, and the share that is visible."""

    track_id: int
    text: str
    box: Box
    visible: float


@dataclass(frozen=True)
class BallTruth:
    """The ball's box in xyxy pixels; label is `ball` or `ball-in-basket`."""

    label: str
    box: Box
    visible: float


@dataclass(frozen=True, eq=False)
class FrameTruth:
    """Everything in a frame.

    Attributes:
        frame_number: from 1.
        people: the visible players and referees.
        numbers: the jersey numbers that face the camera.
        ball: None when hidden or out of the frame.
        rim: xyxy in pixels, None when out of the frame.
        cut: whether the camera has just changed.
        blur: the median of the figures' motion blur, pixels.
    """

    frame_number: int
    people: tuple[PersonTruth, ...]
    numbers: tuple[NumberTruth, ...]
    ball: BallTruth | None
    rim: Box | None
    cut: bool
    blur: float
