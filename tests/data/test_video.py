"""Decoding and measuring videos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from hoop_plugins.data import video
from hoop_plugins.errors import VideoError


def test_probe_measures_what_was_written(make_video: Callable[..., Path]) -> None:
    info = video.probe(make_video(frames=31, width=160, height=120, rate=24))
    assert (info.width, info.height, info.frame_rate, info.frame_count) == (160, 120, 24.0, 31)


def test_frames_are_numbered_from_one_and_can_start_anywhere(
    make_video: Callable[..., Path],
) -> None:
    path = make_video(frames=20)
    everything = dict(video.read_frames(path))
    assert list(everything) == list(range(1, 21))
    part = dict(video.read_frames(path, start=8, stop=11))
    assert list(part) == [8, 9, 10, 11]
    assert all(np.array_equal(part[number], everything[number]) for number in part)


def test_a_consumer_may_stop_early(make_video: Callable[..., Path]) -> None:
    frames = video.read_frames(make_video(frames=60))
    assert next(frames)[0] == 1
    frames.close()


def test_a_written_frame_comes_back(tmp_path: Path) -> None:
    image = np.zeros((64, 96, 3), dtype=np.uint8)
    image[:, :48] = (200, 30, 30)
    assert video.write_video(tmp_path / "a.mp4", [image] * 5, 30, crf=10) == 5
    back = dict(video.read_frames(tmp_path / "a.mp4"))[3]
    assert np.abs(back[:, :40].mean((0, 1)) - (200, 30, 30)).max() < 8
    assert not list(tmp_path.glob("*.part"))


def missing(folder: Path) -> Path:
    return folder / "nowhere.mp4"


def text(folder: Path) -> Path:
    (folder / "text.mp4").write_text("this is no video\n" * 100)
    return folder / "text.mp4"


def empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def without_frames(folder: Path) -> Path:
    with av.open(str(folder / "none.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.start_encoding()
    return folder / "none.mp4"


def test_no_frames_make_no_file(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="no frames"):
        video.write_video(tmp_path / "a.mp4", [], 30)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("make", [missing, text, empty, without_frames])
def test_what_is_no_video_is_refused_in_one_line(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    path = make(tmp_path)
    with pytest.raises(VideoError, match=path.name) as raised:
        video.probe(path)
    assert "\n" not in str(raised.value)


def test_a_truncated_video_is_refused(make_video: Callable[..., Path], tmp_path: Path) -> None:
    whole = make_video(frames=60).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(VideoError, match=r"cut\.mp4"):
        video.probe(tmp_path / "cut.mp4")


@pytest.mark.parametrize("error", [MemoryError("no room"), TypeError("odd frame")])
def test_whatever_fails_while_decoding_reaches_the_consumer(
    error: Exception, make_video: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(np, "asarray", fail)
    with pytest.raises(type(error), match=str(error)):
        next(video.read_frames(make_video()))
