"""COCO: images that are frames of videos, and COCO-VID, which says so itself.

Images that are no frames of ours, to train on, are in :mod:`hoop_plugins.formats.coco_images`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import supervision as sv
from pycocotools import mask as coco_mask

from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.vocabulary import CLASSES
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.boxes import LabelledVideo, VideoLabels
from hoop_plugins.formats.names import ClassNames, video_and_frame

TRACK_IDS = ("track_id", "instance_id")


def find(folder: Path) -> list[Path]:
    """Finds annotation files in a folder, as COCO, CVAT and Roboflow lay them out."""
    found = sorted({*folder.glob("*.json"), *folder.glob("annotations/*.json")})
    return found or sorted(folder.rglob("*.coco.json"))


def load(path: Path) -> dict[str, Any]:
    """Reads a file and looks whether it holds together.

    Returns:
        COCO's ``images``, ``annotations`` and ``categories``, and ``videos`` where it has them;
        every annotation has a box, and an image and a category that there are.

    Raises:
        HoopError: If it is not COCO; with the annotation where one is wrong.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise HoopError(f"{path} is no JSON: {error}") from error
    if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= set(content):
        raise HoopError(f"{path} is not COCO: it has no images, annotations and categories")
    try:
        images = {image["id"]: image["file_name"] for image in content["images"]}
        categories = {category["id"]: category["name"] for category in content["categories"]}
        for position, annotation in enumerate(content["annotations"], 1):
            where = f"{path}, annotation {annotation.setdefault('id', position)}"
            if annotation["image_id"] not in images or annotation["category_id"] not in categories:
                raise HoopError(f"{where}: no such image or category as it names")
            if len(annotation["bbox"]) != 4:
                raise HoopError(
                    f"{where}: a box is left, top, width and height, not {annotation['bbox']}"
                )
    except KeyError as error:
        raise HoopError(f"{path}: {error} is missing in what COCO describes") from error
    except TypeError as error:
        raise HoopError(f"{path} is not COCO: {error}") from error
    return content


def read(path: Path, names: ClassNames) -> list[VideoLabels]:
    """Reads one file, as ``FormatSpec.read`` has it.

    An image belongs to the video that its ``video_id`` names, with the frame of its ``frame_id``;
    without them, to the one in its file name: ``VIDEO-000120.jpg`` or ``VIDEO/000120.jpg``. Ids
    (``track_id``), ``team``, ``number`` and ``text`` may stand in an annotation, or in its
    ``attributes``. Images without annotations are labeled as showing nothing.
    """
    content = load(path)
    try:
        return _read(path, content, names)
    except KeyError as error:
        raise HoopError(f"{path}: {error} is missing in what COCO describes") from error


def _read(path: Path, content: Mapping[str, Any], names: ClassNames) -> list[VideoLabels]:
    videos = {
        video["id"]: video.get("name") or video["file_name"] for video in content.get("videos", ())
    }
    categories = {category["id"]: category["name"] for category in content["categories"]}
    images = {image["id"]: (*_place(image, videos, path), image) for image in content["images"]}
    frames: dict[str, list[int]] = {}
    sizes: dict[str, tuple[int, int]] = {}
    for video, frame, image in images.values():
        frames.setdefault(video, []).append(frame)
        size = image["width"], image["height"]
        if sizes.setdefault(video, size) != size:
            raise HoopError(f"{path}: the images of {video} are of different sizes")

    rows: dict[str, list[dict[str, Any]]] = {video: [] for video in frames}
    for annotation in content["annotations"]:
        given = {**annotation, **(annotation.get("attributes") or {})}
        label = names.translate(categories[annotation["category_id"]], given)
        if label is None:
            continue
        video, frame, image = images[annotation["image_id"]]
        left, top, width, height = annotation["bbox"]
        rows[video].append(
            {
                **label,
                "line": annotation["id"],
                "frame": frame,
                "index": next((max(-1, int(given[key])) for key in TRACK_IDS if key in given), -1),
                **{"x1": left, "y1": top, "x2": left + width, "y2": top + height},
                "mask": _mask(annotation.get("segmentation"), image["height"], image["width"]),
            }
        )
    return [
        VideoLabels.from_rows(
            video,
            path,
            rows[video],
            numbered_from=0 if videos else 1,
            size=sizes[video],
            frames=numbers,
            unit="annotation",
        )
        for video, numbers in frames.items()
    ]


