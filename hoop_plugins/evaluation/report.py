"""All figures of some clips together: pooled, clip by clip, with intervals, as JSON and a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rich.table import Table

from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.bootstrap import interval, resample
from hoop_plugins.evaluation.clip import Clip, CorrectionCounts
from hoop_plugins.evaluation.detection import BoxMatches, ClassCounts, match_boxes
from hoop_plugins.evaluation.game_state import measure_game_state
from hoop_plugins.evaluation.headlines import HEADLINES
from hoop_plugins.evaluation.identity import IdentityCounts, measure_identity
from hoop_plugins.evaluation.numbers import NumberCounts, measure_numbers
from hoop_plugins.evaluation.pooling import pool
from hoop_plugins.evaluation.sections import corrections_note, sections
from hoop_plugins.evaluation.tables import ClipTables, collect
from hoop_plugins.evaluation.teams import TeamCounts, measure_teams
from hoop_plugins.evaluation.tracking import TrackingCounts, measure_tracking

if TYPE_CHECKING:
    from hoop_plugins.evaluation.comparison import Comparison


@dataclass
class ClipCounts:
    """The counts of one clip, or of several pooled."""

    frames: int
    detection: dict[str, ClassCounts]
    tracking: TrackingCounts
    teams: TeamCounts
    numbers: NumberCounts
    identity: IdentityCounts
    corrections: CorrectionCounts = field(default_factory=CorrectionCounts)

    def figures(self) -> dict[str, Any]:
        """Returns every figure, by topic."""
        return {
            "frames": self.frames,
            "detection": {name: one.figures() for name, one in self.detection.items()},
            **self._beyond_detection(),
            "corrections": asdict(self.corrections),
        }

    def headlines(self) -> dict[str, float | None]:
        """Returns the figures of :data:`HEADLINES`, and each label's AP50, by dotted name."""
        topics = self._beyond_detection()
        return {
            **{f"detection.{name}.ap50": one.ap50() for name, one in self.detection.items()},
            **{path: lookup(topics, path) for path in HEADLINES},
        }

    def _beyond_detection(self) -> dict[str, Any]:
        return {
            "tracking": self.tracking.figures(),
            "teams": self.teams.figures(),
            "numbers": self.numbers.figures(),
            "identity": self.identity.figures(),
        }


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
        corrected = [name for name, one in self.clips.items() if one.corrections.clips]
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

    def table(self) -> Table:
        """Returns the figures for a terminal."""
        figures, intervals = self.pooled.figures(), self.intervals
        clips = len(self.clips)
        table = Table(
            title=f"Evaluation of {clips} clip{'s' * (clips != 1)}, {figures['frames']} frames"
        )
        table.add_column("figure")
        table.add_column("value", justify="right")
        if intervals:
            table.add_column("95% interval", justify="right")
        table.add_column("counted")
        for section in sections(figures):
            for path, value, counted in section:
                interval = " to ".join(f"{bound:.3f}" for bound in intervals.get(path, []))
                table.add_row(path, _shown(value), *([interval] if intervals else []), counted)
            table.add_section()
        return table


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


def tabulate(clip: Clip) -> ClipTables:
    """Compares the frames of one clip, holding the masks of one frame at a time.

    Args:
        clip: The clip.

    Returns:
        What its figures and marks come from.

    Raises:
        HoopError: If an id occurs twice among the players of a frame.
    """
    try:
        return collect(clip.frames(), clip.corrected)
    except HoopError as error:
        raise HoopError(f"{clip.name}, {error}") from error


def measure(tables: ClipTables, boxes: BoxMatches) -> ClipCounts:
    """Counts what a clip's figures are computed from.

    Args:
        tables: The clip.
        boxes: Which of its detections are right.

    Returns:
        The counts.
    """
    counts = ClipCounts(
        frames=len(tables.overlaps),
        detection=boxes.counts,
        tracking=measure_tracking(tables),
        teams=measure_teams(tables),
        numbers=measure_numbers(tables),
        identity=measure_identity(tables),
    )
    return _of_people(counts, tables.corrected.counts) if tables.corrected else counts


def _of_people(counts: ClipCounts, corrections: CorrectionCounts) -> ClipCounts:
    """What corrections can tell: their places are those of the predictions themselves."""
    nothing = collect([])
    return replace(
        counts,
        detection={},
        tracking=measure_tracking(nothing),
        numbers=replace(counts.numbers, pairs=0, pairs_right=0, boxes=0, boxes_paired=0),
        identity=replace(counts.identity, game_state=measure_game_state(nothing)),
        corrections=corrections,
    )


def lookup(figures: dict[str, Any], path: str) -> Any:
    """Returns the figure at a dotted name such as ``numbers.validated.precision``."""
    value: Any = figures
    for key in path.split("."):
        value = value[key]
    return value


def _shown(value: float | int | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
