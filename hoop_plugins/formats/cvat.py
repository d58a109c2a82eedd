"""CVAT for video 1.1: XML with tracks. FiftyOne's own reader turns the number "00" into 0."""

from __future__ import annotations

import xml.sax
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.sax.handler import ContentHandler

from hoop_plugins.data.detections import track_ids
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.boxes import ATTRIBUTES, SIDES, LabelledVideo, VideoLabels
from hoop_plugins.formats.names import ClassNames

CORNERS = ("xtl", "ytl", "xbr", "ybr")

SHAPES = ("polygon", "polyline", "points", "mask", "ellipse", "cuboid", "skeleton")


def read(path: Path, names: ClassNames) -> list[VideoLabels]:
    """Reads one file.

    Team, number and text are attributes of these names. Between two boxes of a track the frames are
    interpolated, as CVAT does, where the file has the key frames alone.

    Args:
        path: The file.
        names: Our class names by the file's.

    Returns:
        The labels of the video that the file names as its source.

    Raises:
        HoopError: If the file is not of this format, or a box cannot be read.
    """
    handler = _Handler(path, names)
    try:
        xml.sax.parse(str(path), handler)
    except xml.sax.SAXParseException as error:
        raise HoopError(
            f"{path}, line {error.getLineNumber()}: {error.getMessage()}: this is no XML"
        ) from error
    if not handler.is_cvat:
        raise HoopError(f"{path} is not CVAT: it has no <annotations>")
    notes = (
        [f"{handler.shapes} shapes that are no boxes were left out of {path}"]
        if handler.shapes
        else []
    )
    labels = VideoLabels.from_rows(
        handler.texts.get("source") or handler.texts.get("name") or path.stem,
        path,
        handler.rows,
        numbered_from=0,
        size=handler.size(),
        notes=notes,
    )
    return [labels]


def write(folder: Path, videos: Iterable[LabelledVideo]) -> list[str]:
    """Writes ``NAME.xml`` for every video, each box a key frame of its track.

    Args:
        folder: Where they go.
        videos: The videos.

    Returns:
        Nothing: masks aside, everything has its place.
    """
    folder.mkdir(parents=True)
    for video in videos:
        root = ElementTree.Element("annotations")
        _add_texts(root, version="1.1")
        task = ElementTree.SubElement(ElementTree.SubElement(root, "meta"), "task")
        source = Path(video.info.path).name
        size = str(video.info.frame_count)
        _add_texts(task, name=video.name, size=size, mode="interpolation", source=source)
        picture = ElementTree.SubElement(task, "original_size")
        _add_texts(picture, width=str(video.info.width), height=str(video.info.height))
        for (label, index, _), boxes in _tracks(video).items():
            track = {"id": str(index), "label": label, "source": "file"}
            _add_boxes(ElementTree.SubElement(root, "track", track), boxes, video.info.frame_count)
        ElementTree.indent(root)
        tree = ElementTree.ElementTree(root)
        tree.write(folder / f"{video.name}.xml", encoding="utf-8", xml_declaration=True)
    return []


Box = tuple[int, dict[str, str], dict[str, str]]
"""Frame, from 0; corners; attributes."""


def _tracks(video: LabelledVideo) -> dict[tuple[str, int, int], list[Box]]:
    """The boxes of every label and id; what has no id is a track of its own."""
    tracks: dict[tuple[str, int, int], list[Box]] = defaultdict(list)
    for frame, found in video.read():
        ids = track_ids(found).tolist()
        for i, (index, sides) in enumerate(zip(ids, found.xyxy.tolist(), strict=True)):
            corners = (f"{round(side, 3):.9g}" for side in sides)
            known = {name: found.data[name][i] for name in ATTRIBUTES}
            key = (found.data["class_name"][i], index, 0 if index >= 0 else len(tracks) + 1)
            tracks[key].append(
                (
                    frame - 1,
                    dict(zip(CORNERS, corners, strict=True)),
                    {name: str(value) for name, value in known.items() if value is not None},
                )
            )
    return tracks


