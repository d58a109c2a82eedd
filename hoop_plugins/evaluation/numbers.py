"""Are jersey numbers given to the right player, read right, and decided right?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hoop_plugins.data.calibration import calibration_error, tenths
from hoop_plugins.evaluation.tables import ClipTables, majority, ratio

CLEARLY_VISIBLE = 0.9
"""Least visible share of a number box that a system should be able to use."""

READABLE_HEIGHT = 12.0
"""Least height of a readable number box, in pixels."""

READABLE_FRAMES = 30
"""A player is readable whose number box is clearly visible and high enough in so many frames."""

STATUSES = {"validated": ["validated"], "tentative": ["tentative", "validated"]}
"""Which statuses count towards the coverage of each."""

PAIRING = ("pairs", "pairs_right", "boxes", "boxes_paired")
"""The counts behind the figures of pairing."""


@dataclass
class StatusCounts:
    """Tracks with one status, and how many players have a right number of it.

    Attributes:
        tracks: Tracks that follow a player with a known number.
        right: Those of them whose number is right.
        covered: Readable players with a right number.
        players_right: All players with a right number.
        frames_to_first: For each player who ever has a right number: frames from first seen until
            the first one in which the track on them has it.
    """

    tracks: int
    right: int
    covered: int
    players_right: int
    frames_to_first: list[int]


@dataclass
class NumberCounts:
    """What the number figures of one clip, or of several pooled, are computed from.

    Attributes:
        status: By number status.
        players: Ground-truth players with a known number.
        readable: Those of them who are readable.
        pairs: Predicted pairs of number box and track.
        pairs_right: Those whose box is of the person whose track it is.
        boxes: Clearly visible ground-truth number boxes that were detected.
        boxes_paired: Those that were paired with the right person.
        reads: Counter of (true text, text that was read).
        reliability: ``(3, 10)``: reads in tenths of confidence, their summed confidence, and how
            many of them were right.
        frames_to_first: For each player with a right read, frames from first seen until then.
        verdicts: As ``reliability``, of the tracks that have a number, by the confidence of that;
            earlier evaluations have none.
    """

    status: dict[str, StatusCounts]
    players: int
    readable: int
    pairs: int
    pairs_right: int
    boxes: int
    boxes_paired: int
    reads: Counter[tuple[str, str]]
    reliability: NDArray[np.float64]
    frames_to_first: list[int]
    verdicts: NDArray[np.float64] = field(default_factory=lambda: np.zeros((3, 10)))

    def figures(self) -> dict[str, Any]:
        """Returns the figures and the counts behind them."""
        return {
            **{name: self._status(counts) for name, counts in self.status.items()},
            "pairing": {
                "precision": ratio(self.pairs_right, self.pairs),
                "recall": ratio(self.boxes_paired, self.boxes),
                **{name: getattr(self, name) for name in PAIRING},
            },
            "reading": self._reading(),
            "verdicts": {"verdicts": int(self.verdicts[0].sum()), **_reliable(self.verdicts)},
            "players": self.players,
            "readable": self.readable,
            "frames_to_first_right_read": _median(self.frames_to_first),
        }

    def _status(self, counts: StatusCounts) -> dict[str, float | int | None]:
        return {
            "frames_to_first_right": _median(counts.frames_to_first),
            "precision": ratio(counts.right, counts.tracks),
            "coverage": ratio(counts.covered, self.readable),
            "recall": ratio(counts.players_right, self.players),
            **{name: count for name, count in vars(counts).items() if name != "frames_to_first"},
        }

    def _reading(self) -> dict[str, Any]:
        total = sum(self.reads.values())
        right = sum(count for (true, text), count in self.reads.items() if true == text)
        return {
            "accuracy": ratio(right, total),
            "reads": total,
            "right": right,
            "confusion": [
                {"truth": true, "read": text, "count": count}
                for (true, text), count in sorted(self.reads.items())
            ],
            **_reliable(self.reliability),
        }


def _reliable(reliability: NDArray[np.float64]) -> dict[str, Any]:
    """The expected calibration error in tenths of confidence, and the tenths."""
    return {
        "calibration_error": calibration_error(reliability),
        "reliability": [
            {"confidence": summed / number, "accuracy": correct / number, "reads": int(number)}
            for number, summed, correct in reliability.T.tolist()
            if number
        ],
    }


def _tenths(confidence: pd.Series, right: pd.Series) -> NDArray[np.float64]:
    """Counts what has a confidence in tenths of it; see :attr:`NumberCounts.reliability`."""
    known = confidence.dropna().astype(float)
    return tenths(known, right.reindex(known.index).astype(float))


def measure_numbers(tables: ClipTables) -> NumberCounts:
    """Counts right and wrong pairs, reads and numbers of a clip."""
    owners = tables.owners
    numbers = tables.numbers
    readable = readable_people(tables.true_numbers) & set(numbers.index)

    pairs = tables.pairs
    boxed = pairs[~pairs.torso.astype(bool)]
    clear = tables.true_numbers[tables.true_numbers.detected]
    clear = clear[clear.visible >= CLEARLY_VISIBLE]
    read = pairs[pairs.text.notna() & pairs.true_text.notna()]
    right = read[read.text == read.true_text]
    return NumberCounts(
        status=_by_status(tables, owners, numbers, readable),
        players=len(numbers),
        readable=len(readable),
        pairs=len(boxed),
        pairs_right=int((boxed.track.map(owners) == boxed.person).sum()),
        boxes=len(clear),
        boxes_paired=int((clear.track.map(owners) == clear.person).sum()),
        reads=Counter(zip(read.true_text, read.text, strict=True)),
        reliability=_tenths(read.confidence, read.text == read.true_text),
        verdicts=_verdicts(tables, owners.map(numbers)),
        frames_to_first=_waits(tables.people, right[right.track.map(owners) == right.person]),
    )


def readable_people(true_numbers: pd.DataFrame) -> set[int]:
    """Finds who could have been identified: whose number is clear in at least 30 frames."""
    clear = true_numbers[
        (true_numbers.visible >= CLEARLY_VISIBLE) & (true_numbers.height >= READABLE_HEIGHT)
    ]
    frames = clear[clear.person >= 0].groupby("person").frame.nunique()
    return set(frames.index[frames >= READABLE_FRAMES])


def _by_status(
    tables: ClipTables, owners: pd.Series, numbers: pd.Series, readable: set[int]
) -> dict[str, StatusCounts]:
    people = tables.people
    all_decided = majority(tables.tracks, "track", ["number", "status"])
    decided = all_decided.reindex(owners.index)
    people_right = people[people.number.notna() & (people.track_number == people.number)]
    people_status = people_right.track.map(all_decided.status)
    true_number = owners.map(numbers)
    known = true_number.notna()
    right = known & (decided.number == true_number)
    counts = {}
    for name, accepted in STATUSES.items():
        of_status = known & (decided.status == name)
        players = set(owners[right & decided.status.isin(accepted)])
        counts[name] = StatusCounts(
            tracks=int(of_status.sum()),
            right=int((of_status & right).sum()),
            covered=len(players & readable),
            players_right=len(players),
            frames_to_first=_waits(people, people_right[people_status.isin(accepted)]),
        )
    return counts


def _verdicts(tables: ClipTables, true_numbers: pd.Series) -> NDArray[np.float64]:
    """How sure tracks are of their numbers, and how often they are right, given the true ones."""
    decided = majority(tables.tracks, "track", ["number", "confidence"])
    decided = decided.reindex(true_numbers.index[true_numbers.notna()])
    return _tenths(decided.confidence, decided.number == true_numbers.reindex(decided.index))


def _waits(people: pd.DataFrame, right: pd.DataFrame) -> list[int]:
    """Frames from when each person is first seen until something is first right."""
    first = right.groupby("person").frame.min()
    first_seen = people.groupby("person").frame.min().reindex(first.index)
    waits: list[int] = (first - first_seen).dropna().astype(int).tolist()
    return waits


def _median(waits: list[int]) -> float | None:
    return float(np.median(waits)) if waits else None
