"""How far figures depend on the clips that happened to be there.

Efron and Tibshirani, "An Introduction to the Bootstrap", 1993: clips are drawn with replacement, as
many as there are, and every figure is computed anew, many times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hoop_plugins.evaluation.counts import ClipCounts
from hoop_plugins.evaluation.detection import ClassCounts
from hoop_plugins.evaluation.pooling import pool

LEAST_CLIPS = 5
"""Fewer clips than this give no interval."""

RESAMPLES = 1000
"""Efron and Tibshirani advise 1,000 for percentile intervals."""

RANKS = 1000
"""Confidences are told apart by so many ranks, which makes the resamples' average precision fast
and, measured, wrong by less than 0.001."""

RECALLS = np.linspace(0, 1, 101)
"""Where COCO reads the precision."""


def resample(clips: Sequence[ClipCounts]) -> dict[str, NDArray[np.float64]]:
    """Computes the main figures of many resamples of clips.

    Args:
        clips: Their counts.

    Returns:
        By dotted name ``(1000,)``, NaN where the figure is undefined; the same draws for the same
        number of clips. Empty with fewer than five clips.
    """
    if len(clips) < LEAST_CLIPS:
        return {}
    random = np.random.default_rng(0)
    drawn = random.integers(len(clips), size=(RESAMPLES, len(clips)))
    times = np.array([np.bincount(draw, minlength=len(clips)) for draw in drawn])
    labels = sorted({label for clip in clips for label in clip.detection})
    nothing = ClassCounts([], [], 0)
    precisions = {
        f"detection.{label}.ap50": resampled_precision(
            [clip.detection.get(label, nothing) for clip in clips], times
        )
        for label in labels
    }
    # Pooling every box anew would take as long as everything else.
    rest = [replace(clip, detection={}) for clip in clips]
    others = [pool([rest[index] for index in draw]).headlines() for draw in drawn]
    return {
        **precisions,
        **{
            path: np.array([figures[path] for figures in others], dtype=np.float64)
            for path in (others[0] if others else ())
        },
    }


def interval(values: NDArray[np.float64]) -> list[float]:
    """The 95% percentile interval of a figure, judged by the resamples in which it is defined.

    Args:
        values: Of :func:`resample`, or their difference.

    Returns:
        Its two ends; empty where the figure is never defined.
    """
    known = values[~np.isnan(values)]
    return np.percentile(known, [2.5, 97.5]).tolist() if len(known) else []


def resampled_precision(
    clips: Sequence[ClassCounts], times: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Computes average precision at IoU 0.50, as COCO has it, of many resamples at once.

    Args:
        clips: The boxes of one label in each of C clips.
        times: ``(R, C)`` how often each resample has each clip.

    Returns:
        ``(R,)``; NaN where a resample has no such box in its ground truth.
    """
    scores = [np.concatenate([*clip.scores, np.zeros(0)]) for clip in clips]
    hits = [np.concatenate([*(m[0] for m in clip.matched), np.zeros(0, bool)]) for clip in clips]
    everything = np.concatenate(scores)
    if len(everything):
        edges = np.unique(np.quantile(everything, np.linspace(0, 1, RANKS + 1)[1:-1]))
    else:
        edges = np.zeros(0)
    # From the most confident on.
    ranks = [
        len(edges) - np.searchsorted(edges, confidences, side="right") for confidences in scores
    ]
    count = len(edges) + 1
    found = np.array(
        [np.bincount(r, weights=h, minlength=count) for r, h in zip(ranks, hits, strict=True)]
    )
    given = np.array([np.bincount(r, minlength=count) for r in ranks])
    truth = times @ np.array([clip.truth for clip in clips])
    right, every = (times @ found).cumsum(axis=1), (times @ given).cumsum(axis=1)
    precision = right / np.maximum(every, 1)
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    averages = np.full(len(times), np.nan)
    for row in np.flatnonzero(truth):
        reached = np.searchsorted(right[row], RECALLS * truth[row] - 1e-9)
        averages[row] = np.append(best[row], 0)[reached].mean()
    return averages
