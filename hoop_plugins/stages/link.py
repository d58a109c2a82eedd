"""Stage 6: from tracks, which change hands where people meet, to one person, one identity."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from hoop_plugins.corrections import Stretch, Unaided, write_unaided
from hoop_plugins.data.fields import declare
from hoop_plugins.data.games import rest_of_game
from hoop_plugins.data.label_codec import identity_values
from hoop_plugins.data.options import ranged
from hoop_plugins.data.roster import Listed, numbers_of, read_roster
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.errors import concerning
from hoop_plugins.stages.assignment import assign
from hoop_plugins.stages.clip_pieces import (
    ClipPieces,
    game_pieces,
    gather,
    name_people,
    read_only,
    tracker_ids,
)
from hoop_plugins.stages.constraints import Constraints, constrain, obeying
from hoop_plugins.stages.hearing import Heard, cuts, hear, identity_words, words
from hoop_plugins.stages.linked_people import OwnedTracklet, people_of
from hoop_plugins.stages.pieces import Identity, Pieces
from hoop_plugins.stages.roster_teams import match_teams
from hoop_plugins.stages.stage import Progress, Stage
from hoop_plugins.stages.tracklets import Places

DECIDED = ("team", "team_confidence", "name")

CHUNK = 500
"""Frames whose labels are changed at once."""


@dataclass(frozen=True)
class LinkSettings:
    """Settings of the linking stage.

    Attributes:
        touch: IoS of two players' boxes from which their tracks may change hands; above 0, to 1.
        gap: After so many frames unseen, a track may go on as somebody else.
        continuity: What the tracker's word for "the same" weighs against reads and shirts after one
            player hid another, in nats; up to three times as much where they hardly touched.
        on_court: Players that a team has on court at most; 0 for any number.
        roster: Who may play: the path of a CSV file with the columns team, number and name, and
            color where it is known.
    """

    touch: float = ranged(0.35, gt=0, le=1)
    gap: int = ranged(15, ge=1)
    continuity: float = ranged(2.0, ge=0)
    on_court: int = ranged(5, ge=0)
    roster: str = field(default="", metadata={"path": True})


class LinkTracklets(Stage):
    """Cuts tracks where people meet, and gives every piece to one person of the game.

    What people said of who is who, it obeys; what evidence alone says is kept beside that, and is
    what evaluations measure.
    """

    name = "link"
    order = 55
    Settings = LinkSettings
    reads = ("numbers", "players", "tracks")
    uses = ("shots",)
    writes = ("numbers", "players", "tracks", "tracklets")
    whole_game = True
    settings: LinkSettings

    def __init__(self, settings: Any = None, device: str = "auto") -> None:
        super().__init__(settings, device)
        with concerning("roster"):
            self.roster = read_roster(self.settings.roster) if self.settings.roster else None

    def configuration(self) -> dict[str, Any]:
        """See :meth:`Stage.configuration`; of the roster it is the contents that matter."""
        return {**super().configuration(), "roster": self.roster.text if self.roster else ""}

    def stored_input(self, clip: SampleStore) -> dict[str, Any]:
        """See :meth:`Stage.stored_input`: what people said of who is who."""
        keys = sorted(said.key for said in identity_words(clip))
        return {"corrections": keys} if keys else {}

    def run(self, clips: Sequence[SampleStore]) -> Generator[Progress, None, None]:
        """See :meth:`Stage.run`."""
        found = []
        for clip in clips:
            self.undo(clip)
            found.append(gather(clip, self.settings.touch, self.settings.gap))
            yield self.progress(clip, 0)
        teams = sorted({t.team for each in found for t in each.tracks.values() if t.team})[:2]
        game = game_pieces(found, teams, self.settings.continuity)
        listed, notes = self._listed(found, teams, game)
        rosters = [numbers_of(listed, team) or None for team in teams or [""]]
        rest = [clip for clip in rest_of_game(clips) if clip.tracklets]
        taken = {index for clip in rest for index in clip.read_tracks()}
        whose, margins = assign(game, self.settings.on_court, rosters)
        name_people(found, whose, taken)
        sure: list[float | None] = margins.tolist()
        unaided: list[Unaided | None] = [None] * len(found)
        if heard := hear(found):
            unaided = self._unaided(found, whose, sure, teams, listed, heard)
            found, said = self._constrained(found, heard)
            game = game_pieces(found, teams, self.settings.continuity)
            pieces, place = obeying(game, said, _people_alone(found, unaided))
            decided, margins = assign(pieces, self.settings.on_court, rosters)
            whose, margins = [decided[p] for p in place], margins[place]
            name_people(found, whose, taken, said)
            spoken = {t for word in said.obeyed for t in (word.one, word.other)}
            sure = [None if t in spoken else m for t, m in enumerate(margins.tolist())]
            count = len(said.obeyed)
            notes.append(f"{count} correction{'s' * (count != 1)} of identity used")
            notes += said.refused
        strangers = [
            f"{teams[who.team]} {NUMBERS[who.number]}"
            for who in sorted({who for who in whose if who is not None and who.number >= 0})
            if (listed_there := rosters[who.team]) and who.number not in listed_there
        ]
        if strangers:
            notes.append(f"read clearly, but not in the roster: {', '.join(strangers)}")
        if rest:
            notes.append(
                f"clips of the game that are not in the view, {len(rest)}, were linked before: "
                "nobody here is taken for somebody there; for that, link the whole game anew "
                "(hoop run --dataset NAME --stages link,validate --fresh)"
            )
        for note in notes:
            yield self.progress(clips[0], 0, note)
        for each, alone, here in zip(found, unaided, _slices(found), strict=True):
            write_unaided(each.clip, alone)
            self._write(each, *people_of(each, whose[here], sure[here], teams, listed), listed)
            yield self.progress(each.clip)

    def _constrained(
        self, found: Sequence[ClipPieces], heard: Sequence[Heard]
    ) -> tuple[list[ClipPieces], Constraints]:
        """The clips' tracklets, cut also where people said so, and what they said of them."""
        touch, gap = self.settings.touch, self.settings.gap
        cut = []
        for i, each in enumerate(found):
            said = cuts(heard, i)
            cut.append(gather(each.clip, touch, gap, said) if said else replace(each, people=[]))
        together = game_pieces(cut, [], self.settings.continuity).together
        return cut, constrain(words(heard, cut), together)

    @staticmethod
    def _unaided(
        found: Sequence[ClipPieces],
        whose: Sequence[Identity | None],
        margins: Sequence[float | None],
        teams: Sequence[str],
        listed: Listed,
        heard: Sequence[Heard],
    ) -> list[Unaided | None]:
        """How each clip is linked by evidence alone."""
        kept: list[Unaided | None] = []
        for i, (each, here) in enumerate(zip(found, _slices(found), strict=True)):
            people, owned = people_of(each, whose[here], margins[here], teams, listed)
            stretches = [_stretch(tracklet) for tracklet in owned]
            count = sum(one.clip == i for _, one, _ in heard)
            kept.append(Unaided(count, stretches, people))
        return kept

    def _listed(
        self, clips: Sequence[ClipPieces], teams: Sequence[str], game: Pieces
    ) -> tuple[Listed, list[str]]:
        """The roster by the names that the teams have here, and lines for people."""
        if self.roster is None:
            return {}, []
        sides = np.where(game.teams.any(1), game.teams.argmax(1), -1)
        kits = np.concatenate([each.kits for each in clips])
        theirs, note = match_teams(self.roster, teams, sides, game.numbers, kits)
        ours = {team: name for name, team in zip(teams, theirs, strict=True) if team is not None}
        listed = {
            (ours[team], number): name
            for (team, number), name in self.roster.players.items()
            if team in ours
        }
        unused = ", ".join(self.roster.unused)
        return listed, [note, *([f"roster: nothing is made of {unused}"] if unused else [])]

    @staticmethod
    def undo(clip: SampleStore) -> None:
        """Gives labels and tracks the tracker's ids and teams again."""
        pieces = clip.tracklets
        if not pieces:
            return
        tracks: dict[int, Track] = {}
        for label in pieces:
            first, last = label.support
            track = tracks.setdefault(label.track, Track(label.track, first, last))
            track.first, track.last = min(track.first, first), max(track.last, last)
            track.role, track.team = label.role, label.team
            track.team_confidence = label.team_confidence
        for role in ("players", "numbers"):
            back = [(i, None, identity_values(clip.sample_id, i)) for i in tracks]
            clip.assign(role, back, by="track")
        clip.assign("players", [(i, None, _decided(track)) for i, track in tracks.items()])
        clip.write_tracks(tracks.values())
        clip.clear_tracklets()
        write_unaided(clip, None)

    def _write(
        self,
        linked: ClipPieces,
        people: dict[int, Track],
        owned: Iterable[OwnedTracklet],
        listed: Listed,
    ) -> None:
        """Stores who is who; what undoes it comes first, whatever happens then."""
        clip = linked.clip
        declare(clip.dataset, clip.names, "tracklets")
        clip.write_tracklets(tracklet.to_label() for tracklet in owned)
        places = Places(linked.pieces)
        for role in ("players", "numbers"):
            for first in range(1, clip.frame_count + 1, CHUNK):
                clip.assign_by_position(_changes(linked, role, places, first, first + CHUNK - 1))
        clip.assign("players", [(i, None, _decided(person)) for i, person in people.items()])
        clip.write_tracks(people.values())
        self.record(clip, roster=[[*who, name] for who, name in listed.items()])


