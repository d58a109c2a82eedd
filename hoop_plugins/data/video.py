"""Decoding, encoding and measuring videos with PyAV: no ffmpeg binary is needed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from hoop_plugins.data.image import Image, VideoInfo
from hoop_plugins.errors import VideoError

PREFETCH = 8


def probe(path: str | Path) -> VideoInfo:
    """Measures a video: size, rate and the exact number of frames, at least 1.

    The packets are counted, not decoded, so an hour of video takes about a second.

    Raises:
        VideoError: If the file is missing, is no video, holds no frames, or is cut off.
    """
    with _open(path) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate or stream.guessed_rate or 0)
        declared = stream.frames
        count = sum(packet.size > 0 for packet in container.demux(stream))
        width, height = stream.codec_context.width, stream.codec_context.height
    if not (count and width and height and rate):
        raise VideoError(f"{path} has no video frames; check that it plays, or encode it again")
    if count < declared:
        raise VideoError(f"{path} is cut off: it has {count} of {declared} frames; copy it again")
    return VideoInfo(str(path), width, height, rate, count)


def read_frames(
    path: str | Path, start: int = 1, stop: int | None = None
) -> Generator[tuple[int, Image], None, None]:
    """Decodes frames ahead of the consumer, in a thread, a few frames at most.

    Args:
        path: A video file.
        start: The first frame wanted, from 1.
        stop: The last frame wanted, or ``None`` for all.

    Yields:
        Frame number (from 1) and RGB uint8 image ``(H, W, 3)``.

    Raises:
        VideoError: If the file cannot be opened, or breaks off.
    """
    buffer: queue.Queue[tuple[int, Image] | BaseException | None] = queue.Queue(PREFETCH)
    closed = threading.Event()

    def put(item: tuple[int, Image] | BaseException | None) -> bool:
        while not closed.is_set():
            with suppress(queue.Full):
                buffer.put(item, timeout=0.1)
                return True
        return False

    def decode() -> None:
        try:
            for item in _decode(path, start, stop):
                if not put(item):
                    return
            put(None)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the consumer must hear of it
            put(error)

    worker = threading.Thread(target=decode, name="decode", daemon=True)
    worker.start()
    try:
        while (item := buffer.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        closed.set()
        worker.join()


def _decode(
    path: str | Path, start: int, stop: int | None
) -> Generator[tuple[int, Image], None, None]:
    # Frame numbers are counted from the first frame: timestamps of real recordings have gaps, and
    # seeking by them does not land on exact frames.
    with _open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for number, frame in enumerate(container.decode(stream), start=1):
            if stop is not None and number > stop:
                return
            if number >= start:
                yield number, np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)


@contextmanager
def _open(path: str | Path) -> Iterator[av.container.InputContainer]:
    if not Path(path).is_file():
        raise VideoError(f"{path} does not exist; give the path of a video file")
    try:
        container = av.open(str(path))
    except av.FFmpegError as error:
        raise VideoError(
            f"{path} is not a video that can be read ({error.strerror}): check that it plays, "
            "or copy it again"
        ) from error
    with container:
        if not container.streams.video:
            raise VideoError(f"{path} has no video stream; give a video file")
        try:
            yield container
        except av.FFmpegError as error:
            raise VideoError(f"{path} breaks off while it is read: {error.strerror}") from error


def write_video(path: str | Path, frames: Iterable[Image], rate: float, crf: int = 20) -> int:
    """Encodes frames as H.264, which browsers and the FiftyOne App play; returns how many.

    The file appears under its name only when it is complete.

    Args:
        path: The MP4 file to write.
        frames: RGB uint8 images of one even size.
        rate: Frames a second.
        crf: x264's constant rate factor, 0 (lossless) to 51.

    Raises:
        VideoError: If there are no frames.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".part")
    count = 0
    with av.open(str(partial), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = None
        for image in frames:
            if stream is None:
                stream = container.add_stream(
                    "libx264", rate=Fraction(rate).limit_denominator(1001)
                )
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.options = {"crf": str(crf), "preset": "veryfast"}
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            container.mux(stream.encode(picture))
            count += 1
        if stream is not None:
            container.mux(stream.encode())
    if not count:
        partial.unlink(missing_ok=True)
        raise VideoError(f"{target} would have no frames: nothing was written")
    partial.replace(target)
    return count
