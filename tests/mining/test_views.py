"""Errors planted in perfect predictions: each shows in the views stated, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import fiftyone as fo
import numpy as np
import people
import pytest
from planted_errors import FRAMES, PLANTS, Game, Labels, contents, find

from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import write_video
from hoop_plugins.errors import HoopError
from hoop_plugins.mining.kinds import KINDS
from hoop_plugins.mining.views import count_errors, error_view, find_errors, stretches

BY_NAME = {kind.name: kind for kind in KINDS}


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
    yield Games(dataset, ids, expected, {name: shown[sample_id] for name, sample_id in ids.items()})
    dataset.delete()


@pytest.mark.parametrize("plant", [plant.__name__ for plant in PLANTS])
def test_a_planted_error_shows_where_it_must_and_nowhere_else(plant: str, games: Games) -> None:
    expected = games.expected[plant]
    assert games.found[plant] == expected
    counts = count_errors(games.dataset.select(games.ids[plant]))
    assert {count.kind.name: count.labels for count in counts if count.labels} == {
        name: len(labels) for name, labels in expected.items()
    }


def test_the_views_say_how_much_they_show(games: Games) -> None:
    about = games.dataset.get_saved_view_info("hoop: wrong team")["description"]
    assert about == "180 labels in 2 clips: tracked players given to the wrong team"


def test_a_clip_lies_around_each_identity_switch_and_shows_its_person(games: Games) -> None:
    view = games.dataset.load_saved_view("hoop: identity switches")
    assert view.values("support") == [[35, 65]] * 4
    for index, shown in zip(
        view.values("errors.index"),
        view.values("frames.ground_truth.detections.index"),
        strict=True,
    ):
        assert shown == [[index]] * 31


def test_what_was_fixed_is_gone_after_a_second_look(clip: SampleStore) -> None:
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
        "hoop: numbers not in the roster",
        "hoop: too many on court",
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


def test_images_and_frames_are_refused(clip: SampleStore, tmp_path: Path) -> None:
    with pytest.raises(HoopError, match="choose whole videos"):
        list(find_errors(clip.dataset.to_frames(sample_frames="dynamic")))
    pictures = fo.Dataset()
    pictures.add_sample(fo.Sample(filepath=str(tmp_path / "photo.jpg")))
    with pytest.raises(HoopError, match="no videos"):
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
    assert [(stretch.first, stretch.last, stretch.labels) for stretch in found] == expected


def test_everyone_gets_clips_of_their_own() -> None:
    both = [(frame, [{"index": 1}, {"index": 2}]) for frame in (1, 2)]
    alone = list(stretches(both, BY_NAME["wrong team"]))
    assert [(stretch.index, stretch.labels) for stretch in alone] == [(1, 2), (2, 2)]
    shared = list(stretches(both, BY_NAME["duplicate numbers"]))
    assert [(stretch.index, stretch.labels) for stretch in shared] == [(None, 4)]
