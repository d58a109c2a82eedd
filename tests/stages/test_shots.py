"""Camera shots: where they begin, that nobody's are replaced, and that nothing is decoded twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import fiftyone as fo
import numpy as np
import pytest
from by_rule import Networks, stored
from fiftyone import ViewField as F
from scenes import HEIGHT, WIDTH, dissolve, scene

import hoop_plugins
from hoop_plugins import plugins, profiles
from hoop_plugins.data.image import Image
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import write_video
from hoop_plugins.errors import HoopError
from hoop_plugins.specs import Role
from hoop_plugins.stages import detect, shots
from hoop_plugins.stages.pipeline import build_stages, job_fields, run_stages
from hoop_plugins.stages.shots import ShotSettings, first_frames
from hoop_plugins.stages.stage import Progress

PROFILE = profiles.load_profile("sample").with_models(**{role.value: "by-rule" for role in Role})


@pytest.fixture(autouse=True)
def networks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Networks]:
    for module in (detect, shots):
        monkeypatch.setattr(module, "CHUNK", 10)
    networks = Networks()
    plugins.manager().register(networks)
    yield networks
    plugins.manager().unregister(networks)


def add(dataset: fo.Dataset, path: Path, images: list[Image]) -> SampleStore:
    write_video(path, images, 25)
    sample = fo.Sample(filepath=str(path))
    dataset.add_sample(sample)
    return SampleStore(dataset, sample.id)


def run(
    clip: SampleStore, *stages: str, fresh: bool = False, **settings: Any
) -> Iterator[Progress]:
    built = build_stages(PROFILE.with_settings("shots", **settings), stages or ["shots"], "cpu")
    return run_stages(clip.dataset, built, fresh=fresh)


def found(clip: SampleStore, *stages: str, **settings: Any) -> list[int]:
    """Where shots begin."""
    list(run(clip, *stages, **settings))
    supports = [label.support for label in clip.value("shots").detections]
    assert [first for first, _ in supports[1:]] == [last + 1 for _, last in supports[:-1]]
    assert (supports[0][0], supports[-1][1]) == (1, clip.frame_count)
    return [first for first, _ in supports]


def shown(images: list[Image], at: int, flash: list[Image]) -> list[Image]:
    """The images, with others in place of those from a frame on."""
    return [*images[: at - 1], *flash, *images[at - 1 + len(flash) :]]


def white(frames: int) -> list[Image]:
    return [np.full((HEIGHT, WIDTH, 3), 250, np.uint8)] * frames


CUT = {
    "three halls": ([*scene(1, 30), *scene(2, 25), *scene(3, 40)], [1, 31, 56]),
    "back to the same hall": ([*scene(1, 20), *scene(2, 20), *scene(1, 20)], [1, 21, 41]),
    "while both cameras turn fast": ([*scene(4, 30, 6), *scene(5, 30, 6)], [1, 31]),
    "still pictures": ([*scene(6, 20, 0), *scene(7, 20, 0)], [1, 21]),
    "to black and back": ([*scene(8, 20), *scene(8, 20) * 0, *scene(9, 20)], [1, 21]),
    "shots of just min_length frames": ([*scene(1, 15), *scene(2, 15), *scene(3, 15)], [1, 16, 31]),
    "a flash after a cut": (shown([*scene(1, 30), *scene(2, 30)], 33, white(2)), [1, 31]),
    "a flash before a cut": (shown([*scene(1, 30), *scene(2, 30)], 27, white(2)), [1, 31]),
    "a flash over a cut": (shown([*scene(1, 30), *scene(2, 30)], 30, white(1)), [1, 31]),
}


@pytest.mark.parametrize("case", CUT)
def test_cuts_are_found_to_the_frame(case: str, dataset: fo.Dataset, tmp_path: Path) -> None:
    images, expected = CUT[case]
    assert found(add(dataset, tmp_path / "clip.mp4", images)) == expected


UNCUT = {
    "a still picture": scene(1, 40, 0),
    "a slow pan": scene(2, 40, 2),
    "a fast pan": scene(3, 60, 12),
    "a pan that begins at once": [*scene(3, 20, 0), *scene(3, 40, 10)],
    "a pan at half the rate": [image for image in scene(4, 30, 12) for _ in range(2)],
    "a flash": shown(scene(1, 40), 20, white(1)),
    "a flash of three frames": shown(scene(2, 40), 20, white(3)),
    "two flashes": shown(shown(scene(3, 40), 17, white(1)), 25, white(2)),
    "one frame": scene(1, 1),
    "shorter than min_length": [*scene(1, 4), *scene(2, 4)],
    "too near the beginning": [*scene(1, 5), *scene(2, 35)],
    "too near the end": [*scene(1, 35), *scene(2, 5)],
    "a fade": [
        (image * share).astype(np.uint8)
        for image, share in zip(scene(5, 41), np.abs(np.linspace(-1, 1, 41)), strict=True)
    ],
}


@pytest.mark.parametrize("case", UNCUT)
def test_no_cut_is_found_where_there_is_none(
    case: str, dataset: fo.Dataset, tmp_path: Path
) -> None:
    assert found(add(dataset, tmp_path / "clip.mp4", UNCUT[case])) == [1]


@pytest.mark.parametrize("length", [1, 2, 3, 5, 10, 25])
def test_a_dissolve_is_one_boundary_at_most(
    length: int, dataset: fo.Dataset, tmp_path: Path
) -> None:
    one, other = scene(1, 30 + length), scene(2, 30 + length)
    images = [*one[:30], *dissolve(one[30:], other[:length]), *other[length:]]
    first = found(add(dataset, tmp_path / "clip.mp4", images))
    assert len(first) <= 2
    assert all(31 <= frame <= 31 + length for frame in first[1:])


def test_of_two_cuts_that_are_too_near_the_clearer_one_is_taken() -> None:
    scores = np.zeros(60, np.float16)
    scores[[20, 30, 45]] = 40, 60, 50
    assert first_frames(scores, ShotSettings()) == [1, 31, 46]
    assert first_frames(scores, ShotSettings(min_length=10)) == [1, 21, 31, 46]
    assert first_frames(scores, ShotSettings(threshold=55)) == [1, 31]


def test_shots_of_one_frame() -> None:
    scores = np.array([0, 0, 50, 0, 0, 60], np.float16)
    assert first_frames(scores, ShotSettings(min_length=1)) == [1, 3, 6]


HALLS = [*scene(1, 20), *scene(2, 20), *scene(3, 20)]


def test_another_threshold_decodes_nothing(dataset: fo.Dataset, tmp_path: Path) -> None:
    clip = add(dataset, tmp_path / "clip.mp4", HALLS)
    assert found(clip) == [1, 21, 41]
    write_video(tmp_path / "clip.mp4", scene(9, 60), 25)  # whoever looks into the video sees this
    assert found(clip, threshold=200.0) == [1]
    assert found(clip, min_length=21) == [1]
    assert found(clip) == [1, 21, 41]


def test_after_detection_nothing_is_decoded(dataset: fo.Dataset, tmp_path: Path) -> None:
    clip = add(dataset, tmp_path / "clip.mp4", HALLS)
    list(run(clip, "detect"))
    write_video(tmp_path / "clip.mp4", scene(9, 60), 25)
    assert found(clip) == [1, 21, 41]
    list(run(clip, "detect", "shots", fresh=True))
    assert found(clip) == [1], "a run that starts anew looks into the video again"


def test_scores_are_those_of_detection(dataset: fo.Dataset, tmp_path: Path) -> None:
    alone = add(dataset, tmp_path / "clip.mp4", HALLS)
    shutil.copy(tmp_path / "clip.mp4", tmp_path / "copy.mp4")
    dataset.add_sample(fo.Sample(filepath=str(tmp_path / "copy.mp4")))
    together = SampleStore(dataset, dataset.last().id)
    list(run_stages(dataset.select(alone.sample_id), build_stages(PROFILE, ["shots"], "cpu")))
    list(run_stages(dataset.select(together.sample_id), build_stages(PROFILE, ["detect"], "cpu")))
    one, other = alone.value("cut_scores"), together.value("cut_scores")
    assert one.dtype == np.float16
    assert len(one) == 60
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("job", [("shots",), ("detect", "shots")])
def test_stopped_anywhere_it_ends_with_the_same_scores(
    job: tuple[str, ...], dataset: fo.Dataset, tmp_path: Path
) -> None:
    images = [*scene(1, 12), *scene(2, 13)]
    clip = add(dataset, tmp_path / "clip.mp4", shown(images, 5, white(1)))
    list(run(clip, *job, min_length=2))
    whole = stored(clip)
    assert len(whole["shots"]["detections"]) == 2
    for stop in range(1, 26):
        dataset.clear_sample_field("cut_scores")
        steps = run(clip, *job, fresh=True, min_length=2)
        for _ in range(stop):
            next(steps)
        steps.close()  # type: ignore[attr-defined]
        list(run(clip, *job, min_length=2))
        assert stored(clip) == whole, f"stopped after step {stop}"


def test_detection_that_was_stopped_leaves_the_rest_to_shots(
    dataset: fo.Dataset, tmp_path: Path
) -> None:
    clip = add(dataset, tmp_path / "clip.mp4", HALLS)
    steps = run(clip, "detect")
    for _ in range(33):
        next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert 25 < len(clip.value("cut_scores")) <= 33
    assert found(clip) == [1, 21, 41]
    assert found(clip, "detect", "shots") == [1, 21, 41]


def test_labels_of_an_earlier_version_get_shots(dataset: fo.Dataset, tmp_path: Path) -> None:
    clip = add(dataset, tmp_path / "clip.mp4", HALLS)
    list(run(clip, "detect"))
    dataset.delete_sample_field("cut_scores")
    assert found(clip, "detect", "shots") == [1, 21, 41]


def damage(path: Path, *packets: int) -> None:
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    content = bytearray(path.read_bytes())
    for position, size in (places[packet] for packet in packets):
        content[position : position + size] = b"\xff" * size
    path.write_bytes(content)


@pytest.mark.parametrize("packets", [(9,), (19, 20), (59,)])
def test_damaged_pictures_are_no_cuts(
    packets: tuple[int, ...], dataset: fo.Dataset, tmp_path: Path
) -> None:
    clip = add(dataset, tmp_path / "clip.mp4", scene(1, 60, 2))
    damage(tmp_path / "clip.mp4", *packets)
    assert found(clip) == [1]
    whole = clip.value("cut_scores")
    assert np.isnan(whole).sum() > 0
    for stop in (5, 9, 20, 22):
        dataset.set_values("cut_scores", [whole[:stop]])
        clip.forget("shots")
        assert found(clip) == [1]
        np.testing.assert_array_equal(clip.value("cut_scores"), whole)


# ---------------------------------------------------------------------- other people's shots


def draw(clip: SampleStore, *supports: tuple[int, int]) -> None:
    labels = [fo.TemporalDetection(label="wide", support=[*support]) for support in supports]
    drawn = {clip.sample_id: fo.TemporalDetections(detections=labels)}
    clip.dataset.set_values("shots", drawn, key_field="id")


def test_shots_that_a_person_drew_are_used_and_never_replaced(
    dataset: fo.Dataset, tmp_path: Path
) -> None:
    theirs = add(dataset, tmp_path / "theirs.mp4", HALLS)
    ours = add(dataset, tmp_path / "ours.mp4", HALLS)
    draw(theirs, (1, 9), (10, 60))
    stages = build_stages(PROFILE, ["shots"], "cpu")
    for overwrite in (False, True):
        steps = list(run_stages(dataset, stages, fresh=True, overwrite=overwrite))
        (said,) = {step.message for step in steps if "did not make" in step.message}
        assert said.startswith("shots of theirs.mp4 holds 2 labels that hoop_plugins did not make")
        assert theirs.cuts == [10]
        assert ours.cuts == [21, 41]
    assert "done before" in next(iter(run_stages(dataset, stages))).message


def test_a_shot_that_a_person_added_to_ours_is_kept(dataset: fo.Dataset, tmp_path: Path) -> None:
    clip = add(dataset, tmp_path / "clip.mp4", HALLS)
    assert found(clip) == [1, 21, 41]
    sample = dataset.first()
    sample.shots.detections.append(fo.TemporalDetection(label="replay", support=[50, 60]))
    sample.save()
    list(run(clip, threshold=200.0))
    assert clip.cuts == [21, 41, 50]


def test_our_shots_go_into_another_field_than_a_persons(
    dataset: fo.Dataset, tmp_path: Path
) -> None:
    clip = add(dataset, tmp_path / "clip.mp4", HALLS)
    draw(clip, (12, 20), (30, 33))  # somebody's throws at the basket
    fields = job_fields(shots="camera")
    list(run_stages(dataset, build_stages(PROFILE, ["detect", "shots", "track"], "cpu"), fields))
    assert SampleStore(dataset, clip.sample_id, fields).cuts == [21, 41]
    assert len(clip.value("shots").detections) == 2
    assert {label.support[0] for label in dataset.first().tracks.detections} == {1, 21, 41}


def test_a_field_that_holds_something_else_is_refused(dataset: fo.Dataset, tmp_path: Path) -> None:
    clip = add(dataset, tmp_path / "clip.mp4", HALLS)
    dataset.add_sample_field("shots", fo.IntField)
    with pytest.raises(HoopError, match=r"shots of .* holds IntField.*name another field"):
        list(run(clip))


def test_what_a_view_hides_of_shots_counts_all_the_same(
    dataset: fo.Dataset, tmp_path: Path
) -> None:
    clip = add(dataset, tmp_path / "clip.mp4", HALLS)
    other = add(dataset, tmp_path / "other.mp4", HALLS)
    draw(clip, (1, 9), (10, 60))
    view = dataset.select(clip.sample_id)
    view = view.filter_labels("shots", F("label") == "close", only_matches=False)
    hoop_plugins.recognize(view, PROFILE, stages=["detect", "shots", "track"], device="cpu")
    assert clip.cuts == [10]
    assert {label.support[0] for label in dataset.first().tracks.detections} == {1, 10}
    assert other.value("shots") is None


# ---------------------------------------------------------------------- cuts


@pytest.mark.parametrize(
    ("supports", "cuts"),
    [
        ([(1, 60)], []),
        ([(21, 60), (1, 20)], [21]),
        ([(10, 19), (40, 60)], [10, 20, 40]),
        ([(1, 30), (20, 60)], [20, 31]),
        ([(1, 30), (31, 80)], [31]),
        ([], []),
    ],
)
def test_shots_begin_and_end_at_cuts(
    supports: list[tuple[int, int]], cuts: list[int], dataset: fo.Dataset, tmp_path: Path
) -> None:
    clip = add(dataset, tmp_path / "clip.mp4", scene(1, 60))
    assert clip.cuts == []
    draw(clip, *supports)
    assert clip.cuts == cuts
