"""Brings video files into a FiftyOne dataset."""

from __future__ import annotations

import mimetypes
import os
import shlex
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import fiftyone as fo

from hoop_plugins.data import split, video
from hoop_plugins.data.database import connect
from hoop_plugins.data.fields import GAME_FIELD, PROGRESS_FIELD, Fields
from hoop_plugins.data.image import VideoInfo
from hoop_plugins.data.normalize import copy_path
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video_sample import video_metadata
from hoop_plugins.data.views import all_videos
from hoop_plugins.errors import HoopError, VideoError

for ending in (".ts", ".mts", ".m2ts"):
    # FiftyOne asks Python, which knows none of them on some systems, or takes them for texts.
    mimetypes.add_type("video/mp2t", ending)


def probed(paths: Sequence[str | Path]) -> list[VideoInfo]:
    """Measures video files.

    Raises:
        VideoError: If one is no video, also by its name.
    """
    # Not resolved: behind a link may be a file without a name.
    found = [replace(video.probe(path), path=os.path.abspath(path)) for path in paths]
    for info in found:
        # FiftyOne goes by the name, whatever the file holds.
        if (kind := fo.core.media.get_media_type(info.path)) != fo.core.media.VIDEO:
            raise VideoError(
                f"{info.path} is no video by its name but {kind}: give a video file, named as "
                "one is (.mp4, .mov, .mkv)"
            )
    return found


def import_videos(
    paths: Sequence[str | Path],
    dataset_name: str,
    values: Sequence[Mapping[str, Any]] | None = None,
) -> tuple[fo.Dataset, list[str]]:
    """See :func:`hoop_plugins.api.import_videos`; all files are looked at before the dataset is.

    Args:
        values: What fields of each sample hold besides.
    """
    found = probed(paths)
    connect()
    dataset = open_dataset(dataset_name) if fo.dataset_exists(dataset_name) else None
    if dataset is None:
        try:
            dataset = fo.Dataset(dataset_name, persistent=True)
        except ValueError as error:
            raise HoopError(
                f"FiftyOne takes no dataset of the name {dataset_name!r} ({error}): give one with "
                "letters from a to z or digits"
            ) from error
        dataset.media_type = fo.core.media.VIDEO
    if dataset.media_type not in (None, fo.core.media.VIDEO):
        raise HoopError(
            f"dataset {dataset_name!r} holds {dataset.media_type} samples: "
            "give a video dataset, or a new name"
        )
    paths_and_ids = zip(*dataset.values(["filepath", "id"]), strict=True)
    known = {os.path.realpath(path): sample_id for path, sample_id in paths_and_ids}
    gone = _gone(dataset)
    for info in found:
        if values is None and game_folder(dataset, info.path):
            raise HoopError(
                f"{info.path} is in {dataset_name!r} already, in clips: give another dataset"
            )
        before = gone.get((Path(info.path).name, Path(info.path).stat().st_size))
        places = (copy_path(info.path), info.path)
        if before and known.keys().isdisjoint(map(os.path.realpath, places)):
            raise VideoError(
                f"{info.path} is in {dataset_name!r} as {before}, which is gone: give its new "
                f"path, hoop dataset relocate {shlex.join([dataset_name, before, info.path])}"
            )
    ids = []
    for info, held in zip(found, values or [{}] * len(found), strict=True):
        copy, file = os.path.realpath(copy_path(info.path)), os.path.realpath(info.path)
        if copy in known:
            file = copy
        if file not in known:
            sample = fo.Sample(filepath=info.path, metadata=video_metadata(info), **held)
            known[file] = dataset.add_sample(sample) or sample.id
        ids.append(known[file])
    return dataset, ids


def game_folder(dataset: fo.Dataset, path: str | Path) -> Path | None:
    """Where the clips are that a dataset has of a recording."""
    if not dataset.has_sample_field(GAME_FIELD):
        return None
    clips = dataset.match({GAME_FIELD: composed(Path(path).stem)}).values("filepath")
    mine = [clip for clip in clips if split.mark_of(clip).startswith(split.source_mark(path))]
    return Path(mine[0]).parent if mine else None


def _gone(dataset: fo.Dataset) -> dict[tuple[str, int], str]:
    """The paths that are no files any more, by name and size."""
    if not dataset.has_sample_field("metadata.size_bytes"):
        return {}
    paths_and_sizes = zip(*dataset.values(["filepath", "metadata.size_bytes"]), strict=True)
    return {
        (Path(path).name, size): path for path, size in paths_and_sizes if not Path(path).is_file()
    }


@contextmanager
def added(
    paths: Sequence[str | Path], dataset_name: str
) -> Iterator[fo.core.collections.SampleCollection]:
    """See :func:`hoop_plugins.api.added`."""
    connect()
    there = fo.dataset_exists(dataset_name)
    before = set(fo.load_dataset(dataset_name).values("id")) if there else set()
    dataset, ids = import_videos(paths, dataset_name)
    try:
        yield dataset.select(ids)
    except (HoopError, KeyboardInterrupt):
        new = dataset.select([sample_id for sample_id in ids if sample_id not in before])
        if dataset.has_sample_field(PROGRESS_FIELD):
            new = new.exists(PROGRESS_FIELD, False)
        dataset.delete_samples(new)
        if not there and not len(dataset):
            dataset.delete()
        raise


def open_dataset(name: str) -> fo.Dataset:
    """See :func:`hoop_plugins.api.open_dataset`."""
    connect()
    if not fo.dataset_exists(name):
        known = ", ".join(fo.list_datasets()[:10]) or "none yet"
        raise HoopError(f"there is no dataset {name!r}; known: {known}")
    return fo.load_dataset(name)


def relocate(dataset: fo.Dataset, old: str | Path, new: str | Path) -> int:
    """See :func:`hoop_plugins.api.relocate`."""
    old, new = Path(os.path.abspath(old)), Path(os.path.abspath(new))
    moved = {}
    for sample in dataset.select_fields("metadata").iter_samples():
        path = Path(sample.filepath)
        if path == old or old in path.parents:
            moved[sample.id] = str(new / path.relative_to(old))
            info, known = video.probe(moved[sample.id]), sample.metadata
            if known and known.total_frame_count not in (None, info.frame_count):
                raise HoopError(
                    f"{info.path} has {info.frame_count} frames, and {path.name} had "
                    f"{known.total_frame_count}: it is another video; give the folder of the same"
                )
    if not moved:
        some = next(iter(dataset.values("filepath")), "none")
        raise HoopError(f"no video of {dataset.name!r} is in {old}: they are such as {some}")
    dataset.set_values("filepath", moved, key_field="id")
    return len(moved)


def find_video(dataset: fo.Dataset, which: str = "", names: Fields | None = None) -> SampleStore:
    """Finds one video of a dataset by its sample's id or file name; "" where there is one only.

    Raises:
        HoopError: If there is no such video, or more than one.
    """
    known = dict(zip(*all_videos(dataset).values(["id", "filepath"]), strict=True))
    found = [
        sample_id
        for sample_id, path in known.items()
        if which in ("", sample_id) or composed(which) == composed(Path(path).name)
    ]
    if len(found) != 1:
        some = ", ".join(f"{Path(path).name} ({one})" for one, path in list(known.items())[:10])
        raise HoopError(
            f"{len(found)} videos of {dataset.name!r} are {which!r}: give --sample, one of {some}"
        )
    return SampleStore(dataset, found[0], names)


def composed(name: str) -> str:
    """A name as most write it: macOS takes letters and their accents apart."""
    return unicodedata.normalize("NFC", name)
