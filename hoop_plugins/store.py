"""The only module that reads and writes frame labels: ``sv.Detections`` in, ``sv.Detections`` out.

Reading goes through a database cursor, so a video of any length is read in constant memory, and
values that hold for a whole track are set by the database itself, without loading one mask.
FiftyOne's own ways do neither (views break on samples of many thousand frames).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.core.odm as foo
import fiftyone.core.utils as fou
import numpy as np
import supervision as sv
from bson import ObjectId
from platformdirs import user_cache_path
from pymongo import UpdateMany, UpdateOne
from pymongo.collection import Collection

from hoop_plugins import masks, video
from hoop_plugins.errors import MissingFieldError
from hoop_plugins.fields import FRAME_ATTRIBUTES, PROGRESS_FIELD, TRACK_ATTRIBUTES, Fields, declare
from hoop_plugins.models.roles import Image, VideoInfo

PAGE = 100
"""Frames that are read from the database at a time."""


@dataclass
class Track:
    """What is known of one person over a clip; one row of ``tracks``.

    Attributes:
        index: The track's id, from 1.
        first: First frame, from 1.
        last: Last frame, inclusive.
        role: "player" or "referee".
        team: The team's name.
        team_confidence: 0 to 1.
        number: The jersey number, "0" is not "00".
        number_status: "validated", "tentative" or "unread".
        number_confidence: 0 to 1.
        name: What people call the player.
        reads: How many crops were read.
    """

    index: int
    first: int
    last: int
    role: str = "player"
    team: str | None = None
    team_confidence: float | None = None
    number: str | None = None
    number_status: str | None = None
    number_confidence: float | None = None
    name: str | None = None
    reads: int | None = None

    @property
    def title(self) -> str:
        """A name for the App's timeline: "dark 23", "dark 23?" where tentative."""
        if self.role == "referee":
            return f"referee {self.index}"
        doubt = "?" if self.number_status == "tentative" else ""
        who = f"{self.number}{doubt}" if self.number else f"(track {self.index})"
        return self.name or f"{self.team or 'player'} {who}"


