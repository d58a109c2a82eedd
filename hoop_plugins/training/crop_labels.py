"""Number crops to train the reader with, and where their numbers come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import fiftyone as fo
import numpy as np
import supervision as sv
from fiftyone import ViewField as F

from hoop_plugins.compat.fiftyone import root_dataset
from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.vocabulary import NONE, jersey_number
from hoop_plugins.stages.read import ReadSettings
from hoop_plugins.stages.torsos import TORSO
from hoop_plugins.training.splits import CurationError, Origin

READABLE, HIDDEN = 0.9, 0.5
"""Share visible from which a number counts as readable, and up to which as unreadable; what lies
between teaches nothing."""

LEAST_HEIGHT = 10
"""Pixels that a readable number of the ground truth has."""

SAME_BOX = 0.5
"""IoU from which a detected number box shows what a box of the ground truth does."""

LEAST_QUALITY = 0.15
"""Of a crop whose number is known from its track: below it, it may well not be readable."""

SURE = 0.9
"""Probability from which *no number* is believed."""

BARE_VISIBLE = 0.6
"""Share of a player without a number box that must be seen to show that he has none there."""

Box = tuple[float, float, float, float]

Found = tuple[int, int, Sequence[float] | np.ndarray, str, bool]
"""What a source gives: the track's id (-1: none), and frame, box, answer and inferred, as
:class:`CropLabel` has them."""


@dataclass(frozen=True)
class CropLabel:
    """A crop and what is to be read there.

    Attributes:
        origin: The image, or the video.
        frame: Of a video: which frame, from 1.
        box: Of a video: xyxy pixels, without padding.
        answer: A number, or "none"; "" where it is not known.
        inferred: Whether the number is that of the track, and the crop may not show it.
    """

    origin: Origin
    frame: int | None
    box: Box | None
    answer: str
    inferred: bool = False

    @property
    def classes(self) -> tuple[str]:
        """What it teaches: its answer."""
        return (self.answer,)


def image_crops(
    view: fo.core.collections.SampleCollection, origins: Sequence[Origin], field: str
) -> Iterator[CropLabel]:
    """Images that are crops themselves, with a ``Classification``; others are left out.

    Raises:
        CurationError: If there is no such field, or a label is no number.
    """
    kind = view.get_field(field)
    if getattr(kind, "document_type", None) is not fo.Classification:
        raise CurationError(
            f"{root_dataset(view).name!r} has no classification {field!r}: name the field with "
            "the numbers"
        )
    samples = view.select([origin.sample_id for origin in origins], ordered=True)
    for origin, label in zip(origins, samples.values(f"{field}.label"), strict=True):
        if label is not None:
            yield CropLabel(origin, None, None, checked_answer(label, origin.path))


def video_crops(
    dataset: fo.Dataset,
    origins: Sequence[Origin],
    sources: Sequence[str],
    stride: int,
    names: Fields,
) -> list[CropLabel]:
    """Number boxes of videos.

    Args:
        dataset: A video dataset.
        origins: Its samples.
        sources: Names of :data:`SOURCES`; what two of them say of one box, the first one says.
        stride: The least number of frames between two crops of one track.
        names: The names of the label fields.

    Raises:
        CurationError: If a source is unknown, or a text of the ground truth is no number.
    """
    if stride < 1:
        raise CurationError(f"stride is {stride}: take every frame (1), or every so many")
    for source in sources:
        if source not in SOURCES:
            known = ", ".join(SOURCES)
            raise CurationError(f"there is no source {source!r} of numbers; known: {known}")
    found: dict[tuple[str, int, Box], CropLabel] = {}
    for origin in origins:
        store = SampleStore(dataset, origin.sample_id, names, origin.shown)
        for source in sources:
            taken: dict[tuple[int, bool], int] = {}
            for track, frame, box, answer, inferred in SOURCES[source](store):
                key = track, answer == NONE
                near = track >= 0 and 0 < frame - taken.get(key, -stride) < stride
                if origin.holds(frame) and not near:
                    taken[key] = frame
                    crop = CropLabel(origin, frame, _tuple(box), answer, inferred)
                    found.setdefault((origin.sample_id, frame, _tuple(np.rint(box))), crop)
    return list(found.values())


def checked_answer(text: str, where: str) -> str:
    """A number, or "none" for what says that there is none to read; else a ``CurationError``."""
    try:
        return jersey_number(text) or NONE
    except ValueError as error:
        raise CurationError(f"{where}: {error}, or {NONE}") from None


def _from_ground_truth(store: SampleStore) -> Iterator[Found]:
    if not store.has("ground_truth"):
        return
    for frame, truth in store.read("ground_truth", masks=False):
        numbers = _numbers(truth)
        seen = numbers.xyxy[_share_visible(numbers) > HIDDEN]
        for i, (index, box) in enumerate(zip(track_ids(numbers), numbers.xyxy, strict=True)):
            if answer := _answer(numbers.select(i), box, seen, f"{store.name}, frame {frame}"):
                yield int(index), frame, box, answer, False
        # Where nobody's number is labeled, that of a player without a box may well be seen.
        if len(numbers):
            for index, torso in _bare_torsos(truth, set(track_ids(numbers).tolist())):
                if not _reached(torso, seen):
                    yield index, frame, torso, NONE, False


def _from_detected(store: SampleStore) -> Iterator[Found]:
    """The number boxes that were detected, where the ground truth tells what they show."""
    role = "numbers" if store.has("numbers") else "detections"
    if not store.has("ground_truth") or not store.has(role):
        return
    for frame, (truth, found) in store.join(("ground_truth", role), masks=False):
        numbers, boxes = _numbers(truth), _numbers(found)
        if "source" in boxes.data:
            boxes = boxes.select(boxes.data["source"] != TORSO)  # these need not show the number
        if not len(numbers) or not len(boxes):
            continue
        seen = numbers.xyxy[_share_visible(numbers) > HIDDEN]
        overlap = sv.box_iou_batch(numbers.xyxy, boxes.xyxy)
        for box, true, shared in zip(boxes.xyxy, overlap.argmax(0), overlap.max(0), strict=True):
            if shared >= SAME_BOX:
                index = int(track_ids(numbers)[true])
                answer = _answer(
                    numbers.select(int(true)), box, seen, f"{store.name}, frame {frame}"
                )
            else:
                index, answer = -1, "" if _reached(box, numbers.xyxy) else NONE
            if answer:
                yield index, frame, box, answer, False


def _from_corrections(store: SampleStore) -> Iterator[Found]:
    if not store.has("numbers"):
        return
    from hoop_plugins.corrections import as_truth, number_labels

    # Who was said to be nobody, or a referee without a number, shows none where the reader agrees.
    numberless = {
        one.index
        for one in as_truth(store)
        if not one.is_person or (one.role == "referee" and one.number is None)
    }
    for index, frame, box, text in _reads(store):
        if index in numberless and not text:
            yield index, frame, box, NONE, False
    labels = [label for label in number_labels(store) if label.index not in numberless]
    # Who is read right somewhere can be read: there, the reader is believed that nothing shows.
    read = {label.index for label in labels if label.text == label.number}
    hidden: set[int] = set()
    for label in labels:
        if label.text is not None and label.index in read:
            bare = label.text == "" and (label.confidence or 0) >= SURE
            (hidden.add if bare else hidden.discard)(label.index)
            if bare:
                yield label.index, label.frame, label.box, NONE, False
        # Boxes that were not read are as the last one that was; torsos need not show the number.
        if label.index not in hidden and (label.text or label.source != TORSO):
            yield label.index, label.frame, label.box, label.number, True


def _from_validated(store: SampleStore) -> Iterator[Found]:
    if not store.has("numbers"):
        return
    tracks = store.read_tracks()
    for index, frame, box, text in _reads(store):
        track = tracks.get(index)
        if not text:
            yield index, frame, box, NONE, False
        elif track is not None and track.number and track.number_status == "validated":
            yield index, frame, box, track.number, True


def _reads(store: SampleStore) -> Iterator[tuple[int, int, Box, str]]:
    """What was read, track, frame and box with it; "" only where the reader is sure of that."""
    size = store.video.width, store.video.height
    wanted = ("index", "bounding_box", "text", "text_confidence")
    for frame, reads in store.find("numbers", F("text").exists(), wanted):
        for read in reads:
            x, y, width, height = (
                value * side
                for value, side in zip(read["bounding_box"], (*size, *size), strict=True)
            )
            if read["text"] or (read["text_confidence"] or 0) >= SURE:
                yield read["index"], frame, (x, y, x + width, y + height), read["text"]


def _unlabeled(store: SampleStore) -> Iterator[Found]:
    """Number boxes whatever they say: those with an owner, else all that were detected."""
    for role in ("numbers", "detections", "ground_truth"):
        if store.has(role):
            for frame, found in store.read(role, masks=False):
                boxes = _numbers(found)
                for index, box in zip(track_ids(boxes), boxes.xyxy, strict=True):
                    yield int(index), frame, box, "", False
            return


SOURCES: dict[str, Callable[[SampleStore], Iterator[Found]]] = {
    "ground_truth": _from_ground_truth,
    "detected": _from_detected,
    "corrections": _from_corrections,
    "validated": _from_validated,
    "unlabeled": _unlabeled,
}
"""Where crops of videos come from; each gives them in order of frame."""


def _share_visible(found: sv.Detections) -> np.ndarray:
    return np.array([1.0 if share is None else share for share in found.data["visible"]])


def _numbers(found: sv.Detections) -> sv.Detections:
    return found.select(np.asarray(found.data["class_name"] == "number", dtype=bool))


def _answer(number: sv.Detections, box: np.ndarray, seen: np.ndarray, where: str) -> str:
    """What is to be read in a box that shows this number of the ground truth, among those that are
    seen; "" where that teaches nothing."""
    text, (visible,) = number.data["text"][0], _share_visible(number)
    if text is None:
        return ""
    answer = checked_answer(text, where)
    if visible <= HIDDEN and not _reached(box, seen):
        return NONE
    return answer if visible >= READABLE and box[3] - box[1] >= LEAST_HEIGHT else ""


def _reached(box: np.ndarray, others: np.ndarray) -> bool:
    """Whether one of the other boxes reaches into the crop around a box."""
    grown = box + np.array([-1, -1, 1, 1]) * ReadSettings.padding
    return bool(((others[:, :2] < grown[2:]).all(1) & (grown[:2] < others[:, 2:]).all(1)).any())


def _bare_torsos(truth: sv.Detections, numbered: set[int]) -> Iterator[tuple[int, np.ndarray]]:
    """Where a number would be on players who show none."""
    visible = _share_visible(truth)
    for i, (index, box) in enumerate(zip(track_ids(truth).tolist(), truth.xyxy, strict=True)):
        bare = truth.data["class_name"][i] == "player" and index >= 0 and index not in numbered
        x1, y1, x2, y2 = box
        half = min(x2 - x1, 0.22 * (y2 - y1)) / 2
        if bare and visible[i] >= BARE_VISIBLE and half >= 6:
            middle, high = (x1 + x2) / 2, y2 - y1
            yield index, np.array([middle - half, y1 + 0.2 * high, middle + half, y1 + 0.42 * high])


def _tuple(box: Sequence[float] | np.ndarray) -> Box:
    x1, y1, x2, y2 = (float(value) for value in box)
    return x1, y1, x2, y2
