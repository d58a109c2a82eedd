"""Where a number would be on a player, for detectors that know no numbers. Pure."""

from __future__ import annotations

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.detections import compact_masks, covered, objects, track_ids
from hoop_plugins.data.masks import absent

TORSO = "torso"
"""What the attribute ``source`` says of such a box."""

ACROSS, DOWN = (0.15, 0.85), (0.15, 0.48)
"""Where a torso begins and ends, as shares of the width and the height of a person."""

SEEN = 0.5
"""Share of a torso that must be its player's: what hides the rest may wear a number, too."""


def torso_boxes(people: sv.Detections) -> sv.Detections:
    """The boxes in which the numbers of a frame's players are to be looked for.

    Args:
        people: Tracked people, with masks or without: players, and others who may hide them.

    Returns:
        The players whose torso is seen, labeled "number", with its box instead of theirs and
        ``data["source"]``.
    """
    playing = people.data.get("class_name", np.empty(0, object)) == "player"
    if not len(people) or not np.any(playing):
        return sv.Detections.empty()
    masks = compact_masks(people)
    boxes = _of_boxes(people.xyxy)
    seen = 1 - covered(boxes, people.xyxy).max(1)
    if masks is not None:
        known = ~absent(masks)
        boxes[known] = _of_masks(masks)[known]
        seen[known] = _covered(boxes, masks)[known]
    kept = np.flatnonzero(playing & (track_ids(people) >= 0) & (seen >= SEEN))
    data = {"track": people.data["track"][kept]} if "track" in people.data else {}
    return sv.Detections(
        xyxy=boxes[kept].astype(np.float32),
        confidence=None if people.confidence is None else people.confidence[kept],
        tracker_id=track_ids(people)[kept],
        data={
            **data,
            "class_name": objects(["number"] * len(kept)),
            "source": objects([TORSO] * len(kept)),
        },
    )


def _of_boxes(people: NDArray[np.number]) -> NDArray[np.float64]:
    """The torsos of people of whom boxes are known, both xyxy ``(N, 4)``."""
    left, top, right, bottom = people.astype(np.float64).T
    x = left + np.multiply.outer(ACROSS, right - left)
    y = top + np.multiply.outer(DOWN, bottom - top)
    return np.stack([x[0], y[0], x[1], y[1]], axis=1)


def _of_masks(masks: sv.CompactMask) -> NDArray[np.float64]:
    """Likewise of N masks: as wide as most rows of the torso are, so without outstretched arms."""
    boxes = np.zeros((len(masks), 4))
    for i, (left, top) in enumerate(masks.offsets):
        crop = masks.crop(i)
        rows = np.flatnonzero(crop.any(1))
        if not len(rows):
            continue
        first, last = (rows[0] + share * (rows[-1] + 1 - rows[0]) for share in DOWN)
        torso = crop[int(first) : int(np.ceil(last))]
        columns = np.flatnonzero(torso.mean(0) >= 0.5)
        if len(columns):
            ends = columns[0], columns[-1] + 1
            boxes[i] = left + ends[0], top + first, left + ends[1], top + last
    return boxes


def _covered(torsos: NDArray[np.float64], masks: sv.CompactMask) -> NDArray[np.float64]:
    """The share of each torso ``(N,)`` that its own mask covers."""
    shares = np.zeros(len(torsos))
    for i, ((x1, y1, x2, y2), (left, top)) in enumerate(zip(torsos, masks.offsets, strict=True)):
        rows = slice(round(y1) - int(top), round(y2) - int(top))
        part = masks.crop(i)[rows, round(x1) - int(left) : round(x2) - int(left)]
        shares[i] = part.mean() if part.size else 0.0
    return shares