def _slices(clips: Sequence[ClipPieces]) -> Iterator[slice]:
    """Where each clip's tracklets are among all."""
    first = 0
    for each in clips:
        yield slice(first, first + len(each.pieces))
        first += len(each.pieces)


def _people_alone(clips: Sequence[ClipPieces], unaided: Sequence[Unaided | None]) -> list[int]:
    """Who evidence alone says that each tracklet is."""
    return [
        alone.owner(piece.track, piece.frames[0])
        for each, alone in zip(clips, unaided, strict=True)
        for piece in each.pieces
        if alone is not None
    ]


def _stretch(tracklet: OwnedTracklet) -> Stretch:
    of = tracklet.track.index
    return Stretch(of, tracklet.first, tracklet.last, tracklet.index, tracklet.number)


def _decided(track: Track) -> dict[str, Any]:
    return {name: getattr(track, name) for name in DECIDED}


def _changes(
    linked: ClipPieces, role: str, places: Places, first: int, last: int
) -> Iterator[tuple[str, int, int, dict[str, Any]]]:
    """Whose each label of a field is, in some frames."""
    clip = linked.clip
    for frame, found in read_only(clip, role, "track", first=first, last=last):
        for i, track in enumerate(tracker_ids(found)):
            t = places.find(track, frame)
            index = linked.people[t] if t is not None else linked.others.get(track)
            if index is not None:
                values = {**identity_values(clip.sample_id, index), "track": track}
                yield role, frame, i, values
