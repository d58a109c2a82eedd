"""How hard a clip is, measured from its ground truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from rich.table import Table

from .camera import HEIGHT, WIDTH
from .ground_truth import FrameTruth, PersonTruth

READABLE_SHARE, READABLE_HEIGHT = 0.9, 12
_OCCLUDED = 0.985  # below it a person counts as occluded; anti-aliasing costs a pixel or two


@dataclass(frozen=True)
class Difficulty:
    """What makes a clip hard.

    Attributes:
        seconds: length.
        height_min, height_median, height_max: of players fully in the frame, pixels.
        crossings: times that half or more of a player became hidden.
        occluded: share of player-frames with any occlusion.
        readable: share of player-frames whose number is 90% visible and 12 px high.
        blur: median motion blur of the figures, pixels.
        kit_similarity: of the two jerseys' colors, 0 (far apart) to 1 (the same).
    """

    seconds: float
    height_min: float
    height_median: float
    height_max: float
    crossings: int
    occluded: float
    readable: float
    blur: float
    kit_similarity: float


def _in_frame(person: PersonTruth) -> bool:
    left, top, right, bottom = person.box
    return left > 1 and top > 1 and right < WIDTH - 1 and bottom < HEIGHT - 1


def measure(
    truths: Sequence[FrameTruth], kit_similarity: float = 0.0, fps: float = 30.0
) -> Difficulty:
    """Measures a clip.

    Args:
        truths: all of its frames.
        kit_similarity: see `kits.similarity`.
        fps: frames a second.

    Returns:
        Its difficulty.
    """
    heights: list[float] = []
    frames = occluded = readable = 0
    hidden: dict[int, list[int]] = defaultdict(list)
    for truth in truths:
        good = {
            n.track_id
            for n in truth.numbers
            if n.visible >= READABLE_SHARE and n.box[3] - n.box[1] >= READABLE_HEIGHT
        }
        for person in truth.people:
            if person.label != "player":
                continue
            frames += 1
            readable += person.track_id in good
            if _in_frame(person):
                occluded += person.visible < _OCCLUDED
                heights.append(person.full_height)
                if person.visible <= 0.5:
                    hidden[person.track_id].append(truth.frame_number)
    # Frames less than a third of a second apart belong to the same crossing.
    crossings = sum(1 + int((np.diff(at) > fps / 3).sum()) for at in hidden.values())
    low, middle, high = np.percentile(heights, (0, 50, 100)) if heights else (0, 0, 0)
    return Difficulty(
        len(truths) / fps, float(low), float(middle), float(high), crossings,
        occluded / max(frames, 1), readable / max(frames, 1),
        float(np.median([t.blur for t in truths])) if truths else 0.0, kit_similarity,
    )  # fmt: skip


def difficulty_table(found: Sequence[Difficulty]) -> Table:
    """What makes rendered clips hard, a row a measure: mean, least and greatest over the clips."""
    table = Table(title=f"How hard the {len(found)} clip(s) are", title_justify="left")
    for column in ("measure", "mean", "least", "greatest"):
        table.add_column(column, justify="left" if column == "measure" else "right")
    rows = [asdict(difficulty) for difficulty in found]
    for name in rows[0]:
        values = [float(row[name]) for row in rows]
        mean = sum(values) / len(values)
        table.add_row(name, *(f"{value:.2f}" for value in (mean, min(values), max(values))))
    return table
