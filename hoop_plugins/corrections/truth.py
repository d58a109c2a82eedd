"""What people said, for those who measure and train."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import fiftyone as fo
from fiftyone import ViewField as F

from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.corrections import overlay
from hoop_plugins.data.fields import Fields
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
        sample_id: The video's sample.
        video: The video file.
        frame: Frame number, from 1.
        box: xyxy in pixels.
        index: The owner's track, as shown.
        number: The number.
        text: What the reader read there; ``None`` where the box was not read.
        quality: 0 to 1, as the stage read measures it; ``None`` where the box was not read.
    """

    sample_id: str
    video: str
    frame: int
    box: tuple[float, float, float, float]
    index: int
    number: str
    text: str | None
    quality: float | None


def as_truth(store: SampleStore) -> list[Truth]:
    """What people said of a clip, to count as ground truth where there is none.

    Args:
        store: The clip.

    Returns:
        One for each person who was corrected, or confirmed. Compare ``number`` and ``team``, where
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
    ]


def number_labels(
    view: fo.core.collections.SampleCollection, names: Fields | None = None
) -> Iterator[NumberLabel]:
    """The number boxes of players whose number people said: labels to train the reader with.

    Args:
        view: Videos.
        names: The names of the label fields.

    Yields:
        One for each box, video after video, in order of frame.
    """
    wanted = ("index", "bounding_box", "corrected", "text", "quality")
    for sample_id in view.values("id"):
        store = SampleStore(dataset_of(view), sample_id, names)
        if not store.has("numbers"):
            continue
        info = store.video
        for frame, boxes in store.find("numbers", F("corrected").exists(), wanted):
            for label in boxes:
                x, y, width, height = label["bounding_box"]
                corners = x * info.width, y * info.height
                sides = width * info.width, height * info.height
                yield NumberLabel(
                    sample_id,
                    info.path,
                    frame,
                    (*corners, corners[0] + sides[0], corners[1] + sides[1]),
                    label["index"],
                    label["corrected"],
                    label["text"],
                    label["quality"],
                )
