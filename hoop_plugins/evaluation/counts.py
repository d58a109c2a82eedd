"""Everything that is counted of a clip, or of several pooled: every figure comes from it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from hoop_plugins.evaluation.clip import CorrectionCounts
from hoop_plugins.evaluation.detection import BoxMatches, ClassCounts
from hoop_plugins.evaluation.headlines import HEADLINES
from hoop_plugins.evaluation.identity import IdentityCounts, measure_identity
from hoop_plugins.evaluation.numbers import NumberCounts, measure_numbers
from hoop_plugins.evaluation.tables import ClipTables
from hoop_plugins.evaluation.teams import TeamCounts, measure_teams
from hoop_plugins.evaluation.tracking import HotaCounts, TrackingCounts, measure_tracking


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
            "detection": {name: boxes.figures() for name, boxes in self.detection.items()},
            **self._beyond_detection(),
            "corrections": asdict(self.corrections),
        }

    def headlines(self) -> dict[str, float | None]:
        """Returns the figures of :data:`HEADLINES`, and each label's AP50, by dotted name."""
        topics = self._beyond_detection()
        return {
            **{f"detection.{name}.ap50": boxes.ap50() for name, boxes in self.detection.items()},
            **{path: lookup(topics, path) for path in HEADLINES},
        }

    def _beyond_detection(self) -> dict[str, Any]:
        return {
            "tracking": self.tracking.figures(),
            "teams": self.teams.figures(),
            "numbers": self.numbers.figures(),
            "identity": self.identity.figures(),
        }


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
    if not tables.corrected:
        return counts
    # Places that corrections stand for are those of the predictions themselves.
    return replace(
        counts,
        detection={},
        tracking=TrackingCounts(),
        numbers=replace(counts.numbers, pairs=0, pairs_right=0, boxes=0, boxes_paired=0),
        identity=replace(counts.identity, game_state=HotaCounts()),
        corrections=tables.corrected.counts,
    )


def lookup(figures: dict[str, Any], path: str) -> Any:
    """Returns the figure at a dotted name such as ``numbers.validated.precision``."""
    value: Any = figures
    for key in path.split("."):
        value = value[key]
    return value
