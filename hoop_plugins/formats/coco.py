"""COCO: images that are frames of videos, and COCO-VID, which says so itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pycocotools import mask as coco_mask

from hoop_plugins.errors import HoopError
from hoop_plugins.formats.boxes import VideoLabels, table
from hoop_plugins.formats.names import ClassNames, attributes

TRACK_IDS = ("track_id", "instance_id")

ROBOFLOW = re.compile(r"_(?:jpe?g|png)\.rf\.\w+$", re.IGNORECASE)
"""What Roboflow adds to the name of an image."""

FRAME_NAME = re.compile(
    r"^(?P<video>.*?)[-_. ]*(?:frame|img)?[-_. ]*(?P<frame>\d+)$", re.IGNORECASE
)
"""``game-000120``, ``game_frame_120``, ``000120``."""


def find(path: Path) -> list[Path]:
    """Finds annotation files in a folder, as COCO, CVAT and Roboflow lay them out."""
    if path.is_file():
        return [path]
    found = sorted({*path.glob("*.json"), *path.glob("annotations/*.json")})
    return found or sorted(path.rglob("*.coco.json"))


def read(path: Path, classes: Mapping[str, str] | None = None) -> list[VideoLabels]:
    """Reads one file.

    An image belongs to the video that its ``video_id`` names, with the frame of its ``frame_id``;
    without them, to the one in its file name: ``VIDEO-000120.jpg`` or ``VIDEO/000120.jpg``. Ids
    (``track_id``), ``team``, ``number`` and ``text`` may stand in an annotation, or in its
    ``attributes``.

    Args:
        path: The file.
        classes: Our class names by the file's.

    Returns:
        The labels, a video each. Images without annotations are labelled as showing nothing.

    Raises:
        HoopError: If the file is not COCO.
    """
    content = _load(path)
    try:
        return _read(path, content, ClassNames(classes))
    except KeyError as error:
        raise HoopError(f"{path}: {error} is missing in what COCO describes") from error


def _load(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise HoopError(f"{path} is no JSON: {error}") from error
    if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= set(content):
        raise HoopError(f"{path} is not COCO: it has no images, annotations and categories")
    return content


def _read(path: Path, content: dict[str, Any], names: ClassNames) -> list[VideoLabels]:
    from_ids = bool(content.get("videos"))
    videos = {one["id"]: one.get("name") or one["file_name"] for one in content.get("videos", ())}
    images = {one["id"]: (_place(one, videos, path), one) for one in content["images"]}
    categories = {one["id"]: one["name"] for one in content["categories"]}
    frames: dict[str, list[int]] = {}
    sizes: dict[str, tuple[int, int]] = {}
    for (video, frame), image in images.values():
        frames.setdefault(video, []).append(frame)
        size = sizes.setdefault(video, (image["width"], image["height"]))
        if size != (image["width"], image["height"]):
            raise HoopError(f"{path}: the images of {video} are of different sizes")

    rows: dict[str, list[dict[str, Any]]] = {video: [] for video in frames}
    for one in content["annotations"]:
        where = f"{path}, annotation {one['id']}"
        if one["image_id"] not in images or one["category_id"] not in categories:
            raise HoopError(f"{where}: no such image or category as it names")
        label = names.of(categories[one["category_id"]])
        if label is None:
            continue
        (video, frame), image = images[one["image_id"]]
        if len(one["bbox"]) != 4:
            raise HoopError(f"{where}: a box is left, top, width and height, not {one['bbox']}")
        left, top, width, height = one["bbox"]
        given = {**one, **(one.get("attributes") or {})}
        rows[video].append(
            {
                **attributes(given, label["label"]),
                **label,
                "line": one["id"],
                "frame": frame,
                "index": next((max(-1, int(given[key])) for key in TRACK_IDS if key in given), -1),
                **{"x1": left, "y1": top, "x2": left + width, "y2": top + height},
                "mask": _mask(one.get("segmentation"), image["height"], image["width"]),
            }
        )
    notes = names.notes()
    return [
        VideoLabels(
            video,
            path,
            table(rows[video]),
            numbered_from=0 if from_ids else 1,
            size=sizes[video],
            frames=frames[video],
            unit="annotation",
            notes=notes if video == next(iter(frames)) else [],
        )
        for video in frames
    ]


def _place(image: Mapping[str, Any], videos: Mapping[Any, str], path: Path) -> tuple[str, int]:
    """The video and the frame that an image is of."""
    if videos and "frame_id" in image:
        return videos[image["video_id"]], int(image["frame_id"])
    file = PurePosixPath(image["file_name"].replace("\\", "/"))
    found = FRAME_NAME.match(ROBOFLOW.sub("", file.stem))
    if not found or not (found["video"] or file.parent.name):
        raise HoopError(
            f"{path}: image {image['file_name']!r} names no video and frame: "
            "VIDEO-000120.jpg or VIDEO/000120.jpg would"
        )
    return found["video"] or file.parent.name, int(found["frame"])


def _mask(segmentation: Any, height: int, width: int) -> dict[str, Any] | None:
    """Polygons or run lengths, compressed or not, as compressed run lengths."""
    if not segmentation:
        return None
    if isinstance(segmentation, list):
        return dict(coco_mask.merge(coco_mask.frPyObjects(segmentation, height, width)))
    if isinstance(segmentation["counts"], list):
        return dict(coco_mask.frPyObjects(segmentation, height, width))
    return {**segmentation}
