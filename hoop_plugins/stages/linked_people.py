"""What is stored of a clip's people, and of the stretches of tracks that are theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import fiftyone as fo

from hoop_plugins.data.fields import MADE_BY, OURS
from hoop_plugins.data.roster import Listed
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.stages.assignment import Identity
from hoop_plugins.stages.clip_pieces import ClipPieces
from hoop_plugins.stages.tracklets import Tracklet


def people_of(
    linked: ClipPieces,
    whose: Sequence[Identity | None],
    margins: Sequence[float | None],
    teams: Sequence[str],
    listed: Listed,
) -> tuple[dict[int, Track], list[fo.TemporalDetection]]:
    """A clip's people by id, and a label for each stretch of a track."""
    tracks = linked.tracks
    people: dict[int, Track] = {}
    agreeing: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    labels = []
    for piece, index, who, margin in zip(linked.pieces, linked.people, whose, margins, strict=True):
        first, last = piece.frames[0], piece.frames[-1]
        track = tracks.get(piece.track, Track(piece.track, first, last))
        team = teams[who.team] if who is not None and teams else track.team
        number = NUMBERS[who.number] if who is not None and who.number >= 0 else None
        name = listed.get((team or "", number or ""))
        person = people.setdefault(index, Track(index, first, last, team=team, name=name))
        person.first, person.last = min(person.first, first), max(person.last, last)
        agreeing[index].append((len(piece.frames), track.team == person.team))
        labels.append(_label(piece, track, index, person.team, number, margin))
    for i, index in linked.others.items():
        track = tracks[i]
        piece = Tracklet(i, [track.first, track.last])
        people[index] = Track(
            index, track.first, track.last, track.role, team_confidence=track.team_confidence
        )
        labels.append(_label(piece, track, index, None, None, None))
    for index, shares in agreeing.items():
        frames = sum(count for count, _ in shares)
        alike = sum(count for count, same in shares if same)
        people[index].team_confidence = alike / frames if people[index].team else None
    return people, labels


def _label(
    piece: Tracklet,
    track: Track,
    index: int,
    team: str | None,
    number: str | None,
    margin: float | None,
) -> fo.TemporalDetection:
    first, last = piece.frames[0], piece.frames[-1]
    shown = Track(index, first, last, track.role, team=team, number=number)
    return fo.TemporalDetection(
        label=shown.title,
        support=[first, last],
        index=index,
        track=piece.track,
        role=track.role,
        team=track.team,
        team_confidence=track.team_confidence,
        number=number,
        reason=piece.reason,
        margin=margin,
        **{MADE_BY: OURS},
    )
