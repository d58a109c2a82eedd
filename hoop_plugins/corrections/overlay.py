"""Laying corrections over the predicted labels, and taking them off again without a trace."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from hoop_plugins.corrections.anchors import (
    Anchor,
    NobodyThereError,
    NoTrackError,
    find_track,
    seen_together,
)
from hoop_plugins.corrections.record import Correction
from hoop_plugins.corrections.unaided import keep, kept
from hoop_plugins.data.editing import NOBODY
from hoop_plugins.data.fields import IDENTITY_ATTRIBUTES, declare
from hoop_plugins.data.games import clips_of_game
from hoop_plugins.data.label_codec import identity_values
from hoop_plugins.data.roster import Listed
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track

CORRECTED = "corrected"
"""``number_status`` of a number that a person said."""

STATUSES = (None, "unread", "tentative", "validated")
"""From the least trusted."""


@dataclass
class Person:
    """What corrections say of one person.

    Attributes:
        tracks: Ids of the predicted tracks that are the person; the first one's is shown.
        said: What is right, by attribute.
        keys: The corrections that lie on the person.
    """

    tracks: list[int]
    said: dict[str, str] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    @property
    def index(self) -> int:
        """The id that is shown."""
        return self.tracks[0]


@dataclass
class Overlay:
    """What lies over a clip's predictions.

    Attributes:
        tracks: The tracks of corrected people as they were predicted, by id.
        people: The corrected people.
    """

    tracks: dict[int, Track]
    people: list[Person]


def read(store: SampleStore) -> Overlay:
    """What lies over a clip's predictions now; a field that holds something else is refused."""
    saved = kept(store)
    tracks = [Track(**values) for values in saved.get("tracks", [])]
    people = [Person(**values) for values in saved.get("people", [])]
    return Overlay({track.index: track for track in tracks}, people)


def lay(store: SampleStore, corrections: Sequence[Correction]) -> list[str]:
    """Lays corrections, the oldest first, over predictions on which none lie.

    Returns:
        A line for every correction that found no track, or contradicts another.
    """
    if not corrections:
        return []
    tracks = store.read_tracks()
    people, problems = _gather(store, corrections, tracks)
    if not people:
        return problems
    declare(store.dataset, store.names, *_roles(store))
    # Before anything is changed: whatever happens then, it can be taken off again.
    _save(store, Overlay({i: tracks[i] for person in people for i in person.tracks}, people))
    for role in _roles(store):
        moved = [
            (
                index,
                None,
                {**identity_values(store.sample_id, person.index), "predicted_index": index},
            )
            for person in people
            for index in person.tracks[1:]
        ]
        store.assign(role, moved)
    shown = [_overlaid(person, tracks, store.listed) for person in people]
    pairs = [(track, tracks[i]) for p, track in zip(people, shown, strict=True) for i in p.tracks]
    store.assign("players", [(track.index, None, _changes(track, was)) for track, was in pairs])
    if store.has("numbers"):
        numbers = [(p.index, None, {CORRECTED: p.said.get("number")}) for p in people]
        store.assign("numbers", numbers)
    for person in people:
        for index in person.tracks:
            del tracks[index]
    store.write_tracks([*tracks.values(), *(track for track in shown if track.role != NOBODY)])
    return problems


def lift(store: SampleStore) -> None:
    """Takes off whatever lies over a clip's predictions; labels say again what their track does."""
    laid = read(store)
    if not laid.people:
        return
    for role in _roles(store):
        back = [
            (index, None, {**identity_values(store.sample_id, index), "predicted_index": None})
            for index in laid.tracks
        ]
        store.assign(role, back, by="predicted_index")
    if store.has("players"):
        shown = {i: _overlaid(p, laid.tracks, {}) for p in laid.people for i in p.tracks}
        back = [(i, None, _changes(was, shown[i])) for i, was in laid.tracks.items()]
        store.assign("players", back)
    if store.has("numbers"):
        store.erase("numbers", CORRECTED)
    store.write_tracks({**store.read_tracks(), **laid.tracks}.values())
    _save(store, None)


