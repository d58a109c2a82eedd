"""The operator that brings videos in."""

from __future__ import annotations

import fiftyone as fo
import fiftyone.operators as foo
import pytest
from fiftyone.operators.executor import ExecutionContext

from hoop_plugins.operators.run_card import SHOW_RUN

URI = "@hoop/hoop_plugins/import_videos"


@pytest.fixture
def videos(dataset, make_video):
    dataset.add_sample(fo.Sample(filepath=str(make_video("first.mp4"))))
    return dataset


def form(dataset, **params):
    ctx = ExecutionContext(
        request_params={"dataset_name": dataset.name, "params": params}, operator_uri=URI
    )
    return foo.get_operator(URI).resolve_input(ctx).type.properties


def test_the_form_refuses_what_is_no_length(videos, make_video):
    asked = form(videos, paths=str(make_video("game.mp4")), clip_length="a while")["clip_length"]
    assert asked.invalid
    assert "'a while' is no length of time" in asked.error_message


def test_the_form_refuses_files_that_are_not_there(videos):
    assert (
        "nowhere.mp4 does not exist" in form(videos, paths="nowhere.mp4")["refusal"].error_message
    )


def test_a_recording_becomes_clips(videos, make_video, tmp_path):
    path, clips = make_video("game.mp4", frames=60), tmp_path / "clips"
    result = foo.get_operator(URI)(videos, str(path), clip_length="1", into=str(clips))
    requests = {one["operator_uri"]: one["params"] for one in result.executor.to_json()["requests"]}
    assert {SHOW_RUN, "@hoop/hoop_plugins/show_changes"} <= set(requests)
    assert requests["notify"]["message"].startswith("3 videos added")
    videos.reload()
    assert videos.values("clip") == [None, "game-001", "game-002", "game-003"]
    assert videos.values("start_time") == [None, 0, 1, 2]


def test_videos_are_added_whole(videos, make_video):
    paths = [str(make_video(name)) for name in ("second.mp4", "third.mp4")]
    foo.get_operator(URI)(videos, ", ".join(paths))
    videos.reload()
    assert videos.values("filepath")[1:] == paths
