"""Where a clip has no ground truth: what people corrected there stands for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import supervision as sv

from hoop_plugins.corrections import Predictions, Truth
from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.store import SampleStore
from hoop_plugins.evaluation.clip import UNUSED, Corrected, CorrectionCounts, Frame

NOBODY = -1
"""In place of the id of a track of which nothing was said: it is left out."""


@dataclass(frozen=True)
class CorrectedClip:
    """A clip of which people said something, compared with that and nothing else.

    People correct who somebody is, not where: places are those of the predictions, and tracks of
    which nothing was said are left out. What was predicted is compared, not what shows since.

    Attributes:
        name: The clip's name in the report.
        store: Its labels.
        said: What people said, at least of one person.
    """

    name: str
    store: SampleStore
    said: Sequence[Truth]

    @cached_property
    def corrected(self) -> Corrected:
        """What people said, counted."""
        checked = {track.index: track for one in self.said for track in one.predicted}
        predicted = {**self.store.read_tracks(), **checked}
        counts = CorrectionCounts(
            clips=1,
            tracks=len(checked),
            same_person=len(checked) - len(self.said),
            not_a_person=sum(len(one.predicted) for one in self.said if not one.is_person),
        )
        return Corrected(counts, frozenset(one.team for one in predicted.values() if one.team))

    def frames(self) -> Iterator[Frame]:
        """Yields the frames in which somebody is seen of whom something was said."""
        people = {one.index: one for one in self.said}
        predictions = Predictions(self.store)
        for number, (players, numbers) in self.store.join(
            ("players", "numbers"), masks=False, without=UNUSED
        ):
            who, owners = (
                [people.get(index) for index in track_ids(found).tolist()]
                for found in (players, numbers)
            )
            if any(who):
                yield Frame(
                    number,
                    sv.Detections.empty(),
                    _checked(predictions.restore("players", players), who),
                    _checked(predictions.restore("numbers", numbers), owners),
                    _truth(players, who, numbers, owners),
                )


def _checked(found: sv.Detections, who: Sequence[Truth | None]) -> sv.Detections:
    known = np.array([one is not None for one in who], dtype=bool)
    return replace(found, tracker_id=np.where(known, track_ids(found), NOBODY))


def _truth(
    players: sv.Detections,
    who: Sequence[Truth | None],
    numbers: sv.Detections,
    owners: Sequence[Truth | None],
) -> sv.Detections:
    """The people of a frame as they were said to be, and the number boxes of numbers said."""
    seen = [(row, one) for row, one in enumerate(who) if one and one.is_person]
    read = [(row, one) for row, one in enumerate(owners) if one and one.is_person and one.number]
    everybody = [one for _, one in (*seen, *read)]
    roles = [one.role or one.predicted[0].role for _, one in seen]
    nothing: list[str | None] = [None] * len(read)
    values = {
        "class_name": roles + ["number"] * len(read),
        "team": [one.team for _, one in seen] + nothing,
        "number": [one.number for _, one in seen] + nothing,
        "text": [None] * len(seen) + [one.number for _, one in read],
    }
    return sv.Detections(
        np.concatenate(
            [players.xyxy[[row for row, _ in seen]], numbers.xyxy[[row for row, _ in read]]]
        ),
        tracker_id=np.array([one.index for one in everybody], dtype=int),
        data={name: np.array(column, dtype=object) for name, column in values.items()},
    )
