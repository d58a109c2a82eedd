"""Two evaluations, metric by metric: what changed, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.bootstrap import interval, resample
from hoop_plugins.evaluation.pooling import pool
from hoop_plugins.evaluation.report import ClipCounts, EvaluationReport
from hoop_plugins.evaluation.sections import sections


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

    def table(self) -> Table:
        """Returns the changes for a terminal; bold is what certainly changed."""
        count = len(self.clips)
        left_out = f"; {len(self.left_out)} that only one has left out" if self.left_out else ""
        table = Table(title=f"Comparison over {count} clip{'s' * (count != 1)}{left_out}")
        for column in ("figure", "old", "new", "difference", "95% interval"):
            table.add_column(column, justify="left" if column == "figure" else "right")
        for one in self.changes:
            interval = " to ".join(f"{bound:+.3f}" for bound in one.interval or ())
            table.add_row(
                one.figure,
                _shown(one.old),
                _shown(one.new),
                _shown(one.difference, sign="+"),
                interval,
                style="bold" if one.certain else "",
            )
        return table


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


def _shown(value: float | None, sign: str = "") -> str:
    if value is None:
        return "-"
    return f"{value:{sign}d}" if isinstance(value, int) else f"{value:{sign}.3f}"