def _add_boxes(track: ElementTree.Element, boxes: Sequence[Box], frame_count: int) -> None:
    following = [*(frame for frame, *_ in boxes[1:]), frame_count]
    for (frame, corners, attributes), after in zip(boxes, following, strict=True):
        place = {"frame": str(frame), "keyframe": "1", "outside": "0", "occluded": "0", **corners}
        box = ElementTree.SubElement(track, "box", place)
        for name, value in attributes.items():
            ElementTree.SubElement(box, "attribute", name=name).text = value
        if after > frame + 1:
            gone = {**place, "frame": str(frame + 1), "outside": "1"}
            ElementTree.SubElement(track, "box", gone)


def _add_texts(parent: ElementTree.Element, **texts: str) -> None:
    for name, text in texts.items():
        ElementTree.SubElement(parent, name).text = text


class _Handler(ContentHandler):
    """Collects rows while the file is read, so that it is never in memory as a whole."""

    def __init__(self, path: Path, names: ClassNames) -> None:
        super().__init__()
        self.path, self.names = path, names
        self.is_cvat = False
        self.rows: list[dict[str, Any]] = []
        self.texts: dict[str, str] = {}
        self.shapes = 0
        self._line: Any = lambda: 0
        self._text = ""
        self._track: dict[str, Any] | None = None
        self._box: dict[str, Any] | None = None
        self._attribute = ""
        self._last: dict[str, Any] | None = None

    def size(self) -> tuple[int, int] | None:
        """The size of the picture, where the file has it."""
        texts = self.texts
        return (int(texts["width"]), int(texts["height"])) if "width" in texts else None

    def setDocumentLocator(self, locator: Any) -> None:
        """See ``ContentHandler``."""
        self._line = locator.getLineNumber

    def startElement(self, name: str, attrs: Any) -> None:
        """See ``ContentHandler``."""
        self._text = ""
        if name == "annotations":
            self.is_cvat = True
        elif name == "project":
            raise self._refuse("this is a whole CVAT project: export its tasks one by one")
        elif name == "image":
            raise self._refuse("this is CVAT for images: export the task as CVAT for video 1.1")
        elif name == "track":
            self._track, self._last = dict(attrs), None
        elif name == "box" and self._track is not None:
            self._box = {**dict(attrs), "attributes": {}, "line": self._line()}
        elif name == "attribute" and self._box is not None:
            self._attribute = attrs.get("name", "")
        elif name in SHAPES and self._track is not None:
            self.shapes += 1

    def characters(self, content: str) -> None:
        """See ``ContentHandler``."""
        self._text += content

    def endElement(self, name: str) -> None:
        """See ``ContentHandler``."""
        if name == "attribute" and self._box is not None:
            self._box["attributes"][self._attribute] = self._text.strip()
        elif name == "box" and self._box is not None:
            self._add(self._box)
            self._box = None
        elif name == "track":
            self._track = None
        elif name in ("source", "name", "width", "height") and self._track is None:
            # The first ones are the task's: its labels have names too.
            self.texts.setdefault(name, self._text.strip())

    def _add(self, box: Mapping[str, Any]) -> None:
        assert self._track is not None
        label = self.names.translate(self._track.get("label", ""), box["attributes"])
        if label is None:
            return
        try:
            corners = [float(box[side]) for side in CORNERS]
            frame, index = int(box["frame"]), int(self._track["id"])
        except (KeyError, ValueError) as error:
            raise self._refuse(f"the box or its track cannot be read ({error})") from error
        row = {
            **label,
            "line": box["line"],
            "frame": frame,
            "index": index,
            **dict(zip(SIDES, corners, strict=True)),
        }
        if self._last is not None:
            self.rows += _between(self._last, row)
        outside = box.get("outside") == "1"
        self._last = None if outside else row
        if not outside:
            self.rows.append(row)

    def _refuse(self, problem: str) -> HoopError:
        return HoopError(f"{self.path}, line {self._line()}: {problem}")


def _between(first: Mapping[str, Any], last: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The frames between two boxes of a track, on straight lines."""
    steps = last["frame"] - first["frame"]
    return [
        {
            **first,
            "frame": first["frame"] + step,
            **{side: first[side] + (last[side] - first[side]) * step / steps for side in SIDES},
        }
        for step in range(1, steps)
    ]
