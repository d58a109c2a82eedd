"""Clips of a recording: packets copied into files of their own, or encoded again."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from itertools import dropwhile, islice
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from hoop_plugins.data import video
from hoop_plugins.data.image import VideoInfo
from hoop_plugins.data.new_path import new_path
from hoop_plugins.data.normalize import images_on_beat
from hoop_plugins.data.split import Piece

PLAIN = {"movflags": "faststart+negative_cts_offsets", "use_editlist": "0"}
"""An MP4 whose first picture is at 0 without an edit list, whatever is decoded first."""

MOST_REORDERED = 16
"""Pictures that H.264 may decode before one that is shown earlier."""

MARGIN = 2.0
"""Seconds before a stretch from which it is looked for: not all containers are sought exactly."""


def write(pieces: Sequence[Piece]) -> Iterator[str]:
    """Makes the clips that are not there, of one recording.

    Yields:
        For every clip that is there now, why it was encoded again; empty where it was not. First
        come those that are copied.
    """
    if not pieces:
        return
    info = video.probe(pieces[0].path)
    left = []
    for piece in pieces:
        if piece.done or (not piece.why and _copy(piece, info)):
            yield ""
        else:
            left.append(piece)
    if not left:
        return
    images = images_on_beat(info.path, np.concatenate([piece.beats for piece in left]))
    with closing(images):
        for piece in left:
            with new_path(piece.target) as made:
                encoded = made.with_name("encoded.mp4")
                video.write_video(encoded, islice(images, len(piece.beats)), piece.rate, crf=16)
                everything = np.arange(1, len(piece.beats) + 1)
                _mux(made, replace(piece, beats=everything), encoded)
            yield piece.why or "a part cannot be decoded alone"


def _copy(piece: Piece, info: VideoInfo) -> bool:
    """Copies a piece; whether the App shows every picture of it in its place."""
    right = replace(info, notes=(), frame_count=len(piece.beats))
    with new_path(piece.target) as made:
        _mux(made, piece, piece.path)
        copy = video.probe(made)
        good = replace(copy, path=info.path, frame_rate=info.frame_rate) == right
        if not good:
            made.unlink()
            return False
    return True


def _mux(target: Path, piece: Piece, path: Path) -> None:
    """Writes packets of a video's pictures, from a key frame on, with the recording's sound."""
    rate = Fraction(piece.rate).limit_denominator(1001)
    end = piece.start + len(piece.beats) / piece.rate
    with (
        av.open(str(path)) as pictures,
        av.open(str(piece.path)) as recording,
        av.open(str(target), "w", format="mp4", options=PLAIN) as container,
    ):
        seen = pictures.streams.video[0]
        out = container.add_stream_from_template(seen, opaque=True)
        container.metadata["comment"] = piece.mark
        sources: list[Iterator[Any]] = [_pictures(path, pictures, piece.beats, rate, out)]
        heard = recording.streams.best("audio")
        if isinstance(heard, av.AudioStream) and (
            heard.codec.canonical_name in container.supported_codecs
        ):
            begin = float(video.clock(piece.path).times[0])
            sound = container.add_stream_from_template(heard)
            sources.append(_sound(recording, heard, begin + piece.start, begin + end, sound))
        for packet in heapq.merge(*sources, key=lambda p: (p.dts or 0) * p.time_base):
            container.mux(packet)


def _pictures(
    path: Path,
    container: av.container.InputContainer,
    wanted: NDArray[np.int64],
    rate: Fraction,
    out: av.VideoStream,
) -> Iterator[av.Packet[av.VideoStream]]:
    timing, stream = video.clock(path), container.streams.video[0]
    first = int(wanted[0])
    stamp = timing.stamps[first - 1]
    before = stamp - round(MARGIN / float(stream.time_base or 1))
    if before > timing.stamps[0]:
        container.seek(before, stream=stream)
    packets = (p for p in container.demux(stream) if p.size and not p.is_discard)
    found = dropwhile(lambda p: p.pts != stamp, packets)
    for place, packet in enumerate(islice(found, len(wanted))):
        packet.pts = timing.numbers[packet.pts or 0] - first
        packet.dts = place - MOST_REORDERED
        packet.duration, packet.time_base, packet.stream = 1, 1 / rate, out
        yield packet


def _sound(
    container: av.container.InputContainer,
    stream: av.AudioStream,
    start: float,
    end: float,
    out: av.AudioStream,
) -> Iterator[av.Packet[av.AudioStream]]:
    base = stream.time_base or Fraction(1)
    if start > MARGIN:
        container.seek(round((start - MARGIN) / base), stream=stream)
    last: int | None = None
    for packet in container.demux(stream):
        if not packet.size or packet.pts is None:
            continue
        middle = float((packet.pts + (packet.duration or 0) / 2) * base)
        if middle >= end:
            return
        # The first lasts until the second: without an edit list none begins later.
        stamp = 0 if last is None else round(packet.pts - start / base)
        if middle >= start and (last is None or stamp > last):
            packet.pts = packet.dts = last = stamp
            packet.stream = out
            yield packet
