"""A copy of a video whose frames the FiftyOne App shows where their labels are."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import fiftyone as fo
import numpy as np
from numpy.typing import NDArray

from hoop_plugins.data import video
from hoop_plugins.data.clock import Clock
from hoop_plugins.data.image import Image, VideoInfo


def plays_exactly(info: VideoInfo) -> bool:
    """Whether the App shows a video frame by frame; decodes it to see that nothing is damaged."""
    return not info.notes and sum(1 for _ in video.read_frames(info.path)) == info.frame_count


def normalized(path: str | Path) -> Path:
    """A copy at a constant rate, upright, in H.264, made where it is not there yet.

    Pictures stay where they are in time: what falls behind the beat is repeated, what runs ahead of
    it is left out, and a damaged picture is the one before it.

    Args:
        path: A video file.

    Returns:
        The copy, in FiftyOne's folder of datasets; named after the file, and what is in it.

    Raises:
        VideoError: If the video cannot be read.
    """
    source, target = Path(path).absolute(), copy_path(path)
    timing = video.clock(source)
    if not target.is_file():
        images = images_on_beat(source, pictures_on_beat(timing))
        video.write_video(target, images, timing.beat, crf=16)
    return target


def copy_path(path: str | Path) -> Path:
    """Where the copy of a video is, or would be."""
    source = Path(path).absolute()
    found = source.stat()
    version = sha256(f"{source}:{found.st_size}:{found.st_mtime_ns}".encode()).hexdigest()[:8]
    folder = Path(fo.config.default_dataset_dir) / "hoop_videos"
    return folder / f"{source.stem}-{version}.mp4"


def pictures_on_beat(timing: Clock) -> NDArray[np.int64]:
    """Which picture, from 1, is the newest at each beat of a constant rate: int ``(M,)``."""
    position = (timing.times - timing.times[0]) * timing.beat
    beats = np.arange(round(float(position[-1])) + 1)
    return np.searchsorted(position, beats + 0.5, side="left")


def images_on_beat(path: str | Path, pictures: NDArray[np.int64]) -> Generator[Image, None, None]:
    """The images of pictures of a video, ascending and any number of times; of one that is damaged,
    the one before it. Width and height are even.
    """
    if not len(pictures):
        return
    with closing(video.read_frames(path, int(pictures[0]), int(pictures[-1]))) as frames:
        newest = following = next(frames, None)
        for wanted in pictures.tolist():
            while following is not None and following[0] <= wanted:
                newest, following = following, next(frames, None)
            if newest is not None:
                height, width = newest[1].shape[:2]
                yield newest[1][: height // 2 * 2, : width // 2 * 2]
