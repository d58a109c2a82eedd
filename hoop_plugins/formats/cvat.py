"""CVAT for video 1.1: XML with tracks. FiftyOne's own reader turns the number "00" into 0."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from hoop_plugins.data.detections import track_ids
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.boxes import ATTRIBUTES, LabelledVideo, VideoLabels
from hoop_plugins.formats.checks import SIDES
from hoop_plugins.formats.names import ClassNames

CORNERS = ("xtl", "ytl", "xbr", "ybr")

LINE = "line"
"""The attribute that tells on which line of the file an element begins."""

OTHER_FILES = {
    "project": "this is a whole CVAT project: export its tasks one by one",
    "image": "this is CVAT for images: export the task as CVAT for video 1.1",
}

LONGEST = 1_000_000
"""Frames between two boxes of a track at most: hours."""

SHAPES = ("polygon", "polyline", "points", "mask", "ellipse", "cuboid", "skeleton")


def read(path: Path, names: ClassNames) -> list[VideoLabels]:
    """Reads one file, as ``FormatSpec.read`` has it.

    Team, number and text are attributes of these names. Between two boxes of a track the frames are
    interpolated, as CVAT does, where the file has the key frames alone.
    """
    builder, parser = ElementTree.TreeBuilder(), expat.ParserCreate()
    rows: list[Mapping[str, Any]] = []
    shapes = turned = 0

    def start(tag: str, attributes: dict[str, Any]) -> None:
        if tag in OTHER_FILES:
            raise HoopError(f"{path}, line {parser.CurrentLineNumber}: {OTHER_FILES[tag]}")
        builder.start(tag, {**attributes, LINE: parser.CurrentLineNumber})

    def end(tag: str) -> None:
        nonlocal shapes, turned
        element = builder.end(tag)
        if tag == "track":
            rows.extend(_rows(element, path, names))
            shapes += sum(shape.tag in SHAPES for shape in element.iter())
            turned += sum(bool(box.get("rotation", "").strip("0.")) for box in element.iter("box"))
            # So the file is never in memory as a whole.
            element.clear()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except (expat.ExpatError, LookupError, ValueError) as error:
        # The latter two are raised for encodings that Python or expat does not know.
        problem = expat.ErrorString(error.code) if isinstance(error, expat.ExpatError) else error
        raise HoopError(
            f"{path}, line {parser.ErrorLineNumber}: {problem}: this is no XML in UTF-8"
        ) from error
    except OSError as error:
        raise HoopError(f"cannot read {path}: {error.strerror}") from error
    root = builder.close()
    if root.tag != "annotations":
        raise HoopError(f"{path} is not CVAT: it has no <annotations>")
    # The first ones are the task's: its labels have names too.
    source, name, width, height = (
        (root.findtext(f".//{tag}") or "").strip() for tag in ("source", "name", "width", "height")
    )
    notes = {
        "shapes that are no boxes were left out": shapes,
        "boxes are rotated, and were taken as if they were not": turned,
    }
    labels = VideoLabels.from_rows(
        source or name or path.stem,
        path,
        rows,
        numbered_from=0,
        size=_size(path, width, height),
        notes=[f"{path}: {count} {note}" for note, count in notes.items() if count],
    )
    return [labels]


def _size(path: Path, width: str, height: str) -> tuple[int, int] | None:
    try:
        return (int(width), int(height)) if width or height else None
    except ValueError as error:
        raise HoopError(f"{path}: original_size: {error}: give it in pixels") from error


def _rows(track: ElementTree.Element, path: Path, names: ClassNames) -> Iterator[Mapping[str, Any]]:
    """The boxes of a track, also of the frames between key frames."""
    last: dict[str, Any] | None = None
    for box in track.iter("box"):
        texts = {each.get("name", ""): (each.text or "").strip() for each in box.iter("attribute")}
        label = names.translate(track.get("label", ""), texts)
        if label is None:
            continue
        try:
            row = {
                **label,
                "line": box.attrib[LINE],
                "frame": int(box.attrib["frame"]),
                "index": int(track.attrib["id"]),
                **{x: float(box.attrib[xtl]) for x, xtl in zip(SIDES, CORNERS, strict=True)},
            }
        except (KeyError, ValueError) as error:
            raise HoopError(
                f"{path}, line {box.attrib[LINE]}: the box or its track cannot be read ({error})"
            ) from error
        if last is not None:
            if row["frame"] - last["frame"] > LONGEST:
                raise HoopError(f"{path}, line {row['line']}: frame {row['frame']} is too high")
            yield from _between(last, row)
        last = None if box.get("outside") == "1" else row
        if last is not None:
            yield last


def _between(first: Mapping[str, Any], last: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The frames between two boxes of a track, on straight lines."""
    steps = last["frame"] - first["frame"]
    for step in range(1, steps):
        sides = {side: first[side] + (last[side] - first[side]) * step / steps for side in SIDES}
        yield {**first, "frame": first["frame"] + step, **sides}


def write(folder: Path, videos: Iterable[LabelledVideo]) -> list[str]:
    """Writes ``NAME.xml`` for every video, each box a key frame of its track, without masks."""
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
            track = ElementTree.SubElement(root, "track", id=str(index), label=label, source="file")
            ends = [*(frame for frame, *_ in boxes[1:]), video.info.frame_count]
            for (frame, corners, texts), following in zip(boxes, ends, strict=True):
                place = {"keyframe": "1", "outside": "0", "occluded": "0", **corners}
                box = ElementTree.SubElement(track, "box", {"frame": str(frame), **place})
                for name, text in texts.items():
                    ElementTree.SubElement(box, "attribute", name=name).text = text
                if following > frame + 1:
                    gone = {"frame": str(frame + 1), **place, "outside": "1"}
                    ElementTree.SubElement(track, "box", gone)
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
            texts = (f"{round(side, 3):.9g}" for side in sides)
            corners = dict(zip(CORNERS, texts, strict=True))
            known = {name: found.data[name][i] for name in ATTRIBUTES}
            told = {name: str(value) for name, value in known.items() if value is not None}
            key = (found.data["class_name"][i], index, 0 if index >= 0 else len(tracks) + 1)
            tracks[key].append((frame - 1, corners, told))
    return tracks


def _add_texts(parent: ElementTree.Element, **texts: str) -> None:
    for name, text in texts.items():
        ElementTree.SubElement(parent, name).text = text
