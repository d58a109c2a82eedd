"""What a person should look at next, a track at a time, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from hoop_plugins.data.roster import Listed
from hoop_plugins.data.tracks import Track
from hoop_plugins.mining.kinds import LOW_CONFIDENCE, LOW_MARGIN
from hoop_plugins.mining.links import LOW_LINK, how_sure

DISAGREE = 0.2
"""From this share of a track's reads on that say something else than most, they disagree."""

MOST_STILLS = 4
"""Crops of a track that are shown side by side."""


class Kind(IntEnum):
    """Kinds of reasons to look at a track, the worst first."""

    READS = 0
    MARGINS = 1
    ROSTER = 2
    TRUTH = 3
    UNREAD = 4


@dataclass(frozen=True)
class Reason:
    """Why a track should be looked at.

    Attributes:
        kind: What kind of reason it is.
        severity: Among reasons of one kind, 0 to 1; the largest is the worst.
        text: What people read.
    """

    kind: Kind
    severity: float
    text: str


@dataclass(frozen=True)
class Sight:
    """Where a track is seen: a frame, from 1, and the box there, ``[x, y, width, height]`` as
    shares of the frame."""

    frame: int
    box: Sequence[float]


@dataclass(frozen=True)
class NumberRead:
    """A number that was read on a track, and trusted: the frame, the number, 0 to 1 or unknown."""

    frame: int
    text: str
    confidence: float | None = None


@dataclass
class Evidence:
    """What is stored of one track.

    Attributes:
        track: The track, as it shows.
        sights: Where it is seen, by frame.
        reads: What was read on it, by frame.
        link: The least margin of where it was joined or split, in nats; ``None`` without any.
        twins: Frames in which a teammate with the same number is seen.
        true: How often the ground truth says each team and number of it, and that nobody is there
            (``None``); empty where it was not compared.
        wrong: Frames in which its team, or its number, was marked as wrong, or nobody is there.
    """

    track: Track
    sights: list[Sight] = field(default_factory=list)
    reads: list[NumberRead] = field(default_factory=list)
    link: float | None = None
    twins: int = 0
    true: Counter[tuple[str | None, str | None] | None] = field(default_factory=Counter)
    wrong: int = 0


def reasons_of(evidence: Evidence, listed: Listed) -> list[Reason]:
    """Why a track should be looked at, the worst reason first; nothing where all seems well.

    Args:
        evidence: What is stored of it.
        listed: The roster: the name of each player by team and number; empty without one.
    """
    if evidence.track.role == "referee":
        found = _against_truth(evidence)
    else:
        found = [
            *_of_reads(evidence),
            *_of_margins(evidence),
            *_of_roster(evidence, listed),
            *_against_truth(evidence),
            *_unread(evidence),
        ]
    return sorted(found, key=lambda reason: (reason.kind, -reason.severity))


def rank(reasons: Sequence[Reason], frames: int) -> tuple[float, ...]:
    """What tracks are sorted by: their worst reason, then the rest, then who is seen longest."""
    worst = reasons[0]
    return worst.kind, -worst.severity, -len(reasons), -frames


def expected(evidence: Evidence, listed: Listed) -> str:
    """What the ground truth, or else the roster, says that should be read; "" where neither."""
    track = evidence.track
    if evidence.true:
        truth, _ = evidence.true.most_common(1)[0]
        if truth is None:
            return "nobody (ground truth)"
        who = " ".join(filter(None, truth))
        return f"{who or 'a player'} (ground truth)"
    if listed and track.team:
        name = listed.get((track.team, track.number or ""))
        if name is not None:
            return f"{name or f'{track.team} {track.number}'} (roster)"
        numbers = sorted((number for team, number in listed if team == track.team), key=_as_number)
        if numbers:
            return f"one of {', '.join(numbers)} (roster of {track.team})"
    return ""


def read_as(reads: Iterable[NumberRead]) -> str:
    """What was read, and how often: "14 times 23, 9 times 28"; "" where nothing was."""
    counts = Counter(read.text for read in reads)
    return ", ".join(f"{count} times {text}" for text, count in counts.most_common(4))


