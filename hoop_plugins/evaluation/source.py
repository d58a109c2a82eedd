"""Where evaluation takes its clips from: the label fields of a view."""

from __future__ import annotations

from collections.abc import Iterator

import fiftyone as fo
import supervision as sv

from hoop_plugins.errors import HoopError, MissingFieldError
from hoop_plugins.evaluation.clip import ClipResult
from hoop_plugins.fields import Fields
from hoop_plugins.store import SampleStore


def clips_of(view: fo.core.collections.SampleCollection, names: Fields) -> Iterator[ClipResult]:
    """Reads a view's clips for evaluation, one in memory at a time.

    Args:
        view: A video dataset or view.
        names: The names of the label fields.

    Yields:
        Each clip's predictions and ground truth; fields that are not there yet are empty.

    Raises:
        MissingFieldError: If there is no ground truth.
        HoopError: If the view holds no videos.
    """
    dataset = view._dataset
    if view.media_type != fo.core.media.VIDEO:
        raise HoopError(f"{dataset.name!r} holds no videos: only videos can be evaluated")
    if not dataset.has_frame_field(names.ground_truth):
        raise MissingFieldError(
            f"{dataset.name!r} has no frame field {names.ground_truth!r} to compare with: "
            "import ground truth first"
        )
    for sample_id in view.values("id"):
        store = SampleStore(dataset, sample_id, names)

        def read(role: str, store: SampleStore = store) -> dict[int, sv.Detections]:
            return dict(store.read(role)) if store.has(role) else {}

        yield ClipResult(
            name=store.name,
            detections=read("detections"),
            players=read("players"),
            numbers=read("numbers"),
            truth=read("ground_truth"),
        )
