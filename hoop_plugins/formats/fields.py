"""Labels that are in the dataset already, in a frame field of another name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import fiftyone as fo
import numpy as np
import supervision as sv

from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.data.detections import objects, track_ids
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.image import VideoInfo
from hoop_plugins.data.store import SampleStore, stores_of
from hoop_plugins.data.vocabulary import PEOPLE, jersey_number
from hoop_plugins.errors import HoopError, MissingFieldError
from hoop_plugins.formats.boxes import CheckedLabels, Labels
from hoop_plugins.formats.checks import cut_notes, fit_boxes, whole_numbers
from hoop_plugins.formats.names import ClassNames


@dataclass(frozen=True)
class FieldLabels(Labels):
    """A sample's labels in a field; FiftyOne's frames count from 1."""

    source: SampleStore
    names: ClassNames

    @property
    def video(self) -> str:
        """The sample's video."""
        return str(self.source.value("filepath"))

    def check(self, video: VideoInfo, numbered_from: int) -> CheckedLabels:
        """Looks at every frame, and opens masks that are files.

        Raises:
            HoopError: If a box or an id cannot be, or one occurs twice among people of a frame.
        """
        field, count, lowest, cut = self.source.names.ground_truth, 0, 1, 0
        for number, found in self.source.read("ground_truth", masks=False):
            people = _described(found, self.names)
            where = partial(self._where, number)
            cut += fit_boxes(people.xyxy, (video.width, video.height), where)[1]
            whole_numbers(track_ids(people).tolist(), "index", -1, where)
            for name in ("number", "text"):
                _check_numbers(people.data[name], where)
            ids = track_ids(people)[np.isin(people.data["class_name"], PEOPLE)]
            values, times = np.unique(ids[ids >= 0], return_counts=True)
            if (times > 1).any():
                raise HoopError(
                    f"{self.source.name}, frame {number}: index {values[times > 1][0]} occurs "
                    f"twice in {field}: give every person of a frame an index of their own"
                )
            lowest = min([lowest, *values.tolist()])
            count += 1
        for number, _ in self.source.find("ground_truth", fo.ViewField("mask_path").exists()):
            list(self.source.read("ground_truth", number, number))
        notes = cut_notes(cut)
        if lowest == 0:
            notes.append("ids start from 0 and were raised by one")

        def frames() -> Iterator[tuple[int, sv.Detections]]:
            for number, found in self.source.read("ground_truth"):
                kept = _described(found, self.names)
                if lowest == 0:
                    kept.tracker_id = track_ids(kept) + (track_ids(kept) >= 0)
                yield number, kept

        return CheckedLabels(count, frames, notes)

    def _where(self, frame: int, label: int) -> str:
        field = self.source.names.ground_truth
        return f"{self.source.name}, frame {frame}, label {label + 1} of {field}"


def _check_numbers(said: Iterable[Any], where: Callable[[int], str]) -> None:
    for label, value in enumerate(said):
        try:
            jersey_number(value)
        except ValueError as error:
            raise HoopError(f"{where(label)}: {error}") from None


def read(
    view: fo.core.collections.SampleCollection, field: str, names: ClassNames
) -> list[FieldLabels]:
    """Takes the labels of a field that a view shows, a sample each.

    Args:
        view: Videos, as :func:`~hoop_plugins.data.views.videos_of` gives them.
        field: A frame field with detections, with or without ``frames.``. Attributes have our
            names: ``team``, ``number``, ``text``; the track id is ``index``.
        names: Our class names by the field's.

    Raises:
        MissingFieldError: If there is no such field.
    """
    fields = Fields(ground_truth=frame_field(view, field), classes=names.classes)
    return [FieldLabels(store, names) for store in stores_of(view, fields)]


def frame_field(view: fo.core.collections.SampleCollection, field: str) -> str:
    """The name of a frame field with detections that a view shows, without ``frames.``.

    Raises:
        MissingFieldError: If there is no such field.
    """
    name = field.removeprefix("frames.")
    known = view.get_frame_field_schema(embedded_doc_type=fo.Detections) or {}
    if name not in known:
        raise MissingFieldError(
            f"dataset {dataset_of(view).name!r} has no frame field {name!r}; "
            f"detections are in: {', '.join(known) or 'none'}"
        )
    return name


def _described(found: sv.Detections, names: ClassNames) -> sv.Detections:
    """What was read with our class names, in our words; what has no such name is left out."""
    labels = [names.describe(name) if name else None for name in found.data["class_name"]]
    kept = found.select(np.array([label is not None for label in labels], dtype=bool))
    known = [label for label in labels if label]
    pairs = zip(known, kept.data["action"], strict=True)
    kept.data["class_name"] = objects(label["label"] for label in known)
    kept.data["action"] = objects(label.get("action", action) for label, action in pairs)
    return kept
