"""MOTChallenge text: ``gt.txt``, and what trackers write.

A line a box: frame, id, left, top, width, height, and then, as far as there are any, a flag (in
ground truth: 0 for what does not count) or confidence, class, and visibility. Frames and pixels
count from 1. See https://motchallenge.net/instructions.
"""

from __future__ import annotations

import configparser
import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import supervision as sv

from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.folders import files_in
from hoop_plugins.data.text_file import read_text
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.boxes import LabelledVideo, VideoLabels
from hoop_plugins.formats.names import ClassNames

CLASSES = {1: "player", 7: "referee"}
"""MOTChallenge's pedestrian, and its people who stand by."""

COLUMNS = ("frame", "id", "left", "top", "width", "height", "flag", "class", "visibility", "z")

NOT_COUNTED = 0.0


def find(folder: Path) -> list[Path]:
    """Finds label files in a folder: every ``gt/gt.txt``, or else the text files in it."""
    return files_in(folder, "**/gt/gt.txt") or [
        file for file in files_in(folder, "*.txt") if file.stem not in ("labels", "seqmap")
    ]


def read(path: Path, names: ClassNames) -> list[VideoLabels]:
    """Reads ``NAME/gt/gt.txt`` or ``NAME.txt`` of the video NAME, as ``FormatSpec.read`` has it.

    The names of the classes stand in ``labels.txt`` beside it, a line a class, as CVAT exports
    them; otherwise 1 is a player and 7 a referee. The picture's size is taken from ``seqinfo.ini``.
    """
    known = _class_names(path)
    # CVAT's pixels count from 0; it is the one that writes labels.txt.
    origin = 0 if known else 1
    rows: list[dict[str, Any]] = []
    not_counted = 0
    reader = csv.reader(io.StringIO(read_text(path), newline=""))
    try:
        for fields in reader:
            if not any(field.strip() for field in fields):
                continue
            place = f"{path}, line {reader.line_num}"
            values = _numbers(fields, place)
            frame, index, left, top, width, height = values[:6]
            label = names.translate(_class_of(values, known or CLASSES, names, place))
            if label is None:
                continue
            # Ten columns are a tracker's, where the seventh is a confidence.
            if len(values) in (7, 8, 9) and values[6] == NOT_COUNTED and label["label"] == "player":
                not_counted += 1
                continue
            left, top = left - origin, top - origin
            rows.append(
                {
                    **label,
                    "line": reader.line_num,
                    "frame": frame,
                    "index": index,
                    **{"x1": left, "y1": top, "x2": left + width, "y2": top + height},
                    "visible": values[8] if len(values) == 9 and values[8] >= 0 else None,
                }
            )
    except csv.Error as error:
        raise HoopError(f"{path}, line {reader.line_num}: {error}: this is no text") from error
    note = f"{not_counted} boxes of {path} are marked as not counting: left out"
    video = path.parents[1].name if path.parent.name in ("gt", "det") else path.stem
    notes = [note] if not_counted else []
    return [VideoLabels.from_rows(video, path, rows, size=_size(path), notes=notes)]


def write(folder: Path, videos: Iterable[LabelledVideo]) -> list[str]:
    """Writes ``NAME/gt/gt.txt`` and ``NAME/seqinfo.ini`` of every video: its people."""
    left_out: Counter[str] = Counter()
    for video in videos:
        left_out += write_frames(folder / video.name / "gt" / "gt.txt", video.read())
        info = video.info
        (folder / video.name / "seqinfo.ini").write_text(
            f"[Sequence]\nname={video.name}\nframeRate={info.frame_rate:g}\n"
            f"seqLength={info.frame_count}\nimWidth={info.width}\nimHeight={info.height}\n",
            encoding="utf-8",
        )
    return [
        f"{count} boxes of class {label!r} were left out: MOTChallenge holds people alone"
        for label, count in sorted(left_out.items())
    ]


def write_frames(path: Path, frames: Iterable[tuple[int, sv.Detections]]) -> Counter[str]:
    """Writes the people of one video; returns how many labels of each other class were left out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    left_out: Counter[str] = Counter()
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for number, found in frames:
            left_out.update(found.data["class_name"] if len(found) else ())
            for line in _lines(number, found):
                file.write(line)
    for label in CLASSES.values():
        del left_out[label]
    return left_out


def _lines(number: int, found: sv.Detections) -> Iterator[str]:
    numbers = {label: number for number, label in CLASSES.items()}
    ids = track_ids(found)
    for i, (left, top, right, bottom) in enumerate(found.xyxy.tolist()):
        if (kind := numbers.get(found.data["class_name"][i])) is None:
            continue
        visible = found.data["visible"][i]
        box = (left + 1, top + 1, right - left, bottom - top)
        yield (
            f"{number},{ids[i]},{','.join(f'{round(v, 3):.9g}' for v in box)},"
            f"{int(kind == 1)},{kind},{-1 if visible is None else round(visible, 3):g}\n"
        )


def _numbers(fields: list[str], place: str) -> list[float]:
    while not fields[-1].strip():
        fields = fields[:-1]
    if not 6 <= len(fields) <= 10:
        raise HoopError(
            f"{place}: {len(fields)} numbers: MOTChallenge has 6 to 10, "
            "frame, id, left, top, width, height …"
        )
    for column in [name for name, field in zip(COLUMNS, fields, strict=False) if not field.strip()]:
        raise HoopError(f"{place}: {column} is blank: give a number, -1 where it is unknown")
    try:
        return [float(field) for field in fields]
    except ValueError as error:
        raise HoopError(
            f"{place}: {error}: MOTChallenge has numbers, separated by commas"
        ) from error


def _class_of(values: list[float], known: Mapping[int, str], names: ClassNames, place: str) -> str:
    """The name of a line's class; player where it has none, as where there are 3D positions."""
    if len(values) < 8 or values[7] <= 0 or not values[7].is_integer():
        return "player"
    number = int(values[7])
    if str(number) in names.classes:
        return str(number)
    if number not in known:
        raise HoopError(
            f"{place}: class {number} has no name: "
            f"give --classes {number}=player, or {number}= to leave it out"
        )
    return known[number]


def _class_names(path: Path) -> dict[int, str]:
    file = path.with_name("labels.txt")
    lines = read_text(file).splitlines() if file.is_file() else []
    return {number: name.strip() for number, name in enumerate(lines, 1) if name.strip()}


def _size(path: Path) -> tuple[int, int] | None:
    """The picture's size, of MOTChallenge's ``seqinfo.ini`` beside the folder ``gt``."""
    file = path.parent.parent / "seqinfo.ini"
    if path.parent.name != "gt" or not file.is_file():
        return None
    parser = configparser.ConfigParser()
    try:
        parser.read_string(read_text(file))
        return parser.getint("Sequence", "imWidth"), parser.getint("Sequence", "imHeight")
    except (configparser.Error, ValueError) as error:
        raise HoopError(f"{file}: {error}: fix the file, or remove it") from error
