"""What is stored of a clip's people, and of the stretches of tracks that are theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import fiftyone as fo

from hoop_plugins.data.fields import MADE_BY, OURS
from hoop_plugins.data.roster import Listed
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.stages.clip_pieces import ClipPieces
from hoop_plugins.stages.pieces import Identity
from hoop_plugins.stages.tracklets import FIRST


@dataclass(frozen=True, slots=True)
class OwnedTracklet:
    """A tracklet, and whose it is. A long clip has thousands, and a label takes ten times as much.

    Attributes:
        track: The track that it is of.
        first: Its first frame.
        last: And its last.
        index: The person.
        team: The person's team.
        number: And number, if it is known.
        reason: Why the tracklet begins.
        margin: Nats by which that is likelier than anybody else; ``None`` where people said so.
    """

    track: Track
    first: int
    last: int
    index: int
    team: str | None
    number: str | None
    reason: str
    margin: float | None

    def to_label(self) -> fo.TemporalDetection:
        """The label that is stored of it."""
        track = self.track
        shown = Track(
            self.index, self.first, self.last, track.role, team=self.team, number=self.number
        )
        return fo.TemporalDetection(
            label=shown.title,
            support=[self.first, self.last],
            index=self.index,
            track=track.index,
            role=track.role,
            team=track.team,
            team_confidence=track.team_confidence,
            number=self.number,
            reason=self.reason,
            margin=self.margin,
            **{MADE_BY: OURS},
        )


def people_of(
    linked: ClipPieces,
    whose: Sequence[Identity | None],
    margins: Sequence[float | None],
    teams: Sequence[str],
    listed: Listed,
) -> tuple[dict[int, Track], list[OwnedTracklet]]:
    """A clip's people by id, and whose each stretch of a track is."""
    tracks = linked.tracks
    people: dict[int, Track] = {}
    agreeing: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    owned = []
    for piece, index, who, margin in zip(linked.pieces, linked.people, whose, margins, strict=True):
        first, last = piece.frames[0], piece.frames[-1]
        track = tracks.get(piece.track, Track(piece.track, first, last))
        team = teams[who.team] if who is not None and teams else track.team
        number = NUMBERS[who.number] if who is not None and who.number >= 0 else None
        name = listed.get((team or "", number or ""))
        person = people.setdefault(index, Track(index, first, last, team=team, name=name))
        person.first, person.last = min(person.first, first), max(person.last, last)
        agreeing[index].append((len(piece.frames), track.team == person.team))
        owned.append(
            OwnedTracklet(track, first, last, index, person.team, number, piece.reason, margin)
        )
    for i, index in linked.others.items():
        track = tracks[i]
        people[index] = Track(
            index, track.first, track.last, track.role, team_confidence=track.team_confidence
        )
        owned.append(OwnedTracklet(track, track.first, track.last, index, None, None, FIRST, None))
    for index, shares in agreeing.items():
        frames = sum(count for count, _ in shares)
        alike = sum(count for count, same in shares if same)
        people[index].team_confidence = alike / frames if people[index].team else None
    return people, owned
