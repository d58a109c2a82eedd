"""Decoding, encoding and measuring videos with PyAV: no ffmpeg binary is needed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.bitstream import BitStreamFilterContext

from hoop_plugins.data.clock import Clock, read_clock
from hoop_plugins.data.image import Image, VideoInfo
from hoop_plugins.data.upright import display_matrix, upright
from hoop_plugins.errors import VideoError

PREFETCH = 8

PLAYED_FORMATS = ("mov", "matroska")
PLAYED_CODECS = ("h264", "vp8", "vp9", "libdav1d", "av1")
"""What Chromium plays, the first of the names that FFmpeg has for a format."""

POINTER = b"version https://git-lfs.github.com/spec/"
"""How the small file begins that Git has in the place of a large one."""

CURE = "make a copy that the App plays frame by frame: hoop import --normalize"


def probe(path: str | Path) -> VideoInfo:
    """Measures a video: size, rate and the exact number of frames.

    The packets are counted, not decoded, so an hour of video takes about a second.

    Args:
        path: A video file.

    Returns:
        What is known of the video; ``frame_count`` is at least 1.

    Raises:
        VideoError: If the file is missing, is no video, holds no frames, or is cut off.
    """
    return _measure(*_version(path))[0]


def clock(path: str | Path) -> Clock:
    """When each picture of a video is shown; raises as :func:`probe`."""
    return _measure(*_version(path))[1]


def _version(path: str | Path) -> tuple[str, int, int]:
    try:
        found = Path(path).stat()
    except OSError:
        return str(path), 0, 0
    return str(path), found.st_size, found.st_mtime_ns


@lru_cache(maxsize=64)
def _measure(path: str, size: int, _: int) -> tuple[VideoInfo, Clock]:
    found = next(_pictures(path, 1), None)
    with opened(path) as container:
        stream = container.streams.video[0]
        if "mp4" in container.format.name and any(
            entry.pos + entry.size > size for entry in stream.index_entries
        ):
            raise VideoError(f"{path} is cut off: its end is missing; copy it again")
        stamps = [p.pts for p in container.demux(stream) if p.size and not p.is_discard]
        known = [stamp for stamp in stamps if stamp is not None]
        if "matroska" in container.format.name:
            # One without lies before the file's beginning: its key frame was cut off.
            stamps = list(known)
        elif container.format.name == "avi" and stream.codec_context.has_b_frames:
            # AVI has none: FFmpeg may make them up in the order of decoding.
            stamps = [None] * len(stamps) if known == sorted(known) else stamps
        first = None if found is None else found.pts
        timing = read_clock(stamps, first, stream, _parts(path, container))
        unplayed = _unplayed(container, stream)
    if found is None:
        raise VideoError(f"{path} has no video frames; check that it plays, or encode it again")
    matrix = display_matrix(found)
    height, width = upright(np.empty((found.height, found.width, 0), np.uint8), matrix).shape[:2]
    corners = np.arange(4, dtype=np.uint8).reshape(2, 2)
    turned = not np.array_equal(upright(corners, matrix), corners)
    if turned and not unplayed and turned_by_stream(path):
        unplayed = "browsers do not turn its pictures, since only the H.264 stream says so"
    # A file that is not played shows no picture in the wrong place.
    note = unplayed or timing.note
    notes = (f"{Path(path).name}: {note}; {CURE}",) if note else ()
    return VideoInfo(path, width, height, timing.rate, timing.count, turned, notes), timing


def _parts(path: str, container: av.container.InputContainer) -> int:
    """Of how many stretches of the file an edit list makes the video."""
    if "mp4" not in container.format.name:
        return 1
    with av.open(path, options={"ignore_editlist": "1"}) as whole:
        written = {e.pos: e.timestamp for e in whole.streams.video[0].index_entries if e.size}
    shown = [e for e in container.streams.video[0].index_entries if e.size and not e.is_discard]
    return len({e.timestamp - written[e.pos] for e in shown if e.pos in written}) or 1


def turned_by_stream(path: str | Path) -> bool:
    """Whether a message in the H.264 stream turns the pictures, and the container does not."""
    with opened(path) as container:
        stream = container.streams.video[0]
        if stream.codec_context.name != "h264":
            return False
        messages = BitStreamFilterContext("filter_units=remove_types=6", stream)
        for packet in container.demux(stream):
            for bare in messages.filter(packet) if packet.size else [None]:
                with suppress(av.InvalidDataError):
                    for picture in stream.codec_context.decode(bare):
                        first = next(_pictures(path, 1), picture)
                        return display_matrix(first) is not None and display_matrix(picture) is None
    return False


def _unplayed(container: av.container.InputContainer, stream: av.VideoStream) -> str:
    """Why browsers, and so the App, do not play a video; empty where they do."""
    format_name, context = container.format.name.split(",")[0], stream.codec_context
    if format_name in PLAYED_FORMATS and plays(stream):
        return ""
    return f"browsers do not play {context.name} ({context.pix_fmt or ''}) in {format_name}"


def plays(stream: av.VideoStream) -> bool:
    """Whether browsers play a stream's pictures, in a container that they play."""
    context = stream.codec_context
    return context.name in PLAYED_CODECS and (context.pix_fmt or "").startswith("yuv")


