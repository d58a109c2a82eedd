"""Videos as phones make them: turned, trimmed, at a varying rate; pictures say their numbers."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.bitstream import BitStreamFilterContext

from hoop_plugins.data.image import Image

BITS = 6
"""Stripes of a picture: white ones are the ones of its number, the lowest on the left."""


def numbered(number: int, width: int = 384, height: int = 216) -> Image:
    """A picture that says its number."""
    stripes = np.array([number >> bit & 1 for bit in range(BITS)], np.uint8) * 255
    return np.repeat(np.tile(stripes.repeat(width // BITS), (height, 1))[..., None], 3, axis=2)


def number_of(image: Image) -> int:
    """What a picture says."""
    stripes = np.array_split(image, BITS, axis=1)
    return sum(1 << bit for bit, stripe in enumerate(stripes) if stripe.mean() > 128)


def write_at(path: Path, images: Sequence[Image], stamps: Sequence[int]) -> None:
    """Writes an MP4 whose pictures are shown at given times, in units of 1/600 s."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 600)
        stream.options = {"bf": "0"}
        for image, stamp in zip(images, stamps, strict=True):
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            picture.pts, picture.time_base = stamp, Fraction(1, 600)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def encode(
    path: Path,
    images: Sequence[Image],
    codec: str = "libx264",
    pixels: str = "yuv420p",
    container_options: dict[str, str] | None = None,
    **options: str,
) -> None:
    """Writes a video at 30 pictures a second, as the codec and the ending of its name say."""
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=30, options=options)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = pixels
        for image in images:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def turn(path: Path, matrix: tuple[int, ...]) -> None:
    """Gives an MP4 a display matrix: (a, b, c, d) of its upper left corner."""
    content = bytearray(path.read_bytes())
    a, b, c, d = (value << 16 for value in matrix)
    place = content.find(b"tkhd") + 44
    struct.pack_into(">9i", content, place, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(content)


def trim(path: Path, begin: float, share: float) -> None:
    """Gives an MP4 an edit list that begins at a second, and keeps a share of the whole."""
    content = bytearray(path.read_bytes())
    entry = content.find(b"elst") + 12
    duration, start = struct.unpack_from(">Ii", content, entry)
    (scale,) = struct.unpack_from(">I", content, content.find(b"mdhd") + 16)
    struct.pack_into(">Ii", content, entry, round(duration * share), start + round(begin * scale))
    path.write_bytes(content)


def splice(path: Path, *parts: tuple[int, int]) -> None:
    """Gives an MP4 at 30 pictures a second an edit list of several parts: first picture, from 0,
    and how many. What lies between them is in the file but not shown.
    """
    content = bytearray(path.read_bytes())

    def number(box: bytes, offset: int) -> int:
        return int(struct.unpack_from(">I", content, content.find(box) + offset)[0])

    list_at, size, begin = content.find(b"elst") - 4, number(b"elst", -4), number(b"elst", 16)
    scale, clock = number(b"mdhd", 16), number(b"mvhd", 16)
    entries = [
        struct.pack(">III", count * clock // 30, begin + first * scale // 30, 1 << 16)
        for first, count in parts
    ]
    joined = struct.pack(">I4sII", 16 + 12 * len(parts), b"elst", 0, len(parts))
    content[list_at : list_at + size] = joined + b"".join(entries)
    # Those around it are longer now. The pictures come before all of them, and stay in place.
    for box in (b"edts", b"trak", b"moov"):
        longer = number(box, -4) + 16 + 12 * len(parts) - size
        struct.pack_into(">I", content, content.find(box) - 4, longer)
    path.write_bytes(content)


def turn_by_message(path: Path, degrees: int) -> None:
    """Lets a message in the H.264 stream of an MP4 turn its pictures, and nothing else."""
    lying = path.with_suffix(".lying.mp4")
    path.rename(lying)
    with av.open(str(lying)) as source, av.open(str(path), "w") as target:
        stream = source.streams.video[0]
        out = target.add_stream_from_template(stream)
        message = f"h264_metadata=display_orientation=insert:rotate={degrees}"
        messages = BitStreamFilterContext(message, stream, out)
        for packet in source.demux(stream):
            for turned in messages.filter(packet) if packet.size else ():
                turned.stream = out
                target.mux(turned)
    lying.unlink()