def _place(image: Mapping[str, Any], videos: Mapping[Any, str], path: Path) -> tuple[str, int]:
    """The video and the frame that an image is of."""
    if videos and "frame_id" in image:
        return videos[image["video_id"]], int(image["frame_id"])
    file = PurePosixPath(image["file_name"].replace("\\", "/"))
    video, frame = video_and_frame(file.stem) or ("", None)
    video = video or file.parent.name
    if frame is None or not video:
        raise HoopError(
            f"{path}: image {image['file_name']!r} names no video and frame: "
            "VIDEO-000120.jpg or VIDEO/000120.jpg would"
        )
    return video, frame


def _mask(segmentation: Any, height: int, width: int) -> dict[str, Any] | None:
    """Polygons or run lengths, compressed or not, as compressed run lengths."""
    if not segmentation:
        return None
    if isinstance(segmentation, list):
        return dict(coco_mask.merge(coco_mask.frPyObjects(segmentation, height, width)))
    if isinstance(segmentation["counts"], list):
        return dict(coco_mask.frPyObjects(segmentation, height, width))
    return {**segmentation}


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
                known = {key: found.data[key][i] for key in ("team", "number", "text", "visible")}
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


def annotation(
    category_id: int, box: Sequence[float], segmentation: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Describes a box as COCO does: ``xyxy`` in pixels, and what :func:`encode_mask` gives."""
    left, top, right, bottom = box
    left, top, width, height = (round(v, 3) for v in (left, top, right - left, bottom - top))
    area = int(coco_mask.area(segmentation)) if segmentation else round(width * height, 3)
    return {
        "category_id": category_id,
        "bbox": [left, top, width, height],
        "area": area,
        "iscrowd": 0,
        "segmentation": segmentation or [],
    }


def encode_mask(
    crop: np.ndarray, corner: Sequence[int], image_shape: tuple[int, int]
) -> dict[str, Any]:
    """Encodes a mask as COCO's compressed run lengths of the whole picture.

    Args:
        crop: Boolean array ``(h, w)``.
        corner: The ``(x, y)`` pixel of its upper left corner.
        image_shape: ``(H, W)`` of the picture.
    """
    (x, y), (height, width) = corner, crop.shape
    whole = np.zeros(image_shape, np.uint8, order="F")
    whole[y : y + height, x : x + width] = crop
    encoded = coco_mask.encode(whole)
    return {"size": list(image_shape), "counts": encoded["counts"].decode()}


def document(
    names: Sequence[str],
    images: Sequence[Mapping[str, Any]],
    annotations: Sequence[Mapping[str, Any]],
    **more: Any,
) -> dict[str, Any]:
    """Puts a COCO file together; classes and annotations are numbered from 1.

    Args:
        names: The class names.
        images: COCO's images.
        annotations: Image ids, and what :func:`annotation` gives.
        **more: Other parts of the file.
    """
    return {
        **more,
        "images": images,
        "annotations": [{"id": i, **values} for i, values in enumerate(annotations, 1)],
        "categories": [
            {"id": i, "name": name, "supercategory": "none"} for i, name in enumerate(names, 1)
        ],
    }


def _encoded(found: sv.Detections, i: int) -> dict[str, Any] | None:
    """The mask of a label, or ``None`` where it has none."""
    if not isinstance(found.mask, sv.CompactMask) or (crop := found.mask.crop(i)).shape == (1, 1):
        return None
    return encode_mask(crop, found.mask.offsets[i], found.mask.shape[1:])
