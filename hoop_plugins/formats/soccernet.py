"""SoccerNet game state: ``NAME/Labels-GameState.json``, people with team and number.

A file a clip of images ``000001.jpg`` …; see https://github.com/SoccerNet/sn-gamestate. Places on
the pitch and its lines are not read, and not written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any, ClassVar

from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.folders import files_in
from hoop_plugins.data.vocabulary import listed
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.boxes import LabelledVideo, VideoLabels
from hoop_plugins.formats.coco_file import Side, unique
from hoop_plugins.formats.names import ClassNames
from hoop_plugins.formats.reading import Id, Number, Shape, read_json

FILE = "Labels-GameState.json"

CATEGORIES = {"player": 1, "goalkeeper": 2, "referee": 3, "ball": 4, "other": 7}

GOALKEEPER = "goalkeeper"

TEAMS = ("left", "right")


class _Info(Shape):
    name: str | None = None


class _Image(Shape):
    image_id: Id
    file_name: str
    width: Side
    height: Side
    is_labeled: bool = True
    has_labeled_person: bool = True


class _Box(Shape):
    x: Number
    y: Number
    w: Number
    h: Number


class _Attributes(Shape):
    role: str | None = None
    team: str | None = None
    jersey: Any = None


class _Annotation(Shape):
    id: Any = None
    image_id: Id
    category_id: int
    supercategory: str
    track_id: Any = None
    bbox_image: _Box | None = None
    attributes: _Attributes | None = None


class _Category(Shape):
    id: int
    name: str


class _GameState(Shape):
    kind: ClassVar[str] = "SoccerNet game state"
    info: _Info
    images: list[_Image]
    annotations: list[_Annotation]
    categories: list[_Category]


def find(folder: Path) -> list[Path]:
    """Finds the label files of a folder of clips, or of one."""
    return files_in(folder, f"**/{FILE}")


def read(path: Path, names: ClassNames) -> list[VideoLabels]:
    """Reads one file, as ``FormatSpec.read`` has it.

    The video is called as ``info`` says, or else as the folder is. Teams are "left" and "right",
    goalkeepers are players.
    """
    content = read_json(path, _GameState)
    unique(path, "images", [image.image_id for image in content.images])
    categories = {category.id: category.name for category in content.categories}
    frames: dict[Any, int] = {}
    for image in content.images:
        stem = PurePath(image.file_name).stem
        if not stem.isdecimal():
            raise HoopError(f"{path}: image {image.file_name!r} names no frame: 000120.jpg would")
        frames[image.image_id] = int(stem)
    sizes = {(image.width, image.height) for image in content.images}
    if len(sizes) != 1:
        raise HoopError(f"{path} has no images, or images of different sizes: give those of a clip")

    rows: list[dict[str, Any]] = []
    left_out: Counter[str] = Counter()
    goalkeepers = 0
    for position, each in enumerate(content.annotations, 1):
        if each.supercategory != "object":
            left_out[each.supercategory] += 1
            continue
        line = position if each.id is None else each.id
        if each.image_id not in frames or each.bbox_image is None:
            missing = "box" if each.bbox_image is None else f"image {each.image_id!r}"
            raise HoopError(f"{path}, annotation {line}: there is no {missing}: fix or remove it")
        known = each.attributes or _Attributes()
        role = known.role or categories.get(each.category_id, str(each.category_id))
        keeper = role == GOALKEEPER and role not in names.classes
        label = names.translate(
            "player" if keeper else role, {"team": known.team, "number": known.jersey}
        )
        if label is None:
            continue
        goalkeepers += keeper
        box = each.bbox_image
        rows.append(
            {
                **label,
                "line": line,
                "frame": frames[each.image_id],
                "index": each.track_id,
                **{"x1": box.x, "y1": box.y, "x2": box.x + box.w, "y2": box.y + box.h},
            }
        )
    notes = [
        f"{count} entries of {kind!r} of {path} are no boxes: left out"
        for kind, count in left_out.items()
    ]
    if goalkeepers:
        notes.append(f"{goalkeepers} boxes of goalkeepers are players here")
    shown = [i.image_id for i in content.images if i.is_labeled and i.has_labeled_person]
    return [
        VideoLabels.from_rows(
            content.info.name or path.parent.name,
            path,
            rows,
            size=sizes.pop(),
            frames=sorted({frames[image_id] for image_id in shown} | {r["frame"] for r in rows}),
            unit="annotation",
            notes=notes,
        )
    ]


def write(folder: Path, videos: Iterable[LabelledVideo]) -> list[str]:
    """Writes ``NAME/Labels-GameState.json`` of every video: its people and the ball."""
    left_out: Counter[str] = Counter()
    teams: set[str] = set()
    for video_id, video in enumerate(videos, 1):
        labeled: set[int] = set()
        annotations: list[dict[str, Any]] = []
        for frame, found in video.read():
            labeled.add(frame)
            ids = track_ids(found).tolist()
            for i, box in enumerate(found.xyxy.tolist()):
                label, team = found.data["class_name"][i], found.data["team"][i]
                if label not in CATEGORIES:
                    left_out[label] += 1
                    continue
                teams |= {team} - {None}
                number = found.data["number"][i]
                annotations.append(
                    {
                        "id": str(len(annotations) + 1),
                        "image_id": _image_id(video_id, frame),
                        "track_id": ids[i],
                        "supercategory": "object",
                        "category_id": CATEGORIES[label],
                        "attributes": {"role": label, "jersey": number, "team": team},
                        "bbox_image": _sides(*box),
                        "bbox_pitch": None,
                    }
                )
        content = {
            "info": {
                "version": "1.3",
                "name": video.name,
                "im_dir": "img1",
                "im_ext": ".jpg",
                "frame_rate": video.info.frame_rate,
                "seq_length": video.info.frame_count,
            },
            "images": [
                {
                    "image_id": _image_id(video_id, frame),
                    "file_name": f"{frame:06d}.jpg",
                    "width": video.info.width,
                    "height": video.info.height,
                    "is_labeled": frame in labeled,
                    "has_labeled_person": frame in labeled,
                    "has_labeled_pitch": False,
                    "has_labeled_camera": False,
                }
                for frame in range(1, video.info.frame_count + 1)
            ],
            "annotations": annotations,
            "categories": [
                {"supercategory": "object", "id": number, "name": name}
                for name, number in CATEGORIES.items()
            ],
        }
        path = folder / video.name / FILE
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    notes = [
        f"{count} boxes of class {label!r} were left out: SoccerNet holds people and the ball"
        for label, count in sorted(left_out.items())
    ]
    if others := sorted(teams - set(TEAMS)):
        notes.append(f"teams keep their names, {listed(others)}: SoccerNet's are left and right")
    return notes


def _image_id(video: int, frame: int) -> str:
    return f"1{video:03d}{frame:06d}"


def _sides(left: float, top: float, right: float, bottom: float) -> dict[str, float]:
    sides = {
        "x": left,
        "y": top,
        "x_center": (left + right) / 2,
        "y_center": (top + bottom) / 2,
        "w": right - left,
        "h": bottom - top,
    }
    return {name: round(value, 3) for name, value in sides.items()}
