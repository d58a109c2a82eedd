"""Whom crops show now: what is corrected on them, and in the videos, shows on both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fiftyone as fo
from bson import ObjectId
from fiftyone import ViewField as F

from hoop_plugins.corrections.selection import Selected
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore, stores_of
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.views import all_videos
from hoop_plugins.errors import HoopError
from hoop_plugins.mining.crops import CROPS_OF, KINDS, OF_TRACK


def videos_of_crops(dataset: fo.Dataset) -> fo.Dataset | None:
    """The dataset whose videos a dataset's crops were cut out of; ``None`` of other datasets.

    Raises:
        HoopError: If it is gone.
    """
    name = dataset.info.get(CROPS_OF)
    if name is None:
        return None
    if not fo.dataset_exists(name):
        raise HoopError(f"{dataset.name!r} holds crops of {name!r}, which is gone: embed others")
    return fo.load_dataset(name)


def tracks_of_crops(
    crops: fo.core.collections.SampleCollection, videos: fo.Dataset, names: Fields
) -> list[Selected]:
    """The tracks that crops show now, each once, with the frame of a crop.

    Args:
        crops: Some of the crops that :func:`~hoop_plugins.mining.crops.embed_crops` made.
        videos: The dataset that they are of.
        names: The names of the label fields.

    Raises:
        HoopError: If labels were made anew since.
    """
    found = _now(crops, videos, names)
    if lost := [path for path in crops.values("filepath") if Path(path).stem not in found]:
        raise HoopError(
            f"{len(lost)} of these crops show labels that {videos.name!r} has no more: embed crops "
            "again"
        )
    once: dict[tuple[str, int], Selected] = {}
    for store, index, frame in found.values():
        if index is not None:
            selected = Selected(store.sample_id, index, frame)
            once.setdefault((selected.sample_id, selected.index), selected)
    return list(once.values())


def renew_crops(crops: fo.Dataset, videos: fo.Dataset, names: Fields) -> None:
    """Says on crops what is known of their tracks now; arguments as of :func:`tracks_of_crops`."""
    found = _now(crops, videos, names)
    tracks: dict[str, dict[int, Track]] = {}
    values: dict[str, dict[str, Any]] = {field: {} for field in ("track", *OF_TRACK)}
    for sample_id, path in zip(*crops.values(["id", "filepath"]), strict=True):
        if Path(path).stem not in found:
            continue
        store, index, _ = found[Path(path).stem]
        if store.sample_id not in tracks:
            tracks[store.sample_id] = store.read_tracks()
        track = tracks[store.sample_id].get(index or 0)
        values["track"][sample_id] = index
        for field in OF_TRACK:
            values[field][sample_id] = getattr(track, field, None)
    for field, said in values.items():
        crops.set_values(field, said, key_field="id")


def _now(
    crops: fo.core.collections.SampleCollection, videos: fo.Dataset, names: Fields
) -> dict[str, tuple[SampleStore, int | None, int]]:
    """By the id of a crop's label, which its file is named after: clip, track and frame."""
    ids = [ObjectId(Path(path).stem) for path in crops.values("filepath")]
    clips = set(crops.distinct("video"))
    found: dict[str, tuple[SampleStore, int | None, int]] = {}
    for store in stores_of(all_videos(videos), names):
        if store.name not in clips:
            continue
        for role in filter(store.has, KINDS):
            for frame, labels in store.find(role, F("_id").is_in(ids), ("_id", "index")):
                found |= {str(each["_id"]): (store, each["index"], frame) for each in labels}
    return found