def choose_stills(evidence: Evidence, most: int = MOST_STILLS) -> list[tuple[Sight, str]]:
    """Chooses the crops that show best who a track is: the surest read of each number that was read
    often, then where the person is largest, spread over time.

    Args:
        evidence: What is stored of the track.
        most: So many at most.

    Returns:
        Where each is seen, with a caption, by frame.
    """
    sights = {sight.frame: sight for sight in evidence.sights}
    reads = [read for read in evidence.reads if read.frame in sights]
    counts = Counter(read.text for read in reads)
    chosen: dict[int, str] = {}
    for text, _ in counts.most_common(2):
        alike = [read for read in reads if read.text == text]
        best = max(alike, key=lambda read: (read.confidence or 0, _area(sights[read.frame])))
        sure = "" if best.confidence is None else f" {best.confidence:.0%}"
        chosen[best.frame] = f"read {text}{sure}"
    rest = most - len(chosen)
    frames = sorted(sights)
    for part in range(rest):
        # A stretch of time each, so that they do not look alike.
        first, last = (len(frames) * part // rest, len(frames) * (part + 1) // rest)
        among = [frame for frame in frames[first:last] if frame not in chosen]
        if among:
            chosen[max(among, key=lambda frame: _area(sights[frame]))] = ""
    return [(sights[frame], caption) for frame, caption in sorted(chosen.items())]


def _of_reads(evidence: Evidence) -> list[Reason]:
    counts = Counter(read.text for read in evidence.reads)
    if not counts:
        return []
    (most, often), total = counts.most_common(1)[0], sum(counts.values())
    share = 1 - often / total
    if evidence.track.number not in (None, most):
        said = f"most reads say {most}, the track {evidence.track.number}"
        return [Reason(Kind.READS, 1.0, said)]
    if share >= DISAGREE:
        return [Reason(Kind.READS, share, f"reads disagree: {read_as(evidence.reads)}")]
    return []


def _of_margins(evidence: Evidence) -> list[Reason]:
    track, found = evidence.track, []
    team, number = track.team_confidence, track.number_confidence
    if team is not None and team < LOW_MARGIN:
        which = f"team {track.team}" if track.team else "neither team"
        text = f"{which} is in doubt: {team:.0%}"
        found.append(Reason(Kind.MARGINS, 1 - team / LOW_MARGIN, text))
    if track.number and number is not None and number < LOW_CONFIDENCE:
        text = f"number {track.number} is in doubt: {number:.0%}"
        found.append(Reason(Kind.MARGINS, 1 - number / LOW_CONFIDENCE, text))
    elif track.number and track.number_status == "tentative":
        found.append(Reason(Kind.MARGINS, 0.0, f"number {track.number} is tentative"))
    if evidence.link is not None and evidence.link < LOW_LINK:
        text = f"a join or split is in doubt: {how_sure(evidence.link)}"
        found.append(Reason(Kind.MARGINS, 1 - max(evidence.link, 0) / LOW_LINK, text))
    return found


def _of_roster(evidence: Evidence, listed: Listed) -> list[Reason]:
    track, found = evidence.track, []
    on_roster = track.team in {team for team, _ in listed}
    if on_roster and track.number and (track.team, track.number) not in listed:
        text = f"the roster of {track.team} has no {track.number}"
        found.append(Reason(Kind.ROSTER, 1.0, text))
    if evidence.twins:
        text = f"a teammate has number {track.number} too, in {_frames(evidence.twins)}"
        found.append(Reason(Kind.ROSTER, evidence.twins / _length(evidence), text))
    return found


def _against_truth(evidence: Evidence) -> list[Reason]:
    if not evidence.wrong:
        return []
    text = f"wrong by the ground truth in {_frames(evidence.wrong)}"
    return [Reason(Kind.TRUTH, evidence.wrong / _length(evidence), text)]


def _unread(evidence: Evidence) -> list[Reason]:
    if evidence.track.number or evidence.track.outsider:
        return []
    return [Reason(Kind.UNREAD, 1 - 1 / (1 + _length(evidence)), "no number yet")]


def _length(evidence: Evidence) -> int:
    return max(1, len(evidence.sights))


def _frames(count: int) -> str:
    return f"{count} frame{'s' * (count != 1)}"


def _area(sight: Sight) -> float:
    return float(sight.box[2] * sight.box[3])


def _as_number(number: str) -> tuple[int, str]:
    return int(number), number
