"""Finding a person again by where they were seen, whatever the tracker calls them now."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import supervision as sv
from fiftyone import ViewField as F

from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError

LEAST_IOU = 0.5
"""A track whose box overlaps the anchor less than this is somebody else."""

LEAST_MARGIN = 0.1
"""Two tracks whose IoU with the anchor differ by less than this cannot be told apart."""

SAME_IOU = 0.999
"""This is the very box: so a person who is tracked twice, nearly alike, can be corrected."""

Box = Sequence[float]
"""``[x, y, width, height]`` as shares of the frame."""


class NoTrackError(HoopError):
    """No track, or more than one, lies where a person was seen."""


class NobodyThereError(NoTrackError):
    """No track lies where a person was seen."""


@dataclass(frozen=True)
class Anchor:
    """Where a person was seen: a frame, from 1, and their box in it."""

    frame: int
    box: Box


def find_track(
    store: SampleStore,
    anchor: Anchor,
    known: Container[int],
    ids: Callable[[sv.Detections], Iterable[int]] = track_ids,
) -> int:
    """Finds the track that lies on an anchor, among those whose ids are known.

    Args:
        store: The clip.
        anchor: Where the person was seen.
        known: The ids that count.
        ids: The id of each label; by default its ``index``.

    Raises:
        NoTrackError: If no track overlaps it by :data:`LEAST_IOU`, or two do so equally well.
    """
    ranked: list[tuple[float, int]] = []
    if store.has("players"):
        box = _corners([anchor.box]) * (store.size * 2)
        for _, found in store.read("players", anchor.frame, anchor.frame, masks=False):
            ious = sv.box_iou_batch(box, found.xyxy)[0].tolist()
            pairs = zip(ious, map(int, ids(found)), strict=True)
            near = (pair for pair in pairs if pair[0] >= LEAST_IOU and pair[1] in known)
            ranked = sorted(near, reverse=True)
    if not ranked:
        raise NobodyThereError("no track is there")
    alike = len(ranked) > 1 and ranked[0][0] - ranked[1][0] < LEAST_MARGIN
    if alike and not ranked[0][0] >= SAME_IOU > ranked[1][0]:
        both = " and ".join(str(index) for _, index in ranked[:2])
        raise NoTrackError(f"tracks {both} lie there equally well")
    return ranked[0][1]


def choose_anchor(store: SampleStore, index: int, frame: int | None = None) -> Anchor:
    """Chooses where a track can be found again best.

    Args:
        store: The clip.
        index: The track's id.
        frame: The frame, from 1; where none is given, the one in which the person is largest and
            overlapped least.

    Returns:
        The anchor.

    Raises:
        NoTrackError: If the track is not seen in that frame, or in any.
    """
    best, greatest = None, -1.0
    for number, people in store.find("players", F("index").exists(), ("index", "bounding_box")):
        mine = [person["bounding_box"] for person in people if person["index"] == index]
        if not mine or frame not in (None, number):
            continue
        others = [person["bounding_box"] for person in people if person["index"] != index]
        hidden = sv.box_iou_batch(_corners(mine[:1]), _corners(others)).max(initial=0)
        score = mine[0][2] * mine[0][3] * (1 - float(hidden))
        if score > greatest:
            best, greatest = Anchor(number, mine[0]), score
    if best is None:
        where = "in any frame" if frame is None else f"in frame {frame}"
        raise NoTrackError(f"track {index} of {store.name} is not seen {where}")
    return best


def seen_together(store: SampleStore, first: Sequence[int], second: Sequence[int]) -> int | None:
    """The first frame, from 1, in which two people are seen at once, by the ids of their tracks."""
    for frame, people in store.find("players", F("index").is_in([*first, *second])):
        seen = {person["index"] for person in people}
        if seen & set(first) and seen & set(second):
            return frame
    return None


def _corners(boxes: Sequence[Box]) -> np.ndarray:
    """The boxes as float64 ``(N, 4)`` xyxy."""
    return sv.xywh_to_xyxy(np.array(boxes, dtype=np.float64).reshape(-1, 4))
