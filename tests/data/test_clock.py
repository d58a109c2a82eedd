"""What the App shows as frame n, and how pictures are numbered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import phone_videos
import pytest

from hoop_plugins.data import video
from hoop_plugins.data.clock import Clock

STEADY = [i * 20 for i in range(30)]
"""Time stamps of 30 pictures a second, in units of 1/600 s."""


@pytest.fixture
def video_at(tmp_path: Path) -> Callable[..., Path]:
    """Writes an MP4 whose pictures are shown at given times, in units of 1/600 s."""

    def write(stamps: list[int]) -> Path:
        path = tmp_path / "clip.mp4"
        images = [np.full((48, 64, 3), n * 8 % 256, dtype=np.uint8) for n in range(len(stamps))]
        phone_videos.write_at(path, images, stamps)
        return path

    return write


def test_a_steady_clock_shows_every_picture_in_its_place(video_at: Callable[..., Path]) -> None:
    path = video_at(STEADY)
    timing = video.clock(path)
    assert (timing.rate, timing.count, timing.misplaced) == (30.0, 30, 0)
    assert video.probe(path).notes == ()


def test_a_varying_rate_is_told_with_how_many_frames_it_moves(
    video_at: Callable[..., Path],
) -> None:
    path = video_at([stamp + (30 if i >= 28 else 0) for i, stamp in enumerate(STEADY)])
    timing = video.clock(path)
    # The last two pictures are one and a half frames late.
    assert timing.rate == pytest.approx(30)
    assert timing.shown_in_app().tolist() == [*range(1, 29), 28, 28]
    (note,) = video.probe(path).notes
    assert "clip.mp4: in 2 of 30 frames" in note
    assert "the frame rate varies" in note
    assert "--normalize" in note


def test_a_late_first_picture_is_told(video_at: Callable[..., Path]) -> None:
    path = video_at([stamp + 300 for stamp in STEADY])
    (note,) = video.probe(path).notes
    assert "the first picture comes late" in note
    assert [number for number, _ in video.read_frames(path)] == list(range(1, 31))


def test_the_declared_rate_counts_although_a_picture_is_missing(
    video_at: Callable[..., Path],
) -> None:
    assert video.clock(video_at(STEADY[:28] + STEADY[29:])).rate == 30.0


def test_one_picture_has_the_declared_rate(video_at: Callable[..., Path]) -> None:
    timing = video.clock(video_at([0]))
    assert (timing.rate, timing.count, timing.misplaced) == (30.0, 1, 0)


def test_without_time_stamps_pictures_are_counted() -> None:
    timing = Clock((), np.arange(4) / 25, 25.0)
    assert timing.shown_in_app().tolist() == [1, 2, 3, 4]
    assert timing.numbers == {}
