"""Annotated videos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import fiftyone as fo
import numpy as np
import people
import pytest

from hoop_plugins.data import video
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.exporting import PeopleAnnotator, annotate_videos, tag


@pytest.mark.parametrize(
    ("number", "status", "text"),
    [("00", "validated", "00"), ("7", "tentative", "7?"), (None, "unread", "#4")],
)
def test_tags(number: str | None, status: str, text: str) -> None:
    assert tag(number, status, 4) == text


def test_players_are_drawn_in_their_teams_color(clip: SampleStore) -> None:
    people.decide(clip)
    gray = np.full((180, 320, 3), 100, dtype=np.uint8)
    _, found = next(clip.read("players"))
    drawn = PeopleAnnotator((320, 180)).draw(gray, found)
    x1, y1, x2, y2 = people.box(people.PEOPLE[0], 1)
    dark = drawn[y1 + 30 : y2 - 5, x1 + 5 : x2 - 5].mean((0, 1))
    x1, y1, x2, y2 = people.box(people.PEOPLE[2], 1)
    light = drawn[y1 + 30 : y2 - 5, x1 + 5 : x2 - 5].mean((0, 1))
    assert dark[2] > dark[0] + 30
    assert light[0] > light[2] + 30
    assert (gray == 100).all()


def test_a_video_of_the_same_length_is_written(clip: SampleStore, tmp_path: Path) -> None:
    people.decide(clip)
    clip.dataset.reload()
    (path,) = annotate_videos(clip.dataset, tmp_path / "out")
    assert video.probe(path).frame_count == clip.video.frame_count


def test_videos_of_one_name_are_written_to_files_of_their_own(
    clip: SampleStore, make_video: Callable[..., Path], tmp_path: Path
) -> None:
    for folder in ("second", "third"):
        (tmp_path / folder).mkdir()
        sample = fo.Sample(filepath=str(make_video(f"{folder}/clip.mp4", frames=2)))
        clip.dataset.add_sample(sample)
        SampleStore(clip.dataset, sample.id).write("players", {1: people.tracked(1)})
    written = [path.name for path in annotate_videos(clip.dataset, tmp_path / "out")]
    assert written == ["clip-annotated.mp4", "clip-2-annotated.mp4", "clip-3-annotated.mp4"]
    (last,) = annotate_videos(clip.dataset[-1:], tmp_path / "out")
    assert last.name == "clip-3-annotated.mp4", "the same in every view"


def test_names_that_differ_in_case_alone_are_files_of_their_own(
    clip: SampleStore, make_video: Callable[..., Path], tmp_path: Path
) -> None:
    for name in ("CLIP.mp4", "Clip-2.mp4"):
        sample = fo.Sample(filepath=str(make_video(name, frames=2)))
        clip.dataset.add_sample(sample)
        SampleStore(clip.dataset, sample.id).write("players", {1: people.tracked(1)})
    written = [path.name for path in annotate_videos(clip.dataset, tmp_path / "out")]
    assert written == ["clip-annotated.mp4", "CLIP-2-annotated.mp4", "Clip-2-2-annotated.mp4"]


def test_a_video_that_moved_is_refused_with_the_way_out(clip: SampleStore, tmp_path: Path) -> None:
    assert clip.video.frame_count
    (tmp_path / "clip.mp4").unlink()
    with pytest.raises(HoopError, match=r"clip\.mp4 does not exist.* hoop dataset relocate"):
        list(annotate_videos(clip.dataset, tmp_path / "out"))


def test_nobody_tracked_is_an_error(clip: SampleStore, tmp_path: Path) -> None:
    clip.dataset.delete_frame_field("players")
    with pytest.raises(HoopError, match="'players'"):
        list(annotate_videos(clip.dataset, tmp_path))
