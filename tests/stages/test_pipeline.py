"""Checks first, goes on where it was, keeps what is done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import people
import pytest

from hoop_plugins import profiles
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError, MissingFieldError, UnknownModelError, VideoError
from hoop_plugins.stages.pipeline import build_stages, run_stages

PROFILE = profiles.load_profile("sample")
NUMBERS = ["pair", "validate"]


def run(
    clip: SampleStore, *names: str, profile: profiles.Profile = PROFILE, **options: bool
) -> list:
    return list(run_stages(clip.dataset, build_stages(profile, names), **options))


def read_by_hand(clip: SampleStore, text: str = "7") -> None:
    row = np.zeros(102, np.float16)
    row[int(text)] = 1
    values = {"text": text, "text_confidence": 1.0, "probabilities": row}
    clip.assign("numbers", [(2, frame, values) for frame in (1, 6, 11)])


def test_a_missing_field_is_named_with_the_stage_that_writes_it(
    dataset: fo.Dataset, make_video: Callable[..., Path]
) -> None:
    dataset.add_sample(fo.Sample(filepath=str(make_video())))
    with pytest.raises(MissingFieldError, match=r"'players'.*stage 'track'"):
        list(run_stages(dataset, build_stages(PROFILE, ["teams"])))
    assert "players" not in dataset.get_frame_field_schema()


def test_stages_later_in_the_same_run_need_no_field(clip: SampleStore) -> None:
    run(clip, "pair", "validate")
    assert clip.progress("validate")["complete"]


def test_images_are_refused(dataset: fo.Dataset, tmp_path: Path) -> None:
    dataset.add_sample(fo.Sample(filepath=str(tmp_path / "a.jpg")))
    with pytest.raises(HoopError, match="image samples"):
        list(run_stages(dataset, build_stages(PROFILE)))


def test_an_unreadable_video_changes_nothing(clip: SampleStore, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    clip.dataset.add_sample(fo.Sample(filepath=str(tmp_path / "text.mp4")))
    with pytest.raises(VideoError, match=r"text\.mp4"):
        run(clip, "pair")
    assert not clip.has("numbers")


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(HoopError, match=r"'guess'.*known: detect, shots, track"):
        build_stages(PROFILE, ["guess"])


def test_an_unknown_model_is_refused_before_any_stage_runs() -> None:
    with pytest.raises(UnknownModelError, match=r"'my\.pth'.*sam2 weights by path \(\.pt or"):
        build_stages(PROFILE.with_models(tracker="my.pth"))


def test_what_was_done_with_the_same_settings_is_not_done_again(clip: SampleStore) -> None:
    run(clip, "pair")
    assert [step.message for step in run(clip, "pair")] == ["done before with these settings"]
    assert run(clip, "pair", fresh=True)[0].message == ""


@pytest.mark.parametrize(
    ("stage", "settings", "same"),
    [
        ("pair", {"ios": 0.9}, True),
        ("track", {"model": "sample", "check_every": 1, "drift_iou": 0.7}, True),
        ("track", {"model": "sample", "check_every": 10, "drift_iou": 0.5}, False),
    ],
)
def test_what_an_earlier_version_did_counts(
    stage: str, settings: dict[str, Any], same: bool, clip: SampleStore
) -> None:
    clip.write("numbers", {1: people.detections(1)})
    clip.record(stage, settings, clip.video.frame_count, complete=True)
    step = next(iter(run_stages(clip.dataset, build_stages(PROFILE, [stage], "cpu"))))
    assert (step.message == "done before with these settings") is same


def test_other_settings_start_anew_and_so_does_what_builds_on_them(clip: SampleStore) -> None:
    run(clip, "pair")
    read_by_hand(clip)
    run(clip, "validate")
    assert clip.read_tracks()[2].number == "7"
    run(clip, "pair", profile=PROFILE.with_settings("pair", ios=0.5))
    assert clip.progress("validate") == {}
    assert clip.progress("pair")["settings"]["ios"] == 0.5


def test_any_stage_can_be_run_again_alone(clip: SampleStore) -> None:
    run(clip, "pair")
    read_by_hand(clip)
    run(clip, "validate")
    assert clip.read_tracks()[2].number_status == "validated"
    run(clip, "validate", profile=PROFILE.with_settings("validate", consecutive=4))
    assert clip.read_tracks()[2].number_status == "tentative"
    people = [found for _, found in clip.read("players")]
    assert {found.data["number_status"][1] for found in people} == {"tentative"}


def test_the_run_is_recorded_with_the_dataset(clip: SampleStore) -> None:
    run(clip, "pair")
    assert clip.dataset.get_run_info("hoop_pair").config.ios == 0.9


def test_fields_can_have_other_names(clip: SampleStore) -> None:
    clip.dataset.rename_frame_field("players", "athletes")
    names = Fields(players="athletes", numbers="jerseys")
    list(run_stages(clip.dataset, build_stages(PROFILE, ["pair"]), names))
    assert "jerseys" in clip.dataset.get_frame_field_schema()
