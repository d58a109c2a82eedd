"""Where a recording is cut into clips that the App shows frame by frame, without encoding it again
where that is possible.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from hoop_plugins.data import video
from hoop_plugins.data.normalize import pictures_on_beat
from hoop_plugins.errors import HoopError

ROUNDED = 5e-4
"""How far a rate may be from the one that a file names, which has been rounded then."""

COPIED = ("h264", "vp9", "av1")
"""Codecs that browsers play in an MP4."""

UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}


@dataclass(frozen=True)
class Piece:
    """A stretch of a recording that becomes a clip.

    Attributes:
        path: The recording.
        beats: ``(M,)`` pictures of the recording, from 1, that the clip's frames show.
        rate: Frames a second of the clip.
        start: Seconds from the recording's first picture.
        target: The clip's file.
        mark: What the clip says of where it is from: a file that says the same is this clip.
        why: Why it has to be encoded again; empty where its packets can be copied.
    """

    path: Path
    beats: NDArray[np.int64]
    rate: float
    start: float
    target: Path
    mark: str
    why: str

    @property
    def done(self) -> bool:
        """Whether the clip is there.

        Raises:
            HoopError: If something else is in its place.
        """
        if not self.target.exists():
            return False
        if mark_of(self.target) != self.mark:
            raise HoopError(
                f"{self.target} exists, and is not the clip of {self.path.name} that would be "
                "there: give another folder with --into"
            )
        return True


def seconds(length: str | float) -> float:
    """Reads a length of time: 60, "90s", "5m", "1.5h", or "1:30" as FFmpeg writes it.

    Raises:
        HoopError: If it is none, or not above 0.
    """
    text = str(length).strip().lower()
    clock = re.fullmatch(r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)", text)
    plain = re.fullmatch(r"(\d+(?:\.\d+)?|\.\d+) ?(s|m|min|h|)", text)
    found = 0.0
    if clock:
        hours, minutes, rest = clock.groups()
        found = int(hours or 0) * 3600 + int(minutes) * 60 + float(rest)
    elif plain:
        found = float(plain[1]) * UNITS[plain[2]]
    if not found:
        raise HoopError(
            f"clip length {length!r} is no length of time: give seconds, or as 5m or 1:30",
            about="clip_length",
        )
    return found


def mark_of(path: str | Path) -> str:
    """What a clip says of where it is from; empty of other files."""
    try:
        with av.open(str(path)) as container:
            return container.metadata.get("comment", "")
    except (av.FFmpegError, OSError):
        return ""


def source_mark(path: str | Path) -> str:
    """How the marks of a recording's clips begin, wherever it lies."""
    return f"{Path(path).name}, {Path(path).stat().st_size} bytes, "


def length_mark(path: str | Path, length: float) -> str:
    """How they go on where clips may last so many seconds."""
    return f"{source_mark(path)}at most {length:g} s, "


def plan(path: str | Path, length: float, folder: Path) -> list[Piece]:
    """Divides a recording, of which every picture is in one piece.

    It is cut at key frames that nothing reaches over; a piece between such ones is copied if its
    pictures are on a beat. Where key frames are farther apart, pieces are as long as they may be.

    Args:
        path: The recording.
        length: Seconds that a piece may last.
        folder: Where the clips shall be.

    Raises:
        HoopError: If the video cannot be read, or a picture lasts longer than a piece.
    """
    path, timing = Path(path), video.clock(path)
    beats = pictures_on_beat(timing)
    begins = np.searchsorted(beats, np.arange(1, timing.count + 2))  # of each picture, its beat
    packets, named, unplayed = _packets(path)
    rate = named if abs(named / timing.beat - 1) < ROUNDED else timing.beat
    most = int(length * rate + 1e-6)
    if not most:
        raise HoopError(
            f"clips of {length:g} s are shorter than a picture of {path.name}: give more",
            about="clip_length",
        )
    clean = {} if unplayed else _clean_cuts(packets)
    cuts = np.array([*clean, timing.count + 1])
    pieces: list[Piece] = []
    first = 1
    while first <= timing.count:
        fits = int(np.searchsorted(begins, begins[first - 1] + most, side="right"))
        limit = max(fits, first + 1)
        reached = cuts[(cuts > first) & (cuts <= limit)]
        # After a cut elsewhere, what can be copied begins as soon as possible.
        end = int(reached[-1 if first in clean else 0]) if len(reached) else limit
        shown = beats[begins[first - 1] : begins[end - 1]][:most]
        steady = np.arange(first, end)
        held = np.sort(packets[clean.get(first, 0) :][: end - first, 0])
        why = unplayed
        if not why and not np.array_equal(shown, steady):
            why = "the frame rate varies"
        elif not why and not (first in clean and np.array_equal(held, steady)):
            why = "no key frame where to cut"
        pieces.append(
            Piece(
                path,
                shown,
                rate,
                float(begins[first - 1] / timing.beat),
                folder / f"{path.stem}-{len(pieces) + 1:03}.mp4",
                f"{length_mark(path, length)}pictures {first} to {end - 1}",
                why,
            )
        )
        first = end
    return pieces


def _packets(path: Path) -> tuple[NDArray[np.int64], float, str]:
    """The packets in the order of decoding, ``(P, 2)``: which picture from 1, 0 of one that is not
    shown, and whether it is a key frame; the rate that the file names, and why they have to
    be encoded again.
    """
    numbers = video.clock(path).numbers
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        found = [
            (0 if p.is_discard or p.pts is None else numbers.get(p.pts, 0), p.is_keyframe)
            for p in container.demux(stream)
            if p.size
        ]
        name, played = stream.codec.canonical_name, video.plays(stream)
        named = float(stream.guessed_rate or 0)
    why = "" if played and name in COPIED else f"{name} is not copied into MP4"
    if video.turned_by_stream(path):
        why = "browsers do not turn its pictures"
    if not played:
        why = f"browsers do not play {name}"
    return np.array(found, dtype=np.int64).reshape(-1, 2), named, why


def _clean_cuts(packets: NDArray[np.int64]) -> dict[int, int]:
    """By picture, the places of key frames that no picture before needs, nor any after reaches
    over: all that are decoded before are shown before.
    """
    numbers, keys = packets.T
    shown = np.cumsum(numbers > 0)
    newest = np.maximum.accumulate(numbers)
    # The key frame is the newest, and as many are shown up to it as its number says.
    clean = np.flatnonzero((keys > 0) & (numbers > 0) & (newest == numbers) & (shown == numbers))
    return {int(numbers[i]): int(i) for i in clean}
