"""Files that are no videos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from hoop_plugins.data import video
from hoop_plugins.errors import VideoError


def missing(folder: Path) -> Path:
    return folder / "nowhere.mp4"


def text(folder: Path) -> Path:
    (folder / "text.mp4").write_text("this is no video\n" * 100)
    return folder / "text.mp4"


def folder_named_so(folder: Path) -> Path:
    (folder / "folder.mp4").mkdir()
    return folder / "folder.mp4"


def page_of_an_error(folder: Path) -> Path:
    (folder / "page.mp4").write_text("<html><body>404 Not Found</body></html>")
    return folder / "page.mp4"


def sound_alone(folder: Path) -> Path:
    with av.open(str(folder / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=48000)
        sound = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), "fltp", "stereo")
        sound.sample_rate = 48000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    return folder / "sound.mp4"


def link_to_nowhere(folder: Path) -> Path:
    (folder / "link.mp4").symlink_to(folder / "nowhere.mp4")
    return folder / "link.mp4"


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


NO_VIDEOS = (
    *(missing, text, empty, without_frames, folder_named_so, page_of_an_error, sound_alone),
    link_to_nowhere,
)


@pytest.mark.parametrize("make", NO_VIDEOS)
def test_what_is_no_video_is_refused_in_one_line(
    make: Callable[[Path], Path], tmp_path: Path
) -> None:
    path = make(tmp_path)
    with pytest.raises(VideoError, match=path.name) as raised:
        video.probe(path)
    assert "\n" not in str(raised.value)


def test_a_folder_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="is a folder: give the video files that are in it"):
        video.probe(folder_named_so(tmp_path))
