"""Who was where in a frame, as people put it right, and what was tracked from that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import supervision as sv

from hoop_plugins.corrections.record import CorrectionError, listed
from hoop_plugins.corrections.shapes import EDITED, REMOVED, laid
from hoop_plugins.corrections.truth import Predictions
from hoop_plugins.corrections.unaided import keep, kept
from hoop_plugins.data.detections import compact_masks, objects, track_ids
from hoop_plugins.data.fields import TRACKED_AGAIN
from hoop_plugins.data.masks import NONE, from_crops
from hoop_plugins.data.store import SampleStore

DRAWN, BOX = "drawn", "box"


@dataclass(frozen=True)
class Told:
    """The people of a frame, as they were put right.

    Attributes:
        people: Boxes, masks and classes; ``tracker_id`` is the tracker's own, -1 of who was drawn.
        meant: bool ``(N,)``: those who were put right in the frame, and the one who was chosen.
        until: The next frame in which one of these was put right; ``None`` if in none.
    """

    people: sv.Detections
    meant: np.ndarray
    until: int | None


def people_told(store: SampleStore, frame: int, index: int | None = None) -> Told:
    """Everybody in a frame, as it shows, corrections and all.

    Args:
        store: The clip.
        frame: The frame, from 1.
        index: The shown id of a track that is meant, whether it was put right or not.

    Raises:
        CorrectionError: If the track is not seen there, or nobody was put right there.
    """
    shown = next((found for _, found in store.read("players", frame, frame)), None)
    ids = track_ids(shown or sv.Detections.empty())
    if index is not None and index not in ids:
        raise CorrectionError(
            f"track {index} of {store.name} is not seen in frame {frame}: give a frame in which "
            "the person is, or draw them there"
        )
    edited = [] if shown is None else list(shown.data[EDITED])
    meant = np.array([what is not None for what in edited], bool) | (ids == (index or -1))
    # Who was removed is not there to be seen until the tracker runs again.
    gone = any(
        one.attribute == REMOVED and frame in [shape["frame"] for shape in one.shapes or ()]
        for one in listed(store)
    )
    if shown is None or not (gone or meant.any()):
        raise CorrectionError(
            f"nobody was put right in frame {frame} of {store.name}: move a box there, paint a "
            "mask or draw somebody in FiftyOne's tab Annotate, or say which track is meant"
        )
    shown_ids = set(ids[meant].tolist())
    later = [
        entry["frame"]
        for entry in laid(store)
        if entry["frame"] > frame and entry["index"] in shown_ids
    ]
    people = Predictions(store).restore("players", frame, shown)
    tracker = [
        -1 if what == DRAWN else track if track is not None else before or i
        for what, track, before, i in zip(
            edited, shown.data["track"], shown.data["predicted_index"], ids.tolist(), strict=True
        )
    ]
    told = sv.Detections(
        shown.xyxy,
        _masks_told(shown),
        shown.confidence,
        tracker_id=np.array(tracker, int),
        data={"class_name": people.data["class_name"], "action": objects([None] * len(shown))},
    )
    there = np.array(
        [
            what != REMOVED and (what == DRAWN or i > 0)
            for what, i in zip(edited, tracker, strict=True)
        ],
        bool,
    )
    return Told(told.select(there), meant[there], min(later, default=None))


def _masks_told(shown: sv.Detections) -> sv.CompactMask | None:
    """The masks that people saw; where they moved the box alone, it is not theirs."""
    masks = compact_masks(shown)
    if masks is None:
        return None
    crops = [
        NONE if what == BOX else masks.crop(row) for row, what in enumerate(shown.data[EDITED])
    ]
    return from_crops(crops, list(map(tuple, masks.offsets.tolist())), masks.shape[1:])


def note_tracked(store: SampleStore, first: int, last: int) -> None:
    """Notes that some frames were tracked from corrections."""
    keep(store, **{TRACKED_AGAIN: [*_stretches(store), [first, last]]})


def frames_tracked(store: SampleStore) -> int:
    """How many frames were tracked from corrections."""
    return len({f for first, last in _stretches(store) for f in range(first, last + 1)})


def forget_tracked(store: SampleStore) -> list[int]:
    """Forgets what was tracked from corrections, and returns the frames that these were given in;
    the corrections stay.
    """
    stretches = _stretches(store)
    keep(store, **{TRACKED_AGAIN: None})
    return sorted({first - 1 for first, _ in stretches})


def _stretches(store: SampleStore) -> list[list[int]]:
    return [list(map(int, stretch)) for stretch in kept(store).get(TRACKED_AGAIN) or []]
