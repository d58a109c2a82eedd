"""All figures of some clips together, with intervals, and what changed between two evaluations.

Intervals say how far figures depend on the clips that happened to be there: clips are drawn with
replacement, as many as there are, and every figure is computed anew, many times (Efron and
Tibshirani, "An Introduction to the Bootstrap", 1993).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hoop_plugins.data.classes import unknown_classes
from hoop_plugins.data.vocabulary import listed
from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.counts import ClipCounts, pool
from hoop_plugins.evaluation.detection import ClassCounts
from hoop_plugins.evaluation.figures import values
from hoop_plugins.evaluation.tables import UNKNOWN

LEAST_CLIPS = 5
"""Fewer clips than this give no interval."""

RESAMPLES = 1000
"""Efron and Tibshirani advise 1,000 for percentile intervals."""

RANKS = 1000
"""Confidences are told apart by so many ranks, which makes the resamples' average precision fast
and, measured, wrong by less than 0.001."""

RECALLS = np.linspace(0, 1, 101)
"""Where COCO reads the precision."""


@dataclass(frozen=True)
class Change:
    """One figure in two evaluations.

    Attributes:
        figure: Its dotted name.
        old: Its value before; ``None`` where it is undefined.
        new: Its value now.
        difference: ``new - old``; ``None`` where either is undefined.
        interval: 95% interval of the difference; ``None`` where there is none.
    """

    figure: str
    old: float | None
    new: float | None
    difference: float | None
    interval: list[float] | None = None

    @property
    def certain(self) -> bool:
        """Whether the interval leaves out zero: the figure did change."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]


@dataclass(frozen=True)
class Comparison:
    """What changed from one evaluation to another, over the clips that both have.

    Attributes:
        clips: The names of those clips.
        left_out: Clips that only one of them has.
        changes: Every figure.
    """

    clips: list[str]
    left_out: list[str]
    changes: list[Change]

    def to_json(self) -> dict[str, Any]:
        """Returns plain values; the changes by dotted name."""
        changes = [{**asdict(change), "certain": change.certain} for change in self.changes]
        by_figure = {change.pop("figure"): change for change in changes}
        return {"clips": self.clips, "left_out": self.left_out, "changes": by_figure}


@dataclass
class EvaluationReport:
    """The figures of some clips, as ``metrics.md`` defines them.

    Attributes:
        clips: The counts of each clip, by its name.
        comparison: What changed since an earlier evaluation, where one was named.
        about: What must be known of what was evaluated, in words.
    """

    clips: dict[str, ClipCounts]
    comparison: Comparison | None = None
    about: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """Returns figures pooled over the clips, their intervals, and those of each clip.

        Fractions are from 0 to 1, and ``None`` where they are undefined.
        """
        return {
            **self.pooled.figures(),
            "notes": self.notes,
            "interval": self.intervals,
            "clips": {name: counts.figures() for name, counts in self.clips.items()},
        }

    @cached_property
    def pooled(self) -> ClipCounts:
        """The counts of all clips together."""
        return pool(list(self.clips.values()))

    @cached_property
    def notes(self) -> list[str]:
        """What must be known to understand the figures, in words; nothing where all is as usual."""
        return [
            *self.about,
            *self._unknown(),
            *self._linked(),
            *self._tracked(),
            *self._corrected(),
        ]

    def _unknown(self) -> list[str]:
        """What the ground truth says that could not be used."""
        counts: dict[str, dict[str, int]] = {kind: {} for kind in UNKNOWN}
        for (kind, name), count in self.pooled.unknown.items():
            counts[kind][name] = count
        notes = [unknown_classes("the ground truth", counts["class"])]
        true = {name: boxes.truth for name, boxes in self.pooled.detection.items() if boxes.truth}
        if true and "player" not in true:
            has = listed([f"{name} {count}" for name, count in true.items()])
            notes.append(f"the ground truth has no player, so tracked ones are false: it has {has}")
        if numbers := counts["number"]:
            some = listed([f"{name!r} {count}" for name, count in numbers.items()])
            notes.append(f"the ground truth has numbers that are none, taken as unknown: {some}")
        if players := sum(counts["index"].values()):
            notes.append(
                f"{players} players of the ground truth have no index, which says who is who: "
                "tracking, teams, numbers and identity leave them out"
            )
        return [note for note in notes if note]

    def _linked(self) -> list[str]:
        """How many corrections of identity are not measured."""
        count = self.pooled.corrections.identity
        if not count:
            return []
        return [
            f"tracks are linked with {count} correction{'s' * (count != 1)} of identity: "
            "measured is what was linked without"
        ]

    def _tracked(self) -> list[str]:
        """Which clips are measured as they were before something was tracked again."""
        clips = [name for name, clip in self.clips.items() if clip.corrections.before]
        count = self.pooled.corrections.tracked_frames
        were = "frame was" if count == 1 else "frames were"
        why = f"{count} {were} tracked from boxes and masks that people put right"
        if not clips and not count:
            return []
        if not clips:  # a version that did not keep what was before did so
            return [f"{why}, and measured so; hoop run --fresh predicts anew, without it"]
        if not count:
            why = "frames of other clips of the game were tracked from what people put right"
        of = "" if len(clips) == len(self.clips) else f" of {_few(clips)}"
        return [
            f"{why}: measured{of} is what was predicted before that; hoop run --fresh predicts "
            "anew, without it"
        ]

    def _corrected(self) -> list[str]:
        """What corrections stand for the ground truth."""
        clips = [name for name, clip in self.clips.items() if clip.corrections.clips]
        if not clips:
            return []
        counts = self.pooled.corrections
        have = "has" if len(clips) == 1 else "have"
        parts = {"the same person as another": counts.same_person, "nobody": counts.not_a_person}
        of_which = ", ".join(f"{count} {what}" for what, count in parts.items() if count)
        few = ", ".join(clips[:3]) + (f" and {len(clips) - 3} more" if len(clips) > 3 else "")
        return [
            f"{few} {have} no ground truth: {counts.tracks} corrected "
            f"track{'s' * (counts.tracks != 1)} stand{'s' * (counts.tracks == 1)} for it"
            f"{f' ({of_which})' if of_which else ''}. What was predicted of them is compared with "
            "what people said of role, team and number; detection, tracking and pairing cannot be. "
            "People correct what looks wrong: other tracks are likely better than these.",
        ]

    @cached_property
    def intervals(self) -> dict[str, list[float]]:
        """95% percentile intervals by bootstrap over clips, by dotted name.

        Empty with fewer than five clips; a figure that is undefined in some resample is judged by
        the others.
        """
        return _intervals(resample(list(self.clips.values())))


