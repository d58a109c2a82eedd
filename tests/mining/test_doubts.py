"""What is in doubt without ground truth."""

from __future__ import annotations

import numpy as np
import people
import pytest

from hoop_plugins.data.store import SampleStore
from hoop_plugins.mining.doubts import (
    disagreeing_reads,
    duplicate_numbers,
    majority_reads,
    mark_doubts,
)


def person(index: int, team: str, number: str) -> dict[str, object]:
    return {"index": index, "team": team, "number": number}


def test_teammates_with_one_number_are_found_and_opponents_are_not() -> None:
    frames = [
        (1, [person(1, "dark", "7"), person(2, "dark", "7"), person(3, "light", "7")]),
        (2, [person(1, "dark", "0"), person(2, "dark", "00")]),
    ]
    assert list(duplicate_numbers(frames)) == [(1, 1), (2, 1)]


def test_reads_are_compared_with_what_most_of_their_track_say() -> None:
    reads = [
        (frame, [{"index": 1, "text": text}]) for frame, text in enumerate(["7", "17", "17"], 1)
    ]
    verdicts = majority_reads(reads)
    assert verdicts == {1: "17"}
    assert list(disagreeing_reads(reads, verdicts)) == [(1, 1)]


@pytest.mark.parametrize(
    ("frames", "status", "marked"),
    [(30, "unread", 30), (29, "unread", 0), (30, "tentative", 0)],
)
def test_a_track_is_readable_with_thirty_boxes_of_twelve_pixels(
    clip: SampleStore, frames: int, status: str, marked: int
) -> None:
    numbers = {}
    for frame in range(1, frames + 1):
        found = people.detections(frame)
        found = found.select(np.flatnonzero(found.data["class_name"] == "number")[:1])
        found.tracker_id = np.array([1])
        numbers[frame] = found
    clip.write("numbers", numbers)
    tracks = clip.read_tracks()
    tracks[1].number_status = status
    clip.write_tracks(tracks.values())
    mark_doubts(clip)
    found = [
        bool(row) for _, boxes in clip.read("numbers") for row in boxes.data["unread_readable"]
    ]
    assert sum(found) == marked


def test_an_illegible_read_disagrees_with_nobody(clip: SampleStore) -> None:
    numbers = {}
    for frame, (text, confidence) in enumerate([("23", 0.9), ("17", 0.2), ("", 0.9)], 1):
        found = people.detections(frame)
        found = found.select(np.flatnonzero(found.data["class_name"] == "number")[:1])
        found.tracker_id = np.array([1])
        found.data["text"] = np.array([text], dtype=object)
        found.data["text_confidence"] = np.array([confidence], dtype=object)
        numbers[frame] = found
    clip.write("numbers", numbers)
    mark_doubts(clip)
    assert not any(row for _, boxes in clip.read("numbers") for row in boxes.data["disagrees"])
