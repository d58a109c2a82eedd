"""HOTA, CLEAR and identity metrics, equal to those of TrackEval.

Written out here because TrackEval and ``trackers`` both install an OpenCV that breaks FiftyOne's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from hoop_plugins.evaluation.matching import (
    EPSILON,
    MATCH_IOU,
    ClearPairs,
    Overlaps,
    lengths,
    match_clear,
)
from hoop_plugins.evaluation.tables import ClipTables, ratio

ALPHAS = np.arange(0.05, 0.99, 0.05)
"""HOTA's localization thresholds: 0.05 to 0.95."""

MOSTLY_TRACKED, MOSTLY_LOST = 0.8, 0.2
"""Shares of a person's frames, as in Li et al. 2009 (Learning to associate: HybridBoosted)."""

CLEAR_FIGURES = (
    *("id_switches", "fragmentations", "mostly_tracked", "partly_tracked", "mostly_lost"),
    *("false_positives", "false_negatives"),
)
"""Sums of the CLEAR metrics that are figures themselves."""


def _zeros() -> NDArray[np.float64]:
    return np.zeros(len(ALPHAS))


@dataclass
class HotaCounts:
    """Sums at each of :data:`ALPHAS`; the last three are sums over the true positives."""

    true_positives: NDArray[np.float64] = field(default_factory=_zeros)
    false_negatives: NDArray[np.float64] = field(default_factory=_zeros)
    false_positives: NDArray[np.float64] = field(default_factory=_zeros)
    association: NDArray[np.float64] = field(default_factory=_zeros)
    localization: NDArray[np.float64] = field(default_factory=_zeros)

    @property
    def compared(self) -> bool:
        """Whether there was anybody, true or predicted."""
        return bool((self.true_positives + self.false_negatives + self.false_positives).any())

    def figures(self) -> dict[str, float]:
        """Returns HOTA and its parts, each the mean over the thresholds."""
        hits = self.true_positives
        deta = hits / np.maximum(1, hits + self.false_negatives + self.false_positives)
        assa = self.association / np.maximum(1, hits)
        # 1 where nothing was matched, as TrackEval has it.
        loca = np.maximum(1e-10, self.localization) / np.maximum(1e-10, hits)
        values = {"hota": np.sqrt(deta * assa), "deta": deta, "assa": assa, "loca": loca}
        return {name: float(value.mean()) for name, value in values.items()}


@dataclass
class PairCounts:
    """Sums of the identity metrics at IoU 0.5."""

    true_positives: int = 0
    false_negatives: int = 0
    false_positives: int = 0


@dataclass
class ClearCounts(PairCounts):
    """Sums of the CLEAR metrics at IoU 0.5."""

    id_switches: int = 0
    fragmentations: int = 0
    mostly_tracked: int = 0
    partly_tracked: int = 0
    mostly_lost: int = 0
    similarity: float = 0.0


@dataclass
class SequenceCounts:
    """The three metrics' sums, of one kind of overlap."""

    hota: HotaCounts = field(default_factory=HotaCounts)
    clear: ClearCounts = field(default_factory=ClearCounts)
    identity: PairCounts = field(default_factory=PairCounts)

    def figures(self) -> dict[str, float | int | None]:
        """Returns figures and counts; fractions are ``None`` where there is no ground truth."""
        clear, identity = self.clear, self.identity
        truth = clear.true_positives + clear.false_negatives
        predicted = clear.true_positives + clear.false_positives
        shared = identity.true_positives
        errors = identity.false_positives + identity.false_negatives
        fractions = {
            **self.hota.figures(),
            "mota": (clear.true_positives - clear.false_positives - clear.id_switches)
            / max(1, truth),
            "motp": clear.similarity / max(1, clear.true_positives),
            "idf1": shared / max(1, shared + errors / 2),
            "idp": shared / max(1, shared + identity.false_positives),
            "idr": shared / max(1, shared + identity.false_negatives),
        }
        return {
            **(fractions if truth else dict.fromkeys(fractions)),
            **{name: getattr(clear, name) for name in CLEAR_FIGURES},
            "truth": truth,
            "predicted": predicted,
        }


@dataclass
class TrackingCounts(SequenceCounts):
    """What the tracking figures of one clip, or of several pooled, are computed from: on boxes.

    Attributes:
        masks: The same on masks, as ``masks``; empty where there are none.
        mask_iou: Summed mask IoU of the pairs whose boxes match.
        mask_pairs: How many these are.
    """

    masks: dict[str, SequenceCounts] = field(default_factory=dict)
    mask_iou: float = 0.0
    mask_pairs: int = 0

    def figures(self) -> dict[str, Any]:
        """Returns figures and counts on boxes, and below ``masks`` the same on masks."""
        return {
            **super().figures(),
            "mask_iou": ratio(self.mask_iou, self.mask_pairs),
            "mask_pairs": self.mask_pairs,
            **{name: counts.figures() for name, counts in self.masks.items()},
        }


