"""One sample that is a video: what it holds besides labels."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

import fiftyone as fo
from bson import ObjectId

from hoop_plugins.compat.fiftyone import sample_collection
from hoop_plugins.data import video
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.image import VideoInfo
from hoop_plugins.data.run_record import RunRecord
from hoop_plugins.data.views import Shown, all_videos
from hoop_plugins.errors import VideoError

MEASURED = ("frame_width", "frame_height", "frame_rate", "total_frame_count")
"""What labels and the App build on: FiftyOne measures some of it otherwise."""


class VideoSample:
    """The video of a sample, and the fields of the sample itself."""

    def __init__(
        self,
        dataset: fo.Dataset,
        sample_id: str,
        names: Fields | None = None,
        shown: Shown | None = None,
    ) -> None:
        self.dataset = dataset
        self.sample_id = sample_id
        self.names = names or Fields()
        self.shown = shown
        self.videos = all_videos(dataset)
        self.runs = RunRecord(dataset, sample_id, self.names)

    @cached_property
    def video(self) -> VideoInfo:
        """The sample's video; its metadata is filled in where it was missing."""
        path, known = self.values("filepath", "metadata")
        try:
            info = video.probe(path)
        except VideoError:
            if not known or not all(known[name] for name in MEASURED):
                raise
            # What needs labels alone goes on without the file.
            size = known.frame_width, known.frame_height
            return VideoInfo(path, *size, known.frame_rate, known.total_frame_count)
        measured = video_metadata(info)
        if known is None or any(known[name] != measured[name] for name in MEASURED):
            metadata = known or measured
            for name in (*MEASURED, "duration"):
                metadata[name] = measured[name]
            self.videos.set_values("metadata", {self.sample_id: metadata}, key_field="id")
        return info

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the video in pixels."""
        return self.video.width, self.video.height

    @property
    def frame_count(self) -> int:
        """Number of frames of the video."""
        return self.video.frame_count

    def values(self, *fields: str) -> list[Any]:
        """What the sample's fields hold; loading all of a sample takes long where it has much."""
        return [values[0] for values in self.videos.select(self.sample_id).values(list(fields))]

    def value(self, field: str) -> Any:
        """What a field of the sample holds; ``None`` where the dataset has none of that name."""
        return self.values(field)[0] if self.dataset.has_sample_field(field) else None

    @cached_property
    def name(self) -> str:
        """The video's file name, for people."""
        return Path(self.value("filepath")).name

    def set_value(self, field: str, value: Any) -> None:
        """Sets a field of the sample."""
        self.runs.check()
        self.videos.set_values(field, {self.sample_id: value}, key_field="id")

    def set_entries(self, field: str, **entries: Any) -> None:
        """Sets entries of a dictionary of the sample, and removes those that are ``None``; what
        others write beside them meanwhile stays.
        """
        self.runs.check()
        if not self.dataset.has_sample_field(field):
            self.dataset.add_sample_field(field, fo.DictField)
        samples, sample = sample_collection(self.dataset), {"_id": ObjectId(self.sample_id)}
        # FiftyOne writes null where nothing is set yet: MongoDB cannot enter that.
        samples.update_one({**sample, field: None}, {"$set": {field: {}}})
        paths = {f"{field}.{name}": value for name, value in entries.items()}
        values = {path: value for path, value in paths.items() if value is not None}
        values["last_modified_at"] = datetime.now(timezone.utc)
        gone = {path: "" for path, value in paths.items() if value is None}
        change = {"$set": values} | ({"$unset": gone} if gone else {})
        if not samples.update_one({**sample, **self.runs.mine}, change).matched_count:
            self.runs.check()


def video_metadata(info: VideoInfo) -> fo.VideoMetadata:
    """FiftyOne's metadata of a video, measured with PyAV so that no ffmpeg binary is needed."""
    return fo.VideoMetadata(
        size_bytes=Path(info.path).stat().st_size,
        mime_type="video/mp4",
        frame_width=info.width,
        frame_height=info.height,
        frame_rate=info.frame_rate,
        total_frame_count=info.frame_count,
        duration=info.frame_count / info.frame_rate,
    )
