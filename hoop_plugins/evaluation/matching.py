"""Overlap of boxes, and who is matched with whom."""

from __future__ import annotations

import numpy as np
import supervision as sv
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

MATCH_IOU = 0.5
"""Least IoU at which a prediction and a ground-truth box count as the same thing."""

EPSILON = np.finfo(float).eps


def box_iou(first: NDArray[np.number], second: NDArray[np.number]) -> NDArray[np.float64]:
    """Computes the intersection over union of every pair of boxes.

    In float64 throughout: supervision's returns float32, which at a threshold disagrees with
    TrackEval and COCO.

    Args:
        first: ``(N, 4)`` boxes, absolute ``xyxy`` pixels.
        second: ``(M, 4)`` boxes.

    Returns:
        ``(N, M)`` in [0, 1]; 0 for boxes without an area.
    """
    return paired_iou(first[:, None], second[None])


def paired_iou(first: NDArray[np.number], second: NDArray[np.number]) -> NDArray[np.float64]:
    """Computes the intersection over union of each box with the other of the same place.

    Args:
        first: ``(..., 4)`` boxes, absolute ``xyxy``.
        second: As many boxes, or of a shape that goes with it.

    Returns:
        ``(...)`` in [0, 1]; 0 for boxes without an area.
    """
    a, b = first.astype(np.float64), second.astype(np.float64)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    intersection = sides.clip(min=0).prod(axis=-1)
    areas = [(box[..., 2:] - box[..., :2]).clip(min=0).prod(axis=-1) for box in (a, b)]
    union = areas[0] + areas[1] - intersection
    result: NDArray[np.float64] = np.divide(
        intersection, union, out=np.zeros_like(intersection), where=union > EPSILON
    )
    return result


def mask_iou(first: sv.CompactMask, second: sv.CompactMask) -> NDArray[np.float64]:
    """Computes the intersection over union of every pair of masks.

    In float64, as :func:`box_iou`, and equal to what the COCO tools give.

    Args:
        first: N masks.
        second: M masks of the same picture.

    Returns:
        ``(N, M)`` in [0, 1]; 0 for masks without a pixel.
    """
    crops = [[masks.crop(index) for index in range(len(masks))] for masks in (first, second)]
    areas = [np.array([crop.sum() for crop in some], dtype=np.float64) for some in crops]
    starts = [np.asarray(masks.offsets, dtype=int).reshape(-1, 2) for masks in (first, second)]
    ends = [
        start + np.array([crop.shape[::-1] for crop in some], dtype=int).reshape(-1, 2)
        for start, some in zip(starts, crops, strict=True)
    ]
    low = np.maximum(starts[0][:, None], starts[1][None])
    high = np.minimum(ends[0][:, None], ends[1][None])
    shared = np.zeros((len(first), len(second)))
    for i, j in zip(*np.nonzero((low < high).all(axis=-1)), strict=True):
        parts = []
        for crop, start in ((crops[0][i], starts[0][i]), (crops[1][j], starts[1][j])):
            left, top = low[i, j] - start
            right, bottom = high[i, j] - start
            parts.append(crop[top:bottom, left:right])
        shared[i, j] = np.count_nonzero(parts[0] & parts[1])
    union = areas[0][:, None] + areas[1][None] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def match(
    similarity: NDArray[np.float64], threshold: float = MATCH_IOU
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Matches rows with columns one-to-one, for the greatest total similarity.

    Args:
        similarity: ``(N, M)``, in [0, 1].
        threshold: Pairs below it are never matched.

    Returns:
        Row and column indices of the matched pairs, of equal length.
    """
    allowed = np.where(similarity >= threshold - EPSILON, similarity, 0.0)
    rows, columns = linear_sum_assignment(allowed, maximize=True)
    kept = allowed[rows, columns] > 0
    return rows[kept], columns[kept]
