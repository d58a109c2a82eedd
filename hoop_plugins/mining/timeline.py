"""A clip's tracks along time: when each is seen, what is read on it, and the views behind that."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from itertools import groupby
from typing import Any

import fiftyone as fo
from fiftyone import ViewField as F

from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.mining.figures import number_patches
from hoop_plugins.mining.links import Link, read_links
from hoop_plugins.stages.torsos import TORSO
from hoop_plugins.stages.validate import ValidateSettings


class Verdict(str, Enum):
    """What is thought of a read."""

    RIGHT = "right"
    WRONG = "wrong"
    AGREES = "agrees"
    DIFFERS = "differs"
    UNDECIDED = "undecided"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Read:
    """A number that was read, or not found, in a box.

    Attributes:
        frame: Frame number, from 1.
        text: What was read; "" where the reader found no number.
        confidence: 0 to 1.
        verdict: Right or wrong where it was compared with ground truth; else whether it agrees
            with its track's number; rejected where validation does not listen to it.
        first: First frame of the track's reads in a row that say the same with the same verdict.
        last: Last frame of them.
    """

    frame: int
    text: str
    confidence: float | None
    verdict: Verdict
    first: int
    last: int


@dataclass
class Row:
    """One track of a timeline.

    Attributes:
        track: Whose row it is.
        spans: First and last frame of each stretch in which the track is seen.
        reads: Its reads, by frame.
        switches: Frames in which a person of the ground truth changes over to this track.
        validated: Frame of the read that validated its number; ``None`` without one.
        links: Where the person's tracklets were joined, or its tracks split.
    """

    track: Track
    spans: list[tuple[int, int]] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    switches: list[int] = field(default_factory=list)
    validated: int | None = None
    links: list[Link] = field(default_factory=list)


@dataclass(frozen=True)
class Timeline:
    """A clip's tracks along time.

    Attributes:
        frame_count: The clip's length.
        frame_rate: Frames a second.
        cuts: First frame of every camera shot but the first.
        rows: A row a track: players by team and number, then referees.
    """

    frame_count: int
    frame_rate: float
    cuts: list[int]
    rows: list[Row]

    @property
    def people(self) -> dict[int, Track]:
        """The tracks by id."""
        return {row.track.index: row.track for row in self.rows}

    @property
    def links(self) -> list[tuple[Row, Link]]:
        """Where people were joined and tracks split, the least sure first; what a person said
        last.
        """
        links = [(row, link) for row in self.rows for link in row.links]
        return sorted(links, key=lambda one: math.inf if one[1].margin is None else one[1].margin)


def read_timeline(store: SampleStore) -> Timeline:
    """Gathers a clip's timeline; no mask is read.

    Args:
        store: The clip; fields that it does not have yet are passed over.

    Returns:
        The timeline, without rows where nothing has been tracked.
    """
    rows = {index: Row(track) for index, track in store.read_tracks().items()}
    if store.has("players"):
        _add_spans(rows, store.find("players", F("index") > 0, ("index", "id_switch")))
    if store.has("numbers"):
        _add_reads(rows, store)
    for link in read_links(store):
        if link.index in rows:
            rows[link.index].links.append(link)
    return Timeline(
        store.video.frame_count,
        store.video.frame_rate,
        store.cuts,
        sorted(rows.values(), key=_order),
    )


def judge(read: dict[str, Any], number: str | None, legibility: float) -> Verdict:
    """Says what is thought of a read.

    Args:
        read: ``text``, ``text_confidence`` and ``number_correct`` of a number box that was read.
        number: The number of its track.
        legibility: Validation does not listen to reads below this confidence; 0 to 1.
    """
    confidence = read["text_confidence"]
    if not read["text"] or (confidence is not None and confidence < legibility):
        return Verdict.REJECTED
    if read["number_correct"] is not None:
        return Verdict.RIGHT if read["number_correct"] else Verdict.WRONG
    if number is None:
        return Verdict.UNDECIDED
    return Verdict.AGREES if read["text"] == number else Verdict.DIFFERS


def first_streak(reads: Iterable[Read], number: str, consecutive: int) -> int | None:
    """Finds the read that validated a number.

    Args:
        reads: Reads of a track, by frame.
        number: The number.
        consecutive: So many times in a row it must have been read; rejected reads do not count.

    Returns:
        Frame of the last read of the first such streak; ``None`` where there is none.
    """
    streak = 0
    for read in reads:
        if read.verdict is Verdict.REJECTED:
            continue
        streak = streak + 1 if read.text == number else 0
        if streak == consecutive:
            return read.frame
    return None


def stretch_view(store: SampleStore, index: int, first: int, last: int) -> fo.core.clips.ClipsView:
    """A stretch of a clip, frames from 1, the last one included, with one track's labels alone."""
    view = store.videos.select(store.sample_id).to_clips([[[first, last]]])
    for role in ("players", "numbers"):
        if store.has(role):
            field = f"frames.{getattr(store.names, role)}"
            view = view.filter_labels(field, F("index") == index, only_matches=False)
    return view


def crops_view(
    store: SampleStore, index: int, first: int, last: int
) -> fo.core.patches.PatchesView:
    """The number crops of a track that were read in a stretch, as :func:`stretch_view` has it.

    Raises:
        HoopError: If nothing was read there.
    """
    read = (F("index") == index) & F("text").exists()
    frames = {frame for frame, _ in store.find("numbers", read) if first <= frame <= last}
    refusal = f"nothing was read of track {index} in frames {first} to {last}"
    return number_patches(store.dataset, {store.sample_id: frames}, read, store.names, refusal)


def _add_spans(rows: dict[int, Row], frames: Iterable[tuple[int, list[dict[str, Any]]]]) -> None:
    for frame, people in frames:
        for person in people:
            row = rows.setdefault(person["index"], Row(Track(person["index"], frame, frame)))
            if row.spans and row.spans[-1][1] >= frame - 1:
                row.spans[-1] = (row.spans[-1][0], frame)
            else:
                row.spans.append((frame, frame))
            if person["id_switch"]:
                row.switches.append(frame)


def _add_reads(rows: dict[int, Row], store: SampleStore) -> None:
    settings = {**vars(ValidateSettings()), **store.progress("validate").get("settings", {})}
    found: dict[int, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    attributes = ("index", "text", "text_confidence", "number_correct", "source")
    for frame, boxes in store.find("numbers", F("text").exists(), attributes):
        for box in boxes:
            if box["index"] in rows:
                found[box["index"]].append((frame, box))
    for index, reads in found.items():
        row = rows[index]
        track = row.track
        judged = [
            (frame, box, judge(box, track.number, settings["legibility"])) for frame, box in reads
        ]
        for (text, verdict), run in groupby(judged, key=lambda read: (read[1]["text"], read[2])):
            alike = [(frame, box["text_confidence"]) for frame, box, _ in run]
            row.reads += [
                Read(frame, text, confidence, verdict, alike[0][0], alike[-1][0])
                for frame, confidence in alike
            ]
        if track.number and track.number_status == "validated":
            torso = any(box["source"] == TORSO for _, box in reads)
            needed = settings["torso_consecutive" if torso else "consecutive"]
            row.validated = first_streak(row.reads, track.number, needed)


def _order(row: Row) -> tuple[bool, str, int, int]:
    track = row.track
    number = int(track.number) if track.number else 1000
    return track.role == "referee", track.team or "~", number, track.index
