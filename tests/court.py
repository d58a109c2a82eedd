"""Ground truth of a still scene: three players with a number each, a fourth who shows none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import supervision as sv

WORN = {1: "23", 2: "7", 3: "00"}


def truth(frame: int, texts: Sequence[str | None] = tuple(WORN.values())) -> sv.Detections:
    """Three players with a number each, the third hidden; a fourth who shows none."""
    people = [(20 + 70 * i, 40, 70 + 70 * i, 160) for i in range(4)]
    boxes = [(x + 15, 65, x + 35, 85) for x, *_ in people[: len(texts)]]
    count = len(people) + len(boxes)

    def column(*values: object) -> np.ndarray:
        made = np.empty(count, dtype=object)
        made[:] = values
        return made

    nothing = [None] * len(people)
    return sv.Detections(
        xyxy=np.array([*people, *boxes], dtype=np.float32),
        tracker_id=np.array([1, 2, 3, 4, *range(1, len(boxes) + 1)]),
        data={
            "class_name": column(*["player"] * 4, *["number"] * len(boxes)),
            "action": column("player-jump-shot", *[None] * (count - 1)),
            "text": column(*nothing, *texts),
            "visible": column(*[1.0] * 4, *[1.0, 0.95, 0.3][: len(boxes)]),
        },
    )
