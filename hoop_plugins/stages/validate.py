"""Stage 7: from single reads to a number that stands. Pure: it needs the fields alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.options import ranged
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS
from hoop_plugins.stages.stage import Progress, Stage

PART_WEIGHT = 0.39 / 0.61
"""What reads of "7" weigh against a rival "17": half of a number is often hidden, a second digit is
seldom invented (the bias of Koshkina and Elder 2024, arXiv 2405.13896)."""


@dataclass(frozen=True)
class ValidateSettings:
    """Settings of the validation stage.

    Attributes:
        consecutive: Identical consecutive non-empty reads that make a number validated.
        tentative_threshold: The least mean probability of a tentative number; 0 to 1.
        legibility: A read whose best number is less probable says nothing; 0 to 1.
        lock_first: Whether the first validated number stands for ever, as in the original.
    """

    consecutive: int = ranged(3, ge=1)
    tentative_threshold: float = ranged(0.4, ge=0, le=1)
    legibility: float = ranged(0.3, ge=0, le=1)
    lock_first: bool = False


@dataclass(frozen=True)
class Verdict:
    """What the reads of one track amount to, as attributes of the track.

    Its confidence is the mean probability of the number over the reads that were not empty, which
    ``reads`` counts; 0 when unread.
    """

    number: str | None = None
    number_status: Literal["validated", "tentative", "unread"] = "unread"
    number_confidence: float = 0.0
    reads: int = 0


def validate(probabilities: NDArray[np.floating], settings: ValidateSettings) -> Verdict:
    """Weighs the reads of one track, ``(N, 102)`` in their order; N may be 0.

    A read is empty if *no number* is its most probable outcome, or if its best number stays below
    ``legibility``. Empty reads are passed over: they neither make nor break a streak. A number
    read ``consecutive`` times in a row is validated. A rival must do the same, and then the number
    with the larger sum of probabilities stands, whichever came first; the sum of a digit that is
    part of a two-digit rival counts :data:`PART_WEIGHT` times. Without any streak, the number with
    the highest mean probability is tentative from ``tentative_threshold``.
    """
    rows = np.asarray(probabilities, dtype=np.float64).reshape(-1, NO_NUMBER + 1)
    best = rows.argmax(1)
    legible = (best != NO_NUMBER) & (rows.max(1, initial=0) >= settings.legibility)
    best, rows = best[legible], rows[legible]
    if not len(best):
        return Verdict()
    evidence = rows[:, :NO_NUMBER].sum(0)
    runs = [(number, len(list(reads))) for number, reads in groupby(best.tolist())]
    candidates = [number for number, length in runs if length >= settings.consecutive]
    if not candidates:
        winner = int(evidence.argmax())
    elif settings.lock_first:
        winner = candidates[0]
    else:
        texts = {NUMBERS[number] for number in candidates}

        def strength(number: int) -> float:
            is_part = any(NUMBERS[number] in text for text in texts - {NUMBERS[number]})
            return float(evidence[number]) * (PART_WEIGHT if is_part else 1.0)

        winner = max(candidates, key=strength)
    confidence = float(evidence[winner] / len(best))
    if not candidates and confidence < settings.tentative_threshold:
        return Verdict(reads=len(best))
    status: Literal["validated", "tentative"] = "validated" if candidates else "tentative"
    return Verdict(NUMBERS[winner], status, min(confidence, 1.0), len(best))


class ValidateNumbers(Stage):
    """Decides from all reads of a track which number stands; needs no network."""

    name = "validate"
    order = 60
    Settings = ValidateSettings
    reads = ("numbers", "players", "tracks")
    writes = ("players", "tracks")
    settings: ValidateSettings

    def run_clip(self, clip: SampleStore, model: None) -> Iterator[Progress]:
        """See :meth:`Stage.run`."""
        reads: dict[int, list[NDArray[np.float16]]] = defaultdict(list)
        for _, found in clip.read("numbers", masks=False):
            rows = found.data["probabilities"]
            for index, row in zip(track_ids(found).tolist(), rows, strict=True):
                if row is not None:
                    reads[index].append(row)
        tracks = clip.read_tracks()
        verdicts = {
            index: asdict(validate(np.array(reads[index], np.float32), self.settings))
            for index, track in tracks.items()
            if track.role != "referee"
        }
        self.decide(clip, tracks, verdicts)
        yield self.progress(clip)
