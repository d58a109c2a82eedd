"""The queue of tracks that people should look at, read from what a clip's labels say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import fiftyone as fo
from fiftyone import ViewField as F
from fiftyone.core.collections import SampleCollection

from hoop_plugins.compat.fiftyone import frame_collection, is_generated, root_dataset
from hoop_plugins.corrections import as_truth, known_tracks
from hoop_plugins.data.classes import labeled
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore, stores_of
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.views import all_videos, videos_of
from hoop_plugins.data.vocabulary import said
from hoop_plugins.evaluation.runs import last_fields
from hoop_plugins.mining.doubts import LEGIBLE, NUMBERED, duplicate_numbers
from hoop_plugins.mining.links import read_links
from hoop_plugins.mining.review import (
    Evidence,
    NumberRead,
    Reason,
    Sight,
    choose_stills,
    expected,
    rank,
    read_as,
    reasons_of,
)

MOST_OTHERS = 12
"""So many tracks are offered as the same person."""


@dataclass(frozen=True)
class Item:
    """One track to look at.

    Attributes:
        sample_id: The video's sample.
        index: The track's id, as shown.
        clip: The video's file name.
        title: What the track is called now.
        seen: In how many frames it is seen.
        rank: What items are sorted by.
        reasons: Why it is here, the worst first.
        read: What was read, and how often.
        expected: What ground truth or roster say.
        stills: Its best crops: ``frame``, ``box`` and ``caption`` of each.
        teams: The other teams that are known.
        others: Tracks that may be the same person: id and title.
    """

    sample_id: str
    index: int
    clip: str
    title: str
    seen: int
    rank: tuple[float, ...]
    reasons: list[str]
    read: str
    expected: str
    stills: list[dict[str, Any]]
    teams: list[str]
    others: list[tuple[int, str]]


@dataclass(frozen=True)
class ClipQueue:
    """What there is to look at in a clip.

    Attributes:
        looked: How many of its tracks a person has answered for.
        items: The others of which something is in doubt, the worst first.
    """

    looked: int
    items: list[Item]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def review_stores(view: SampleCollection) -> list[SampleStore]:
    """The videos of what the App shows, with the label fields that can be reviewed.

    Raises:
        HoopError: If there are no videos, or nothing is tracked.
    """
    # Frames and patches are of videos, all of which are meant.
    shown = all_videos(root_dataset(view)) if is_generated(view) else view
    return stores_of(videos_of(shown), reviewed_fields(root_dataset(view)))


def reviewed_fields(dataset: fo.Dataset) -> Fields:
    """The label fields that were evaluated last, or the usual ones; where a dataset has neither,
    the first frame field whose labels have an ``index``.
    """
    names = last_fields(dataset)
    if dataset.media_type != "video" or dataset.has_frame_field(names.players):
        return names
    return Fields(players=_tracked_field(dataset, names))


def read_queue(store: SampleStore) -> ClipQueue:
    """What there is to look at in a clip; where its view shows some tracks only, among those."""
    shown, store = store, store.unfiltered
    tracks, listed = known_tracks(store), store.listed
    answered = {
        truth.index
        for truth in as_truth(store)
        if not truth.is_person or truth.role or truth.team or truth.number
    }
    found = {index: Evidence(track) for index, track in tracks.items()}
    _add_sights(store, found)
    _add_reads(store, found)
    _add_truth(store, found)
    player = labeled("player", store.vocabulary.classes)
    people = store.find("players", player & NUMBERED, ("index", "team", "number"))
    for index, _ in duplicate_numbers(people):
        if index in found:
            found[index].twins += 1
    for link in read_links(store):
        if link.margin is not None and link.index in found:
            least = found[link.index].link
            found[link.index].link = link.margin if least is None else min(least, link.margin)
    visible = set(found) if shown.shown is None else _visible(shown)
    teams = sorted({team for t in tracks.values() if (team := t.team)} | {t for t, _ in listed})
    items = [
        _item(store, evidence, reasons, found, teams)
        for index, evidence in found.items()
        if index in visible and index not in answered and evidence.sights
        if (reasons := reasons_of(evidence, listed))
    ]
    return ClipQueue(len(answered), sorted(items, key=lambda item: item.rank))


def _tracked_field(dataset: fo.Dataset, names: Fields) -> str:
    for name, kind in (dataset.get_frame_field_schema() or {}).items():
        held = getattr(kind, "document_type", None)
        if held is fo.Detections and name not in (names.ground_truth, names.numbers):
            tracked = {f"{name}.detections.index": {"$gt": 0}}
            if frame_collection(dataset).find_one(tracked, {"_id": 1}):
                return str(name)
    return names.players


def _add_sights(store: SampleStore, found: Mapping[int, Evidence]) -> None:
    if not store.has("players"):
        return
    for frame, labels in store.find("players", F("index") > 0, ("index", "bounding_box")):
        for label in labels:
            if label["index"] in found:
                found[label["index"]].sights.append(Sight(frame, label["bounding_box"]))


def _add_reads(store: SampleStore, found: Mapping[int, Evidence]) -> None:
    if not store.has("numbers"):
        return
    wanted = ("index", "text", "text_confidence")
    for frame, labels in store.find("numbers", LEGIBLE, wanted):
        for label in labels:
            if label["index"] in found:
                read = NumberRead(frame, label["text"], label["text_confidence"])
                found[label["index"]].reads.append(read)


def _add_truth(store: SampleStore, found: Mapping[int, Evidence]) -> None:
    """What evaluation marked, and whom each track was matched with."""
    if not (store.has("players") and store.has("ground_truth")):
        return
    wanted = ("index", "eval", "eval_id", "team_correct", "number_correct")
    marked = list(store.find("players", F("eval").is_string(), wanted))
    if not marked:
        return
    attributes = ("_id", "team", "number", "text")
    true = {
        str(label.pop("_id")): {name: said(value) for name, value in label.items()}
        for _, labels in store.find("ground_truth", F("_id").exists(), attributes)
        for label in labels
    }
    texts: dict[int, Counter[str]] = defaultdict(Counter)
    if store.has("numbers"):
        for _, labels in store.find("numbers", F("eval") == "tp", ("index", "eval_id")):
            for label in labels:
                if text := true.get(label["eval_id"], {}).get("text"):
                    texts[label["index"]][text] += 1
    for _, labels in marked:
        for label in labels:
            if (evidence := found.get(label["index"])) is None:
                continue
            if (truth := true.get(label["eval_id"])) is None:
                evidence.true[None] += 1
                continue
            worn = texts[label["index"]].most_common(1)
            number = truth["number"] or (worn[0][0] if worn else None)
            evidence.true[truth["team"], number] += 1
            evidence.wrong += False in (label["team_correct"], label["number_correct"])
    for evidence in found.values():
        nobody = evidence.true[None]
        if 2 * nobody > evidence.true.total():
            evidence.wrong += nobody


def _item(
    store: SampleStore,
    evidence: Evidence,
    reasons: Sequence[Reason],
    found: Mapping[int, Evidence],
    teams: Sequence[str],
) -> Item:
    track = evidence.track
    stills = choose_stills(evidence)
    return Item(
        store.sample_id,
        track.index,
        store.name,
        track.title,
        len(evidence.sights),
        rank(reasons, len(evidence.sights)),
        [reason.text for reason in reasons],
        read_as(evidence.reads),
        expected(evidence, store.listed),
        [{**asdict(sight), "caption": caption} for sight, caption in stills],
        [team for team in teams if team != track.team],
        _others(evidence, found.values()),
    )


def _others(evidence: Evidence, everybody: Iterable[Evidence]) -> list[tuple[int, str]]:
    """Tracks that may be the same person: never seen at once; teammates first, then those near."""
    track = evidence.track
    frames = {sight.frame for sight in evidence.sights}

    def distance(other: Track) -> tuple[bool, int]:
        gap = max(other.first - track.last, track.first - other.last, 0)
        return other.team != track.team, gap

    apart = [
        other.track
        for other in everybody
        if other is not evidence and not frames & {sight.frame for sight in other.sights}
    ]
    return [(one.index, one.title) for one in sorted(apart, key=distance)[:MOST_OTHERS]]


def _visible(shown: SampleStore) -> set[int]:
    if not shown.has("players"):
        return set()
    return {
        int(label["index"])
        for _, labels in shown.find("players", F("index") > 0)
        for label in labels
    }
