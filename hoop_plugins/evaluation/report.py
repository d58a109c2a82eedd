"""All figures of some clips together, with intervals, and what changed between two evaluations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.bootstrap import interval, resample
from hoop_plugins.evaluation.clip import Clip
from hoop_plugins.evaluation.counts import ClipCounts, measure
from hoop_plugins.evaluation.detection import match_boxes
from hoop_plugins.evaluation.pooling import pool
from hoop_plugins.evaluation.sections import corrections_note, sections
from hoop_plugins.evaluation.tabulation import tabulate


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
    interval: tuple[float, float] | None = None

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
        changes = {
            change.figure: {**asdict(change), "certain": change.certain} for change in self.changes
        }
        for change in changes.values():
            del change["figure"]
        return {"clips": self.clips, "left_out": self.left_out, "changes": changes}


@dataclass
class EvaluationReport:
    """The figures of some clips, as ``metrics.md`` defines them.

    Attributes:
        clips: The counts of each clip, by its name.
        comparison: What changed since an earlier evaluation, where one was named.
    """

    clips: dict[str, ClipCounts]
    comparison: Comparison | None = None

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
        corrected = [name for name, clip in self.clips.items() if clip.corrections.clips]
        return [corrections_note(corrected, self.pooled.corrections)] if corrected else []

    @cached_property
    def intervals(self) -> dict[str, list[float]]:
        """95% percentile intervals by bootstrap over clips, by dotted name.

        Empty with fewer than five clips; a figure that is undefined in some resample is judged by
        the others. See :mod:`hoop_plugins.evaluation.bootstrap`.
        """
        drawn = resample(list(self.clips.values()))
        found = {path: interval(values) for path, values in drawn.items()}
        return {path: bounds for path, bounds in found.items() if bounds}


def evaluate_clips(clips: Iterable[Clip]) -> EvaluationReport:
    """Compares predictions with ground truth, one clip at a time.

    Args:
        clips: The clips; a generator keeps only one of them in memory.

    Returns:
        The report.

    Raises:
        HoopError: If there is no clip, two have one name, or an id occurs twice in a frame.
    """
    counts: dict[str, ClipCounts] = {}
    for clip in clips:
        if clip.name in counts:
            raise HoopError(f"two clips are named {clip.name}; give each a name of its own")
        tables = tabulate(clip)
        counts[clip.name] = measure(tables, match_boxes(tables))
    if not counts:
        raise HoopError(
            "there is nothing to evaluate: no clip was given; choose a view with videos"
        )
    return EvaluationReport(counts)


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
    before, after = ([report.clips[name] for name in both] for report in (old, new))
    first, second = (_values(pool(clips)) for clips in (before, after))
    intervals = _intervals(before, after)
    changes = []
    for figure in dict.fromkeys([*second, *first]):
        was, now = first.get(figure), second.get(figure)
        changes.append(Change(figure, was, now, _minus(now, was), intervals.get(figure)))
    return Comparison(both, sorted(set(old.clips) ^ set(new.clips)), changes)


def _values(counts: ClipCounts) -> dict[str, float | int | None]:
    return {path: value for rows in sections(counts.figures()) for path, value, _ in rows}


def _intervals(
    before: Sequence[ClipCounts], after: Sequence[ClipCounts]
) -> dict[str, tuple[float, float]]:
    old, new = resample(before), resample(after)
    found = {path: interval(new[path] - old[path]) for path in new if path in old}
    return {path: (bounds[0], bounds[1]) for path, bounds in found.items() if bounds}


def _minus(new: float | None, old: float | None) -> float | None:
    return None if new is None or old is None else new - old


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