class SampleStore:
    """One video sample's labels.

    Args:
        dataset: The video dataset.
        sample_id: The sample's id.
        names: The names of the label fields.
    """

    def __init__(self, dataset: fo.Dataset, sample_id: str, names: Fields | None = None) -> None:
        self.dataset = dataset
        self.sample_id = sample_id
        self.names = names or Fields()

    @cached_property
    def video(self) -> VideoInfo:
        """The sample's video; its metadata is filled in where it was missing."""
        sample = self.dataset[self.sample_id]
        info = video.probe(sample.filepath)
        if sample.metadata is None or sample.metadata.total_frame_count != info.frame_count:
            sample.metadata = video_metadata(info)
            sample.save()
        return info

    @property
    def name(self) -> str:
        """The video's file name, for people."""
        return Path(self.dataset[self.sample_id].filepath).name

    # ------------------------------------------------------------------ frame labels

    def has(self, role: str) -> bool:
        """Whether the dataset has the field that plays ``role``."""
        return bool(self.dataset.has_frame_field(getattr(self.names, role)))

    def read(
        self, role: str, first: int = 1, last: int | None = None, masks: bool = True
    ) -> Iterator[tuple[int, sv.Detections]]:
        """Reads frame labels in order of frame, one frame in memory at a time.

        Args:
            role: Attribute of :class:`~hoop_plugins.fields.Fields`: "detections", "players", …
            first: First frame, from 1.
            last: Last frame, inclusive, or ``None`` for all.
            masks: Whether masks are decoded.

        Yields:
            Frame number, and detections: ``xyxy`` in pixels, ``mask`` (``sv.CompactMask`` or
            ``None``), ``confidence`` (NaN where absent), ``tracker_id`` (-1 where absent),
            ``data["class_name"]`` and one object array an attribute of the role, ``None`` where
            absent. Frames that were never labelled are left out; one that shows nothing is empty.

        Raises:
            MissingFieldError: If the dataset has no such field.
        """
        field = getattr(self.names, role)
        if not self.has(role):
            raise MissingFieldError(
                f"dataset {self.dataset.name!r} has no frame field {field!r}; "
                "run the stage that writes it first"
            )
        wanted = {"frame_number": 1, field: 1} if masks else {f"{field}.detections.mask": 0}
        attributes = tuple(FRAME_ATTRIBUTES[role])
        end = self.video.frame_count if last is None else last
        # In pages: one cursor over a long video would time out while a slow network works.
        for start in range(first, end + 1, PAGE):
            span = {"$gte": start, "$lte": min(end, start + PAGE - 1)}
            query = {"_sample_id": ObjectId(self.sample_id), "frame_number": span}
            for document in list(self._frames.find(query, wanted).sort("frame_number", 1)):
                label = document.get(field)
                if label:
                    found = self._decode(label.get("detections") or [], attributes)
                    yield document["frame_number"], found

    def watch(self, role: str, first: int = 1) -> Iterator[tuple[int, Image, sv.Detections]]:
        """Reads the video and a field together.

        Args:
            role: Attribute of :class:`~hoop_plugins.fields.Fields`.
            first: First frame, from 1.

        Yields:
            Frame number, RGB uint8 image ``(H, W, 3)``, and the frame's labels (none: empty).
        """
        labels = self.read(role, first)
        label = next(labels, None)
        for number, image in video.read_frames(self.video.path, start=first):
            while label is not None and label[0] < number:
                label = next(labels, None)
            here = label is not None and label[0] == number
            yield number, image, label[1] if label and here else sv.Detections.empty()

    def write(self, role: str, frames: Mapping[int, sv.Detections]) -> None:
        """Writes frame labels, replacing what these frames had in the field.

        Args:
            role: Attribute of :class:`~hoop_plugins.fields.Fields`.
            frames: Detections by frame number, as :meth:`read` gives them.
        """
        if not frames:
            return
        if not self.has(role):
            declare(self.dataset, self.names, role)
        attributes = tuple(FRAME_ATTRIBUTES[role])
        labels = {number: self._encode(found, attributes) for number, found in frames.items()}
        self.dataset.set_values(
            f"frames.{getattr(self.names, role)}",
            {self.sample_id: labels},
            key_field="id",
            validate=False,
        )

    def clear(self, role: str, after: int = 0) -> None:
        """Removes the labels of a field in all frames after ``after``."""
        if self.has(role):
            self._frames.update_many(
                {"_sample_id": ObjectId(self.sample_id), "frame_number": {"$gt": after}},
                {"$set": {getattr(self.names, role): None}},
            )

    def assign(
        self, role: str, values: Iterable[tuple[int, int | None, Mapping[str, Any]]]
    ) -> None:
        """Sets attributes of labels that exist already.

        Args:
            role: Attribute of :class:`~hoop_plugins.fields.Fields`.
            values: Triples of track id, frame number (``None``: every frame) and attributes.
        """
        field = getattr(self.names, role)
        now = datetime.now(timezone.utc)
        updates = []
        for index, frame, attributes in values:
            query: dict[str, Any] = {
                "_sample_id": ObjectId(self.sample_id),
                f"{field}.detections.index": int(index),
            }
            if frame is not None:
                query["frame_number"] = int(frame)
            changes = {
                f"{field}.detections.$[one].{name}": _to_mongo(value)
                for name, value in attributes.items()
            }
            updates.append((query, {"$set": {**changes, "last_modified_at": now}}, int(index)))
        if updates:
            self._frames.bulk_write(
                [
                    UpdateOne(query, change, array_filters=[{"one.index": index}])
                    if "frame_number" in query
                    else UpdateMany(query, change, array_filters=[{"one.index": index}])
                    for query, change, index in updates
                ],
                ordered=False,
            )

    # ------------------------------------------------------------------ tracks

    def read_tracks(self) -> dict[int, Track]:
        """The clip's tracks by id; empty before tracking."""
        if not self.dataset.has_sample_field(self.names.tracks):
            return {}
        found = self.dataset[self.sample_id][self.names.tracks]
        tracks = {}
        for label in found.detections if found else []:
            values = {name: label[name] for name in TRACK_ATTRIBUTES if label.has_field(name)}
            role = "referee" if label.label.startswith("referee") else "player"
            tracks[label.index] = Track(
                **values, first=label.support[0], last=label.support[1], role=role
            )
        return tracks

    def write_tracks(self, tracks: Iterable[Track]) -> None:
        """Replaces the clip's ``tracks``."""
        if not self.dataset.has_sample_field(self.names.tracks):
            declare(self.dataset, self.names, "tracks")
        labels = []
        for track in sorted(tracks, key=lambda track: track.index):
            values = {name: getattr(track, name) for name in TRACK_ATTRIBUTES}
            labels.append(
                fo.TemporalDetection(label=track.title, support=[track.first, track.last], **values)
            )
        self.dataset.set_values(
            self.names.tracks,
            {self.sample_id: fo.TemporalDetections(detections=labels)},
            key_field="id",
        )

    # ------------------------------------------------------------------ progress of the stages

    def progress(self, stage: str) -> dict[str, Any]:
        """What a stage has done here: ``settings``, ``frames`` done, ``complete``; or empty."""
        return dict(self._ledger().get(stage, {}))

    def record(self, stage: str, settings: Mapping[str, Any], frames: int, complete: bool) -> None:
        """Notes how far a stage has come."""
        entry = {"settings": dict(settings), "frames": frames, "complete": complete}
        self._save_ledger({**self._ledger(), stage: entry})

    def forget(self, *stages: str) -> None:
        """Marks stages as not done, so that they run anew."""
        ledger = self._ledger()
        kept = {name: entry for name, entry in ledger.items() if name not in stages}
        if kept != ledger:
            self._save_ledger(kept)

    def state_path(self, stage: str) -> Path:
        """Where a stage may keep what it needs to go on, beyond the labels."""
        return user_cache_path("hoop_plugins") / "state" / f"{self.sample_id}-{stage}.pt"

    def _ledger(self) -> dict[str, Any]:
        if not self.dataset.has_sample_field(PROGRESS_FIELD):
            return {}
        return self.dataset.select(self.sample_id).values(PROGRESS_FIELD)[0] or {}

    def _save_ledger(self, ledger: dict[str, Any]) -> None:
        if not self.dataset.has_sample_field(PROGRESS_FIELD):
            self.dataset.add_sample_field(PROGRESS_FIELD, fo.DictField)
        self.dataset.set_values(PROGRESS_FIELD, {self.sample_id: ledger}, key_field="id")

    # ------------------------------------------------------------------ labels <-> detections

    @property
    def _frames(self) -> Collection:
        return foo.get_db_conn()[self.dataset._frame_collection_name]

    def _decode(self, labels: list[dict[str, Any]], attributes: tuple[str, ...]) -> sv.Detections:
        width, height = self.video.width, self.video.height
        corners = [label["bounding_box"] for label in labels]
        boxes = np.array(corners, dtype=np.float64).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        boxes *= (width, height, width, height)
        data: dict[str, Any] = {
            "class_name": np.array([label.get("label") for label in labels], dtype=object)
        }
        for name in attributes:
            values = np.empty(len(labels), dtype=object)
            values[:] = [_from_mongo(label.get(name)) for label in labels]
            data[name] = values
        stored = [label.get("mask") for label in labels]
        return sv.Detections(
            xyxy=boxes.astype(np.float32),
            mask=self._decode_masks(stored, boxes) if any(stored) else None,
            confidence=np.array(
                [
                    np.nan if label.get("confidence") is None else label["confidence"]
                    for label in labels
                ],
                dtype=np.float32,
            ),
            tracker_id=np.array([label.get("index") or -1 for label in labels], dtype=int),
            data=data,
        )

    def _decode_masks(self, stored: list[bytes | None], boxes: np.ndarray) -> sv.CompactMask:
        shape = (self.video.height, self.video.width)
        crops, corners = [], []
        for raw, box in zip(stored, boxes, strict=True):
            x, y = (max(0, round(value)) for value in box[:2])
            mask = np.zeros((1, 1), bool) if raw is None else fou.deserialize_numpy_array(raw)
            crops.append(mask[: shape[0] - y, : shape[1] - x].astype(bool))
            corners.append((x, y))
        return masks.from_crops(crops, corners, shape)

    def _encode(self, found: sv.Detections, attributes: tuple[str, ...]) -> fo.Detections:
        return to_labels(found, (self.video.width, self.video.height), attributes, self.sample_id)