def measure_tracking(tables: ClipTables) -> TrackingCounts:
    """Compares the tracks of a clip with its ground-truth players, on boxes and on masks.

    On masks the same people and tracks are compared, and the similarity is the IoU of their masks,
    as in MOTS (Voigtlaender et al., "MOTS: Multi-Object Tracking and Segmentation", CVPR 2019, and
    TrackEval's KITTI MOTS). There are no figures on masks where a frame has none, or most of the
    people who are matched.

    Args:
        tables: The clip.

    Returns:
        Counts that :func:`~hoop_plugins.evaluation.pooling.pool` adds up as TrackEval combines
        sequences.
    """
    mask_iou = tables.people.mask_iou.dropna()
    on_masks = [
        Overlaps(frame.truth, frame.tracks, frame.masks)
        for frame in tables.sequence
        if frame.masks is not None
    ]
    matched = int((tables.people.counted & (tables.people.track >= 0)).sum())
    masked = 2 * len(mask_iou) > matched and len(on_masks) == len(tables.sequence)
    return TrackingCounts(
        **vars(measure_sequence(tables.sequence, tables.clear_pairs)),
        masks={"masks": measure_sequence(on_masks)} if masked else {},
        mask_iou=float(mask_iou.sum()),
        mask_pairs=len(mask_iou),
    )


def measure_sequence(
    frames: Sequence[Overlaps], pairs: Sequence[ClearPairs] | None = None
) -> SequenceCounts:
    """Counts for all three metrics.

    Args:
        frames: One sequence, ids from 0 (see :func:`~hoop_plugins.evaluation.matching.renumber`).
        pairs: Of :func:`~hoop_plugins.evaluation.matching.match_clear`, where they are known.
    """
    known = list(match_clear(frames)) if pairs is None else pairs
    return SequenceCounts(hota(frames), clear(frames, known), identity(frames))


def hota(frames: Sequence[Overlaps]) -> HotaCounts:
    """Counts for Higher Order Tracking Accuracy.

    Luiten et al., "HOTA: A Higher Order Metric for Evaluating Multi-Object Tracking", IJCV 2021.
    One matching a frame serves all thresholds; it favours pairs of ids that agree over the whole
    sequence.

    Args:
        frames: One sequence, ids from 0 (see :func:`measure_sequence`).

    Returns:
        Sums for each threshold.
    """
    people, tracks = lengths(frames)
    together = np.zeros((len(people), len(tracks)))
    for frame in frames:
        scores = frame.similarity
        union = scores.sum(0)[None] + scores.sum(1)[:, None] - scores
        share = np.divide(scores, union, out=np.zeros_like(scores), where=union > EPSILON)
        together[np.ix_(frame.truth, frame.tracks)] += share
    total = people[:, None] + tracks[None]
    alignment = together / np.maximum(EPSILON, total - together)

    counts = HotaCounts()
    matches = np.zeros((len(ALPHAS), len(people), len(tracks)))
    for frame in frames:
        score = alignment[np.ix_(frame.truth, frame.tracks)] * frame.similarity
        rows, columns = linear_sum_assignment(score, maximize=True)
        similarity = frame.similarity[rows, columns]
        hit = similarity[None] >= ALPHAS[:, None] - EPSILON
        hits = hit.sum(axis=1)
        counts.true_positives += hits
        counts.false_negatives += len(frame.truth) - hits
        counts.false_positives += len(frame.tracks) - hits
        counts.localization += (hit * similarity).sum(axis=1)
        matches[:, frame.truth[rows], frame.tracks[columns]] += hit
    counts.association += (matches**2 / np.maximum(1, total - matches)).sum(axis=(1, 2))
    return counts


def clear(frames: Sequence[Overlaps], matched: Sequence[ClearPairs]) -> ClearCounts:
    """Counts for MOTA, identity switches, fragmentations, mostly tracked and mostly lost.

    Bernardin and Stiefelhagen, "Evaluating Multiple Object Tracking Performance: The CLEAR MOT
    Metrics", EURASIP JIVP 2008.

    Args:
        frames: One sequence, ids from 0 (see :func:`measure_sequence`).
        matched: Each frame's pairs, of :func:`~hoop_plugins.evaluation.matching.match_clear`.

    Returns:
        The sums.
    """
    people, _ = lengths(frames)
    counts = ClearCounts()
    tracked, fragments = np.zeros(len(people), int), np.zeros(len(people), int)
    for frame, pairs in zip(frames, matched, strict=True):
        who = frame.truth[pairs.rows]
        counts.id_switches += int(pairs.switched.sum())
        tracked[who] += 1
        fragments[who] += pairs.begun
        counts.true_positives += len(who)
        counts.false_negatives += len(frame.truth) - len(who)
        counts.false_positives += len(frame.tracks) - len(who)
        counts.similarity += float(frame.similarity[pairs.rows, pairs.columns].sum())

    share = tracked / np.maximum(1, people)
    counts.mostly_tracked = int((share > MOSTLY_TRACKED).sum())
    counts.partly_tracked = int((share >= MOSTLY_LOST).sum()) - counts.mostly_tracked
    counts.mostly_lost = len(people) - counts.mostly_tracked - counts.partly_tracked
    counts.fragmentations = int((fragments[fragments > 0] - 1).sum())
    return counts


def identity(frames: Sequence[Overlaps]) -> PairCounts:
    """Counts for IDF1, IDP and IDR.

    Ristani et al., "Performance Measures and a Data Set for Multi-Target, Multi-Camera Tracking",
    ECCV workshops 2016. Every person gets the one track of the whole sequence that makes most
    frames agree.

    Args:
        frames: One sequence, ids from 0 (see :func:`measure_sequence`).

    Returns:
        The sums.
    """
    people, tracks = lengths(frames)
    together = np.zeros((len(people), len(tracks)), int)
    for frame in frames:
        together[np.ix_(frame.truth, frame.tracks)] += frame.similarity >= MATCH_IOU
    agreed = int(together[linear_sum_assignment(together, maximize=True)].sum())
    return PairCounts(agreed, int(people.sum()) - agreed, int(tracks.sum()) - agreed)
