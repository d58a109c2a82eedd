"""Stage 7: from single reads to a number that stands. Pure: it needs the fields alone."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hoop_plugins.corrections import Unaided, read_unaided, write_unaided
from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.options import ranged
from hoop_plugins.data.roster import Listed, numbers_of
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS
from hoop_plugins.stages.clip_pieces import tracker_ids
from hoop_plugins.stages.evidence import number_evidence, with_roster
from hoop_plugins.stages.stage import Progress, Stage
from hoop_plugins.stages.torsos import TORSO

LEAD, RATE, UNPLACED = -0.66, 0.92, -0.45
"""Platt scaling (Platt 1999) of a verdict: log-odds of being right are ``LEAD``, ``RATE`` times the
root of the nats by which a number leads, and ``UNPLACED`` where ``link`` gave it to nobody. Fitted
to 373 verdicts on the sample game, seeds 40000-40005 and 50000-50009."""

BLANK = 3
"""So many unread torsos in a row end a streak. Of numbers that show, six in ten are read, so that
this is rare; creases of blank shirts are read now and then, over a game alike often enough."""

EVEN = 0.5
"""Probability from which a number is more likely right than wrong."""

Read = tuple[NDArray[np.float16], bool]
"""The probabilities of a read, and whether it is of a torso."""


@dataclass(frozen=True)
class ValidateSettings:
    """Settings of the validation stage.

    Attributes:
        consecutive: Identical consecutive non-empty reads that make a number validated.
        torso_consecutive: The same where the detector knows no numbers, so that they are looked for
            on torsos: creases and neighbors are read there too.
        tentative_threshold: The least probability of a tentative number; 0 to 1.
        legibility: A read whose best number is less probable says nothing; 0 to 1.
        lock_first: Whether the first validated number stands for ever, as in the original.
    """

    consecutive: int = ranged(3, ge=1)
    torso_consecutive: int = ranged(4, ge=1)
    tentative_threshold: float = ranged(0.5, ge=0, le=1)
    legibility: float = ranged(0.3, ge=0, le=1)
    lock_first: bool = False


@dataclass(frozen=True)
class Verdict:
    """What the reads of one track, or of one person, amount to: attributes of the track.

    Its confidence is the probability that the number is right; 0 when unread. ``reads`` counts the
    reads that were not empty.
    """

    number: str | None = None
    number_status: Literal["validated", "tentative", "unread"] = "unread"
    number_confidence: float = 0.0
    reads: int = 0


def validate(
    probabilities: NDArray[np.floating],
    settings: ValidateSettings,
    linked: str | None = None,
    placed: bool = True,
    torsos: Sequence[bool] | NDArray[np.bool_] | None = None,
) -> Verdict:
    """Weighs the reads of one track or person.

    A read is empty if *no number* is its most probable outcome, or if its best number stays below
    ``legibility``. Empty reads are passed over: they make no streak, and break one only where
    ``BLANK`` torsos in a row are empty. A number
    read ``consecutive`` times in a row is validated if it is also the strongest by all reads
    (:func:`~hoop_plugins.stages.evidence.number_evidence`), the one of ``link``, and more probably
    right than wrong. Otherwise the strongest number is tentative: always that of ``link``, any
    other from ``tentative_threshold``.

    Args:
        probabilities: ``(N, 102)`` of the reads in their order; N may be 0.
        settings: The stage's settings.
        linked: The number that ``link`` gave this person.
        placed: Whether ``link`` gave the person a number, or did not run.
        torsos: ``(N,)`` whether each read is of a torso, and not of a box that a detector found; of
            those, ``torso_consecutive`` are needed. None by default.
    """
    rows = np.asarray(probabilities, dtype=np.float64).reshape(-1, NO_NUMBER + 1)
    best = rows.argmax(1)
    legible = (best != NO_NUMBER) & (rows.max(1, initial=0) >= settings.legibility)
    on_torso = np.zeros(len(rows), bool) if torsos is None else np.asarray(torsos, bool)
    best, rows, on_torso = best[legible], rows[legible], on_torso[legible]
    places = np.flatnonzero(legible)
    parts = ((np.diff(places, prepend=-1) > BLANK) & on_torso).cumsum().tolist()
    if not len(best) and linked is None:
        return Verdict()
    nats = number_evidence(rows, settings.legibility)
    needed = np.where(on_torso, settings.torso_consecutive, settings.consecutive).tolist()
    runs = groupby(zip(best.tolist(), parts, needed, strict=True), key=itemgetter(0, 1))
    shares = [(number, sum(Fraction(1, of) for *_, of in reads)) for (number, _), reads in runs]
    streaks = [number for number, share in shares if share >= 1]
    strongest = int(nats.argmax())
    locked = settings.lock_first and bool(streaks)
    winner = streaks[0] if locked else strongest if linked is None else NUMBERS.index(linked)
    confidence = _probability(float(nats[winner] - np.delete(nats, winner).max()), placed)
    agreed = placed and winner == strongest and winner in streaks
    validated = locked or (agreed and confidence > EVEN)
    if not validated and linked is None and confidence < settings.tentative_threshold:
        return Verdict(reads=len(best))
    status: Literal["validated", "tentative"] = "validated" if validated else "tentative"
    return Verdict(NUMBERS[winner], status, confidence, len(best))


def _probability(lead: float, placed: bool) -> float:
    """How probably a number is right that leads by so many nats; negative where another leads."""
    odds = LEAD + RATE * math.copysign(math.sqrt(abs(lead)), lead) + UNPLACED * (not placed)
    return float(expit(odds))


class ValidateNumbers(Stage):
    """Decides from all reads of a track which number stands; needs no network."""

    name = "validate"
    order = 60
    Settings = ValidateSettings
    reads = ("numbers", "players", "tracks")
    writes = ("players", "tracks")
    settings: ValidateSettings

    whole_game = True

    def run(self, clips: Sequence[SampleStore]) -> Generator[Progress, None, None]:
        """See :meth:`Stage.run`."""
        people: dict[int, list[Read]] = defaultdict(list)
        linked = [_linked(clip) for clip in clips]
        found = []
        for clip, numbers in zip(clips, linked, strict=True):
            # Ids are people's over the game where tracks were linked, else the clip's alone.
            reads = people if numbers is not None else defaultdict(list)
            _gather(clip, reads)
            found.append(reads)
            yield self.progress(clip, 0)
        for clip, numbers, reads in zip(clips, linked, found, strict=True):
            tracks = clip.read_tracks()
            self.decide(clip, tracks, self._verdicts(clip, tracks, reads, numbers))
            yield self.progress(clip)
        self._judge_unaided(clips)

    def _judge_unaided(self, clips: Sequence[SampleStore]) -> None:
        """The numbers of people as evidence alone links them, where people said otherwise."""
        known = [(clip, alone) for clip in clips if (alone := read_unaided(clip))]
        reads: dict[int, list[Read]] = defaultdict(list)
        for clip, alone in known:
            _gather(clip, reads, alone)
        for clip, alone in known:
            numbers = {stretch.person: stretch.number for stretch in alone.stretches}
            for index, verdict in self._verdicts(clip, alone.tracks, reads, numbers).items():
                vars(alone.tracks[index]).update(verdict)
            write_unaided(clip, alone)

    def _verdicts(
        self,
        clip: SampleStore,
        tracks: Mapping[int, Track],
        reads: Mapping[int, Sequence[Read]],
        numbers: Mapping[int, str | None] | None,
    ) -> dict[int, dict[str, Any]]:
        """What each of some tracks is told to be, by id."""
        listed = clip.listed
        return {
            index: dict.fromkeys(asdict(Verdict()))
            if track.outsider
            else self._verdict(track, reads.get(index, []), numbers, listed)
            for index, track in tracks.items()
            if track.role != "referee"
        }

    def _verdict(
        self,
        track: Track,
        reads: Sequence[Read],
        numbers: Mapping[int, str | None] | None,
        listed: Listed,
    ) -> dict[str, Any]:
        """What a track is told to be; with a roster, its name too."""
        linked = numbers.get(track.index) if numbers else None
        placed = numbers is None or linked is not None
        rows: NDArray[np.floating] = np.array([row for row, _ in reads], np.float64)
        team = track.team or ""
        if known := numbers_of(listed, team):
            rows = with_roster(rows, known)
        torsos = [torso for _, torso in reads]
        verdict = validate(rows, self.settings, linked, placed, torsos)
        name = {"name": listed.get((team, verdict.number or ""))} if listed else {}
        return {**asdict(verdict), **name}


def _linked(clip: SampleStore) -> dict[int, str | None] | None:
    """The number that ``link`` gave each person; ``None`` where it did not run."""
    return {label.index: label.number for label in clip.tracklets} or None


def _gather(clip: SampleStore, reads: dict[int, list[Read]], alone: Unaided | None = None) -> None:
    for frame, found in clip.read("numbers", masks=False):
        owners = track_ids(found).tolist()
        if alone is not None:
            owners = [alone.owner(track, frame) for track in tracker_ids(found)]
        torsos = [source == TORSO for source in found.data["source"]]
        for index, row, torso in zip(owners, found.data["probabilities"], torsos, strict=True):
            if row is not None:
                reads[index].append((row, torso))
