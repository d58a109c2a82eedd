"""Errors planted in perfect predictions: each shows in the views stated, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import people
import pytest
import supervision as sv

from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.video import write_video
from hoop_plugins.errors import HoopError
from hoop_plugins.mining.kinds import KINDS
from hoop_plugins.mining.views import count_errors, error_view, find_errors, stretches

FRAMES = 90
ALL = range(1, FRAMES + 1)
PLAYERS = [person for person in people.PEOPLE if person.number]
BY_NAME = {kind.name: kind for kind in KINDS}

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
        found.data.update({name: np.array(of, dtype=object) for name, of in values.items()})
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
            for frame, of in zip(frames, indices, strict=True):
                labels.update((frame, one) for one in of or ())
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
        for name, of in plant(game).items():
            expected[name] = expected.get(name, set()) | of
    return expected


PLANTS = (perfect, *SINGLE, several)


@dataclass
class Games:
    """A game for each of ``PLANTS``, by its name: the video, what its views must show, and do."""

    dataset: fo.Dataset
    ids: dict[str, str]
    expected: dict[str, dict[str, Labels]]
    found: dict[str, dict[str, Labels]]


@pytest.fixture(scope="module")
def games(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Games]:
    video = tmp_path_factory.mktemp("games") / "game.mp4"
    write_video(video, np.full((FRAMES, 180, 400, 3), 128, dtype=np.uint8), 30)
    dataset = fo.Dataset()
    ids, expected = {}, {}
    for plant in PLANTS:
        sample = fo.Sample(filepath=str(video))
        dataset.add_sample(sample)
        game = Game(SampleStore(dataset, sample.id))
        ids[plant.__name__] = sample.id
        expected[plant.__name__] = plant(game)
        game.write()
    find(dataset)
    shown = contents(dataset)
    yield Games(dataset, ids, expected, {name: shown[one] for name, one in ids.items()})
    dataset.delete()


@pytest.mark.parametrize("plant", [plant.__name__ for plant in PLANTS])
def test_a_planted_error_shows_where_it_must_and_nowhere_else(plant: str, games: Games) -> None:
    expected = games.expected[plant]
    assert games.found[plant] == expected
    counts = count_errors(games.dataset.select(games.ids[plant]))
    assert {one.kind.name: one.labels for one in counts if one.labels} == {
        name: len(of) for name, of in expected.items()
    }


def test_the_views_say_how_much_they_show(games: Games) -> None:
    about = games.dataset.get_saved_view_info("hoop: wrong team")["description"]
    assert about == "180 labels in 2 clips: tracked players given to the wrong team"


def test_a_clip_lies_around_each_identity_switch_and_shows_its_person(games: Games) -> None:
    view = games.dataset.load_saved_view("hoop: identity switches")
    assert view.values("support") == [[35, 65]] * 4
    for index, of in zip(
        view.values("errors.index"),
        view.values("frames.ground_truth.detections.index"),
        strict=True,
    ):
        assert of == [[index]] * 31


def test_what_was_mended_is_gone_after_a_second_look(clip: SampleStore) -> None:
    people.decide(clip)
    clip.assign("players", [(2, 10, {"number": "23"})])
    find(clip.dataset)
    assert len(clip.dataset.load_saved_view("hoop: duplicate numbers")) == 1
    before = saved_datasets()
    clip.assign("players", [(2, 10, {"number": "7"})])
    find(clip.dataset)
    assert contents(clip.dataset) == {clip.sample_id: {}}
    assert saved_datasets() == before, "the datasets behind the old views are still there"


def saved_datasets() -> int:
    import fiftyone.core.odm as foo

    return int(foo.get_db_conn().datasets.count_documents({"persistent": True}))


def test_views_that_need_no_ground_truth_work_without(clip: SampleStore) -> None:
    people.decide(clip)
    clip.assign("players", [(2, None, {"number": "23", "team_confidence": 0.1})])
    find(clip.dataset)
    counts = {count.kind.name: count.text for count in count_errors(clip.dataset)}
    assert counts["duplicate numbers"] == "60 labels in 1 clip"
    assert counts["low-margin teams"] == "30 labels in 1 clip"
    assert counts["never identified"] == "none"
    assert counts["missed players"] == "needs frames.ground_truth"
    assert counts["disagreeing reads"] == "needs frames.numbers"
    assert set(clip.dataset.list_saved_views()) == {
        "hoop: duplicate numbers",
        "hoop: low-margin teams",
        "hoop: never identified",
    }


def test_masks_and_everything_else_of_the_labels_stay(clip: SampleStore) -> None:
    people.decide(clip)
    before = dict(clip.read("players"))
    list(find_errors(clip.dataset))
    for frame, found in clip.read("players"):
        assert found.xyxy.tolist() == before[frame].xyxy.tolist()
        assert found.data["number"].tolist() == before[frame].data["number"].tolist()
        assert found.mask.area.tolist() == before[frame].mask.area.tolist()


def test_only_the_videos_of_the_view_are_looked_at_again(
    clip: SampleStore, make_video: Callable[..., Path]
) -> None:
    people.decide(clip)
    clip.assign("players", [(2, None, {"number": "23"})])
    list(find_errors(clip.dataset))
    other = fo.Sample(filepath=str(make_video("other.mp4")))
    clip.dataset.add_sample(other)
    list(find_errors(clip.dataset.select(other.id)))
    clips = clip.dataset.to_clips("errors")
    assert len(error_view(clips, BY_NAME["duplicate numbers"])) == 1


def test_images_and_clips_are_refused(clip: SampleStore, tmp_path: Path) -> None:
    list(find_errors(clip.dataset))
    with pytest.raises(HoopError, match="give its videos"):
        list(find_errors(clip.dataset.load_saved_view("hoop: never identified")))
    pictures = fo.Dataset()
    pictures.add_sample(fo.Sample(filepath=str(tmp_path / "photo.jpg")))
    with pytest.raises(HoopError, match="holds no videos"):
        list(find_errors(pictures))
    pictures.delete()


@pytest.mark.parametrize(
    ("name", "frames", "expected"),
    [
        ("wrong team", [1, 2, 17], [(1, 17, 3)]),
        ("wrong team", [1, 2, 19], [(1, 2, 2), (19, 19, 1)]),
        ("identity switches", [5, 6, 8], [(5, 6, 2), (8, 8, 1)]),
    ],
)
def test_gaps(name: str, frames: list[int], expected: list[tuple[int, int, int]]) -> None:
    found = stretches(((frame, [{"index": 1}]) for frame in frames), BY_NAME[name])
    assert [(one.first, one.last, one.labels) for one in found] == expected


def test_everyone_gets_clips_of_their_own() -> None:
    both = [(frame, [{"index": 1}, {"index": 2}]) for frame in (1, 2)]
    alone = list(stretches(both, BY_NAME["wrong team"]))
    assert [(one.index, one.labels) for one in alone] == [(1, 2), (2, 2)]
    shared = list(stretches(both, BY_NAME["duplicate numbers"]))
    assert [(one.index, one.labels) for one in shared] == [(None, 4)]
