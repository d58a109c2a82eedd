"""Cutting tracks where they may have changed hands. Pure: boxes in, stretches out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FIRST, CONTACT, GAP, SHOT = "first seen", "contact", "gap", "new shot"
SAID = "correction"
"""Why a tracklet begins."""

PAUSE = 4
"""Frames apart that two contacts are to be two."""

APART, HIDES = 6, 0.6
"""In a long contact, places may be taken whenever one hides another: at every peak of their IoS
that reaches ``HIDES``, ``APART`` frames from the next. Above it, trackers are often wrong."""


@dataclass
class Tracklet:
    """A stretch of a track in which nobody can have taken another's place.

    Attributes:
        track: The tracker's id.
        frames: The frames in which it is seen, ascending.
        reason: Why it begins.
        overlap: The IoS with whom the track touches there, 0 to 1; 0 where it touches nobody.
    """

    track: int
    frames: list[int]
    reason: str = FIRST
    overlap: float = 0.0


class Places:
    """Which of some tracklets a track is in, in a frame.

    Args:
        pieces: Tracklets, those of a track in order of time.
    """

    def __init__(self, pieces: Sequence[Tracklet]) -> None:
        self._pieces = pieces
        self._of: dict[int, list[int]] = defaultdict(list)
        self._begin: dict[int, list[int]] = defaultdict(list)
        for t, piece in enumerate(pieces):
            self._of[piece.track].append(t)
            self._begin[piece.track].append(piece.frames[0])

    def find(self, track: int, frame: int) -> int | None:
        """The position of the tracklet, if the track is seen in the frame."""
        before = bisect_right(self._begin.get(track, ()), frame)
        if not before:
            return None
        t = self._of[track][before - 1]
        frames = self._pieces[t].frames
        place = bisect_left(frames, frame)
        return t if place < len(frames) and frames[place] == frame else None


@dataclass
class Splitter:
    """Watches a clip's players frame by frame, and cuts their tracks.

    Attributes:
        touch: Two players whose boxes have so much IoS touch each other.
        gap: After so many frames unseen, a track may go on as somebody else.
        shots: First frames of the camera shots after the first.
        said: By track, frames from which on a person said that it is somebody else.
        frames: By track, where it is seen.
        contacts: By track, where it touches somebody, and the largest IoS there.
    """

    touch: float
    gap: int
    shots: tuple[int, ...] = ()
    said: Mapping[int, Collection[int]] = field(default_factory=dict)
    frames: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    contacts: dict[int, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))

    def see(self, frame: int, tracks: Iterable[int], boxes: NDArray[np.number]) -> None:
        """Takes note of a frame's players: N tracks, and their boxes ``(N, 4)``, xyxy."""
        most = box_ios(boxes).max(1, initial=0).tolist()
        for track, overlap in zip(tracks, most, strict=True):
            self.frames[track].append(frame)
            if overlap >= self.touch:
                self.contacts[track][frame] = overlap

    def tracklets(self) -> list[Tracklet]:
        """Every track, cut: where contacts are closest, at gaps, and at new shots."""
        return [piece for track in sorted(self.frames) for piece in self._cut(track)]

    def _cut(self, track: int) -> Iterable[Tracklet]:
        closest = peaks(self.contacts[track])
        moments = sorted(closest)
        piece: Tracklet | None = None
        for frame in self.frames[track]:
            if piece is None:
                piece = Tracklet(track, [frame])
                continue
            last = piece.frames[-1]
            reason, overlap = "", 0.0
            if any(last < shot <= frame for shot in self.shots):
                reason = SHOT
            elif frame - last > self.gap:
                reason = GAP
            elif any(last < other <= frame for other in self.said.get(track, ())):
                reason = SAID
            elif met := moments[bisect_left(moments, last) : bisect_left(moments, frame)]:
                reason, overlap = CONTACT, max(closest[moment] for moment in met)
            if reason:
                yield piece
                piece = Tracklet(track, [], reason, overlap)
            piece.frames.append(frame)
        if piece is not None:
            yield piece


def peaks(contact: Mapping[int, float]) -> dict[int, float]:
    """Where places may be taken, and the IoS there: once in every contact, and in long ones at each
    of :data:`APART` frames where one hides another.

    Args:
        contact: The frames in which somebody is touched, ascending, and the IoS there.
    """
    found: dict[int, float] = {}
    frames = list(contact)
    breaks = [i for i in range(1, len(frames)) if frames[i] - frames[i - 1] > PAUSE]
    for first, last in zip([0, *breaks], [*breaks, len(frames)], strict=True):
        here = frames[first:last]
        middle = (here[0] + here[-1]) / 2 if here else 0
        chosen: list[int] = []
        for _, _, frame in sorted((-contact[f], abs(f - middle), f) for f in here):
            hides = contact[frame] >= HIDES or not chosen
            if hides and all(abs(frame - other) >= APART for other in chosen):
                chosen.append(frame)
        found |= {frame: contact[frame] for frame in chosen}
    return found


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
