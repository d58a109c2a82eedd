"""What looks wrong without any ground truth, marked on the labels themselves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from fiftyone import ViewField as F

from hoop_plugins.data.classes import labeled
from hoop_plugins.data.roster import Listed
from hoop_plugins.data.store import SampleStore
from hoop_plugins.evaluation.numbers import READABLE_FRAMES, READABLE_HEIGHT
from hoop_plugins.stages.link import LinkSettings
from hoop_plugins.stages.torsos import TORSO
from hoop_plugins.stages.validate import ValidateSettings

CHUNK = 1000
"""Marks that are written at a time."""

TEAMED = F("team").is_string() | F("team").is_number()
NUMBERED = TEAMED & (F("number").is_string() | F("number").is_number())
"""Lists, which people may keep there too, name nobody."""

READ = F("text").exists() & (F("text") != "")
"""Number boxes in which a number was read."""

LEGIBLE = READ & (F("text_confidence") >= ValidateSettings.legibility)
"""Reads that validation listens to."""

Place = tuple[int, int]
"""A track's id and a frame: what tells one label of a field from another."""


def mark_doubts(store: SampleStore) -> None:
    """Marks a clip's labels: ``duplicate_number``, ``not_in_roster``, ``too_many``, ``disagrees``,
    ``unread_readable``.

    Args:
        store: The clip; fields that it does not have yet are passed over.
    """
    if store.has("players"):
        store.erase("players", "duplicate_number", "not_in_roster", "too_many")
        player = labeled("player", store.vocabulary.classes)
        people = store.find("players", player & NUMBERED, ("index", "team", "number"))
        _mark(store, "players", "duplicate_number", duplicate_numbers(people))
        if listed := store.listed:
            people = store.find("players", player & NUMBERED, ("index", "team", "number"))
            _mark(store, "players", "not_in_roster", not_in_roster(people, listed))
        linked = {**vars(LinkSettings()), **store.progress("link").get("settings", {})}
        if most := linked["on_court"]:
            people = store.find("players", player & TEAMED, ("index", "team"))
            _mark(store, "players", "too_many", too_many(people, most))
    if store.has("numbers"):
        store.erase("numbers", "disagrees", "unread_readable")
        verdicts = majority_reads(store.find("numbers", LEGIBLE, ("index", "text")))
        reads = store.find("numbers", LEGIBLE, ("index", "text"))
        _mark(store, "numbers", "disagrees", disagreeing_reads(reads, verdicts))
        _mark(store, "numbers", "unread_readable", _readable_but_unread(store))


def duplicate_numbers(frames: Iterable[tuple[int, Sequence[dict[str, Any]]]]) -> Iterator[Place]:
    """Finds players who share team and number with another one in the same frame.

    Args:
        frames: Frame number, and ``index``, ``team`` and ``number`` of its numbered players.

    Yields:
        Their places, all of them.
    """
    for frame, people in frames:
        sharing: dict[tuple[str, str], list[int]] = defaultdict(list)
        for person in people:
            sharing[person["team"], person["number"]].append(person["index"])
        for indices in sharing.values():
            if len(indices) > 1:
                yield from ((index, frame) for index in indices)


def not_in_roster(
    frames: Iterable[tuple[int, Sequence[dict[str, Any]]]], listed: Listed
) -> Iterator[Place]:
    """Finds players whose number the roster of their team lacks.

    Args:
        frames: As of :func:`duplicate_numbers`.
        listed: The roster; a team of which it has nobody may have any number.

    Yields:
        Their places.
    """
    teams = {team for team, _ in listed}
    for frame, people in frames:
        for person in people:
            team, number = person["team"], person["number"]
            if team in teams and (team, number) not in listed:
                yield person["index"], frame


def too_many(frames: Iterable[tuple[int, Sequence[dict[str, Any]]]], most: int) -> Iterator[Place]:
    """Finds the players of a team of which more than ``most`` are seen in a frame.

    Args:
        frames: Frame number, and ``index`` and ``team`` of its players.
        most: Players that a team has on court.

    Yields:
        Their places, all of them.
    """
    for frame, people in frames:
        sizes = Counter(person["team"] for person in people)
        yield from ((p["index"], frame) for p in people if sizes[p["team"]] > most)


def majority_reads(frames: Iterable[tuple[int, Sequence[dict[str, Any]]]]) -> dict[int, str]:
    """Counts each track's reads.

    Args:
        frames: Frame number, and ``index`` and ``text`` of its reads.

    Returns:
        What each track was read as most often; what was read first, on a tie.
    """
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for _, reads in frames:
        for read in reads:
            counts[read["index"]][read["text"]] += 1
    return {index: texts.most_common(1)[0][0] for index, texts in counts.items()}


def disagreeing_reads(
    frames: Iterable[tuple[int, Sequence[dict[str, Any]]]], verdicts: dict[int, str]
) -> Iterator[Place]:
    """Finds the reads that differ from most reads of their track.

    Args:
        frames: Frame number, and ``index`` and ``text`` of its reads.
        verdicts: Of :func:`majority_reads`.

    Yields:
        Their places.
    """
    for frame, reads in frames:
        for read in reads:
            if read["text"] != verdicts[read["index"]]:
                yield read["index"], frame


def _readable_but_unread(store: SampleStore) -> Iterator[Place]:
    """The boxes high enough to be read, of tracks that have enough of them and yet no number."""
    tracks = store.read_tracks().values()
    unread = [track.index for track in tracks if track.number_status == "unread"]
    # Boxes are stored as shares of the frame: a box of exactly that height may come out lower.
    high = F("bounding_box")[3] >= (READABLE_HEIGHT - 0.01) / store.video.height
    high &= F("source") != TORSO  # on which there may be no number at all
    found = store.find("numbers", high & F("index").is_in(unread))
    counts = Counter(box["index"] for _, boxes in found for box in boxes)
    readable = [index for index, count in counts.items() if count >= READABLE_FRAMES]
    for frame, boxes in store.find("numbers", high & F("index").is_in(readable)):
        yield from ((box["index"], frame) for box in boxes)


def _mark(store: SampleStore, role: str, attribute: str, places: Iterable[Place]) -> None:
    rest = iter(places)
    while chunk := list(islice(rest, CHUNK)):
        store.assign(role, [(index, frame, {attribute: True}) for index, frame in chunk])
