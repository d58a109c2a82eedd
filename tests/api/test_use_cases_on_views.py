"""What each use case does with views that show a part, and with groups."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import fiftyone as fo
import people
import pytest
from fiftyone import ViewField as F

import hoop_plugins
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore, stores_of
from hoop_plugins.data.video import read_frames
from hoop_plugins.data.views import videos_of
from hoop_plugins.errors import HoopError
from hoop_plugins.training.crop_labels import video_crops
from hoop_plugins.training.frame_labels import labeled_frames
from hoop_plugins.training.splits import origins_of

EARLY = F("frame_number") <= 5


@pytest.fixture
def labeled(clip: SampleStore) -> fo.Dataset:
    people.label(clip)
    return clip.dataset


def ids(dataset: fo.Dataset, field: str) -> dict[int, list[int]]:
    path = f"frames.{field}.detections.index"
    numbers, found = dataset.values(["frames.frame_number", path])
    return {n: i for n, i in zip(numbers[0], found[0], strict=True) if i is not None}


@pytest.mark.parametrize(
    "make",
    [
        lambda videos: videos.match_frames(EARLY),
        lambda videos: videos.filter_labels("frames.players", F("index") < 3),
        lambda videos: videos.to_clips([[(2, 4)]]),
    ],
)
def test_an_export_is_that_of_a_clone(make: Any, labeled: fo.Dataset, tmp_path: Path) -> None:
    view = make(labeled)
    hoop_plugins.export_labels(view, tmp_path / "view", "coco", "players")
    hoop_plugins.export_labels(labeled, tmp_path / "whole", "coco", "players")
    cloned = videos_of(view).clone()
    hoop_plugins.export_labels(cloned, tmp_path / "clone", "coco", "players")
    cloned.delete()
    view_files, clone_files, whole = (
        [path.read_text() for path in sorted((tmp_path / name).rglob("*.json"))]
        or [(tmp_path / name).read_text()]
        for name in ("view", "clone", "whole")
    )
    assert view_files == clone_files != whole


def test_an_import_writes_all_of_a_video_or_nothing(labeled: fo.Dataset) -> None:
    for view in (labeled.match_frames(EARLY), labeled.to_clips([[(2, 4)]])):
        with pytest.raises(HoopError, match=r"some frames only|holds clips"):
            hoop_plugins.import_labels(view, "players", "field", field="copy")
    assert not labeled.has_frame_field("copy")
    some = labeled.filter_labels("frames.players", F("index") < 3)
    hoop_plugins.import_labels(some, "players", "field", field="copy")
    assert ids(labeled, "copy") == {frame: [1, 2] for frame in range(1, 31)}
    part = labeled.limit_labels("frames.copy", 1)
    with pytest.raises(HoopError, match=r"frames\.copy in part only"):
        hoop_plugins.import_labels(part, "players", "field", field="copy", overwrite=True)


def test_recognition_needs_whole_videos(labeled: fo.Dataset) -> None:
    run = {"profile": "sample", "stages": ["pair"], "device": "cpu"}
    for view, line in (
        (labeled.match_frames(EARLY), "some frames only"),
        (labeled.filter_labels("frames.players", F("index") < 3), r"frames\.players in part"),
        (labeled.exclude_fields("frames.detections"), r"frames\.detections in part"),
        (labeled.to_clips("tracks"), "holds clips"),
        (labeled.match(F("filepath") == "x"), "is empty"),
    ):
        with pytest.raises(HoopError, match=line):
            hoop_plugins.recognize(view, **run)
    assert not labeled.has_frame_field("numbers")
    hoop_plugins.recognize(labeled.exclude_fields("frames.ground_truth"), **run)
    assert labeled.count("frames.numbers.detections") == 4 * 30


def test_a_rendered_video_has_the_labels_that_are_shown(
    labeled: fo.Dataset, tmp_path: Path
) -> None:
    with pytest.raises(HoopError, match="some frames only"):
        hoop_plugins.render(labeled.match_frames(EARLY), tmp_path)
    nobody = labeled.filter_labels("frames.players", F("index") < 0, only_matches=False)
    pictures = []
    for name, view in (("all", labeled), ("none", nobody)):
        (file,) = hoop_plugins.render(view, tmp_path / name)
        pictures.append(next(read_frames(str(file)))[1])
    (plain, *_) = (image for _, image in read_frames(labeled.first().filepath))
    far, near = (abs(image.astype(int) - plain).mean() for image in pictures)
    assert near < 2 < far


def test_training_data_are_what_a_view_shows(labeled: fo.Dataset) -> None:
    view = labeled.filter_labels("frames.ground_truth", F("label") == "player").match_frames(EARLY)
    for shown in (view, labeled.match_frames(EARLY).to_clips([[(1, 30)]])):
        found = labeled_frames(shown, origins_of(shown), "ground_truth", 1)
        assert found
    found = labeled_frames(view, origins_of(view), "ground_truth", 1)
    assert [frame.frame for frame in found] == [1, 2, 3, 4, 5]
    assert {name for frame in found for name in frame.classes} == {"player"}
    numbers = labeled.filter_labels("frames.ground_truth", F("text") == "23")
    crops = video_crops(labeled, origins_of(numbers), ["ground_truth"], 1, Fields())
    assert {crop.answer for crop in crops} == {"23"}


@pytest.fixture
def groups(dataset: fo.Dataset, make_video: Callable[..., Path]) -> fo.Dataset:
    """A game from two sides; the other one is shown than what was first."""
    dataset.add_group_field("group", default="left")
    group = fo.Group()
    dataset.add_samples(
        fo.Sample(str(make_video(f"{side}.mp4", 8)), group=group.element(side))
        for side in ("left", "right")
    )
    dataset.group_slice = "right"
    return dataset


def test_all_use_cases_take_the_slice_of_a_group(groups: fo.Dataset, tmp_path: Path) -> None:
    (store,) = stores_of(videos_of(groups))
    people.write(store)
    people.decide(store)
    people.label(store)
    hoop_plugins.recognize(groups, "sample", stages=["pair"], device="cpu")
    assert store.progress("pair")["complete"]
    report = hoop_plugins.evaluate(groups)
    assert list(report.clips) == ["right.mp4"]
    assert {count.clips for count in hoop_plugins.find_errors(groups)} == {0}
    hoop_plugins.export_labels(groups, tmp_path / "gt", "mot")
    hoop_plugins.import_labels(groups, "ground_truth", "field", field="copy")
    assert hoop_plugins.render(groups, tmp_path) == [tmp_path / "right-annotated.mp4"]
    hoop_plugins.correct(groups, 1, sample="right.mp4", number="9")
    assert store.read_tracks()[1].number == "9"
    found = labeled_frames(groups, origins_of(groups), "copy", 1)
    assert len(found) == 8
    (other,) = stores_of(groups.select_group_slices("left"))
    assert not other.is_labeled("players")
