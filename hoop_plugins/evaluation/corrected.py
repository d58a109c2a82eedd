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
        truths: What people corrected or confirmed, at least of one person.
    """

    name: str
    store: SampleStore
    truths: Sequence[Truth]

    @cached_property
    def corrected(self) -> Corrected:
        """What people said, counted."""
        checked = {track.index: track for truth in self.truths for track in truth.predicted}
        predicted = {**self.store.read_tracks(), **checked}
        counts = CorrectionCounts(
            clips=1,
            tracks=len(checked),
            same_person=len(checked) - len(self.truths),
            not_a_person=sum(len(truth.predicted) for truth in self.truths if not truth.is_person),
        )
        return Corrected(
            counts, frozenset(track.team for track in predicted.values() if track.team)
        )

    def frames(self) -> Iterator[Frame]:
        """Yields the frames in which somebody is seen of whom something was said."""
        people = {truth.index: truth for truth in self.truths}
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
    known = np.array([truth is not None for truth in who], dtype=bool)
    return replace(found, tracker_id=np.where(known, track_ids(found), NOBODY))


def _truth(
    players: sv.Detections,
    who: Sequence[Truth | None],
    numbers: sv.Detections,
    owners: Sequence[Truth | None],
) -> sv.Detections:
    """The people of a frame as they were said to be, and the number boxes of numbers said."""
    seen = [(row, truth) for row, truth in enumerate(who) if truth and truth.is_person]
    read = [
        (row, owner)
        for row, owner in enumerate(owners)
        if owner and owner.is_person and owner.number
    ]
    everybody = [truth for _, truth in (*seen, *read)]
    labels = [truth.role or truth.predicted[0].role for _, truth in seen]
    nothing: list[str | None] = [None] * len(read)
    values = {
        "class_name": labels + ["number"] * len(read),
        "team": [truth.team for _, truth in seen] + nothing,
        "number": [truth.number for _, truth in seen] + nothing,
        "text": [None] * len(seen) + [owner.number for _, owner in read],
    }
    return sv.Detections(
        np.concatenate(
            [players.xyxy[[row for row, _ in seen]], numbers.xyxy[[row for row, _ in read]]]
        ),
        tracker_id=np.array([truth.index for truth in everybody], dtype=int),
        data={name: np.array(column, dtype=object) for name, column in values.items()},
    )
