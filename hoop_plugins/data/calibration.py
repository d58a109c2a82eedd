"""How far confidence can be trusted: whether what is 80% sure is right four times in five."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def tenths(confidence: ArrayLike, right: ArrayLike) -> NDArray[np.float64]:
    """Counts answers in tenths of confidence.

    Args:
        confidence: ``(N,)``, in [0, 1].
        right: ``(N,)``, whether each answer is right.

    Returns:
        ``(3, 10)``: how many there are, their summed confidence, and how many of them are right.
    """
    sure = np.clip(np.asarray(confidence, np.float64), 0, 1)  # sums of float32 may exceed 1
    weights = np.ones(len(sure)), sure, np.asarray(right, np.float64)
    return np.array([np.histogram(sure, 10, (0, 1), weights=weight)[0] for weight in weights])


def calibration_error(counted: NDArray[np.float64]) -> float | None:
    """The expected calibration error, in [0, 1]; ``None`` without any answer.

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017: the gap between mean
    confidence and accuracy, averaged over answers.

    Args:
        counted: What :func:`tenths` gives, also summed over several.
    """
    count, confidence, hits = counted
    return float(np.abs(confidence - hits).sum() / count.sum()) if count.any() else None
