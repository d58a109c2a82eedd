"""Where evaluation takes its clips from: the label fields of a view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fiftyone as fo

from hoop_plugins.compat.fiftyone import dataset_of, is_generated
from hoop_plugins.corrections import Predictions, as_truth
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError, MissingFieldError
from hoop_plugins.evaluation.clip import UNUSED, Frame
from hoop_plugins.evaluation.corrected import CorrectedClip

FIELDS = ("ground_truth", "detections", "players", "numbers")


@dataclass(frozen=True)
class StoredClip:
    """A clip with ground truth, read frame by frame, so that its length does not matter.

    Attributes:
        name: The clip's name in the report.
        store: Its labels.
        masks: Whether masks are read; mask overlap needs them, and nothing else does.
    """

    name: str
    store: SampleStore
    masks: bool = True

    @property
    def corrected(self) -> None:
        """There is ground truth."""

    def frames(self) -> Iterator[Frame]:
        """Yields the frames with ground truth in order, with what was predicted in them.

        What was corrected since is what was predicted again: no correction makes a figure better.
        """
        predictions = Predictions(self.store)
        for number, (truth, *found) in self.store.join(FIELDS, masks=self.masks, without=UNUSED):
            detections, players, numbers = (
                predictions.restore(field, labels)
                for field, labels in zip(FIELDS[1:], found, strict=True)
            )
            yield Frame(number, detections, players, numbers, truth)


def clips_of(
    view: fo.core.collections.SampleCollection, names: Fields, masks: bool = True
) -> list[StoredClip | CorrectedClip]:
    """The clips of a view, to be evaluated one after the other.

    Args:
        view: A video dataset or view.
        names: The names of the label fields.
        masks: Whether masks are read.

    Returns:
        Clips; where one has no ground truth, and people corrected something, that stands for it.

    Raises:
        MissingFieldError: If there are clips, and neither ground truth nor corrections in any.
        HoopError: If the view holds no whole videos.
    """
    dataset = dataset_of(view)
    if view.media_type != fo.core.media.VIDEO:
        raise HoopError(f"{dataset.name!r} holds no videos: only videos can be evaluated")
    if is_generated(view):
        raise HoopError("clips, frames and patches cannot be evaluated: choose whole videos")
    # A name that somebody gave, and that is not there, is a slip.
    for field in FIELDS:
        name = getattr(names, field)
        if name != getattr(Fields, field) and not dataset.has_frame_field(name):
            raise MissingFieldError(f"{dataset.name!r} has no frame field {name!r}")
    # Clips of different games may have the same file name; a clip's own must not change with the
    # view, as runs are compared by it.
    files = Counter(Path(path).name for path in dataset.values("filepath"))
    clips: list[StoredClip | CorrectedClip] = []
    for sample_id, path in zip(*view.values(["id", "filepath"]), strict=True):
        file, store = Path(path).name, SampleStore(dataset, sample_id, names)
        name = file if files[file] == 1 else f"{file} ({sample_id})"
        truths = () if store.is_labeled("ground_truth") else as_truth(store)
        clips.append(
            CorrectedClip(name, store, truths) if truths else StoredClip(name, store, masks)
        )
    if clips and not any(has_truth(clip.store) for clip in clips):
        missing = "labels" if dataset.has_frame_field(names.ground_truth) else "frame field"
        raise MissingFieldError(
            f"there is nothing to compare with: {dataset.name!r} has no {missing} "
            f"{names.ground_truth!r} here, and nothing was corrected; import ground truth, or "
            "correct some tracks"
        )
    return clips


def has_truth(store: SampleStore) -> bool:
    """Whether a clip can be evaluated: it has ground truth, or people corrected something."""
    return store.is_labeled("ground_truth") or bool(as_truth(store))
