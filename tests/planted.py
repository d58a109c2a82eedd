"""A small game whose predictions are perfect, for tests to plant errors in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import supervision as sv

from hoop_plugins.data.masks import from_crops
from hoop_plugins.evaluation.clips import Clip, Frame
from hoop_plugins.evaluation.job import compare_clip
from hoop_plugins.evaluation.report import EvaluationReport

SHAPE = (400, 1000)
TEAMS = {1: "Hawks", 2: "Hawks", 3: "Bulls", 4: "Bulls"}
NUMBERS = {1: "4", 2: "23", 3: "0", 4: "00"}
CLUSTERS = {"Hawks": "dark", "Bulls": "light"}
TRACK_OF = {person: person + 10 for person in TEAMS}


@dataclass
class Label:
    """One label: box, class, id, attributes, and the part of the box that the mask covers."""

    name: str
    xywh: tuple[float, float, float, float]
    index: int = -1
    confidence: float = 0.9
    data: dict[str, Any] = field(default_factory=dict)
    mask: tuple[int, int, int, int] | None = None

    def but(self, **data: Any) -> Label:
        return replace(self, data={**self.data, **data})


def detections(labels: Iterable[Label]) -> sv.Detections:
    labels = list(labels)
    if not labels:
        return sv.Detections.empty()
    corners = np.array([label.xywh for label in labels], dtype=float)
    corners[:, 2:] += corners[:, :2]
    names = {"class_name": [label.name for label in labels]}
    keys = {key for label in labels for key in label.data}
    masks = None
    if any(label.mask for label in labels):
        crops, places = [], []
        for label in labels:
            x, y, width, height = label.mask or (0, 0, 1, 1)
            crops.append(np.full((height, width), label.mask is not None))
            places.append((x, y))
        masks = from_crops(crops, places, SHAPE)
    return sv.Detections(
        xyxy=corners,
        mask=masks,
        tracker_id=np.array([label.index for label in labels]),
        confidence=np.array([label.confidence for label in labels]),
        data={
            **{key: np.array(values, dtype=object) for key, values in names.items()},
            **{
                key: np.array([label.data.get(key) for label in labels], dtype=object)
                for key in keys
            },
        },
    )


@dataclass(frozen=True)
class PlantedClip(Clip):
    """Labels by frame; frames without truth are left out."""

    store: Any = None
    detections: Mapping[int, sv.Detections] = field(default_factory=dict)
    players: Mapping[int, sv.Detections] = field(default_factory=dict)
    numbers: Mapping[int, sv.Detections] = field(default_factory=dict)
    truth: Mapping[int, sv.Detections] = field(default_factory=dict)
    game: str = ""

    @property
    def helped(self) -> dict[str, int]:
        return {}

    def frames(self) -> Iterator[Frame]:
        for number in sorted(self.truth):
            predicted = (self.detections, self.players, self.numbers)
            found = (labels.get(number, sv.Detections.empty()) for labels in predicted)
            yield Frame(number, *found, self.truth[number])


def evaluate_clips(clips: Iterable[Clip]) -> EvaluationReport:
    return EvaluationReport({clip.name: compare_clip(clip, mark=False) for clip in clips})


class Game:
    """Four players, a referee, ball and rim, who all stand still: lists of labels a frame."""

    def __init__(self, frames: int = 100) -> None:
        self.truth: dict[int, list[Label]] = {}
        self.detections: dict[int, list[Label]] = {}
        self.players: dict[int, list[Label]] = {}
        self.numbers: dict[int, list[Label]] = {}
        for frame in range(1, frames + 1):
            people, boxes = [], []
            for person, team in TEAMS.items():
                x, number = 150 * person, NUMBERS[person]
                people.append(
                    Label("player", (x, 50, 80, 200), person, data={"team": team, "number": number})
                )
                boxes.append(
                    Label(
                        "number",
                        (x + 20, 90, 30, 20),
                        person,
                        data={"text": number, "visible": 1.0},
                    )
                )
            others = [
                Label("referee", (800, 50, 80, 200), 9),
                Label("ball", (10, 10, 20, 20)),
                Label("rim", (10, 300, 60, 20)),
            ]
            self.truth[frame] = [*people, *boxes, *others]
            self.detections[frame] = [*people, *boxes, *others]
            self.players[frame] = [
                replace(label, index=TRACK_OF[label.index]).but(
                    team=CLUSTERS[label.data["team"]], number_status="validated"
                )
                for label in people
            ]
            self.players[frame].append(replace(others[0], index=19))
            self.numbers[frame] = [
                replace(box, index=TRACK_OF[box.index]).but(text_confidence=0.95) for box in boxes
            ]

    def clip(self, name: str = "clip", game: str = "") -> PlantedClip:
        fields = {
            role: {frame: detections(labels) for frame, labels in getattr(self, role).items()}
            for role in ("detections", "players", "numbers", "truth")
        }
        return PlantedClip(name, game=game, **fields)

    def change(self, of: str, index: int, frames: Iterable[int] | None = None, **data: Any) -> None:
        """Sets attributes of one track's or person's labels."""
        labels = getattr(self, of)
        for frame in list(labels if frames is None else frames):
            labels[frame] = [
                label.but(**data) if label.index == index else label for label in labels[frame]
            ]

    def change_box(
        self, of: str, kind: str, index: int, frames: Iterable[int] | None = None, /, **values: Any
    ) -> None:
        """Replaces box, id, mask or class of one person's labels of a class."""
        labels = getattr(self, of)
        for frame in list(labels if frames is None else frames):
            labels[frame] = [
                replace(label, **values) if (label.name, label.index) == (kind, index) else label
                for label in labels[frame]
            ]

    def remove(self, of: str, index: int, frames: Iterable[int] | None = None) -> None:
        """Takes away one track's or person's labels."""
        labels = getattr(self, of)
        for frame in list(labels if frames is None else frames):
            labels[frame] = [label for label in labels[frame] if label.index != index]

    def swap(self, first: int, second: int, frames: Iterable[int]) -> None:
        """Lets two tracks change places: everything that belongs to a track goes with it."""
        for frame in frames:
            for labels in (self.players[frame], self.numbers[frame]):
                a, b = (
                    next(i for i, label in enumerate(labels) if label.index == index)
                    for index in (first, second)
                )
                labels[a], labels[b] = (
                    replace(labels[b], xywh=labels[a].xywh),
                    replace(labels[a], xywh=labels[b].xywh),
                )
