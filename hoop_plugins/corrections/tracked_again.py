"""Who was where in a frame, as people put it right: what a tracker is told."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import supervision as sv

from hoop_plugins.corrections import edits
from hoop_plugins.corrections.anchors import NoTrackError, find_track
from hoop_plugins.corrections.record import Correction, CorrectionError, listed
from hoop_plugins.corrections.shapes import ANYBODY, EDITED, REMOVED, laid
from hoop_plugins.corrections.truth import Predictions
from hoop_plugins.corrections.unaided import kept
from hoop_plugins.data.detections import compact_masks, objects, track_ids
from hoop_plugins.data.masks import NONE, from_crops
from hoop_plugins.data.store import SampleStore

DRAWN, BOX = "drawn", "box"


@dataclass(frozen=True)
class Told:
    """The people of a frame, as they were put right.

    Attributes:
        people: Boxes, masks and classes; ``tracker_id`` is the tracker's own, -1 of who was drawn.
        meant: bool ``(N,)``: those who were put right in the frame, and the one who was chosen.
        gone: The tracker's own ids of those who were removed from the frame.
        until: The next frame in which one of those who are meant was put right; ``None`` if in
            none.
    """

    people: sv.Detections
    meant: np.ndarray
    gone: frozenset[int]
    until: int | None


def check_told(store: SampleStore, frame: int, index: int | None = None) -> None:
    """Refuses what :func:`people_told` would, as far as is known while edits are not taken over.

    Raises:
        CorrectionError: If the track is not seen there, or nobody was put right there.
    """
    if index is not None:
        shown = [found for _, found in store.read("players", frame, frame, masks=False)]
        if not any(index in track_ids(found) for found in shown):
            raise _not_seen(store, frame, index)
        return
    pending = [correction for _, correction in edits.find(store).corrections]
    if not any(_says(correction, frame) for correction in [*listed(store), *pending]):
        raise _nobody(store, frame)


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
        raise _not_seen(store, frame, index)
    edited = [] if shown is None else list(shown.data[EDITED])
    meant = np.array([what is not None for what in edited], bool)
    if index is not None:
        meant |= ids == index
    removed = [one for one in listed(store) if one.attribute == REMOVED and _says(one, frame)]
    if shown is None or not (removed or meant.any()):
        raise _nobody(store, frame)
    shown_ids = set(ids[meant].tolist())
    later = [
        entry["frame"]
        for entry in laid(store)
        if entry["frame"] > frame and entry["index"] in shown_ids
    ]
    later += _drawn_later(store, frame, shown_ids)
    people = Predictions(store).restore("players", frame, shown)
    tracker = [
        -1 if what == DRAWN else i for what, i in zip(edited, _tracker_ids(shown), strict=True)
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
    gone = set()
    for one in removed:
        with suppress(NoTrackError):  # which laying it on has said
            gone.add(find_track(store, one.anchor, ANYBODY, _tracker_ids))
    return Told(told.select(there), meant[there], frozenset(gone), min(later, default=None))


def _tracker_ids(found: sv.Detections) -> list[int]:
    """The tracker's own id of each label, whatever people said of who is who."""
    known = (found.data["track"], found.data["predicted_index"], track_ids(found).tolist())
    return [
        track if track is not None else before or i for track, before, i in zip(*known, strict=True)
    ]


def _drawn_later(store: SampleStore, frame: int, indices: set[int]) -> list[int]:
    """Frames in which people who were drawn were drawn again, after some in which they were not."""
    drawn = kept(store).get("drawn") or []
    keys = {person["key"] for person in drawn if person["index"] in indices}
    found = []
    for one in listed(store):
        if one.key in keys:
            frames = {shape["frame"] for shape in one.shapes or ()}
            found += [later for later in frames if later > frame and later - 1 not in frames]
    return found


def _says(one: Correction, frame: int) -> bool:
    """Whether a correction says where somebody is, or is not, in a frame."""
    return any(shape["frame"] == frame for shape in one.shapes or ())


def _not_seen(store: SampleStore, frame: int, index: int) -> CorrectionError:
    return CorrectionError(
        f"track {index} of {store.name} is not seen in frame {frame}: give a frame in which "
        "the person is, or draw them there"
    )


def _nobody(store: SampleStore, frame: int) -> CorrectionError:
    return CorrectionError(
        f"nobody was put right in frame {frame} of {store.name}: move a box there, paint a "
        "mask or draw somebody in FiftyOne's tab Annotate, or say which track is meant"
    )


def _masks_told(shown: sv.Detections) -> sv.CompactMask | None:
    """The masks that people saw; where they moved the box alone, it is not theirs."""
    masks = compact_masks(shown)
    if masks is None:
        return None
    crops = [
        NONE if what == BOX else masks.crop(row) for row, what in enumerate(shown.data[EDITED])
    ]
    return from_crops(crops, list(map(tuple, masks.offsets.tolist())), masks.shape[1:])
