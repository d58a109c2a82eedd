"""What people say of who is who: where it is anchored, and what of it contradicts the rest."""

from __future__ import annotations

from collections.abc import Iterator

from fiftyone import ViewField as F

from hoop_plugins.corrections.anchors import (
    Anchor,
    NoTrackError,
    choose_anchor,
    find_track,
    seen_together,
)
from hoop_plugins.corrections.record import Correction, CorrectionError, listed
from hoop_plugins.corrections.tracked import known_tracks
from hoop_plugins.data.games import clips_of_game
from hoop_plugins.data.store import SampleStore

Place = tuple[SampleStore, Anchor]
"""A clip, and where somebody was seen in it."""


def same_person(
    store: SampleStore, index: int, other: int, frame: int | None
) -> tuple[Anchor, Place]:
    """Where a track was seen, and where the one of the same person.

    Where both are seen at once somewhere, ``frame`` must say where the tracker called one person
    so: that stretch is meant then.

    Raises:
        CorrectionError: If they cannot be the same person.
    """
    if index == other:
        raise CorrectionError(f"track {index} of {store.name} is the same as itself: give another")
    if (clip := _clip_with(store, other)) is None:
        raise no_track(store, other)
    anchor = choose_anchor(store, index, frame)
    both = seen_together(store, [index], [other]) if clip is store else None
    if both is None:
        return anchor, (clip, choose_anchor(clip, other))
    if frame is not None and (seen := _called_alike(store, index, other, frame)):
        return anchor, (clip, seen)
    raise CorrectionError(
        f"tracks {index} and {other} of {store.name} cannot be the same person: "
        f"both are seen in frame {both}"
    )


def somebody_else(store: SampleStore, index: int, frame: int) -> tuple[Anchor, Place]:
    """Where a track is seen from a frame on, and where it was seen last before.

    Raises:
        CorrectionError: If it is not seen on both sides, or tracks were not linked to people.
    """
    if not store.tracklets:
        raise CorrectionError(f"nothing is linked in {store.name}: run stage 'link' first")
    seen = list(_seen(store, F("index") == index))
    after = next((anchor for anchor in seen if anchor.frame >= frame), None)
    if after is None:
        raise CorrectionError(f"track {index} of {store.name} is not seen from frame {frame} on")
    before = [(store, anchor) for anchor in seen if anchor.frame < frame]
    game = clips_of_game(store)
    here = [clip.sample_id for clip in game].index(store.sample_id)
    for clip in reversed(game[:here]):
        before = before or [(clip, anchor) for anchor in _seen(clip, F("index") == index)]
    if not before:
        raise CorrectionError(
            f"track {index} of {store.name} is not seen before frame {frame}: "
            "there is nobody whom it could be told from"
        )
    return after, before[-1]


def check(store: SampleStore, index: int, new: Correction, other: Place) -> None:
    """Refuses what contradicts what was said before of who is who.

    Raises:
        CorrectionError: In one line, with both.
    """
    game = clips_of_game(store)
    order = {clip.sample_id: i for i, clip in enumerate(game)}
    clips = {clip.sample_id: clip for clip in game}

    def moment(sample_id: str, anchor: Anchor) -> tuple[int, int]:
        return order[sample_id], anchor.frame

    here = moment(store.sample_id, new.anchor)
    meant = {index, _shown(*other)}
    for clip in game:
        for said in listed(clip):
            if said.other is None or {said.attribute, new.attribute} != {"same_as", "other_from"}:
                continue
            there = said.other_sample or clip.sample_id
            if there not in clips:
                continue
            shown = {_shown(clip, said.anchor), _shown(clips[there], said.other)}
            ends = [moment(clip.sample_id, said.anchor) < here, moment(there, said.other) < here]
            apart = new.attribute == "same_as" or ends[0] != ends[1]
            if shown == meant and None not in shown and apart:
                raise CorrectionError(
                    f"{store.name}: {str(new)!r} contradicts {str(said)!r} (track {index}): take "
                    f"that back first, hoop correct {store.dataset.name} --undo {said.key}"
                )


def no_track(store: SampleStore, index: int) -> CorrectionError:
    """What to say where a clip has no track of that id."""
    known = ", ".join(map(str, sorted(known_tracks(store)))) or "none"
    return CorrectionError(f"{store.name} has no track {index}; its tracks: {known}")


def _clip_with(store: SampleStore, index: int) -> SampleStore | None:
    """The clip that has a track: this one, or one of the game, whose people have one id over it."""
    if index in known_tracks(store):
        return store
    linked = (clip for clip in clips_of_game(store) if clip.tracklets)
    return next((clip for clip in linked if index in clip.read_tracks()), None)


def _called_alike(store: SampleStore, index: int, other: int, frame: int) -> Anchor | None:
    """Where somebody was seen, close to a frame, whom the tracker calls as a track there."""
    wanted = ("index", "track")
    for number, people in store.find("players", F("index") == index, wanted):
        if number == frame and (track := people[0]["track"]) is not None:
            near = _seen(store, (F("index") == other) & (F("track") == track))
            return min(near, key=lambda anchor: abs(anchor.frame - frame), default=None)
    return None


def _seen(store: SampleStore, wanted: F) -> Iterator[Anchor]:
    for frame, people in store.find("players", wanted, ("bounding_box",)):
        yield Anchor(frame, people[0]["bounding_box"])


def _shown(store: SampleStore, anchor: Anchor) -> int | None:
    """The id that is shown of who was seen somewhere."""
    try:
        return find_track(store, anchor, store.read_tracks())
    except NoTrackError:
        return None
