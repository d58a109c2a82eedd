"""Single frames of a video, without decoding all that lies before them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import av
import numpy as np

from hoop_plugins.data import video
from hoop_plugins.data.image import Image
from hoop_plugins.data.upright import display_matrix, upright

NEAR = 30
"""So many frames on, decoding what lies between is faster than looking for a key frame."""


def read_stills(path: str | Path, frames: Collection[int]) -> Iterator[tuple[int, Image]]:
    """Decodes single frames: each picture is known by its time stamp, so no other one is taken.

    Args:
        path: A video file.
        frames: The frames, counted from 1.

    Yields:
        Frame number and RGB uint8 image ``(H, W, 3)``, as ``video.read_frames`` gives them, in any
        order; what cannot be decoded is left out.

    Raises:
        VideoError: If the file cannot be opened, or breaks off.
    """
    missing = set(frames)
    for number, image in _sought(path, sorted(missing)):
        missing.discard(number)
        yield number, image
    if missing:
        for number, image in video.read_frames(path, min(missing), max(missing)):
            if number in missing:
                yield number, image


def _sought(path: str | Path, wanted: list[int]) -> Iterator[tuple[int, Image]]:
    """The frames that are found from the key frames before them."""
    timing = video.clock(path)
    with video.opened(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        matrix = display_matrix(next(container.decode(stream)))
        size = stream.codec_context.width, stream.codec_context.height
        at = timing.count + 1
        pictures: Iterator[av.VideoFrame] = iter(())
        for number in wanted if timing.stamps else ():
            if not 1 <= number <= timing.count:
                continue
            if not at < number <= at + NEAR:
                container.seek(timing.stamps[number - 1], stream=stream)
                pictures = container.decode(stream)
            for picture in pictures:
                at = timing.numbers.get(picture.pts or 0, 0)
                if at >= number:
                    break
            if at == number and not picture.is_corrupt:
                pixels = picture.to_ndarray(format="rgb24", width=size[0], height=size[1])
                yield number, upright(np.asarray(pixels, dtype=np.uint8), matrix)
