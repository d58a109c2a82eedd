"""Four players and a referee who walk through a clip, labeled by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import supervision as sv

from hoop_plugins.data import masks
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track


@dataclass(frozen=True)
class Person:
    """One of them: where he stands in the first frame, and who he is."""

    index: int
    left: int
    role: str = "player"
    team: str | None = None
    number: str | None = None


PEOPLE = (
    Person(1, 20, "player", "dark", "23"),
    Person(2, 80, "player", "dark", "7"),
    Person(3, 140, "player", "light", "00"),
    Person(4, 200, "player", "light", "11"),
    Person(5, 260, "referee"),
)
TOP, WIDTH, HEIGHT = 60, 30, 80
NUMBER = (10, 20, 20, 32)
"""Where the number lies on its player: xyxy from his box's upper left corner."""


def box(person: Person, frame: int) -> tuple[int, int, int, int]:
    """The person's xyxy box in a frame, counted from 1: a pixel to the right every other frame."""
    left = person.left + frame // 2
    return left, TOP, left + WIDTH, TOP + HEIGHT


def detections(frame: int) -> sv.Detections:
    """Everything that a detector would find."""
    boxes, labels = [], []
    for person in PEOPLE:
        x1, y1, *_ = box(person, frame)
        boxes.append(box(person, frame))
        labels.append(person.role)
        if person.number:
            boxes.append((x1 + NUMBER[0], y1 + NUMBER[1], x1 + NUMBER[2], y1 + NUMBER[3]))
            labels.append("number")
    return sv.Detections(
        xyxy=np.array(boxes, dtype=np.float32),
        confidence=np.full(len(boxes), 0.9, dtype=np.float32),
        data={"class_name": np.array(labels, dtype=object)},
    )


def tracked(frame: int, shape: tuple[int, int] = (180, 320)) -> sv.Detections:
    """Everybody with mask and track id."""
    boxes = [box(person, frame) for person in PEOPLE]
    crops = [np.ones((HEIGHT, WIDTH), dtype=bool) for _ in PEOPLE]
    for crop in crops:
        crop[:10, :8] = crop[:10, -8:] = False
    return sv.Detections(
        xyxy=np.array(boxes, dtype=np.float32),
        mask=masks.from_crops(crops, [found[:2] for found in boxes], shape),
        confidence=np.full(len(PEOPLE), 0.95, dtype=np.float32),
        tracker_id=np.array([person.index for person in PEOPLE]),
        data={"class_name": np.array([person.role for person in PEOPLE], dtype=object)},
    )


def write(store: SampleStore) -> None:
    """Writes what the stages detect and track would."""
    frames = range(1, store.video.frame_count + 1)
    store.write("detections", {frame: detections(frame) for frame in frames})
    store.write("players", {frame: tracked(frame) for frame in frames})
    store.write_tracks(
        Track(person.index, 1, store.video.frame_count, person.role) for person in PEOPLE
    )


def decide(store: SampleStore) -> None:
    """Writes teams and numbers, as the stages teams and validate would."""
    tracks = store.read_tracks()
    for person in PEOPLE:
        track = tracks[person.index]
        track.team, track.number = person.team, person.number
        track.number_status = "validated" if person.number else None
        values = {"team": track.team, "number": track.number, "number_status": track.number_status}
        store.assign("players", [(person.index, None, values)])
    store.write_tracks(tracks.values())


def doubt(store: SampleStore) -> None:
    """Decides so that one is in doubt after the other, the worst first: 1 (reads disagree), 4
    (team), 2 (number), 3 (unread).
    """
    decide(store)
    numbers = {}
    for frame in range(1, store.video.frame_count + 1):
        found = detections(frame)
        found = found.select(found.data["class_name"] == "number")
        found.tracker_id = np.array([1, 2, 3, 4])
        texts = ["23" if frame % 3 else "28", "7", "", "11"]
        found.data["text"] = np.array(texts, dtype=object)
        found.data["text_confidence"] = np.full(4, 0.95, dtype=object)
        numbers[frame] = found
    store.write("numbers", numbers)
    tracks = store.read_tracks()
    tracks[2] = replace(tracks[2], number_status="tentative", number_confidence=0.4)
    tracks[3] = replace(tracks[3], number=None, number_status="unread")
    tracks[4] = replace(tracks[4], team_confidence=0.1)
    store.write_tracks(tracks.values())


def label(store: SampleStore) -> None:
    """Writes the ground truth: everybody, and what the number on each shirt is."""
    store.write(
        "ground_truth",
        {frame: _truth(frame) for frame in range(1, store.video.frame_count + 1)},
    )


def _truth(frame: int) -> sv.Detections:
    owners = [person for person in PEOPLE for _ in range(2 if person.number else 1)]
    found = detections(frame)
    number = found.data["class_name"] == "number"
    pairs = zip(owners, number, strict=True)
    return sv.Detections(
        xyxy=found.xyxy,
        tracker_id=np.array([person.index for person in owners]),
        data={
            "class_name": found.data["class_name"],
            "text": np.array([person.number if is_number else None for person, is_number in pairs]),
            "visible": np.ones(len(found)).astype(object),
        },
    )
