"""Cutting tracks where they may have changed hands. Pure: boxes in, stretches out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FIRST, CONTACT, GAP, SHOT = "first seen", "contact", "gap", "new shot"
"""Why a tracklet begins."""

PAUSE = 4
"""Frames apart that two contacts are to be two."""


@dataclass
class Tracklet:
    """A stretch of a track in which nobody can have taken another's place.

    Attributes:
        track: The tracker's id.
        frames: The frames in which it is seen, ascending.
        reason: Why it begins.
    """

    track: int
    frames: list[int]
    reason: str = FIRST


@dataclass
class Splitter:
    """Watches a clip's players frame by frame, and cuts their tracks.

    Attributes:
        touch: Two players whose boxes have so much IoS touch each other.
        gap: After so many frames unseen, a track may go on as somebody else.
        shots: First frames of the camera shots after the first.
        frames: By track, where it is seen.
        contacts: By track, where it touches somebody.
    """

    touch: float
    gap: int
    shots: tuple[int, ...] = ()
    frames: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    contacts: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def see(self, frame: int, tracks: Iterable[int], boxes: NDArray[np.number]) -> None:
        """Takes note of a frame's players: N tracks, and their boxes ``(N, 4)``, xyxy."""
        close = box_ios(boxes) >= self.touch
        for track, touches in zip(tracks, close, strict=True):
            self.frames[track].append(frame)
            if touches.any():
                self.contacts[track].add(frame)

    def tracklets(self) -> list[Tracklet]:
        """Every track, cut: in the middle of each contact, at gaps, and at new shots."""
        return [piece for track in sorted(self.frames) for piece in self._cut(track)]

    def _cut(self, track: int) -> Iterable[Tracklet]:
        crossings = middles(sorted(self.contacts[track]))
        piece: Tracklet | None = None
        for frame in self.frames[track]:
            if piece is None:
                piece = Tracklet(track, [frame])
                continue
            last = piece.frames[-1]
            reason = ""
            if any(last < shot <= frame for shot in self.shots):
                reason = SHOT
            elif frame - last > self.gap:
                reason = GAP
            elif any(last <= middle < frame for middle in crossings):
                reason = CONTACT
            if reason:
                yield piece
                piece = Tracklet(track, [], reason)
            piece.frames.append(frame)
        if piece is not None:
            yield piece


def middles(contacts: list[int]) -> list[float]:
    """The middle of each contact, given the frames, ascending, in which somebody is touched."""
    if not contacts:
        return []
    breaks = [i for i in range(1, len(contacts)) if contacts[i] - contacts[i - 1] > PAUSE]
    begins, ends = [0, *breaks], [*breaks, len(contacts)]
    return [(contacts[i] + contacts[j - 1]) / 2 for i, j in zip(begins, ends, strict=True)]


def box_ios(boxes: NDArray[np.number]) -> NDArray[np.float64]:
    """Intersection over the smaller area of boxes ``(N, 4)``, xyxy, with each other.

    Returns:
        ``(N, N)`` values from 0 to 1; of a box with itself 0.
    """
    corners = np.asarray(boxes, np.float64).reshape(-1, 4)
    low = np.maximum(corners[:, None, :2], corners[None, :, :2])
    high = np.minimum(corners[:, None, 2:], corners[None, :, 2:])
    shared = (high - low).clip(0).prod(2)
    areas = (corners[:, 2:] - corners[:, :2]).prod(1)
    ios: NDArray[np.float64] = shared / np.maximum(np.minimum(areas[:, None], areas[None]), 1e-6)
    np.fill_diagonal(ios, 0)
    return ios
