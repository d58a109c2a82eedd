"""What people said of who is who, found again on a game's tracklets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hoop_plugins.corrections import IDENTITY, Correction, NoTrackError, find_track, listed
from hoop_plugins.data.store import SampleStore
from hoop_plugins.stages.clip_pieces import ClipPieces, tracker_ids
from hoop_plugins.stages.constraints import Word


class Spot(NamedTuple):
    """Where somebody is seen: which of the clips, the tracker's id, and the frame."""

    clip: int
    track: int
    frame: int


class Heard(NamedTuple):
    """A correction, where it was given, and where the other one is seen."""

    said: Correction
    one: Spot
    other: Spot


def identity_words(clip: SampleStore) -> list[Correction]:
    """What people said of who is who in a clip."""
    return [said for said in listed(clip) if said.attribute in IDENTITY]


def hear(clips: Sequence[ClipPieces]) -> list[Heard]:
    """Finds what people said; what is on no player now is passed over, and told where corrections
    are laid over the labels.
    """
    places = {each.clip.sample_id: i for i, each in enumerate(clips)}
    found = []
    for here, each in enumerate(clips):
        for said in identity_words(each.clip):
            there = places.get(said.other_sample or each.clip.sample_id)
            if said.other is None or there is None:
                continue
            spots = []
            for place, anchor in ((here, said.anchor), (there, said.other)):
                known = {piece.track for piece in clips[place].pieces}
                try:
                    track = find_track(clips[place].clip, anchor, known, tracker_ids)
                except NoTrackError:
                    break
                spots.append(Spot(place, track, anchor.frame))
            else:
                found.append(Heard(said, *spots))
    return found


def cuts(heard: Iterable[Heard], clip: int) -> dict[int, list[int]]:
    """By track, the frames of a clip from which on somebody is said to be another."""
    found: dict[int, list[int]] = defaultdict(list)
    for said, one, _ in heard:
        if said.attribute == "other_from" and one.clip == clip:
            found[one.track].append(one.frame)
    return found


def words(heard: Iterable[Heard], clips: Sequence[ClipPieces]) -> list[Word]:
    """What was heard, of the tracklets of the clips, one clip after the other."""
    first = [0]
    for each in clips:
        first.append(first[-1] + len(each.pieces))

    def at(spot: Spot) -> int:
        pieces = enumerate(clips[spot.clip].pieces, first[spot.clip])
        return next(t for t, p in pieces if p.track == spot.track and spot.frame in p.frames)

    return [Word(said, clips[one.clip].clip.name, at(one), at(other)) for said, one, other in heard]
