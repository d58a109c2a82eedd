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

from hoop_plugins.data.fields import CORRECTED_FIELD, UNAIDED, Fields, check_schema
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
    saved = _saved(store)
    return _of(_end(store), saved) or _left_behind(store, saved)


def keep(store: SampleStore, **values: object) -> None:
    """Sets entries of the sample field ``corrected``; ``None`` removes one."""
    saved, end = _saved(store), _end(store)
    mine = _of(end, saved)
    left = {} if mine else _left_behind(store, saved)
    wanted = {**left, **values}
    changed = {f"{name}{end}": value for name, value in wanted.items() if mine.get(name) != value}
    for old in _ends(saved) if left else ():
        changed |= {f"{name}{old}": None for name in left if _of(old, saved) == left}
    if changed:
        store.set_entries(CORRECTED_FIELD, **changed)


def _saved(store: SampleStore) -> dict[str, Any]:
    check_schema(store.dataset, {CORRECTED_FIELD: fo.DictField})
    return store.value(CORRECTED_FIELD) or {}


def _end(store: SampleStore) -> str:
    """What the names of entries end with that are about players in another field than usual."""
    players = store.names.players
    return "" if players == Fields.players else f" {players}"


def _of(end: str, saved: Mapping[str, Any]) -> dict[str, Any]:
    """The entries whose names end so, without that."""
    names = {name: name.partition(" ")[0] for name in saved}
    return {short: saved[name] for name, short in names.items() if name == f"{short}{end}"}


def _ends(saved: Mapping[str, Any]) -> set[str]:
    return {name.removeprefix(name.partition(" ")[0]) for name in saved}


def _left_behind(store: SampleStore, saved: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of players whose field was renamed, for whoever has none, if they are of one."""
    gone = [end for end in _ends(saved) if end != _end(store) and not _is_there(store, saved, end)]
    return _of(gone[0], saved) if len(gone) == 1 else {}


def _is_there(store: SampleStore, saved: Mapping[str, Any], end: str) -> bool:
    """Whether entries are about players who are still in the field that their names end with."""
    names = Fields(players=end.strip() or Fields.players)
    clip = SampleStore(store.dataset, store.sample_id, names)
    if not clip.has("players"):
        return False
    if end:
        return True
    # Versions before this one named no field: what these are about is whom most of them are there.
    said = {
        one["index"]
        for value in _of(end, saved).values()
        for one in (value["tracks"] if isinstance(value, dict) else value)
        if isinstance(one, dict) and "index" in one
    }
    found = clip.find("players", F("index").is_in(list(said)), ("index",))
    there = {label["index"] for _, labels in found for label in labels}
    return 2 * len(there) >= len(said)
