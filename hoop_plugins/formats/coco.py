"""COCO: images that are frames of videos, and COCO-VID, which says so itself.

Images that are no frames of ours, to train on, are in :mod:`hoop_plugins.formats.coco_images`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import supervision as sv

from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.folders import files_in
from hoop_plugins.data.masks import mask_of
from hoop_plugins.data.vocabulary import ATTRIBUTE_SPELLINGS, CLASSES, plain
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.boxes import ATTRIBUTES, LabelledVideo, VideoLabels
from hoop_plugins.formats.checks import encode_segmentation
from hoop_plugins.formats.coco_file import (
    CocoAnnotation,
    CocoImage,
    annotation,
    document,
    encode_mask,
    load,
    unique,
)
from hoop_plugins.formats.names import ClassNames, video_and_frame

TRACK_IDS = ("track_id", "instance_id")


def find(folder: Path) -> list[Path]:
    """Finds annotation files in a folder, as COCO, CVAT and Roboflow lay them out."""
    found = files_in(folder, "*.json", "annotations/*.json")
    return found or files_in(folder, "**/*.coco.json")


def read(path: Path, names: ClassNames) -> list[VideoLabels]:
    """Reads one file, as ``FormatSpec.read`` has it.

    An image belongs to the video that its ``video_id`` names, with the frame of its ``frame_id`` or
    ``frame_index``; without them, to the one in its file name: ``VIDEO-000120.jpg`` or
    ``VIDEO/000120.jpg``. Ids (``track_id``), ``team``, ``number`` and ``text`` may stand in an
    annotation, or in its ``attributes``. Images without annotations are labeled as showing nothing.
    """
    content = load(path)
    unique(path, "videos", [video.id for video in content.videos or ()])
    videos = {video.id: video.name or video.file_name or "" for video in content.videos or ()}
    categories = {category.id: category.name for category in content.categories}
    counted = bool(videos) and any(image.frame is not None for image in content.images)
    places = {image.id: _place(image, videos, counted, path) for image in content.images}
    images = {image.id: image for image in content.images}
    frames: dict[str, dict[int, CocoImage]] = {}
    for image in content.images:
        video, frame = places[image.id]
        others = frames.setdefault(video, {})
        same = others.setdefault(frame, image)
        if same is not image:
            raise HoopError(
                f"{path}: images {same.file_name!r} and {image.file_name!r} are both frame {frame} "
                f"of {video}: keep one of them, and export without augmentation"
            )
        if image.size != next(iter(others.values())).size:
            raise HoopError(f"{path}: the images of {video} are of different sizes")

    rows: dict[str, list[dict[str, Any]]] = {video: [] for video in frames}
    crowds: Counter[str] = Counter()
    for each in content.annotations:
        given = {**(each.model_extra or {}), **(each.attributes or {})}
        video, frame = places[each.image_id]
        for name, value in given.items():
            if isinstance(value, list | dict) and plain(name) in ATTRIBUTE_SPELLINGS:
                raise HoopError(
                    f"{path}, annotation {each.id}: {name} is {value!r}: give text, or a number"
                )
        if each.iscrowd:
            crowds[video] += 1
            continue
        label = names.translate(categories[each.category_id], given)
        if label is None:
            continue
        left, top, width, height = each.bbox
        rows[video].append(
            {
                **label,
                "line": each.id,
                "frame": frame,
                "index": next((given[key] for key in TRACK_IDS if key in given), None),
                **{"x1": left, "y1": top, "x2": left + width, "y2": top + height},
                "mask": _mask(path, each, images[each.image_id]),
            }
        )
    # Counted from 1 by those who list every frame and begin so.
    from_zero = counted and min(frame for _, frame in places.values()) != 1
    return [
        VideoLabels.from_rows(
            video,
            path,
            rows[video],
            numbered_from=0 if from_zero else 1,
            size=next(iter(shown.values())).size,
            frames=list(shown),
            unit="annotation",
            notes=[f"{crowds[video]} crowds (iscrowd) of {path} were left out"] * (video in crowds),
        )
        for video, shown in frames.items()
    ]


def _place(
    image: CocoImage, videos: Mapping[Any, str], counted: bool, path: Path
) -> tuple[str, int]:
    """The video and the frame that an image is of; of whose video all frames are ``counted``."""
    file = PurePosixPath(image.file_name.replace("\\", "/"))
    video, frame = video_and_frame(file.stem) or ("", None)
    video = video or file.parent.name
    if videos and image.video_id is not None:
        video = videos.get(image.video_id, "")
    if counted:
        frame = image.frame
    if frame is None or not video:
        raise HoopError(
            f"{path}: image {image.file_name!r} names no video and frame: "
            "VIDEO-000120.jpg or VIDEO/000120.jpg would, or video_id and frame_id"
        )
    return video, frame


def _mask(path: Path, annotation: CocoAnnotation, image: CocoImage) -> dict[str, Any] | None:
    """The mask as compressed run lengths."""
    try:
        if annotation.segmentation and not image.size:
            raise ValueError("its image has no width and height")
        return encode_segmentation(annotation.segmentation, image.size or (1, 1))
    except ValueError as error:
        raise HoopError(f"{path}, annotation {annotation.id}: segmentation: {error}") from error


# ---------------------------------------------------------------------- writing


def write(path: Path, videos: Iterable[LabelledVideo]) -> list[str]:
    """Writes one file of all videos, as COCO-VID: frames count from 0. Everything has its place."""
    names: list[str] = list(CLASSES)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    for video_id, video in enumerate(videos, 1):
        entries.append({"id": video_id, "name": video.name})
        size = {"width": video.info.width, "height": video.info.height}
        for frame, found in video.read(masks=True):
            file = {"file_name": f"{video.name}/{frame:06d}.jpg", "video_id": video_id}
            images.append({"id": len(images) + 1, **file, "frame_id": frame - 1, **size})
            ids = track_ids(found).tolist()
            for i, box in enumerate(found.xyxy.tolist()):
                name = found.data["action"][i] or found.data["class_name"][i]
                if name not in names:
                    names.append(name)
                known = {key: found.data[key][i] for key in ATTRIBUTES if key != "action"}
                known["track_id"] = ids[i] if ids[i] >= 0 else None
                annotations.append(
                    {
                        "image_id": len(images),
                        **annotation(names.index(name) + 1, box, _encoded(found, i)),
                        **{key: value for key, value in known.items() if value is not None},
                    }
                )
    content = document(names, images, annotations, videos=entries)
    path.write_text(json.dumps(content), encoding="utf-8")
    return []


def _encoded(found: sv.Detections, i: int) -> dict[str, Any] | None:
    """The mask of a label, or ``None`` where it has none."""
    masks = found.mask
    if not isinstance(masks, sv.CompactMask) or (crop := mask_of(masks, i)) is None:
        return None
    return encode_mask(crop, masks.offsets[i], masks.shape[1:])
