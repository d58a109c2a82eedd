"""Writes the labels of a dataset's videos to files of any format that can be written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import supervision as sv

from hoop_plugins import plugins
from hoop_plugins.compat.fiftyone import dataset_of, is_generated
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.new_path import new_path
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.boxes import LabelledVideo
from hoop_plugins.formats.fields import frame_field
from hoop_plugins.formats.names import listed


def export_choices() -> dict[str, str]:
    """The formats that can be written: descriptions by name."""
    return {spec.name: spec.description for spec in plugins.formats() if spec.write}


def export_labels(
    view: fo.core.collections.SampleCollection,
    path: str | Path,
    kind: str,
    field: str = "ground_truth",
    progress: Callable[[int, int], Any] | None = None,
) -> list[str]:
    """See :func:`hoop_plugins.api.export_labels`.

    ``progress`` is called with the numbers of frames written and of all frames of the videos.
    """
    spec = plugins.find_format(kind)
    if spec.write is None:
        raise HoopError(f"{kind} cannot be written: use {', '.join(export_choices())}")
    dataset = dataset_of(view)
    if is_generated(view) or view.media_type != fo.core.media.VIDEO:
        raise HoopError(f"{dataset.name!r} holds no videos: give a view of whole videos")
    names = Fields(ground_truth=frame_field(dataset, field))
    stores = [SampleStore(dataset, sample_id, names) for sample_id in view.values("id")]
    stems = Counter(Path(store.name).stem for store in stores)
    if (twice := stems.most_common(1)) and twice[0][1] > 1:
        raise HoopError(
            f"{twice[0][1]} videos are called {twice[0][0]}: choose a view with one of them"
        )
    stores = [store for store in stores if store.is_labeled("ground_truth")]
    if not stores:
        raise HoopError(f"no video of the view has labels in frames.{names.ground_truth}")
    total, done = sum(store.video.frame_count for store in stores), 0

    def labeled(store: SampleStore) -> LabelledVideo:
        def read(masks: bool = False) -> Iterator[tuple[int, sv.Detections]]:
            nonlocal done
            for number, found in store.read("ground_truth", masks=masks):
                done += 1
                if progress:
                    progress(done, total)
                yield number, found

        return LabelledVideo(Path(store.name).stem, store.video, read)

    with new_path(path) as place:
        notes = spec.write(place, [labeled(store) for store in stores])
    videos = listed([store.name for store in stores])
    return [f"{done} frames of {videos} written to {path}", *(notes or ())]
