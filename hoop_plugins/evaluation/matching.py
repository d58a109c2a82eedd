"""Overlap of boxes, and who is matched with whom."""

from __future__ import annotations

import numpy as np
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
    a, b = first.astype(np.float64)[:, None], second.astype(np.float64)[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    intersection = sides.clip(min=0).prod(axis=-1)
    areas = [(box[..., 2:] - box[..., :2]).clip(min=0).prod(axis=-1) for box in (a, b)]
    union = areas[0] + areas[1] - intersection
    return np.divide(intersection, union, out=np.zeros_like(intersection), where=union > EPSILON)


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
