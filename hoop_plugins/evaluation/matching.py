"""Overlap of boxes and masks, and who is matched with whom, in a frame and over a sequence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

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
    """As :func:`box_iou`, of each box with the other one of the same place: ``(..., 4)`` both."""
    a, b = first.astype(np.float64), second.astype(np.float64)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    intersection = sides.clip(min=0).prod(axis=-1)
    areas = [(box[..., 2:] - box[..., :2]).clip(min=0).prod(axis=-1) for box in (a, b)]
    union = areas[0] + areas[1] - intersection
    iou: NDArray[np.float64] = np.zeros(union.shape)
    np.divide(intersection, union, out=iou, where=union > EPSILON)
    return iou


def mask_iou(first: sv.CompactMask, second: sv.CompactMask) -> NDArray[np.float64]:
    """Computes the intersection over union of every pair of masks.

    In float64, as :func:`box_iou`, and equal to what the COCO tools give.

    Args:
        first: N masks.
        second: M masks of the same picture.

    Returns:
        ``(N, M)`` in [0, 1]; 0 for masks without a pixel.
    """
    total = (first.area[:, None] + second.area[None]).astype(np.float64)
    rough = sv.mask_iou_batch(first, second)
    # In float32; what two masks share is a whole number of pixels all the same.
    shared = np.rint(rough * total / (1 + rough))
    return np.divide(shared, total - shared, out=np.zeros_like(shared), where=total > shared)


def match(similarity: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Matches rows with columns one-to-one, for the greatest total similarity of at least 0.5 each.

    Args:
        similarity: ``(N, M)``, in [0, 1].

    Returns:
        Row and column indices of the matched pairs, of equal length.
    """
    allowed = np.where(similarity >= MATCH_IOU - EPSILON, similarity, 0.0)
    rows, columns = linear_sum_assignment(allowed, maximize=True)
    kept = allowed[rows, columns] > 0
    return rows[kept], columns[kept]


@dataclass(frozen=True)
class Overlaps:
    """One frame for the tracking metrics: who is there, and how far they overlap.

    Attributes:
        truth: ``(N,)`` ids of the ground-truth people, unique.
        tracks: ``(M,)`` ids of the tracks, unique.
        similarity: ``(N, M)`` IoU of boxes.
        masks: ``(N, M)`` IoU of masks, ``None`` where one side has none.
    """

    truth: NDArray[np.int64]
    tracks: NDArray[np.int64]
    similarity: NDArray[np.float64]
    masks: NDArray[np.float64] | None = None


def renumber(frames: Sequence[Overlaps]) -> list[Overlaps]:
    """Renames the ids of a sequence to 0, 1, 2, ..., so that they can index arrays."""
    people, tracks = (np.unique(ids) for ids in _all_ids(frames))
    return [
        replace(
            frame,
            truth=np.searchsorted(people, frame.truth),
            tracks=np.searchsorted(tracks, frame.tracks),
        )
        for frame in frames
    ]


def _all_ids(frames: Sequence[Overlaps]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    nobody = np.zeros(0, dtype=np.int64)
    people = np.concatenate([nobody, *(frame.truth for frame in frames)])
    return people, np.concatenate([nobody, *(frame.tracks for frame in frames)])


def lengths(frames: Sequence[Overlaps]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Counts in how many frames each person, and each track, is; their ids are from 0."""
    people, tracks = _all_ids(frames)
    return np.bincount(people), np.bincount(tracks)


@dataclass(frozen=True)
class ClearPairs:
    """Who is matched with whom in one frame, as the CLEAR metrics have it.

    Attributes:
        rows: ``(P,)`` which of the frame's people.
        columns: ``(P,)`` which of its tracks.
        switched: ``(P,)`` whether the person's last track was another one.
        begun: ``(P,)`` whether the person had no track in the frame before.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    switched: NDArray[np.bool_]
    begun: NDArray[np.bool_]


def match_clear(frames: Sequence[Overlaps]) -> Iterator[ClearPairs]:
    """Matches people with tracks at IoU 0.5: last frame's pairs first, then the greatest overlap.

    Args:
        frames: One sequence, ids from 0 (see :func:`renumber`).
    """
    people, _ = lengths(frames)
    last, previous = np.full(len(people), -1), np.full(len(people), -1)
    nobody = np.zeros(0, dtype=np.intp)
    for frame in frames:
        # As in TrackEval, a frame without people or without tracks does not end a fragment.
        if not frame.similarity.size:
            yield ClearPairs(nobody, nobody, nobody.astype(bool), nobody.astype(bool))
            continue
        going_on = frame.tracks[None] == previous[frame.truth][:, None]
        score = 1000 * going_on + frame.similarity
        score[frame.similarity < MATCH_IOU - EPSILON] = 0
        rows, columns = linear_sum_assignment(score, maximize=True)
        kept = score[rows, columns] > EPSILON
        rows, columns = rows[kept], columns[kept]
        who, track = frame.truth[rows], frame.tracks[columns]
        switched = (last[who] >= 0) & (last[who] != track)
        yield ClearPairs(rows, columns, switched, previous[who] < 0)
        last[who] = track
        previous[:] = -1
        previous[who] = track
