"""Whole games on their way into a dataset."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import phone_videos
import pytest
from typer.testing import CliRunner

import hoop_plugins
from hoop_plugins import import_labels, import_videos
from hoop_plugins.cli import main as cli
from hoop_plugins.data import cutting, video
from hoop_plugins.data.videos import import_videos as add
from hoop_plugins.errors import HoopError

CLIPS = ["finals-001", "finals-002", "finals-003"]


@pytest.fixture
def name() -> Iterator[str]:
    yield "games"
    if fo.dataset_exists("games"):
        fo.delete_dataset("games")


@pytest.fixture
def finals(tmp_path: Path) -> Path:
    """Fifty pictures; the first two of three clips can be copied, the last one, too."""
    return recorded(tmp_path / "finals.mp4")


def recorded(path: Path, count: int = 50, **options: str) -> Path:
    pictures = [phone_videos.numbered(number) for number in range(1, count + 1)]
    phone_videos.encode(path, pictures, **{"g": "10", "bf": "2", "sc_threshold": "0", **options})
    return path


def test_a_game_is_clips_that_say_where_they_are_from(name: str, finals: Path) -> None:
    told: list[Any] = []
    dataset, ids = import_videos([finals], name, clip_length="0.7", progress=told.append)
    assert dataset.values("id") == ids
    assert dataset.values("game") == ["finals"] * 3
    assert dataset.values("clip") == CLIPS
    assert dataset.values("start_time") == pytest.approx([0, 20 / 30, 40 / 30])
    assert dataset.values("metadata.total_frame_count") == [20, 20, 10]
    assert [(step.done, step.total, step.unit) for step in told] == [
        (done, 3, "clip") for done in (1, 2, 3)
    ]
    assert not any(step.message for step in told)


def test_what_is_encoded_again_is_said(name: str, tmp_path: Path) -> None:
    path = recorded(tmp_path / "finals.mp4", g="250", bf="0")
    told: list[Any] = []
    import_videos([path], name, clip_length=0.7, progress=told.append)
    assert [step.message for step in told if step.message] == [
        "finals.mp4: 2 of 3 clips were encoded again: no key frame where to cut (2)"
    ]


def test_a_game_is_added_once(name: str, finals: Path) -> None:
    dataset, ids = import_videos([finals], name, clip_length=0.7)
    made = [Path(path).stat().st_mtime_ns for path in dataset.values("filepath")]
    assert import_videos([finals], name, clip_length="0.7s")[1] == ids
    assert [Path(path).stat().st_mtime_ns for path in dataset.values("filepath")] == made


def test_a_game_that_moved_is_known(name: str, finals: Path, tmp_path: Path) -> None:
    _, ids = import_videos([finals], name, clip_length=0.7)
    (tmp_path / "archive").mkdir()
    moved = finals.rename(tmp_path / "archive" / "finals.mp4")
    assert import_videos([moved], name, clip_length=0.7)[1] == ids


def test_two_games(name: str, finals: Path, tmp_path: Path) -> None:
    other = recorded(tmp_path / "semifinals.mp4", 25)
    dataset, ids = import_videos([finals, other], name, clip_length=0.7, into=tmp_path / "clips")
    assert dataset.values("id") == ids
    assert dataset.values("game") == ["finals"] * 3 + ["semifinals"] * 2
    assert {path.parent for path in map(Path, dataset.values("filepath"))} == {tmp_path / "clips"}


def refuse(says: str, *args: Any, **options: Any) -> None:
    with pytest.raises(HoopError, match=says) as raised:
        import_videos(*args, **options)
    assert "\n" not in str(raised.value)


def test_another_length_is_refused(name: str, finals: Path) -> None:
    dataset, _ = import_videos([finals], name, clip_length=0.7)
    refuse("in clips of another length", [finals], name, clip_length=0.4)
    refuse("in 'games' already, in clips", [finals], name)
    dataset.reload()
    assert len(dataset) == 3


def test_a_video_that_is_there_whole_is_refused(name: str, finals: Path, tmp_path: Path) -> None:
    import_videos([finals], name)
    refuse("already, whole: give another", [finals], name, clip_length=0.7, into=tmp_path / "clips")
    assert not (tmp_path / "clips").exists()


def test_another_game_of_that_name_is_refused(name: str, finals: Path, tmp_path: Path) -> None:
    import_videos([finals], name, clip_length=0.7)
    (tmp_path / "2019").mkdir()
    other = recorded(tmp_path / "2019" / "finals.mp4", 30)
    refuse("has another game 'finals'", [other], name, clip_length=0.7)
    refuse("2 recordings are called 'finals'", [other, finals], name, clip_length=0.7)


def test_a_field_that_holds_something_else_is_refused(name: str, finals: Path) -> None:
    dataset = fo.Dataset(name)
    dataset.media_type = "video"
    dataset.add_sample_field("game", fo.IntField)
    refuse("game of 'games' holds IntField", [finals], name, clip_length=0.7)


def test_other_files_are_not_overwritten(name: str, finals: Path, tmp_path: Path) -> None:
    mine = recorded(tmp_path / "clips-finals-002.mp4", 5)
    (tmp_path / "clips").mkdir()
    mine = mine.rename(tmp_path / "clips" / "finals-002.mp4")
    before = mine.read_bytes()
    refuse(
        r"finals-002\.mp4 exists, and is not the clip",
        [finals],
        name,
        clip_length=0.7,
        into=tmp_path / "clips",
    )
    assert mine.read_bytes() == before
    assert len(list((tmp_path / "clips").iterdir())) == 1
    assert not fo.dataset_exists(name)


def test_a_folder_without_clips_is_refused(name: str, finals: Path, tmp_path: Path) -> None:
    refuse("give --clip-length, too", [finals], name, into=tmp_path)


def test_a_full_disk_is_said_before(
    name: str, finals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(9, 9, 1_000))
    refuse(
        r"cutting needs about 200 MB in .*, and 0 MB are free there: .* --into",
        [finals],
        name,
        clip_length=0.7,
        into=tmp_path / "clips",
    )
    assert not (tmp_path / "clips").exists()


@pytest.mark.parametrize("group", ["10", "250"])
def test_a_stopped_import_leaves_whole_clips_and_goes_on(
    group: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, clips = recorded(tmp_path / "finals.mp4", g=group), tmp_path / "clips"
    how = {"clip_length": 0.7, "into": clips}
    begun = cutting._mux
    calls = []

    def stop(target: Path, *args: Any) -> None:
        calls.append(target)
        begun(target, *args)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(cutting, "_mux", stop)
    with pytest.raises(KeyboardInterrupt):
        import_videos([path], name, **how)
    assert [made.name for made in clips.iterdir()] == ["finals-001.mp4"]
    assert not fo.dataset_exists(name)
    first = (clips / "finals-001.mp4").stat().st_mtime_ns
    dataset, _ = import_videos([path], name, **how)
    assert len(calls) == 4
    assert (clips / "finals-001.mp4").stat().st_mtime_ns == first
    assert dataset.values("clip") == CLIPS
    shown = [
        phone_videos.number_of(image)
        for clip in dataset.values("filepath")
        for _, image in video.read_frames(clip)
    ]
    assert shown == list(range(1, 51))


def test_steps_that_are_closed_leave_no_dataset(name: str, finals: Path, tmp_path: Path) -> None:
    steps = import_videos.steps([finals], name, clip_length=0.7, into=tmp_path / "clips")
    next(steps)
    steps.close()
    assert [made.name for made in (tmp_path / "clips").iterdir()] == ["finals-001.mp4"]
    assert not fo.dataset_exists(name)


def test_a_dataset_of_others_gets_the_fields(name: str, finals: Path, tmp_path: Path) -> None:
    """Made with plain FiftyOne: its samples stay games of their own."""
    other = recorded(tmp_path / "training.mp4", 12)
    dataset = fo.Dataset(name)
    dataset.add_sample(fo.Sample(filepath=str(other), season="2024"))
    import_videos([finals], name, clip_length=0.7)
    dataset.reload()
    assert dataset.values("game") == [None] + ["finals"] * 3
    assert add([other], name)[1] == dataset.values("id")[:1]


def test_the_command(name: str, finals: Path, tmp_path: Path) -> None:
    words = ["import", str(finals), "--dataset", name, "--into", str(tmp_path / "clips")]
    ended = CliRunner().invoke(cli.app, [*words, "--clip-length", "0:00.7"])
    assert ended.exit_code == 0, ended.output
    assert "added to games: 3; next: hoop run --dataset games" in ended.output
    assert sorted(path.stem for path in (tmp_path / "clips").iterdir()) == CLIPS
    assert hoop_plugins.open_dataset(name).values("clip") == CLIPS


def test_labels_of_the_whole_recording_are_refused_with_the_way_out(
    name: str, finals: Path, tmp_path: Path
) -> None:
    dataset, _ = import_videos([finals], name, clip_length="0.7")
    (tmp_path / "finals.txt").write_text("1,1,10,20,30,40\n45,1,10,20,30,40\n")
    with pytest.raises(HoopError, match=r"whole of finals, which 'games' has in clips.*import"):
        import_labels(dataset, tmp_path / "finals.txt")
    (tmp_path / "finals-001.txt").write_text("1,1,10,20,30,40\n")
    import_labels(dataset, tmp_path / "finals-001.txt")
    assert dataset.count("frames.ground_truth.detections") == 1


def test_what_the_stream_alone_turns_is_encoded_upright(name: str, tmp_path: Path) -> None:
    path = recorded(tmp_path / "turned.mp4")
    phone_videos.turn_by_message(path, 90)
    told: list[Any] = []
    dataset, _ = import_videos([path], name, clip_length="0.7", progress=told.append)
    assert "3 of 3 clips were encoded again: browsers do not turn" in told[-1].message
    for clip in dataset.values("filepath"):
        info = video.probe(clip)
        assert (info.width, info.height) == (216, 384)
        assert (info.turned, info.notes) == (False, ())


def test_parts_that_an_edit_list_joins_are_cut_as_they_are_shown(name: str, tmp_path: Path) -> None:
    path = recorded(tmp_path / "joined.mp4", bf="0")
    phone_videos.splice(path, (5, 12), (28, 20))
    dataset, _ = import_videos([path], name, clip_length="0.5")
    clips = [video.read_frames(clip) for clip in dataset.values("filepath")]
    shown = [phone_videos.number_of(image) for clip in clips for _, image in clip]
    assert shown == [*range(6, 18), *range(29, 49)]
    assert all(not video.probe(clip).notes for clip in dataset.values("filepath"))
