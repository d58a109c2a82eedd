"""Everything that is counted of a clip, or of several pooled: every figure comes from it.

Counts are added up, as every figure is a ratio of such sums, and saved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from functools import reduce
from operator import add
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import fiftyone.core.utils as fou
import numpy as np

from hoop_plugins.evaluation.clips import CorrectionCounts
from hoop_plugins.evaluation.detection import BoxMatches, ClassCounts
from hoop_plugins.evaluation.figures import HEADLINES, lookup
from hoop_plugins.evaluation.identity import (
    IdentityCounts,
    TeamCounts,
    measure_identity,
    measure_teams,
)
from hoop_plugins.evaluation.numbers import PAIRING, NumberCounts, measure_numbers
from hoop_plugins.evaluation.tables import ClipTables
from hoop_plugins.evaluation.tracking import HotaCounts, TrackingCounts, measure_tracking

Counts = TypeVar("Counts")


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
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)

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
        topics = ("tracking", "teams", "numbers", "identity")
        return {topic: getattr(self, topic).figures() for topic in topics}


def measure(tables: ClipTables, boxes: BoxMatches) -> ClipCounts:
    """Counts what a clip's figures are computed from."""
    counts = ClipCounts(
        frames=len(tables.overlaps),
        detection=boxes.counts,
        tracking=measure_tracking(tables),
        teams=measure_teams(tables),
        numbers=measure_numbers(tables),
        identity=measure_identity(tables),
        corrections=CorrectionCounts(**tables.helped),
        unknown=tables.unknown,
    )
    if not tables.corrected:
        return counts
    nothing: dict[str, Any] = dict.fromkeys(PAIRING, 0)
    # Places that corrections stand for are those of the predictions themselves.
    return replace(
        counts,
        detection={},
        tracking=TrackingCounts(),
        numbers=replace(counts.numbers, **nothing),
        identity=replace(counts.identity, game_state=HotaCounts()),
        corrections=replace(tables.corrected.counts, **tables.helped),
    )


def pool(clips: Sequence[Counts]) -> Counts:
    """Adds up the counts of several clips, field by field.

    Args:
        clips: Instances of one dataclass, at least one. Its fields are numbers, arrays of one
            shape, lists (joined), counters, or dictionaries of further counts (united by key).

    Returns:
        One instance, with the sums.
    """
    kind: Any = type(clips[0])
    total: Counts = kind(
        **{
            field.name: _sum([getattr(clip, field.name) for clip in clips])
            for field in fields(kind)
        }
    )
    return total


def _sum(values: list[Any]) -> Any:
    if type(values[0]) is dict:
        keys = sorted(set().union(*values))
        return {key: pool([value[key] for value in values if key in value]) for key in keys}
    if is_dataclass(values[0]):
        return pool(values)
    return reduce(add, values)


def pack(value: Any) -> Any:
    """Turns counts into what JSON can hold, so that a run can be pooled and compared later.

    Args:
        value: A dataclass as :func:`pool` takes it, or a part.

    Returns:
        Dictionaries, lists, numbers and, for arrays, text.
    """
    if is_dataclass(value):
        return {field.name: pack(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Counter):
        return [[list(key), count] for key, count in value.items()]
    if isinstance(value, dict):
        return {key: pack(part) for key, part in value.items()}
    if isinstance(value, list):
        return [pack(part) for part in value]
    if isinstance(value, np.ndarray):
        return fou.serialize_numpy_array(value, ascii=True)
    return value.item() if isinstance(value, np.generic) else value


def unpack(kind: Any, packed: Any) -> Any:
    """Turns what :func:`pack` gave into counts again.

    Args:
        kind: What they were: a dataclass, or the annotation of one of its fields.
        packed: Of :func:`pack`.

    Returns:
        The counts, an instance of ``kind``.
    """
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        made: Any = kind
        return made(**{name: unpack(hints[name], value) for name, value in packed.items()})
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Counter:
        return Counter({tuple(key): count for key, count in packed})
    if origin is dict:
        return {key: unpack(inner[1], value) for key, value in packed.items()}
    if origin is list:
        return [unpack(inner[0], value) for value in packed]
    if origin is np.ndarray:
        return fou.deserialize_numpy_array(packed, ascii=True)
    return packed
