"""Boxes and masks as stages left them, remembered by the labels themselves."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from itertools import islice
from typing import Any

import numpy as np
from fiftyone import ViewField as F

from hoop_plugins.compat.fiftyone import unpack_array
from hoop_plugins.data.fields import KEYFRAME, MADE_BY, OURS, SHAPE
from hoop_plugins.data.store import SampleStore

CHUNK = 5000
"""Labels that are marked at a time."""

EVERY = F("_id").exists()
"""Holds for every label."""


def mark_shapes(store: SampleStore) -> None:
    """Lets players that stages wrote remember box and mask, and makes keyframes of them.

    FiftyOne's own editor changes nothing beyond a keyframe.
    """
    unmarked = (F(MADE_BY) == OURS) & ~F(SHAPE).exists()
    if not store.has("players") or next(store.find("players", unmarked), None) is None:
        return
    rows = (
        ("players", frame, position, {KEYFRAME: True, SHAPE: shape_of(label)})
        for frame, labels in store.find("players", EVERY, (MADE_BY, SHAPE, "bounding_box", "mask"))
        for position, label in enumerate(labels)
        if label[MADE_BY] == OURS and not label[SHAPE]
    )
    while some := list(islice(rows, CHUNK)):
        store.assign_by_position(some)


def shape_of(label: Mapping[str, Any]) -> list[float]:
    """A label's box, and a checksum of its mask."""
    return [*map(float, label["bounding_box"]), checksum(label.get("mask"))]


def checksum(packed: bytes | None) -> int:
    """What tells a mask from another one; 0 without any."""
    if not packed:
        return 0
    mask = unpack_array(packed).astype(bool)
    return zlib.crc32(np.packbits(mask).tobytes(), zlib.crc32(repr(mask.shape).encode()))
