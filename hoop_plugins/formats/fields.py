"""Labels that are in the dataset already, in a frame field of another name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import fiftyone as fo
import numpy as np
import supervision as sv

from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.image import VideoInfo
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.vocabulary import PEOPLE
from hoop_plugins.errors import HoopError, MissingFieldError
from hoop_plugins.formats.boxes import CheckedLabels
from hoop_plugins.formats.names import ClassNames


@dataclass(frozen=True)
class FieldLabels:
    """A sample's labels in a field; FiftyOne's frames count from 1."""

    source: SampleStore
    names: ClassNames
    numbered_from: int = 1

    @property
    def video(self) -> str:
        """The sample's video."""
        return str(self.source.dataset[self.source.sample_id].filepath)

    def span(self) -> tuple[int, int]:
        """Returns nothing: the numbering is known."""
        return 1, 0

    def check(self, video: VideoInfo, numbered_from: int) -> CheckedLabels:
        """Looks at every frame.

        Raises:
            HoopError: If an id occurs twice among the people of a frame.
        """
        field = self.source.names.ground_truth
        count, lowest = 0, 1
        for number, found in self.source.read("ground_truth", masks=False):
            people = _renamed(found, self.names)
            ids = _ids(people)[np.isin(people.data["class_name"], PEOPLE)]
            values, times = np.unique(ids[ids >= 0], return_counts=True)
            if (times > 1).any():
                raise HoopError(
                    f"{self.source.name}, frame {number}: index {values[times > 1][0]} occurs "
                    f"twice in {field}: give every person of a frame an index of their own"
                )
            lowest = min([lowest, *ids[ids >= 0].tolist()])
            count += 1
        notes = ["ids start from 0 and were raised by one"] if lowest == 0 else []

        def frames() -> Iterator[tuple[int, sv.Detections]]:
            for number, found in self.source.read("ground_truth"):
                kept = _renamed(found, self.names)
                if lowest == 0:
                    kept = replace(kept, tracker_id=_ids(kept) + (_ids(kept) >= 0))
                yield number, kept

        return CheckedLabels(count, frames, notes)


def read(
    view: fo.core.collections.SampleCollection, field: str, names: ClassNames
) -> list[FieldLabels]:
    """Takes the labels of a field.

    Args:
        view: A video dataset or view.
        field: A frame field with detections, with or without ``frames.``. Attributes have our
            names: ``team``, ``number``, ``text``; the track id is ``index``.
        names: Our class names by the field's.

    Returns:
        The labels, a sample each.

    Raises:
        MissingFieldError: If there is no such field.
    """
    dataset = dataset_of(view)
    fields = Fields(ground_truth=frame_field(dataset, field))
    return [
        FieldLabels(SampleStore(dataset, sample_id, fields), names)
        for sample_id in view.values("id")
    ]


def frame_field(dataset: fo.Dataset, field: str) -> str:
    """The name of a frame field with detections, without ``frames.``.

    Raises:
        MissingFieldError: If there is no such field.
    """
    name = field.removeprefix("frames.")
    known = dataset.get_frame_field_schema(embedded_doc_type=fo.Detections) or {}
    if name not in known:
        raise MissingFieldError(
            f"dataset {dataset.name!r} has no frame field {name!r}; "
            f"detections are in: {', '.join(known) or 'none'}"
        )
    return name


def _renamed(found: sv.Detections, names: ClassNames) -> sv.Detections:
    """Our class names; what has none is left out."""
    labels = [names.translate(str(name)) for name in found.data["class_name"]]
    kept = found.select(np.array([label is not None for label in labels], dtype=bool))
    known = [label for label in labels if label]
    kept.data["class_name"] = np.array([label["label"] for label in known], dtype=object)
    actions = [
        label.get("action", action)
        for label, action in zip(known, kept.data["action"], strict=True)
    ]
    kept.data["action"] = np.array(actions, dtype=object)
    return kept


def _ids(found: sv.Detections) -> np.ndarray:
    return np.asarray(found.tracker_id, dtype=int)
