"""How tracks are linked without people's word, kept where `link` obeyed it: what is measured."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, NamedTuple

import fiftyone as fo
from fiftyone import ViewField as F

from hoop_plugins.data.fields import (
    CORRECTED_FIELD,
    MADE_BY,
    OURS,
    UNAIDED,
    Fields,
    check_schema,
)
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track


class Stretch(NamedTuple):
    """A stretch of a track: the tracker's id, frames, the person, and the number given to him."""

    track: int
    first: int
    last: int
    person: int
    number: str | None


@dataclass(frozen=True)
class Unaided:
    """How a clip's tracks are linked without corrections.

    Attributes:
        corrections: How many corrections of identity ``link`` obeyed in the clip.
        stretches: Whose each stretch of a track is.
        tracks: The people, by id.
    """

    corrections: int
    stretches: Sequence[Stretch]
    tracks: dict[int, Track]

    @cached_property
    def _of_track(self) -> dict[int, tuple[list[int], list[int]]]:
        """By track, the first frames of its stretches, and whose each is."""
        found: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
        for stretch in sorted(self.stretches, key=lambda stretch: stretch.first):
            found[stretch.track][0].append(stretch.first)
            found[stretch.track][1].append(stretch.person)
        return found

    def owner(self, track: int, frame: int) -> int:
        """Whose a label is, by the tracker's id and the frame; the track's own without any."""
        if track not in self._of_track:
            return track
        firsts, people = self._of_track[track]
        return people[max(bisect_right(firsts, frame) - 1, 0)]


def read_unaided(store: SampleStore) -> Unaided | None:
    """What is kept of a clip; ``None`` where ``link`` obeyed nobody."""
    saved = kept(store).get(UNAIDED)
    return from_entry(saved) if saved else None


def write_unaided(store: SampleStore, unaided: Unaided | None) -> None:
    """Keeps, or forgets, how a clip is linked without corrections."""
    keep(store, **{UNAIDED: unaided and as_entry(unaided)})


def as_entry(unaided: Unaided) -> dict[str, Any]:
    """What the sample field ``corrected`` keeps of it."""
    return {
        "corrections": unaided.corrections,
        "stretches": [list(stretch) for stretch in unaided.stretches],
        "tracks": [asdict(track) for track in unaided.tracks.values()],
    }


def from_entry(saved: Mapping[str, Any]) -> Unaided:
    """The inverse of :func:`as_entry`."""
    tracks = [Track(**values) for values in saved["tracks"]]
    return Unaided(
        saved["corrections"],
        [Stretch(*values) for values in saved["stretches"]],
        {track.index: track for track in tracks},
    )


def kept(store: SampleStore) -> dict[str, Any]:
    """What the sample field ``corrected`` keeps of these players, by entry; a field that holds
    something else is refused.
    """
    saved, end = _saved(store), _end(store)
    if not end:
        return {name: value for name, value in saved.items() if " " not in name}
    mine = {name.removesuffix(end): saved[name] for name in saved if name.endswith(end)}
    return {**_unnamed(store, saved), **mine}


def keep(store: SampleStore, **values: object) -> None:
    """Sets entries of the sample field ``corrected``; ``None`` removes one."""
    before, end = kept(store), _end(store)
    changed = {f"{name}{end}": value for name, value in values.items() if before.get(name) != value}
    for name, value in _unnamed(store, _saved(store)).items():
        changed = {f"{name}{end}": value, **changed, name: None}
    if changed:
        store.set_entries(CORRECTED_FIELD, **changed)


def _saved(store: SampleStore) -> dict[str, Any]:
    check_schema(store.dataset, {CORRECTED_FIELD: fo.DictField})
    return store.value(CORRECTED_FIELD) or {}


def _end(store: SampleStore) -> str:
    """What the names of entries end with that are about players in another field than usual."""
    players = store.names.players
    return "" if players == Fields.players else f" {players}"


def _unnamed(store: SampleStore, saved: dict[str, Any]) -> dict[str, Any]:
    """Entries about players in another field than usual that do not say so, as versions before this
    one wrote them: all, where nobody is ours in the usual field.
    """
    found = {name: value for name, value in saved.items() if " " not in name}
    if not (found and _end(store)):
        return {}
    usual = SampleStore(store.dataset, store.sample_id)
    ours = usual.has("players") and any(usual.find("players", F(MADE_BY) == OURS, ("_id",)))
    return {} if ours else found
