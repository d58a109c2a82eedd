"""The whole job on the sample game, with its real networks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import fiftyone as fo
import numpy as np
import pytest
from mac import copied_by_a_mac
from sample_game import FRAMES, shorten

import hoop_plugins
from hoop_plugins import profiles
from hoop_plugins.data.store import SampleStore
from hoop_plugins.sample import rendered
from hoop_plugins.sample.loading import load_rendered, load_sample
from hoop_plugins.sample.weights import sample_data
from hoop_plugins.stages.pipeline import build_stages, run_stages


@pytest.fixture
def changeable(game: fo.Dataset) -> Iterator[fo.Dataset]:
    """A clone of the game, for what changes it."""
    made = game.clone()
    yield made
    made.delete()


def clip(dataset: fo.Dataset) -> SampleStore:
    return SampleStore(dataset, dataset.first().id)


def test_every_stage_leaves_its_fields(game: fo.Dataset) -> None:
    store = clip(game)
    for stage in ("detect", "shots", "track", "teams", "pair", "read", "link", "validate"):
        assert store.progress(stage)["complete"], stage
    frames = dict(store.read("players"))
    assert list(frames) == list(range(1, FRAMES + 1))
    tracks = store.read_tracks()
    players = [track for track in tracks.values() if track.role == "player"]
    assert {track.team for track in players} == {"dark", "light"}
    assert all(track.number_status in ("validated", "tentative", "unread") for track in players)
    referees = [track for track in tracks.values() if track.role == "referee"]
    assert referees
    assert all(track.team is None for track in referees)


def test_a_track_has_one_label(game: fo.Dataset) -> None:
    store = clip(game)
    labels = {
        (index, str(label))
        for _, found in store.read("players", masks=False)
        for index, label in zip(found.tracker_id, found.data["class_name"], strict=True)
    }
    assert labels == {(index, track.role) for index, track in store.read_tracks().items()}


def test_masks_lie_in_their_boxes(game: fo.Dataset) -> None:
    for _, found in clip(game).read("players"):
        corners = np.rint(found.xyxy)
        assert np.array_equal(corners[:, :2], found.mask.offsets)
        sizes = [found.mask.crop(i).shape[::-1] for i in range(len(found))]
        assert np.array_equal(corners[:, 2:] - corners[:, :2], sizes)
        assert min(found.mask.area) > 0


def test_most_people_are_found_and_the_figures_are_all_there(game: fo.Dataset) -> None:
    figures = hoop_plugins.evaluate(game).to_json()
    assert figures["detection"]["player"]["ap50"] > 0.5
    assert figures["detection"]["referee"]["ap50"] > 0.5
    assert figures["tracking"]["mask_iou"] > 0.4
    for name in ("hota", "idf1", "mota", "id_switches"):
        assert name in figures["tracking"]
    assert "track_accuracy" in figures["teams"]
    for status in ("validated", "tentative"):
        assert {"precision", "coverage"} <= set(figures["numbers"][status])
    assert 0 <= figures["identity"]["frame_accuracy"] <= 1


def test_a_track_that_was_stopped_goes_on_as_if_it_had_not(changeable: fo.Dataset) -> None:
    store = clip(changeable)
    whole = {number: found for number, found in store.read("players")}
    job = build_stages(profiles.load_profile("sample"), ["track"], "cpu")
    stopped = run_stages(changeable, job, fresh=True)
    for step in stopped:
        if step.done == FRAMES // 2:
            stopped.close()
            break
    people = sum(len(found) for number, found in whole.items() if number <= FRAMES // 2)
    assert store.progress("track") | {"settings": None} == {
        "settings": None,
        "input": {},
        "video": [1280, 720, FRAMES],
        "frames": FRAMES // 2,
        "complete": False,
        "doubles": 0,
        "people": people,
        "masked": people,
    }
    list(run_stages(changeable, build_stages(profiles.load_profile("sample"), ["track"], "cpu")))
    for number, found in store.read("players"):
        assert found.tracker_id.tolist() == whole[number].tracker_id.tolist(), number
        assert np.allclose(found.xyxy, whole[number].xyxy, atol=2), number


def test_the_shipped_game_opens_with_its_ground_truth() -> None:
    dataset = load_sample("sample-game-shipped")
    try:
        assert dataset.media_type == "video"
        assert dataset.info["profile"] == "sample"
        labels = dataset.count_values("frames.ground_truth.detections.label")
        assert labels["player"] > 0
        assert labels["number"] > 0
        assert load_sample("sample-game-shipped").count() == dataset.count()
    finally:
        dataset.delete()


def test_clips_that_are_half_written_or_a_mac_s_are_passed_over(tmp_path: Path) -> None:
    folder = copied_by_a_mac(shorten(tmp_path / "game", 6))
    clip = next((folder / "clips").glob("[!.]*.mp4"))
    (folder / "clips" / ".2235-arena-012059.mp4").write_bytes(clip.read_bytes()[:1000])
    dataset = load_rendered(folder, "sample-game-hidden")
    try:
        assert dataset.values("filepath") == [str(clip)]
        assert [path.name for path in rendered.find(folder)] == [f"{clip.stem}.json.gz"]
    finally:
        dataset.delete()


@pytest.mark.parametrize("first_stays", [True, False])
def test_a_second_clone_goes_on_with_the_clips_of_the_first(
    first_stays: bool, tmp_path: Path
) -> None:
    folders = [shorten(tmp_path / name, 6) for name in "ab"]
    dataset = load_rendered(folders[0], "sample-game-cloned")
    try:
        sample = dataset.first()
        sample.tags.append("corrected")
        sample.save()
        if not first_stays:
            shutil.rmtree(folders[0])
        load_rendered(folders[1], "sample-game-cloned")
        dataset.reload()
        (path,) = dataset.values("filepath")
        assert path == str(folders[1] / "clips" / Path(path).name)
        assert dataset.first().tags == ["corrected"]
    finally:
        dataset.delete()


def test_the_networks_together_stay_small() -> None:
    folder: Path = sample_data() / "weights"
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 12e6
