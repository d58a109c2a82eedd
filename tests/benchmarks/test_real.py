"""The benchmark on real footage, on clips that are none: the footage is not part of the project."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import fiftyone as fo
import numpy as np
import pytest
import real
import supervision as sv

import hoop_plugins
from hoop_plugins import HoopError, SampleStore, load_profile
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.video import write_video

LABELED = (1, 8, 15, 22, 29)

PEOPLE = {
    1: ("player", "left", "15"),
    2: ("player", "left", "20"),
    3: ("player", "right", "23"),
    4: ("player", "right", "0"),
    9: ("referee", None, None),
}
"""Who there is; each stands where the track of that index is, the referee where the fifth is."""

TRACKS = [
    Track(1, 1, 30, team="dark", number="15", number_status="validated"),
    Track(2, 1, 30, team="dark", number="28", number_status="validated"),
    Track(3, 1, 30, team="light", number="23", number_status="tentative"),
    Track(4, 1, 15, team="light", number_status="unread"),
    Track(5, 1, 30, team="light", number_status="unread"),
    Track(6, 1, 30, team="dark", number="7", number_status="validated"),
    Track(7, 1, 30, number_status="unread"),
    Track(8, 2, 7, team="dark", number="99", number_status="validated"),
    Track(9, 1, 30, "referee"),
]


def boxes(places: list[int]) -> np.ndarray:
    """Where people stand, beside each other."""
    return np.array([(30 * i, 60, 30 * i + 24, 140) for i in places], np.float32).reshape(-1, 4)


@pytest.fixture
def gym(dataset: fo.Dataset, make_video: Callable[..., Path]) -> SampleStore:
    """A clip of which every seventh frame is labeled, and these tracks."""
    dataset.add_sample(fo.Sample(filepath=str(make_video())))
    clip = SampleStore(dataset, dataset.first().id)
    roles, teams, numbers = (list(column) for column in zip(*PEOPLE.values(), strict=True))
    truth = sv.Detections(
        boxes([min(index, 5) for index in PEOPLE]),
        tracker_id=np.array(list(PEOPLE)),
        data={
            "class_name": np.array(roles, object),
            "team": np.array(teams, object),
            "number": np.array(numbers, object),
        },
    )
    clip.write("ground_truth", {number: truth for number in LABELED})
    for number in range(1, 31):
        shown = [track for track in TRACKS if track.first <= number <= track.last]
        found = sv.Detections(
            boxes([track.index for track in shown]),
            confidence=np.full(len(shown), 0.9, np.float32),
            tracker_id=np.array([track.index for track in shown]),
            data={"class_name": np.array([track.role for track in shown], object)},
        )
        clip.write("players", {number: found})
    for track in TRACKS:
        values = {"team": track.team, "number": track.number, "number_status": track.number_status}
        clip.assign("players", [(track.index, None, values)])
    clip.write_tracks(TRACKS)
    return clip


def test_players_are_measured_in_the_frames_that_are_labeled(gym: SampleStore) -> None:
    found = {name: (n["count"], n["of"]) for name, n in real.measure(gym)["figures"].items()}
    assert found["players' frames: tracked"] == (18, 20)
    assert found["players' frames: right team"] == (18, 20)
    assert found["players' frames: right number"] == (10, 20)
    assert found["players: right team where tracked"] == (4, 4)
    assert found["players: validated rightly"] == (1, 4)


def test_a_number_of_nobody_is_wrong_and_one_in_no_labeled_frame_does_not_count(
    gym: SampleStore,
) -> None:
    found = {name: (n["count"], n["of"]) for name, n in real.measure(gym)["figures"].items()}
    assert found["validated numbers: right"] == (1, 3)
    assert found["validated numbers: wrong"] == (2, 3)


def test_tracks_are_told_apart_by_whom_they_follow(gym: SampleStore) -> None:
    measured = real.measure(gym)
    follows = {row["track"]: row["follows"] for row in measured["tracks"]}
    assert [follows[index] for index in (1, 4)] == ["left 15", "right 0"]
    assert [follows[index] for index in (5, 6, 8)] == ["referee", "nobody", "unlabeled"]
    assert 9 not in follows
    found = {name: (n["count"], n["of"]) for name, n in measured["figures"].items()}
    assert found["tracks: of one player"] == (4, 8)
    assert found["tracks: in no labeled frame"] == (1, 8)
    assert found["referees' tracks with a team"] == (1, 1)
    assert found["nobody's tracks with a team"] == (1, 2)


def test_a_track_that_changes_from_player_to_player_is_of_several(gym: SampleStore) -> None:
    for number, place in zip(LABELED, (1, 2, 3, 4, 5), strict=True):
        found = sv.Detections(
            boxes([place]),
            confidence=np.array([0.9], np.float32),
            tracker_id=np.array([6]),
            data={"class_name": np.array(["player"], object)},
        )
        gym.write("players", {number: found})
    follows = {row["track"]: row["follows"] for row in real.measure(gym)["tracks"]}
    assert follows[6] == "several"


def test_a_clip_in_which_nobody_was_tracked_has_figures(gym: SampleStore) -> None:
    gym.clear("players")
    gym.write_tracks([])
    measured = real.measure(gym)
    assert measured["tracks"] == []
    assert measured["figures"]["players' frames: tracked"] == {"count": 0, "of": 20}
    assert {row["number is"] for row in measured["players"]} == {""}
    real.show(measured, {"detect": 1.0}, 30)


def forget_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the example's package away again, and the benchmark's dataset."""
    from distributions import forget_plugins

    if fo.dataset_exists(real.DATASET):
        fo.delete_dataset(real.DATASET)
    for module in [name for name in sys.modules if name.partition(".")[0] == "courtside"]:
        del sys.modules[module]
    monkeypatch.undo()
    forget_plugins()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A clip of four blue people, a network that sees them, and where they are."""
    monkeypatch.syspath_prepend(str(real.ROOT / "tests" / "plugins"))
    import tiny_yolox

    frame = np.full((416, 416, 3), 20, np.uint8)
    annotations = []
    for track, column in enumerate((1, 4, 7, 10), 1):
        shade = 60 * (track % 2)
        frame[192:224, 32 * column : 32 * column + 32] = shade, shade, 255
        box = {"x": 32 * column - 4, "y": 168, "w": 40, "h": 80}
        about = {"role": "player", "team": ("left", "right")[track % 2], "jersey": str(track)}
        known = {"supercategory": "object", "category_id": 1, "attributes": about}
        annotations += [
            {"image_id": number, "track_id": track, "bbox_image": box, **known} for number in (1, 8)
        ]
    content = {
        "info": {"name": "school-gym"},
        "categories": [{"id": 1, "name": "player"}],
        "images": [
            {"image_id": n, "file_name": f"{n:06d}.jpg", "width": 416, "height": 416}
            for n in (1, 8)
        ],
        "annotations": annotations,
    }
    (tmp_path / "Labels-GameState.json").write_text(json.dumps(content))
    write_video(tmp_path / real.CLIP, [frame] * 14, 25)  # so few crops that UMAP need not compile
    tiny_yolox.write(tmp_path / real.WEIGHTS)
    yield tmp_path
    forget_example(monkeypatch)


def test_the_whole_job_runs_with_the_example_of_the_documentation(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    real.install_example(folder / "site")
    found = real.run(folder, folder / "Labels-GameState.json", tiles=1)
    assert found["figures"]["players' frames: tracked"] == {"count": 8, "of": 8}
    assert found["figures"]["validated numbers: right"] == {"count": 0, "of": 0}
    assert list(found["seconds"]) == list(load_profile("pretrained").job)
    json.dumps(found)
    printed = capsys.readouterr().out
    assert "frames a second" in printed
    assert "8 of 8" in printed


def test_the_school_gym_is_recognized_as_documented(
    pytestconfig: pytest.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = pytestconfig.getoption("real_data")
    if given is None:
        pytest.skip("the school gym: give its folder, --real-data=FOLDER, or REAL=FOLDER of make")
    real.find_files(given)
    monkeypatch.setattr(sys, "path", list(sys.path))
    real.install_example(tmp_path / "site")
    try:
        found = {name: n["count"] for name, n in real.run(given)["figures"].items()}
    finally:
        forget_example(monkeypatch)
    assert found["validated numbers: wrong"] == 0
    assert found["validated numbers: right"] >= 4
    assert found["players: right team where tracked"] >= 8
    assert found["players' frames: tracked"] >= 120


@pytest.mark.parametrize("name", [real.CLIP, real.WEIGHTS])
def test_what_is_left_out_is_said_where_the_folder_lacks_a_file(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(HoopError, match=f"gym is left out: no {name} in .*(Apache|CC BY)"):
        real.find_files(folder)


def test_the_labels_of_the_school_gym_can_be_imported(
    dataset: fo.Dataset, make_video: Callable[..., Path]
) -> None:
    video = make_video(real.CLIP, frames=214, width=640, height=360)
    dataset.add_sample(fo.Sample(filepath=str(video)))
    hoop_plugins.import_labels(dataset, real.TRUTH)
    frames = dict(SampleStore(dataset, dataset.first().id).read("ground_truth", masks=False))
    assert sorted(frames) == list(range(1, 205, 7))
    columns = ("class_name", "team", "number")
    people: set[tuple[str | None, ...]] = set()
    for found in frames.values():
        people |= set(zip(*(found.data[name] for name in columns), strict=True))
    dark = {("player", "left", number) for number in ("15", "20", "22")}
    light = {("player", "right", number) for number in ("0", "2", "3", "22", "23", None)}
    assert people == dark | light | {("referee", None, None)}
