"""Writes the labels of a dataset's videos to files of any format that can be written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
    """Writes the labels of a frame field, of ground truth as of what was recognized.

    Args:
        view: A video dataset or view. Of its videos everything is written, also what it filters.
        path: The file (COCO) or folder (MOTChallenge, CVAT: a file for each video) to write; it
            must not be there yet.
        kind: One of :func:`export_choices`.
        field: The frame field, with or without ``frames.``.
        progress: Called with (labelled frames written, frames of the videos).

    Returns:
        Lines for people: what was written, and what the format has no place for.

    Raises:
        HoopError: In one line; nothing is written then.
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
    stores = [store for store in stores if store.is_labelled("ground_truth")]
    if not stores:
        raise HoopError(f"no video of the view has labels in frames.{names.ground_truth}")
    reader = _Reader(sum(store.video.frame_count for store in stores), progress)
    with new_path(path) as place:
        notes = spec.write(place, [reader.video(store) for store in stores])
    videos = ", ".join(store.name for store in stores[:5])
    more = f" and {len(stores) - 5} more" if len(stores) > 5 else ""
    return [f"{reader.done} frames of {videos}{more} written to {path}", *(notes or ())]


@dataclass
class _Reader:
    """Counts the frames that a format reads."""

    total: int
    progress: Callable[[int, int], Any] | None
    done: int = 0

    def video(self, store: SampleStore) -> LabelledVideo:
        """A video as formats are given it."""

        def read(masks: bool = False) -> Iterator[tuple[int, sv.Detections]]:
            for number, found in store.read("ground_truth", masks=masks):
                self.done += 1
                if self.progress:
                    self.progress(self.done, self.total)
                yield number, found

        return LabelledVideo(Path(store.name).stem, store.video, read)
