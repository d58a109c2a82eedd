"""Reads label files, finds out which video each is of, checks everything, and only then stores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from types import ModuleType
from typing import Protocol

import fiftyone as fo
import supervision as sv

from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.data.fields import Fields, declare
from hoop_plugins.data.image import VideoInfo
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.formats import coco, cvat, fields, mot
from hoop_plugins.formats.boxes import CheckedLabels
from hoop_plugins.sample import rendered

FILES: dict[str, ModuleType] = {"sample": rendered, "mot": mot, "coco": coco, "cvat": cvat}
"""The modules that read files, by format. In a folder, the first that finds any reads them."""

FORMATS = (*FILES, "field")

SUFFIXES = {".json.gz": "sample", ".txt": "mot", ".json": "coco", ".xml": "cvat"}

CHUNK = 50
"""Frames that are stored at a time."""


class Labels(Protocol):
    """The labels of one video, wherever they come from."""

    @property
    def video(self) -> str:
        """What the labels call the video: a name or a path."""

    @property
    def numbered_from(self) -> int:
        """How the format numbers frames where nothing tells otherwise: from 0 or 1."""

    def span(self) -> tuple[int, int]:
        """Returns the first and last frame as they are numbered; (1, 0) where that is known."""

    def check(self, video: VideoInfo, numbered_from: int) -> CheckedLabels:
        """Looks at everything that can be wrong."""


@dataclass(frozen=True)
class LabelImport:
    """Labels that were read and checked, and can be stored.

    Attributes:
        videos: The samples' labels, of one dataset, and what is to be stored there; at least one.
        notes: What people should know: what was left out, cut off, or not matched.
    """

    videos: list[tuple[SampleStore, CheckedLabels]]
    notes: list[str] = field(default_factory=list)

    @property
    def frames(self) -> int:
        """How many frames will be labelled."""
        return sum(checked.count for _, checked in self.videos)

    def summary(self) -> list[str]:
        """Returns what was imported, in lines for people."""
        videos = ", ".join(store.name for store, _ in self.videos[:5])
        more = f" and {len(self.videos) - 5} more" if len(self.videos) > 5 else ""
        return [f"{self.frames} frames of {videos}{more} labelled", *self.notes]

    def write(self) -> Iterator[int]:
        """Stores the labels, replacing what the field held in these videos.

        Yields:
            How many frames are done.
        """
        done = 0
        for store, checked in self.videos:
            declare(store.dataset, store.names, "ground_truth")
            store.clear("ground_truth")
            chunk: dict[int, sv.Detections] = {}
            for number, found in checked.frames():
                chunk[number] = found
                if len(chunk) == CHUNK:
                    store.write("ground_truth", chunk)
                    done += len(chunk)
                    chunk = {}
                    yield done
            store.write("ground_truth", chunk)
            done += len(chunk)
            yield done
        self.videos[0][0].dataset.reload()


def read_labels(
    view: fo.core.collections.SampleCollection,
    path: str | Path,
    kind: str | None = None,
    *,
    into: str = "ground_truth",
    numbered_from: int | None = None,
    video: str | None = None,
    classes: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> LabelImport:
    """Reads labels and looks at everything that can be wrong; stores nothing.

    Args:
        view: A video dataset or view.
        path: A file, a folder of files, or of ``kind`` "field" the name of a frame field.
        kind: One of :data:`FORMATS`; ``None``: by the files' names.
        into: The frame field to write.
        numbered_from: The number of a video's first frame in the files, 0 or 1. ``None``: 0 where a
            frame has that number, 1 where one has the number of the last; otherwise as the format
            has it.
        video: The name of the video, where one file does not tell it.
        classes: Our class names by the files'; "" leaves a class out.
        overwrite: Whether labels that are in the field already may be replaced.

    Returns:
        What can be stored.

    Raises:
        HoopError: In one line, with file and line where there is one.
    """
    if view.media_type != fo.core.media.VIDEO:
        raise HoopError(
            f"{dataset_of(view).name!r} holds no videos: labels are imported for videos"
        )
    if numbered_from not in (None, 0, 1):
        raise HoopError(f"frames are numbered from 0 or 1, not from {numbered_from}")
    _check_field(dataset_of(view), into)
    found = _read(view, path, kind, classes or {})
    if video is not None and len(found) > 1:
        raise HoopError(f"{path} holds labels of {len(found)} videos: leave --video out")

    matched, notes = _match(view, found, into, video)
    first = numbered_from if numbered_from is not None else _first_frame(matched)
    videos = []
    for store, labels in matched:
        if not overwrite and store.has("ground_truth") and _any(store):
            raise HoopError(
                f"{into} of {store.name} holds labels already: give --overwrite to replace them, "
                "or another --field"
            )
        checked = labels.check(store.video, first)
        videos.append((store, checked))
        notes += checked.notes
    if any(labels.span() != (1, 0) for _, labels in matched):
        notes.append(f"frames are numbered from {first}")
    return LabelImport(videos, notes)


def _read(
    view: fo.core.collections.SampleCollection,
    path: str | Path,
    kind: str | None,
    classes: Mapping[str, str],
) -> Sequence[Labels]:
    if kind == "field":
        return fields.read(view, str(path), classes)
    if kind is not None and kind not in FILES:
        raise HoopError(f"unknown format {kind!r}: use {', '.join(FORMATS)}")
    if not Path(path).exists():
        raise HoopError(f"{path} does not exist: give a file or folder with labels")
    reader, files = _find(Path(path), kind)
    return [labels for file in files for labels in reader.read(file, classes)]


def _find(path: Path, kind: str | None) -> tuple[ModuleType, list[Path]]:
    if kind is None and path.is_file():
        kind = next((one for end, one in SUFFIXES.items() if path.name.endswith(end)), None)
    candidates = list(FILES) if path.is_dir() else []
    for name in [kind] if kind else candidates:
        files = FILES[name].find(path)
        if files:
            return FILES[name], files
    raise HoopError(
        f"{path} holds no labels{f' of format {kind}' if kind else ''} that can be read: give the "
        f"format, one of {', '.join(FORMATS)}, and unpack archives"
    )


def _check_field(dataset: fo.Dataset, name: str) -> None:
    if not name.isidentifier():
        raise HoopError(f"{name!r} is no name for a field: use letters, digits and _")
    schema = dataset.get_frame_field_schema() or {}
    if name in schema and getattr(schema[name], "document_type", None) is not fo.Detections:
        raise HoopError(f"frames.{name} holds no detections: give another --field")


def _match(
    view: fo.core.collections.SampleCollection,
    found: Sequence[Labels],
    into: str,
    video: str | None,
) -> tuple[list[tuple[SampleStore, Labels]], list[str]]:
    """Gives every video its labels: by path, or else by file name without its ending."""
    ids, paths = view.values(["id", "filepath"])
    by_name: dict[str, list[str]] = defaultdict(list)
    for sample_id, path in zip(ids, paths, strict=True):
        for name in {path, PurePath(path).name, PurePath(path).stem}:
            by_name[name].append(sample_id)

    matched: dict[str, Labels] = {}
    strangers = []
    for labels in found:
        name = video or labels.video
        samples = next((by_name[one] for one in _names(name) if one in by_name), [])
        if not samples:
            strangers.append(name)
            continue
        if len(samples) > 1:
            raise HoopError(
                f"{len(samples)} videos are called {name}: choose a view with one of them, or name "
                "it by its path with --video"
            )
        if samples[0] in matched:
            raise HoopError(
                f"two of the files label {name}: import them one by one, into fields of their own"
            )
        matched[samples[0]] = labels
    if not matched:
        raise HoopError(
            f"no labels of any video here were found: they are of {_listed(strangers)}, the videos "
            f"are {_listed([PurePath(path).stem for path in paths])}; name the video with --video"
        )
    notes = []
    if strangers:
        notes.append(f"labels without a video here, left out: {_listed(strangers)}")
    bare = [PurePath(path).stem for one, path in zip(ids, paths, strict=True) if one not in matched]
    if bare:
        notes.append(f"videos without labels: {_listed(bare)}")
    names = Fields(ground_truth=into)
    stores = [SampleStore(dataset_of(view), sample_id, names) for sample_id in matched]
    return list(zip(stores, matched.values(), strict=True)), notes


def _names(name: str) -> Iterator[str]:
    """What a video may be called for labels to be its own, the surest first."""
    path = PurePath(name.replace("\\", "/"))
    yield from (name, path.name, path.stem)
    # As Roboflow has it: game_mp4 for game.mp4.
    stem, _, ending = path.name.rpartition("_")
    if ending.casefold() in ("mp4", "mov", "avi", "mkv", "webm"):
        yield stem


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more if names else "none"


def _first_frame(matched: Sequence[tuple[SampleStore, Labels]]) -> int:
    spans = [(labels.span(), store.video.frame_count) for store, labels in matched]
    if any(first == 0 for (first, _), _ in spans):
        return 0
    if any(last == count for (_, last), count in spans):
        return 1
    return matched[0][1].numbered_from


def _any(store: SampleStore) -> bool:
    return next(store.read("ground_truth", masks=False), None) is not None
