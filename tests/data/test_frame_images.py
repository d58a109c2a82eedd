"""Frames as images on disk, out of which the App cuts patches."""

from __future__ import annotations

from pathlib import Path

import cv2
import fiftyone as fo
import pytest

from hoop_plugins.data import video
from hoop_plugins.data.frame_images import images_folder, remove_images, write_images


@pytest.fixture
def dataset(dataset):
    yield dataset
    remove_images(dataset)


def paths(clip) -> dict[int, str]:
    frames = clip.dataset.values(["frames.frame_number", "frames.filepath"], unwind=True)
    return {number: path for number, path in zip(*frames, strict=True) if path}


def test_the_frames_that_are_asked_for_are_written_and_no_others(clip):
    write_images(clip, {3, 17})
    assert set(paths(clip)) == {3, 17}
    assert sorted(images_folder(clip.dataset).rglob("*.jpg")) == [
        Path(path) for path in paths(clip).values()
    ]
    frames = dict(video.read_frames(clip.video.path))
    for number, path in paths(clip).items():
        image = cv2.imread(path, cv2.IMREAD_COLOR_RGB)
        assert abs(image.astype(int) - frames[number]).mean() < 3


def test_images_that_are_there_are_kept_and_those_that_are_gone_are_written_again(clip):
    write_images(clip, {3, 17})
    kept, gone = (Path(paths(clip)[number]) for number in (3, 17))
    kept.write_bytes(b"kept")
    gone.unlink()
    write_images(clip, {3, 17})
    assert kept.read_bytes() == b"kept"
    assert gone.is_file()


def test_removing_leaves_the_labels_and_what_others_sampled(clip, tmp_path):
    sampled = tmp_path / "000005.jpg"
    sampled.write_bytes(b"sampled")
    clip.dataset.add_frame_field("filepath", fo.StringField)
    clip.assign_by_position([], {5: {"filepath": str(sampled)}})
    before = clip.dataset.count("frames.players.detections")

    write_images(clip, {4, 5})
    assert remove_images(clip.dataset) == 1
    assert not images_folder(clip.dataset).exists()
    assert paths(clip) == {5: str(sampled)}
    assert sampled.is_file()
    assert clip.dataset.count("frames.players.detections") == before