def read_frames(
    path: str | Path, start: int = 1, stop: int | None = None
) -> Generator[tuple[int, Image], None, None]:
    """Decodes frames ahead of the consumer, in a thread, a few frames at most.

    Args:
        path: A video file.
        start: The first frame wanted, from 1.
        stop: The last frame wanted, or ``None`` for all.

    Yields:
        Frame number (from 1) and RGB uint8 image ``(H, W, 3)``, upright and of one size. A picture
        that is damaged is left out, and those after it keep their numbers.

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
    # From the file's beginning: seeking does not land on exact frames.
    timing = clock(path)
    size, matrix, last = None, None, 0
    for counted, picture in enumerate(_pictures(path, timing.count), start=1):
        number = timing.numbers.get(picture.pts or 0) if timing.stamps else counted
        if size is None:
            # Where the stream says how it is turned, not every picture repeats it.
            size, matrix = (picture.width, picture.height), display_matrix(picture)
        # After a damaged key frame some come late, whose place is past.
        if number is None or number <= last:
            continue
        last = number
        if number < start:
            continue
        if stop is not None and number > stop:
            return
        # A file may change its size on the way; frames do not.
        pixels = picture.to_ndarray(format="rgb24", width=size[0], height=size[1])
        yield number, upright(np.asarray(pixels, dtype=np.uint8), matrix)


def _pictures(path: str | Path, expected: int) -> Iterator[av.VideoFrame]:
    """What can be decoded, in the order in which it is shown; damaged pictures are left out."""
    count = 0
    for picture in _decoded(path, "AUTO", past_damage=False):
        count += 1
        yield picture
    if count < expected:
        # Threads that share pictures out lose those around a damaged one: on without them.
        yield from islice(_decoded(path, "SLICE", past_damage=True), count, None)


def _decoded(path: str | Path, threads: str, past_damage: bool) -> Iterator[av.VideoFrame]:
    with opened(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = threads
        for packet in container.demux(stream):
            try:
                pictures = packet.decode()
            except av.InvalidDataError:
                if not past_damage:
                    return
                continue
            yield from (picture for picture in pictures if not picture.is_corrupt)


@contextmanager
def opened(path: str | Path) -> Iterator[av.container.InputContainer]:
    """Opens a video file with PyAV.

    Raises:
        VideoError: If that is not possible, or it breaks off.
    """
    if Path(path).is_dir():
        raise VideoError(f"{path} is a folder: give the video files that are in it")
    if not Path(path).is_file():
        raise VideoError(
            f"{path} does not exist: give the path of a video file; where a dataset's videos have "
            "moved, give their new paths with hoop dataset relocate NAME OLD NEW"
        )
    try:
        container = av.open(str(path))
    except av.FFmpegError as error:
        with Path(path).open("rb") as file:
            if file.read(len(POINTER)) == POINTER:
                raise VideoError(
                    f"{path} is a Git LFS pointer in the place of the video: fetch the video, git "
                    "lfs pull"
                ) from error
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