def compare(old: EvaluationReport, new: EvaluationReport) -> Comparison:
    """Compares two evaluations of the same clips.

    The interval of a difference is the 95% percentile interval of a paired bootstrap over clips:
    each resample draws the same clips for both (Efron and Tibshirani, "An Introduction to the
    Bootstrap", 1993). There is none with fewer than five clips, nor for counts.

    Args:
        old: The evaluation before.
        new: The evaluation now.

    Returns:
        The comparison, over the clips that both have.

    Raises:
        HoopError: If they have no clip in common.
    """
    both = [name for name in new.clips if name in old.clips]
    if not both:
        raise HoopError(
            f"the two evaluations have no clip in common: one has {_few(list(old.clips))}, "
            f"the other {_few(list(new.clips))}"
        )
    clips = [[report.clips[name] for name in both] for report in (old, new)]
    before, after = (values(pool(counts).figures()) for counts in clips)
    drawn, redrawn = map(resample, clips)
    intervals = _intervals({path: redrawn[path] - drawn[path] for path in redrawn if path in drawn})
    changes = []
    for figure in dict.fromkeys([*after, *before]):
        was, now = before.get(figure), after.get(figure)
        difference = None if now is None or was is None else now - was
        changes.append(Change(figure, was, now, difference, intervals.get(figure)))
    return Comparison(both, sorted(set(old.clips) ^ set(new.clips)), changes)


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
    precisions = {}
    for label in sorted({label for clip in clips for label in clip.detection}):
        boxes = [clip.detection.get(label, ClassCounts([], [], 0)) for clip in clips]
        precisions[f"detection.{label}.ap50"] = resampled_precision(boxes, times)
    # Pooling every box anew would take as long as everything else.
    rest = [replace(clip, detection={}) for clip in clips]
    others = [pool([rest[index] for index in draw]).headlines() for draw in drawn]
    headlines = {
        path: np.array([figures[path] for figures in others], dtype=np.float64)
        for path in others[0]
    }
    return {**precisions, **headlines}


def interval(values: NDArray[np.float64]) -> list[float]:
    """The 95% percentile interval of a figure, judged by the resamples in which it is defined.

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
    edges = np.concatenate(scores)
    if len(edges):
        edges = np.unique(np.quantile(edges, np.linspace(0, 1, RANKS + 1)[1:-1]))
    # From the most confident on.
    ranks = [len(edges) - np.searchsorted(edges, clip, side="right") for clip in scores]
    count = len(edges) + 1
    given = np.array([np.bincount(rank, minlength=count) for rank in ranks])
    found = np.array(
        [np.bincount(*pair, minlength=count) for pair in zip(ranks, hits, strict=True)]
    )
    truth = times @ np.array([clip.truth for clip in clips])
    right, every = (times @ found).cumsum(axis=1), (times @ given).cumsum(axis=1)
    precision = right / np.maximum(every, 1)
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    averages = np.full(len(times), np.nan)
    for row in np.flatnonzero(truth):
        reached = np.searchsorted(right[row], RECALLS * truth[row] - 1e-9)
        averages[row] = np.append(best[row], 0)[reached].mean()
    return averages


def _intervals(drawn: Mapping[str, NDArray[np.float64]]) -> dict[str, list[float]]:
    found = {path: interval(resampled) for path, resampled in drawn.items()}
    return {path: bounds for path, bounds in found.items() if bounds}


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
