"""Stage 6: from tracks, which change hands where people meet, to one person, one identity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import fiftyone as fo

from hoop_plugins.data.fields import MADE_BY, OURS, declare
from hoop_plugins.data.label_codec import identity_values
from hoop_plugins.data.options import ranged
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.stages.assignment import Identity, assign
from hoop_plugins.stages.clip_pieces import (
    ClipPieces,
    game_pieces,
    gather,
    name_people,
    read_only,
    tracker_ids,
)
from hoop_plugins.stages.stage import Progress, Stage
from hoop_plugins.stages.tracklets import Tracklet

TEAM = ("team", "team_confidence")


@dataclass(frozen=True)
class LinkSettings:
    """Settings of the linking stage.

    Attributes:
        touch: IoS of two players' boxes from which their tracks may change hands; above 0, to 1.
        gap: After so many frames unseen, a track may go on as somebody else.
        continuity: What the tracker's word for "the same" weighs against reads and shirts after one
            player hid another, in nats; up to three times as much where they hardly touched.
        on_court: Players that a team has on court at most; 0 for any number.
    """

    touch: float = ranged(0.35, gt=0, le=1)
    gap: int = ranged(15, ge=1)
    continuity: float = ranged(2.0, ge=0)
    on_court: int = ranged(5, ge=0)


class LinkTracklets(Stage):
    """Cuts tracks where people meet, and gives every piece to one person of the game."""

    name = "link"
    order = 55
    Settings = LinkSettings
    reads = ("numbers", "players", "tracks")
    writes = ("numbers", "players", "tracks", "tracklets")
    whole_game = True
    settings: LinkSettings

    def run(self, clips: Sequence[SampleStore]) -> Generator[Progress, None, None]:
        """See :meth:`Stage.run`."""
        found = []
        for clip in clips:
            self.undo(clip)
            found.append(gather(clip, self.settings.touch, self.settings.gap))
            yield self.progress(clip, 0)
        teams = sorted({t.team for each in found for t in each.tracks.values() if t.team})[:2]
        game = game_pieces(found, teams, self.settings.continuity)
        whose, margins = assign(game, self.settings.on_court)
        name_people(found, whose)
        first = 0
        for each in found:
            mine = slice(first, first + len(each.pieces))
            self._write(each, whose[mine], margins[mine].tolist(), teams)
            first = mine.stop
            yield self.progress(each.clip)

    @staticmethod
    def undo(clip: SampleStore) -> None:
        """Gives labels and tracks the tracker's ids and teams again."""
        kept = clip.value(clip.names.tracklets)
        if not kept:
            return
        tracks: dict[int, Track] = {}
        for label in kept.detections:
            first, last = label.support
            track = tracks.setdefault(label.track, Track(label.track, first, last))
            track.first, track.last = min(track.first, first), max(track.last, last)
            track.role, track.team = label.role, label.team
            track.team_confidence = label.team_confidence
        for role in ("players", "numbers"):
            back = [(i, None, identity_values(clip.sample_id, i)) for i in tracks]
            clip.assign(role, back, by="track")
        clip.assign("players", [(i, None, _team(track)) for i, track in tracks.items()])
        clip.write_tracks(tracks.values())
        clip.set_value(clip.names.tracklets, None)

    def _write(
        self,
        linked: ClipPieces,
        whose: Sequence[Identity | None],
        margins: Sequence[float],
        teams: Sequence[str],
    ) -> None:
        """Stores who is who; what undoes it comes first, whatever happens then."""
        clip, tracks = linked.clip, linked.tracks
        people: dict[int, Track] = {}
        agreeing: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        labels = []
        for piece, index, who, margin in zip(
            linked.pieces, linked.people, whose, margins, strict=True
        ):
            first, last = piece.frames[0], piece.frames[-1]
            track = tracks.get(piece.track, Track(piece.track, first, last))
            team = teams[who.team] if who is not None and teams else track.team
            person = people.setdefault(index, Track(index, first, last, team=team))
            person.first, person.last = min(person.first, first), max(person.last, last)
            agreeing[index].append((len(piece.frames), track.team == person.team))
            number = NUMBERS[who.number] if who is not None and who.number >= 0 else None
            labels.append(_label(piece, track, index, person.team, number, margin))
        for i, index in linked.others.items():
            track = tracks[i]
            piece = Tracklet(i, [track.first, track.last])
            people[index] = Track(index, track.first, track.last, track.role)
            labels.append(_label(piece, track, index, None, None, None))
        for index, shares in agreeing.items():
            frames = sum(count for count, _ in shares)
            alike = sum(count for count, same in shares if same)
            people[index].team_confidence = alike / frames if people[index].team else None
        declare(clip.dataset, clip.names, "tracklets")
        clip.set_value(clip.names.tracklets, fo.TemporalDetections(detections=labels))
        owners = {
            (piece.track, frame): index
            for piece, index in zip(linked.pieces, linked.people, strict=True)
            for frame in piece.frames
        }
        for role in ("players", "numbers"):
            clip.assign_by_position(_changes(linked, role, owners))
        clip.assign("players", [(i, None, _team(person)) for i, person in people.items()])
        clip.write_tracks(people.values())
        self.record(clip)


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


def _team(track: Track) -> dict[str, Any]:
    return {name: getattr(track, name) for name in TEAM}


def _changes(
    linked: ClipPieces, role: str, owners: Mapping[tuple[int, int], int]
) -> Iterator[tuple[str, int, int, dict[str, Any]]]:
    """Whose each label of a field is."""
    clip = linked.clip
    for frame, found in read_only(clip, role, "track"):
        for i, track in enumerate(tracker_ids(found)):
            index = owners.get((track, frame), linked.others.get(track))
            if index is not None:
                values = {**identity_values(clip.sample_id, index), "track": track}
                yield role, frame, i, values