def to_labels(
    found: sv.Detections,
    size: tuple[int, int],
    attributes: Sequence[str] = (),
    video: str = "",
) -> fo.Detections:
    """Turns a frame's detections into FiftyOne's.

    Args:
        found: Detections, as the roles of ``models/roles.py`` give them.
        size: ``(width, height)`` of the frame in pixels.
        attributes: Names in ``found.data`` to keep.
        video: What tells this video's tracks from another's: the sample's id.
    """
    width, height = size
    boxes = np.clip(found.xyxy, 0, (width, height, width, height)).astype(float)
    boxes /= (width, height, width, height)
    labels = []
    for i, (left, top, right, bottom) in enumerate(boxes.tolist()):
        values = {
            name: found.data[name][i]
            for name in attributes
            if name in found.data and found.data[name][i] is not None
        }
        if found.confidence is not None and not np.isnan(found.confidence[i]):
            values["confidence"] = float(found.confidence[i])
        if found.tracker_id is not None and found.tracker_id[i] >= 0:
            values["index"] = int(found.tracker_id[i])
            values["instance"] = _instance(video, values["index"])
        if isinstance(found.mask, sv.CompactMask):
            values["mask"] = found.mask.crop(i)
        labels.append(
            fo.Detection(
                label=str(found.data["class_name"][i]),
                bounding_box=[left, top, right - left, bottom - top],
                **values,
            )
        )
    return fo.Detections(detections=labels)


def _instance(video: str, index: int) -> fo.Instance:
    """The same instance for the same track in every chunk, also after a resume."""
    digest = hashlib.sha256(f"{video}/{index}".encode()).hexdigest()
    instance = fo.Instance()
    instance._id = ObjectId(digest[:24])
    return instance


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


def _to_mongo(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return fou.serialize_numpy_array(value)
    return value.item() if isinstance(value, np.generic) else value


def _from_mongo(value: Any) -> Any:
    return fou.deserialize_numpy_array(value) if isinstance(value, bytes) else value
