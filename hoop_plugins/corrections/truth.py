"""What people said, and what was predicted before that, for those who measure and train."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

import numpy as np
import supervision as sv
from fiftyone import ViewField as F

from hoop_plugins.corrections import overlay
from hoop_plugins.corrections.shapes import PredictedShapes
from hoop_plugins.corrections.unaided import Unaided, read_unaided
from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track


@dataclass(frozen=True)
class Truth:
    """What people said of one person of a clip, beside what was predicted.

    Attributes:
        index: The track's id as it is shown.
        predicted: The tracks that are the person, as they were predicted: one, or those that were
            said to be the same.
        is_person: False where they are nobody.
        role: "player" or "referee"; ``None`` where nothing was said of it.
        team: Likewise.
        number: Likewise.
    """

    index: int
    predicted: tuple[Track, ...]
    is_person: bool
    role: str | None
    team: str | None
    number: str | None


@dataclass(frozen=True)
class NumberLabel:
    """A number box with the number that a person said its owner wears.

    Attributes:
        frame: Frame number, from 1.
        box: xyxy in pixels.
        index: The owner's track, as shown.
        number: The number.
        text: What the reader read there; ``None`` where the box was not read.
        confidence: How sure it was, 0 to 1, where that is known.
        source: "torso" where no detector found the box, so that it need not show the number.
    """

    frame: int
    box: tuple[float, float, float, float]
    index: int
    number: str
    text: str | None
    confidence: float | None = None
    source: str | None = None


def as_truth(store: SampleStore) -> list[Truth]:
    """What people said of a clip, to count as ground truth where there is none.

    Args:
        store: The clip.

    Returns:
        One for each person who was corrected, or confirmed; where ``link`` obeyed what was said of
        who is who, that alone says nothing to compare. Compare ``number`` and ``team``, where
        they are not ``None``, with those of the ``predicted`` tracks.
    """
    laid = overlay.read(store)
    return [
        Truth(
            person.index,
            tuple(laid.tracks[index] for index in person.tracks),
            "not_a_person" not in person.said,
            *(person.said.get(attribute) for attribute in ("role", "team", "number")),
        )
        for person in laid.people
        if person.said or len(person.tracks) > 1
    ]


def number_labels(store: SampleStore) -> Iterator[NumberLabel]:
    """The number boxes of players whose number people said: labels to train the reader with."""
    width, height = store.size
    wanted = ("bounding_box", "index", "corrected", "text", "text_confidence", "source")
    for frame, labels in store.find("numbers", F("corrected").exists(), wanted):
        for label in labels:
            x, y, across, down = label["bounding_box"]
            left, top = x * width, y * height
            box = (left, top, left + across * width, top + down * height)
            yield NumberLabel(frame, box, *(label[name] for name in wanted[1:]))


class Predictions:
    """Gives labels back what was predicted of them.

    Args:
        store: The clip.
        before: Who everybody was before something was tracked from corrections, where that counts.
        former: The frames of which the players are given as they were kept.
    """

    def __init__(
        self, store: SampleStore, before: Unaided | None = None, former: Container[int] = ()
    ) -> None:
        self._before, self._former = before is not None, former
        self._unaided = before or read_unaided(store)
        self._tracks = self._unaided.tracks if self._unaided else overlay.read(store).tracks
        self._shapes = PredictedShapes(store)

    def restore(self, role: str, frame: int, found: sv.Detections) -> sv.Detections:
        """A frame's labels, in the same order, as they were before anybody corrected them, and as
        they would have been linked then. Who was not tracked ``before`` has no id.

        Args:
            role: The field that they are of, as ``SampleStore.read`` takes it.
            frame: The frame, from 1.
            found: As that gives them.
        """
        if role == "players" and frame not in self._former:
            found = self._shapes.restore(frame, found)
        if not self._tracks or role not in ("players", "numbers"):
            return found
        shown = zip(track_ids(found).tolist(), found.data["predicted_index"], strict=True)
        ids = [index if known is None else known for index, known in shown]
        if self._unaided is not None:
            pairs = zip(ids, found.data["track"], strict=True)
            ids = [index if t is None else self._owner(t, frame) for index, t in pairs]
        data = dict(found.data)
        if role == "players":
            data = {name: np.array(values) for name, values in data.items()}
            for row, index in enumerate(ids):
                if index in self._tracks:
                    values = overlay.label_values(self._tracks[index])
                    for name, value in {"class_name": values.pop("label"), **values}.items():
                        data[name][row] = value
        return replace(found, tracker_id=np.array(ids, dtype=int), data=data)

    def _owner(self, track: int, frame: int) -> int:
        owner = self._unaided.owner(track, frame) if self._unaided else track
        return -1 if self._before and owner not in self._tracks else owner
