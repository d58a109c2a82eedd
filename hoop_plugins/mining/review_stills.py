"""Pictures of tracks, as data URIs: what a browser shows without asking anybody again."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from fiftyone import ViewField as F

from hoop_plugins.data.image import Image
from hoop_plugins.data.stills import read_stills
from hoop_plugins.data.store import SampleStore

CROP_HEIGHT, FRAME_WIDTH = 240, 640
"""Pixels; larger pictures are made so small."""

QUALITY = 85
"""Of the JPEG images, 0 to 100: four crops and a frame take some 80 kB."""

AROUND = 0.1
"""Share of a player's box that is shown around it."""

COLOR = (255, 211, 0)
"""Of the box around the player in the frame, RGB."""


@dataclass(frozen=True)
class Pictures:
    """What a track looks like; "" in the place of what cannot be decoded.

    Attributes:
        crops: Of each still the player, cut out.
        frame: The whole frame in which the player is largest, with a box around them.
        at: The number of that frame, from 1.
    """

    crops: list[str]
    frame: str
    at: int


def draw_stills(store: SampleStore, items: Iterable[Sequence[dict[str, Any]]]) -> list[Pictures]:
    """Draws some tracks of a clip.

    Args:
        store: The clip.
        items: The ``stills`` of each: ``frame``, from 1, and ``box``, ``[x, y, width, height]`` as
            shares of the frame; at least one.

    Raises:
        VideoError: If the video cannot be read.
    """
    items = list(items)
    frames = {still["frame"] for stills in items for still in stills}
    images = dict(read_stills(store.video.path, frames))
    return [_draw(images, stills) for stills in items]


def draw_track(store: SampleStore, index: int, frame: int | None = None) -> dict[int, str]:
    """Draws where somebody is largest, and who is seen in a frame.

    Args:
        store: The clip.
        index: The track's id.
        frame: A frame, if any.

    Returns:
        The crops, as data URIs, by frame.

    Raises:
        VideoError: If the video cannot be read.
    """
    wanted = F("index") == index
    boxes = {
        number: labels[0]["bounding_box"]
        for number, labels in store.find("players", wanted, ("bounding_box",))
    }
    if not boxes:
        return {}
    largest = max(boxes, key=lambda number: float(boxes[number][2] * boxes[number][3]))
    path = str(store.video.path)
    shown = sorted({largest, frame or largest} & set(boxes))
    return {number: _drawn(path, number, tuple(boxes[number])) for number in shown}


@lru_cache(maxsize=64)
def _drawn(path: str, frame: int, box: tuple[float, ...]) -> str:
    """A crop, as a data URI: forms show it again after every key."""
    return _crop(dict(read_stills(path, [frame])).get(frame), box)


def _draw(images: dict[int, Image], stills: Sequence[dict[str, Any]]) -> Pictures:
    crops = [_crop(images.get(still["frame"]), still["box"]) for still in stills]
    largest = max(stills, key=lambda still: float(still["box"][2] * still["box"][3]))
    framed = _framed(images.get(largest["frame"]), largest["box"])
    return Pictures(crops, framed, largest["frame"])


def _crop(image: Image | None, box: Sequence[float]) -> str:
    if image is None:
        return ""
    left, top, right, bottom = _corners(image, box, AROUND)
    crop = image[top:bottom, left:right]
    return _uri(crop, min(1.0, CROP_HEIGHT / max(1, len(crop))))


def _framed(image: Image | None, box: Sequence[float]) -> str:
    if image is None:
        return ""
    scale = min(1.0, FRAME_WIDTH / image.shape[1])
    left, top, right, bottom = _corners(image, box, 0)
    drawn = image.copy()
    thick = max(2, round(3 / scale))
    cv2.rectangle(drawn, (left, top), (right, bottom), COLOR, thick)
    return _uri(drawn, scale)


def _corners(image: Image, box: Sequence[float], around: float) -> list[int]:
    """Corners of a box in pixels, within the image."""
    x, y, width, height = box
    size = np.tile(image.shape[1::-1], 2)
    shares = np.array([x - around * width, y - around * height])
    far = shares + np.array([width, height]) * (1 + 2 * around)
    corners = np.concatenate([shares, far]) * size
    found: list[int] = corners.round().astype(int).clip(0, size).tolist()
    return found


def _uri(image: Image, scale: float) -> str:
    if not image.size:
        return ""
    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    if scale < 1:
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(packed.tobytes()).decode()
