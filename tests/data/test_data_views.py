"""What views show: read as it is shown, or refused with the way out."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import fiftyone as fo
import people
import pytest
from fiftyone import ViewField as F
from fiftyone.core.collections import SampleCollection

from hoop_plugins.data.store import SampleStore, stores_of
from hoop_plugins.data.views import all_videos, videos_of
from hoop_plugins.errors import HoopError

EARLY = F("frame_number") <= 5
SOME = F("index") < 3

FILTERED: dict[str, Callable[[fo.Dataset], SampleCollection]] = {
    "match_frames": lambda videos: videos.match_frames(EARLY),
    "filter_labels": lambda videos: videos.filter_labels("frames.players", SOME),
    "of_another_field": lambda videos: videos.filter_labels(
        "frames.detections", F("label") == "player"
    ),
    "limit_labels": lambda videos: videos.limit_labels("frames.players", 2),
    "map_labels": lambda videos: videos.map_labels("frames.players", {"referee": "player"}),
    "select_fields": lambda videos: videos.select_fields("frames.detections"),
    "exclude_fields": lambda videos: videos.exclude_fields("frames.detections"),
    "set_field": lambda videos: videos.set_field(
        "frames.players.detections", F("detections").filter(F("index") == 4)
    ),
    "select_frames": lambda videos: videos.select_frames(
        videos.values("frames.id", unwind=True)[3:7]
    ),
    "select_labels": lambda videos: videos.select_labels(
        ids=videos.values("frames.players.detections.id", unwind=True)[::4]
    ),
    "filtered_twice": lambda videos: (
        videos.match_frames(EARLY).limit(5).filter_labels("frames.players", SOME).shuffle()
    ),
}


def read(view: SampleCollection) -> list[list[tuple[int, list[int], list[str]]]]:
    return [
        [
            (number, found.tracker_id.tolist(), found.data["class_name"].tolist())
            for number, (found,) in store.join(["players"])
        ]
        for store in stores_of(videos_of(view))
    ]


@pytest.mark.parametrize("kind", FILTERED)
def test_a_store_reads_what_fiftyone_would_clone(kind: str, clip: SampleStore) -> None:
    view = FILTERED[kind](clip.dataset)
    cloned = view.clone()
    try:
        assert read(view) == read(cloned)
        (store,), (copied,) = stores_of(videos_of(view)), stores_of(cloned)
        assert store.has("players") == copied.has("players")
        assert list(store.find("players", F("index") == 2)) == list(
            copied.find("players", F("index") == 2)
        )
    finally:
        cloned.delete()
    assert len(read(clip.dataset)[0]) == 30, "the dataset is as it was"


def test_a_long_view_is_read_in_pages(clip: SampleStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("label_queries", "label_reader"):
        monkeypatch.setattr(f"hoop_plugins.data.{module}.PAGE", 7)
    # Samples are chosen by all of their frames, not by those of a page.
    late = clip.dataset.filter_labels("frames.players", F("index") == 4).match_frames(
        F("frame_number") > 10
    )
    found = read(late.match(F("frames").length() > 15))
    assert [(number, ids) for number, ids, _ in found[0]] == [(n, [4]) for n in range(11, 31)]
    (store,) = stores_of(late)
    assert read_back(pickle.loads(pickle.dumps(store))) == [[4]] * 20


def read_back(store: SampleStore) -> list[list[int]]:
    return [found.tracker_id.tolist() for _, found in store.read("players")]


def test_clips_stand_for_the_frames_that_they_show(clip: SampleStore) -> None:
    clips = clip.dataset.to_clips([[(2, 4), (3, 5), (9, 9)]])
    (found,) = read(clips.filter_labels("frames.players", SOME))
    assert [(number, ids) for number, ids, _ in found] == [(n, [1, 2]) for n in (2, 3, 4, 5, 9)]


def test_a_saved_view_is_what_was_saved(clip: SampleStore) -> None:
    view = clip.dataset.match_frames(EARLY)
    clip.dataset.save_view("early", view)
    assert read(clip.dataset.load_saved_view("early")) == read(view)


REFUSED: dict[str, tuple[Callable[[fo.Dataset], SampleCollection], str]] = {
    "frames": (lambda videos: videos.to_frames(sample_frames="dynamic"), "frames or patches"),
    "patches": (
        lambda videos: videos.to_frames(sample_frames="dynamic").to_patches("players"),
        "frames or patches",
    ),
    "trajectories": (lambda videos: videos.to_trajectories("frames.players"), "holds clips"),
    "empty": (lambda videos: videos.match(F("filepath") == "x"), "is empty"),
    "empty clips": (lambda videos: videos.to_clips("tracks").limit(0), "is empty"),
    "groups": (lambda videos: videos.group_by("filepath"), "flatten"),
    "two views": (lambda videos: videos.view() + videos.limit(1), "joins two views"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_views_without_videos_are_refused(kind: str, clip: SampleStore) -> None:
    make, message = REFUSED[kind]
    with pytest.raises(HoopError, match=message):
        videos_of(make(clip.dataset))


PART: dict[str, tuple[Callable[[fo.Dataset], SampleCollection], str]] = {
    "match_frames": (FILTERED["match_frames"], "some frames only"),
    "select_frames": (FILTERED["select_frames"], "some frames only"),
    "filter_labels": (FILTERED["filter_labels"], r"frames\.players in part"),
    "map_labels": (FILTERED["map_labels"], r"frames\.players in part"),
    "select_fields": (FILTERED["select_fields"], r"frames\.players in part"),
    "mongo": (
        lambda videos: videos.mongo([{"$set": {"frames": {"$slice": ["$frames", 2]}}}]),
        "some frames only",
    ),
    "clips": (lambda videos: videos.to_clips("tracks"), "holds clips"),
}


@pytest.mark.parametrize("kind", PART)
def test_what_needs_everything_refuses_a_part(kind: str, clip: SampleStore) -> None:
    make, message = PART[kind]
    with pytest.raises(HoopError, match=message):
        videos_of(make(clip.dataset), ["players"])


def test_what_is_not_needed_may_be_filtered(clip: SampleStore) -> None:
    view = FILTERED["of_another_field"](clip.dataset).sort_by("filepath").limit(1)
    assert videos_of(view, ["players"]).values("id") == [clip.sample_id]
    view = clip.dataset.exclude_fields("frames.detections")
    assert videos_of(view, ["players"]).values("id") == [clip.sample_id]


@pytest.fixture
def groups(dataset: fo.Dataset, make_video: Callable[..., Path]) -> fo.Dataset:
    """Two moments, each seen from the left and from the right, with a picture of the court."""
    dataset.add_group_field("group", default="left")
    for moment in "ab":
        group = fo.Group()
        files = {side: str(make_video(f"{moment}-{side}.mp4", 8)) for side in ("left", "right")}
        files["court"] = f"/{moment}-court.jpg"
        dataset.add_samples(fo.Sample(path, group=group.element(s)) for s, path in files.items())
    return dataset


def test_of_groups_the_slice_that_is_shown_is_taken(groups: fo.Dataset) -> None:
    groups.group_slice = "right"
    stores = stores_of(videos_of(groups))
    assert [store.name for store in stores] == ["a-right.mp4", "b-right.mp4"]
    for store in stores:
        people.write(store)
    shown = groups.filter_labels("frames.players", SOME).skip(1)
    assert [ids for _, ids, _ in read(shown)[0]] == [[1, 2]] * 8
    (store,) = stores_of(videos_of(shown))
    assert store.name == "b-right.mp4"
    assert len(store.read_tracks()) == 5

    left = stores_of(videos_of(groups.select_group_slices("left")))
    assert [store.name for store in left] == ["a-left.mp4", "b-left.mp4"]
    assert len(all_videos(groups)) == 4


def test_a_slice_of_images_is_refused_with_the_others(groups: fo.Dataset) -> None:
    groups.group_slice = "court"
    with pytest.raises(HoopError, match=r"slice 'court'.*choose the slice 'left' or 'right'"):
        videos_of(groups)
    with pytest.raises(HoopError, match="image samples"):
        videos_of(groups.select_group_slices("court"))
