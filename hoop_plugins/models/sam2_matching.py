"""Who is who between two frames: masks, detections and kits matched one to one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

Boxes = NDArray[np.float32]

OWNED = 0.5
"""A mask owns a detection if so much of the smaller of their two boxes is shared."""

STAYED = 0.3
"""A detection with so much IoU with a track's last one may be the same person."""

STEADY = 10.0
"""What a track's last detection weighs when it is of the frame before; masks weigh up to 2."""

ALIKE = 10.0
"""What colors weigh: those of the other team are about 0.4 less alike."""

UNLIKE = 0.4
"""A detection whose colors are less alike than this to a track's is somebody else."""

FRESH = 3
"""So many frames after its last detection, a track needs no mask to be found again."""

REACH = 0.75
"""How far a person may have moved between two checks, in heights of the box."""

UNMOVED = 0.7
"""With so much IoU with a track's last one, a detection of another class is still the same person:
it is the class that is wrong."""

SAME_BODY = 0.8
"""Two tracks whose masks have more IoU than this are one body."""


def box_overlaps(a: Boxes, b: Boxes) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Returns IoU and IoS (shared part of the smaller box) of all pairs, each float ``(N, M)``."""
    corners = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(
        a[:, None, :2], b[None, :, :2]
    )
    shared = corners.clip(min=0).prod(2)
    area_a = (a[:, 2:] - a[:, :2]).prod(1)[:, None]
    area_b = (b[:, 2:] - b[:, :2]).prod(1)[None]
    iou = shared / np.maximum(area_a + area_b - shared, 1e-6)
    return iou, shared / np.maximum(np.minimum(area_a, area_b), 1e-6)


def match(
    masks: Boxes,
    detections: Boxes,
    last: Boxes | None = None,
    age: NDArray[np.float32] | None = None,
    same_class: NDArray[np.bool_] | None = None,
    alike: NDArray[np.float32] | None = None,
) -> list[tuple[int, int, float]]:
    """Matches tracks and detections one to one, by the best total of what speaks for each pair.

    For a pair speak the colors, the IoU with where the track's last detection would be now, and
    the IoU and the IoS of the mask's box. A mask can stray to somebody who passes, and from one
    frame to the next nobody moves far: so masks count where the last detection is not ``FRESH``,
    and the longer ago that was, the less it counts itself.

    Args:
        masks: float ``(N, 4)``, boxes of the tracks' masks; empty boxes for lost masks.
        detections: float ``(M, 4)``.
        last: float ``(N, 4)``, where each track's last detection would be now.
        age: float ``(N,)``, how many frames ago that was; very many by default.
        same_class: bool ``(N, M)``, whether they are of one class; all are by default.
        alike: float ``(N, M)`` in [0, 1], how alike their colors are; all are by default.

    Returns:
        ``(track, detection, IoU of the mask's box)`` of the pairs that stayed where they were by
        ``STAYED``, or by ``UNMOVED`` if the class differs, or whose mask speaks for them by
        ``OWNED``; and are not ``UNLIKE``.
    """
    iou, ios = box_overlaps(masks, detections)
    stayed = np.zeros_like(iou)
    if last is not None:
        stayed = box_overlaps(last, detections)[0]
    since = np.full(len(masks), np.inf, np.float32) if age is None else age
    lost = (since > FRESH)[:, None]
    allowed = ((ios >= OWNED) & lost) | (stayed >= STAYED)
    if same_class is not None:
        allowed &= same_class | (stayed >= UNMOVED)
    weight = STEADY / np.maximum(since, 1)[:, None]
    score = (iou + ios) * lost + weight * stayed
    if alike is not None:
        allowed &= alike >= UNLIKE
        score = score + ALIKE * alike
    rows, columns = linear_sum_assignment(-score * allowed)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(i, j, float(iou[i, j])) for i, j in pairs if allowed[i, j]]


def nearest(old: Boxes, new: Boxes) -> list[tuple[int, int]]:
    """Matches boxes one to one between two checks, by distance, within ``REACH`` box heights.

    Args:
        old: float ``(N, 4)``.
        new: float ``(M, 4)``.

    Returns:
        ``(old, new)`` pairs.
    """
    steps = (new[None, :, :2] + new[None, :, 2:] - old[:, None, :2] - old[:, None, 2:]) / 2
    far = np.hypot(steps[..., 0], steps[..., 1]) / np.maximum(new[:, 3] - new[:, 1], 1)[None]
    rows, columns = linear_sum_assignment(np.minimum(far, REACH))
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return [(i, j) for i, j in pairs if far[i, j] < REACH]


def doubles(masks: NDArray[np.bool_], seniority: Sequence[tuple[float, float]]) -> list[int]:
    """Finds tracks that lie on the body of another.

    Args:
        masks: bool ``(N, h, w)``.
        seniority: One a track; of two on one body the greater is the double.

    Returns:
        Indices of the tracks to let go.
    """
    flat = masks.astype(np.float32).reshape(len(masks), masks.shape[1] * masks.shape[2])
    shared = flat @ flat.T
    area = flat.sum(1)
    iou = shared / np.maximum(area[:, None] + area[None] - shared, 1)
    gone: list[int] = []
    for i in sorted(range(len(masks)), key=seniority.__getitem__):
        if i not in gone:
            gone += [j for j in np.flatnonzero(iou[i] > SAME_BODY).tolist() if j != i]
    return sorted(set(gone))
