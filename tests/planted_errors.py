"""A game whose predictions are right, and ways to plant one kind of error in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import fiftyone as fo
import numpy as np
import people
import supervision as sv

from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.mining.kinds import KINDS
from hoop_plugins.mining.views import find_errors

FRAMES = 90
ALL = range(1, FRAMES + 1)
PLAYERS = [person for person in people.PEOPLE if person.number]

Labels = set[tuple[int, int]]
"""Frame and index of each."""


def labels(frames: Iterable[int], *indices: int) -> Labels:
    return {(frame, index) for frame in frames for index in indices}


class Game:
    """The people's ground truth, and predictions that say the same, until something is planted."""

    def __init__(self, store: SampleStore) -> None:
        self.store = store
        self.players = {frame: self._people(frame) for frame in ALL}
        self.numbers = {frame: self._numbers(frame) for frame in ALL}
        truth = {}
        for frame in ALL:
            boxes = self._numbers(frame)
            boxes.data = {name: boxes.data[name] for name in ("class_name", "text")}
            seen = self._people(frame)
            seen.data = {name: seen.data[name] for name in ("class_name", "team", "number")}
            boxes.data["team"] = boxes.data["number"] = np.full(len(boxes), None, dtype=object)
            seen.data["text"] = np.full(len(seen), None, dtype=object)
            truth[frame] = sv.Detections.merge([seen, boxes])
        store.write("ground_truth", truth)
        self.tracks = {
            person.index: Track(
                person.index,
                1,
                FRAMES,
                person.role,
                person.team,
                number=person.number,
                number_status="validated" if person.number else None,
            )
            for person in people.PEOPLE
        }

    @staticmethod
    def _people(frame: int) -> sv.Detections:
        found = people.tracked(frame, (180, 400))
        found.mask = None
        values = {
            "team": [person.team for person in people.PEOPLE],
            "team_confidence": [0.9 if person.team else None for person in people.PEOPLE],
            "number": [person.number for person in people.PEOPLE],
            "number_status": ["validated" if person.number else None for person in people.PEOPLE],
        }
        found.data.update({name: np.array(column, dtype=object) for name, column in values.items()})
        return found

    @staticmethod
    def _numbers(frame: int) -> sv.Detections:
        found = people.detections(frame)
        found = found.select(found.data["class_name"] == "number")
        found.tracker_id = np.array([person.index for person in PLAYERS])
        found.data["text"] = np.array([person.number for person in PLAYERS], dtype=object)
        found.data["text_confidence"] = np.full(len(found), 0.95, dtype=object)
        return found

    def set(self, of: str, index: int, frames: Iterable[int], **values: Any) -> None:
        for frame in frames:
            found = getattr(self, of)[frame]
            for name, value in values.items():
                found.data[name][found.tracker_id == index] = value

    def swap(self, first: int, second: int, frames: Iterable[int]) -> None:
        """From one frame on, two tracks follow each other's person; each keeps what it is called,
        and what is read is what stands on the person."""
        for frame in frames:
            found = self.players[frame]
            a, b = (int(np.flatnonzero(found.tracker_id == index)[0]) for index in (first, second))
            found.xyxy[[a, b]] = found.xyxy[[b, a]]
            boxes = self.numbers[frame]
            ids = {first: second, second: first}
            boxes.tracker_id = np.array([ids.get(i, i) for i in boxes.tracker_id.tolist()])

    def remove(self, index: int, frames: Iterable[int]) -> None:
        for frame in frames:
            for of in (self.players, self.numbers):
                of[frame] = of[frame].select(of[frame].tracker_id != index)

    def write(self) -> None:
        self.store.write("players", self.players)
        self.store.write("numbers", self.numbers)
        self.store.write_tracks(self.tracks.values())


def find(dataset: fo.Dataset) -> None:
    list(find_errors(dataset))
    dataset.reload()


