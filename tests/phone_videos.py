"""Videos as phones make them: turned, trimmed, at a varying rate; pictures say their numbers."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

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
