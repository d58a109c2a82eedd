"""What was predicted before something was tracked from corrections: that is what is measured.

Whoever put something right helped the tracker from there on, and with it all that is built on
tracks: teams, who is who, numbers, over the whole game. So of the clip its labels are kept, out of
sight, and of all clips of the game who everybody was, until ``track`` runs anew.
"""

from __future__ import annotations

from hoop_plugins.corrections import overlay
from hoop_plugins.corrections.shapes import drawn_keys
from hoop_plugins.corrections.unaided import (
    Stretch,
    Unaided,
    as_entry,
    from_entry,
    keep,
    kept,
    read_unaided,
)
from hoop_plugins.data.fields import BEFORE, TRACKED_AGAIN
from hoop_plugins.data.games import clips_of_game
from hoop_plugins.data.store import SampleStore


def note_tracked(store: SampleStore, first: int, last: int) -> None:
    """Notes that some frames are tracked from corrections, and keeps what was predicted.

    Args:
        store: The clip, as it was predicted: without corrections, and nothing of it changed yet.
        first: The first of these frames; in the one before, the corrections were given.
        last: And the last.
    """
    game = clips_of_game(store)
    begun = any(map(_stretches, game))
    for clip in game:
        known = begun and kept(clip).get(BEFORE)
        tracked = clip.progress("track")
        partly = bool(tracked) and not tracked.get("complete")
        # Of stretches that a version before this one tracked again nobody knows what was before.
        if not (known or partly or _stretches(clip)):
            keep(clip, **{BEFORE: as_entry(_predicted(clip))})
    store.keep_former(first - 1, last)
    keep(store, **{TRACKED_AGAIN: [*_stretches(store), [first, last]]})


def read_before(store: SampleStore) -> Unaided | None:
    """Who everybody was before something of the game was tracked from corrections; ``None`` where
    nothing was.
    """
    saved = kept(store).get(BEFORE)
    if not saved or not any(map(_stretches, clips_of_game(store))):
        return None
    return from_entry(saved)


def frames_tracked(store: SampleStore) -> int:
    """How many frames were tracked from corrections."""
    return len({f for first, last in _stretches(store) for f in range(first, last + 1)})


def former_frames(store: SampleStore) -> frozenset[int]:
    """The frames of which the players are kept as they were."""
    return store.former_frames() if _stretches(store) else frozenset()


def forget_tracked(store: SampleStore) -> list[int]:
    """Forgets what was tracked from corrections, and returns the frames that these were given in;
    the corrections stay.
    """
    stretches = _stretches(store)
    keep(store, **{TRACKED_AGAIN: None, BEFORE: None})
    return sorted({first - 1 for first, _ in stretches})


def _predicted(store: SampleStore) -> Unaided:
    """Who everybody is, without corrections."""
    if unaided := read_unaided(store):
        return unaided
    stretches = [
        Stretch(label.track, int(first), int(last), label.index, label.number)
        for label in store.tracklets
        for first, last in [label.support]
    ]
    tracks = {**store.read_tracks(), **overlay.read(store).tracks}
    drawn = drawn_keys(store)
    return Unaided(0, stretches, {i: track for i, track in tracks.items() if i not in drawn})


def _stretches(store: SampleStore) -> list[list[int]]:
    return [list(map(int, stretch)) for stretch in kept(store).get(TRACKED_AGAIN) or []]
