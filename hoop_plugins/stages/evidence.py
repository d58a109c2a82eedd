"""From reads to a verdict: which frames of a track are read, and what all its reads amount to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS

Status = Literal["validated", "tentative", "unread"]

LEGIBILITY = 0.3
"""A read whose best number is less probable than this says nothing."""

TENTATIVE_THRESHOLD = 0.4
"""The mean probability from which a number that was never validated is given all the same."""

PART_WEIGHT = 0.39 / 0.61
"""What reads of "7" weigh against a rival "17": half of a number is often hidden, a second digit is
seldom invented (the bias of Koshkina and Elder 2024, arXiv 2405.13896)."""


@dataclass(frozen=True)
class Verdict:
    """What the reads of one track amount to.

    Attributes:
        number: One of ``NUMBERS``; ``None`` when unread.
        status: "validated", "tentative" or "unread".
        confidence: Mean probability of the number over the reads that were not empty, in [0, 1]; 0
            when unread.
        first_frame: Frame of the first read of this number; ``None`` when there is none.
        reads: Reads that were not empty.
    """

    number: str | None
    status: Status
    confidence: float
    first_frame: int | None
    reads: int


def readable_frames(frames: Sequence[int], interval: int = 5) -> list[int]:
    """Chooses the frames on which a track is read.

    Args:
        frames: Frames on which the track has a number box, ascending.
        interval: Frames from one read to the next, at least.

    Returns:
        The first frame, then each first one at least ``interval`` after the last chosen.
    """
    chosen: list[int] = []
    for frame in frames:
        if not chosen or frame - chosen[-1] >= interval:
            chosen.append(frame)
    return chosen


def validate(
    frames: Sequence[int],
    probabilities: NDArray[np.floating],
    *,
    consecutive: int = 3,
    tentative_threshold: float = TENTATIVE_THRESHOLD,
    legibility: float = LEGIBILITY,
    lock_first: bool = False,
) -> Verdict:
    """Weighs the reads of one track.

    A read is empty if *no number* is its most probable outcome, or if its best number stays below
    ``legibility``. Empty reads are passed over: they neither make nor break a streak. A number
    read ``consecutive`` times in a row is validated. A rival must do the same, and then the number
    with the larger sum of probabilities stands, whichever came first; the sum of a digit that is
    part of a two-digit rival counts :data:`PART_WEIGHT` times. Without any streak, the number with
    the highest mean probability is tentative from ``tentative_threshold``.

    Args:
        frames: Frames of the N reads, ascending.
        probabilities: ``(N, 102)``, what a reader returned for them.
        consecutive: Identical reads that validate.
        tentative_threshold: Least mean probability of a tentative number, in [0, 1].
        legibility: Least probability of a read, in [0, 1].
        lock_first: The first number that reaches a streak stands for good.

    Returns:
        The verdict.

    Raises:
        ValueError: If the shapes do not fit.
    """
    rows = np.asarray(probabilities, dtype=np.float64).reshape(-1, NO_NUMBER + 1)
    if len(rows) != len(frames):
        raise ValueError(f"{len(frames)} frames but {len(rows)} reads")
    best = rows.argmax(1)
    legible = (best != NO_NUMBER) & (rows.max(1, initial=0) >= legibility)
    best, rows = best[legible], rows[legible]
    if not len(best):
        return Verdict(None, "unread", 0.0, None, 0)
    evidence = rows[:, :NO_NUMBER].sum(0)
    candidates = _streaks(best, consecutive)
    status: Status = "validated"
    if candidates and lock_first:
        winner = candidates[0]
    elif candidates:
        winner = max(candidates, key=lambda number: _strength(number, candidates, evidence))
    else:
        winner, status = int(evidence.argmax()), "tentative"
    confidence = float(evidence[winner] / len(best))
    if status == "tentative" and confidence < tentative_threshold:
        return Verdict(None, "unread", 0.0, None, len(best))
    seen = np.asarray(frames)[legible][best == winner]
    first_frame = int(seen[0]) if len(seen) else None
    return Verdict(NUMBERS[winner], status, min(confidence, 1.0), first_frame, len(best))


def _streaks(best: NDArray[np.intp], consecutive: int) -> list[int]:
    """The numbers that were read so often in a row, in the order in which they got there."""
    reached: list[int] = []
    streak = 0
    for i, number in enumerate(best.tolist()):
        streak = streak + 1 if i and number == best[i - 1] else 1
        if streak >= consecutive and number not in reached:
            reached.append(number)
    return reached


def _strength(number: int, candidates: list[int], evidence: NDArray[np.float64]) -> float:
    text = NUMBERS[number]
    is_part = len(text) == 1 and any(
        len(NUMBERS[rival]) == 2 and text in NUMBERS[rival] for rival in candidates
    )
    return float(evidence[number]) * (PART_WEIGHT if is_part else 1.0)
