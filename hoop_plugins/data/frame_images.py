"""Single frames as images on disk: the App cuts patches out of images, never out of videos."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

import cv2
import fiftyone as fo

from hoop_plugins.data import video
from hoop_plugins.data.store import SampleStore, stores_of
from hoop_plugins.data.views import all_videos

QUALITY = 90
"""Of the JPEG images, 0 to 100: a frame of 1280x720 takes some 200 kB."""


def images_folder(dataset: fo.Dataset) -> Path:
    """Where the images of a dataset's frames lie, if any, below FiftyOne's folder of datasets."""
    return Path(fo.config.default_dataset_dir) / "hoop_frames" / str(dataset.slug)


def write_images(store: SampleStore, frames: Collection[int]) -> None:
    """Writes frames as images, and their paths into ``frames.filepath``, where FiftyOne looks.

    Images that are there already, ours or those that FiftyOne sampled, are kept.

    Args:
        store: The clip.
        frames: The frames, counted from 1.

    Raises:
        VideoError: If the video cannot be read.
    """
    there = {number for number, path in _paths(store).items() if Path(path).is_file()}
    missing = set(frames) - there
    if not missing:
        return
    folder = images_folder(store.dataset) / store.sample_id
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for number, image in video.read_frames(store.video.path, min(missing), max(missing)):
        if number in missing:
            path = str(folder / f"{number:06d}.jpg")
            pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
            cv2.imwrite(path, pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            written[number] = {"filepath": path}
    store.dataset.add_frame_field("filepath", fo.StringField)
    store.assign_by_position([], written)


def frames_view(
    dataset: fo.Dataset, frames: Mapping[str, Collection[int]]
) -> fo.core.video.FramesView:
    """Single frames of a dataset whose images were written, a sample each.

    They come by way of clips of one frame: FiftyOne attaches all frames of a video otherwise, which
    MongoDB refuses beyond 100 MB.

    Args:
        dataset: A video dataset.
        frames: The frames, counted from 1, by the id of their sample.
    """
    videos = all_videos(dataset).select(list(frames), ordered=True)
    spans = [[[number, number] for number in sorted(chosen)] for chosen in frames.values()]
    return videos.to_clips(spans).to_frames()


def remove_images(dataset: fo.Dataset) -> int:
    """Removes the images that were written of a dataset's frames; returns how many there were."""
    folder = images_folder(dataset)
    count = 0
    for store in stores_of(all_videos(dataset)):
        ours = [number for number, path in _paths(store).items() if folder in Path(path).parents]
        store.assign_by_position([], {number: {"filepath": None} for number in ours})
        count += len(ours)
    shutil.rmtree(folder, ignore_errors=True)
    return count


def _paths(store: SampleStore) -> dict[int, str]:
    """The path of each frame that has one."""
    if not store.dataset.has_frame_field("filepath"):
        return {}
    frames = store.videos.select(store.sample_id)
    found = frames.values(["frames.frame_number", "frames.filepath"], unwind=True)
    return {number: path for number, path in zip(*found, strict=True) if path}