def contents(dataset: fo.Dataset) -> dict[str, dict[str, Labels]]:
    """What each saved view shows of each video, of those that show anything: the labels of the
    field that its errors are seen in; of identity switches, the middle of the clip and the person.
    """
    found: dict[str, dict[str, Labels]] = {sample_id: {} for sample_id in dataset.values("id")}
    for kind in KINDS:
        if not dataset.has_saved_view(kind.title):
            continue
        path = f"frames.{getattr(Fields(), kind.role)}.detections.index"
        view = dataset.load_saved_view(kind.title)
        fields = ["sample_id", "errors.index", "support", "frames.frame_number", path]
        for sample_id, index, (first, last), frames, indices in zip(
            *view.values(fields), strict=True
        ):
            labels = found[sample_id].setdefault(kind.name, set())
            if kind.name == "identity switches":
                labels.add(((first + last) // 2, index))
                continue
            for frame, seen in zip(frames, indices, strict=True):
                labels.update((frame, index) for index in seen or ())
    return found


def swap_ids(game: Game) -> dict[str, Labels]:
    late = range(50, FRAMES + 1)
    game.swap(1, 2, late)
    return {
        "identity switches": labels([50], 1, 2),
        "wrong number": labels(late, 1, 2),
        "wrong owner": labels(late, 1, 2),
        "disagreeing reads": labels(late, 1, 2),
    }


def flip_team(game: Game) -> dict[str, Labels]:
    game.set("players", 3, ALL, team="dark")
    return {"wrong team": labels(ALL, 3)}


def misread_once(game: Game) -> dict[str, Labels]:
    game.set("numbers", 4, [20], text="17")
    return {"wrong reads": {(20, 4)}, "disagreeing reads": {(20, 4)}}


def misread_always(game: Game) -> dict[str, Labels]:
    game.set("numbers", 4, ALL, text="17")
    game.set("players", 4, ALL, number="17")
    return {"wrong reads": labels(ALL, 4), "wrong number": labels(ALL, 4)}


def same_number_as_a_teammate(game: Game) -> dict[str, Labels]:
    game.set("players", 2, range(10, 21), number="23")
    return {
        "wrong number": labels(range(10, 21), 2),
        "duplicate numbers": labels(range(10, 21), 1, 2),
    }


def remove_player(game: Game) -> dict[str, Labels]:
    game.remove(4, range(60, 71))
    return {"missed players": labels(range(60, 71), 4)}


def invent_player(game: Game) -> dict[str, Labels]:
    for frame in range(5, 10):
        nobody = game._people(frame).select([0])
        nobody.xyxy[:] = (300, 10, 320, 50)
        nobody.tracker_id[:] = 9
        nobody.data["number"][:] = "99"
        game.players[frame] = sv.Detections.merge([game.players[frame], nobody])
    return {"false players": labels(range(5, 10), 9)}


def give_number_to_another(game: Game) -> dict[str, Labels]:
    for frame in (30, 31):
        ids = game.numbers[frame].tracker_id
        game.numbers[frame].tracker_id = np.array([{3: 4, 4: 3}.get(i, i) for i in ids.tolist()])
    wrong = labels((30, 31), 3, 4)
    return {"wrong owner": wrong, "disagreeing reads": wrong}


def leave_unread(game: Game) -> dict[str, Labels]:
    game.set("players", 4, ALL, number=None, number_status="unread")
    game.set("numbers", 4, ALL, text="", text_confidence=0.9)
    game.tracks[4].number, game.tracks[4].number_status = None, "unread"
    return {"never identified": labels(ALL, 4), "unread though readable": labels(ALL, 4)}


def doubt_team(game: Game) -> dict[str, Labels]:
    game.set("players", 1, ALL, team_confidence=0.1)
    return {"low-margin teams": labels(ALL, 1)}


def doubt_read(game: Game) -> dict[str, Labels]:
    game.set("numbers", 2, [7], text_confidence=0.4)
    return {"low-confidence reads": {(7, 2)}}


SINGLE = (
    swap_ids,
    flip_team,
    misread_once,
    misread_always,
    same_number_as_a_teammate,
    remove_player,
    invent_player,
    give_number_to_another,
    leave_unread,
    doubt_team,
    doubt_read,
)


def perfect(game: Game) -> dict[str, Labels]:
    return {}


def several(game: Game) -> dict[str, Labels]:
    expected: dict[str, Labels] = {}
    for plant in (swap_ids, flip_team, misread_once, remove_player):
        for name, labels in plant(game).items():
            expected[name] = expected.get(name, set()) | labels
    return expected


PLANTS = (perfect, *SINGLE, several)