def _gather(
    store: SampleStore, corrections: Sequence[Correction], known: Collection[int]
) -> tuple[list[Person], list[str]]:
    """Who corrections speak of, and a line for every correction that says nothing.

    Nothing lies over the clip; ``known`` are its tracks.
    """
    people: dict[int, Person] = {}
    heard: dict[tuple[int, str], list[Correction]] = {}
    problems = []

    def person_at(anchor: Anchor) -> Person:
        track = find_track(store, anchor, known)
        return people.setdefault(track, Person([track]))

    def refuse(correction: Correction, reason: str) -> None:
        place = f"{correction} (frame {correction.frame})"
        problems.append(f"{store.name}: {place} is not applied: {reason}")

    # Who is the same person comes first: what was said of either is true of both.
    for correction in sorted(corrections, key=lambda each: each.attribute != "same_as"):
        try:
            person = person_at(correction.anchor)
            if correction.other is not None:
                same = correction.attribute == "same_as"
                other = _seen_otherwise(store, correction, correction.other, person_at)
                if same and isinstance(other, Person):
                    _unite(store, people, person, other)
                elif (other in (person, person.index)) != same:
                    raise NoTrackError("run the stages link and validate, which obey it")
        except NobodyThereError as error:
            if correction.attribute != "not_a_person":
                refuse(correction, str(error))
            continue
        except NoTrackError as error:
            refuse(correction, str(error))
            continue
        people[person.index].keys.append(correction.key)
        if correction.other is None:
            heard.setdefault((person.index, correction.attribute), []).append(correction)
    for (index, attribute), answers in heard.items():
        values = list(dict.fromkeys(correction.value for correction in answers))
        if len(values) == 1:
            people[index].said[attribute] = values[0]
        for correction in answers if len(values) > 1 else ():
            refuse(correction, f"track {index} would be {' and '.join(values)} at once")
    distinct = {id(person): person for person in people.values()}
    return [person for person in distinct.values() if person.keys], problems


def _overlaid(person: Person, tracks: dict[int, Track], listed: Listed) -> Track:
    """The track that is shown of a corrected person, given the predicted ones by id.

    It lasts from the first one's start to the last one's end; of the predicted numbers it has the
    one that is trusted most, and over all that what people said.
    """
    predicted = [tracks[index] for index in person.tracks]
    team = next((track for track in predicted if track.team), predicted[0])
    number = max(predicted, key=lambda track: STATUSES.index(track.number_status))
    reads = [track.reads for track in predicted if track.reads is not None]
    shown = replace(
        predicted[0],
        first=min(track.first for track in predicted),
        last=max(track.last for track in predicted),
        team=team.team,
        team_confidence=team.team_confidence,
        number=number.number,
        number_status=number.number_status,
        number_confidence=number.number_confidence,
        reads=sum(reads) if reads else None,
    )
    shown.role = NOBODY if "not_a_person" in person.said else person.said.get("role", shown.role)
    if shown.role != "player":
        shown.team = shown.team_confidence = shown.number = None
        shown.number_status = shown.number_confidence = None
    if "team" in person.said:
        shown.team, shown.team_confidence = person.said["team"], 1.0
    if "number" in person.said:
        shown.number, shown.number_status = person.said["number"], CORRECTED
        shown.number_confidence = 1.0
    if listed:
        shown.name = listed.get((shown.team or "", shown.number or ""))
    return shown


def _unite(store: SampleStore, people: dict[int, Person], one: Person, other: Person) -> None:
    """Makes two people one, whose id is the other's."""
    if one is other:
        return
    if (both := seen_together(store, one.tracks, other.tracks)) is not None:
        raise NoTrackError(
            f"tracks {one.index} and {other.index} are both seen in frame {both} now"
        )
    other.tracks += one.tracks
    other.keys += one.keys
    people.update(dict.fromkeys(one.tracks, other))


def _seen_otherwise(
    store: SampleStore,
    correction: Correction,
    anchor: Anchor,
    person_at: Callable[[Anchor], Person],
) -> Person | int:
    """Who lies on the other anchor of a correction; in another clip, the id that is shown."""
    if correction.other_sample is None:
        return person_at(anchor)
    for clip in clips_of_game(store):
        if clip.sample_id == correction.other_sample:
            return find_track(clip, anchor, clip.read_tracks())
    raise NoTrackError("the other clip is no longer one of the game")


def _roles(store: SampleStore) -> list[str]:
    return [role for role in ("players", "numbers") if store.has(role)]


def _changes(track: Track, before: Track) -> dict[str, Any]:
    """What the labels of a track say, without what they said before: people may have called a class
    otherwise, or given a number in some frames only."""
    said_before = label_values(before)
    kept = {name for name in ("label", "team", "number") if said_before[name] is not None}
    return {
        name: value
        for name, value in label_values(track).items()
        if name not in kept or value != said_before[name]
    }


def label_values(track: Track) -> dict[str, Any]:
    """What the labels of a track say in every frame."""
    return {"label": track.role, **{name: getattr(track, name) for name in IDENTITY_ATTRIBUTES}}


def _save(store: SampleStore, laid: Overlay | None) -> None:
    tracks = laid and [asdict(track) for track in laid.tracks.values()]
    keep(store, tracks=tracks, people=laid and [asdict(person) for person in laid.people])
