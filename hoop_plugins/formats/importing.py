"""Reads label files, finds out which video each is of, checks everything, and only then stores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path, PurePath

import fiftyone as fo

from hoop_plugins import plugins
from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.data.classes import remembered
from hoop_plugins.data.fields import CLIP_FIELD, GAME_FIELD, Fields, declare
from hoop_plugins.data.folders import files_in, is_hidden
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.videos import composed
from hoop_plugins.data.views import videos_of
from hoop_plugins.data.vocabulary import listed
from hoop_plugins.errors import HoopError
from hoop_plugins.formats import fields
from hoop_plugins.formats.boxes import CheckedLabels, Labels
from hoop_plugins.formats.names import ClassNames
from hoop_plugins.specs import FormatSpec

FIELD = "field"
"""The choice among the formats that stands for a field of the dataset."""

CHUNK = 50
"""Frames that are stored at a time."""


def import_choices() -> dict[str, str]:
    """What labels can be read from: descriptions by name of the formats, and :data:`FIELD`."""
    known = {spec.name: spec.description for spec in plugins.formats() if spec.read}
    return {**known, FIELD: "another field of this dataset"}


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
        """How many frames will be labeled."""
        return sum(checked.count for _, checked in self.videos)

    def summary(self) -> list[str]:
        """Returns what was imported, in lines for people."""
        videos = listed([store.name for store, _ in self.videos])
        return [f"{self.frames} frames of {videos} labeled", *self.notes]

    def write(self) -> Iterator[int]:
        """Stores the labels, replacing what the field held in these videos.

        Yields:
            How many frames are done.
        """
        done = 0
        for store, checked in self.videos:
            declare(store.dataset, store.names, "ground_truth")
            store.clear("ground_truth")
            frames = iter(checked.frames())
            while chunk := dict(islice(frames, CHUNK)):
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
    reuse: bool = False,
) -> LabelImport:
    """Reads labels and looks at everything that can be wrong; stores nothing.

    See :func:`hoop_plugins.api.import_labels`, whose ``field`` is ``into`` and whose
    ``first_frame`` is ``numbered_from``: where it is ``None``, the first frame is 0 if a frame has
    that number, 1 if one has the number of the last, and otherwise as the format has it.

    Args:
        reuse: Whether files that look unchanged since the last call need not be read again, as
            while somebody fills in a form.

    Raises:
        HoopError: In one line, with file and line where there is one.
    """
    view = videos_of(view, [into])
    if numbered_from not in (None, 0, 1):
        raise HoopError(f"frames are numbered from 0 or 1, not from {numbered_from}")
    _check_field(dataset_of(view), into)
    classes = {**remembered(dataset_of(view)), **(classes or {})}
    if kind == FIELD:
        class_names = ClassNames(classes)
        found: Sequence[Labels] = fields.read(view, str(path), class_names)
    else:
        found, class_names = _read(Path(path), kind, classes, reuse)
    if video is not None and len(found) > 1:
        raise HoopError(f"{path} holds labels of {len(found)} videos: leave --video out")

    matched, notes = _match(view, found, into, video)
    first = numbered_from if numbered_from is not None else _first_frame(matched)
    videos = []
    for store, labels in matched:
        if not overwrite and store.is_labeled("ground_truth"):
            raise HoopError(
                f"{into} of {store.name} holds labels already: give --overwrite to replace them, "
                "or another --field"
            )
        checked = labels.check(store.video, first)
        videos.append((store, checked))
        notes += checked.notes
    if any(labels.span() != (1, 0) for _, labels in matched):
        notes.append(f"frames are numbered from {first}")
    return LabelImport(videos, notes + class_names.notes())


def _read(
    path: Path, kind: str | None, classes: Mapping[str, str], reuse: bool
) -> tuple[list[Labels], ClassNames]:
    specs = [plugins.find_format(kind)] if kind else plugins.formats()
    if not path.exists():
        raise HoopError(f"{path} does not exist: give a file or folder with labels")
    if path.is_file() and not kind:
        specs = [spec for spec in specs if path.name.endswith(spec.suffixes)]
    # Those with the longest endings first.
    for spec in sorted(specs, key=lambda spec: -max(s.count(".") for s in ("", *spec.suffixes))):
        if spec.read and (files := _files(spec, path)):
            states = tuple((file, (s := file.stat()).st_mtime_ns, s.st_size) for file in files)
            read = _read_files if reuse else _read_files.__wrapped__
            return read(spec, states, tuple(classes.items()))
    raise HoopError(
        f"{path} holds no labels{f' of format {kind}' if kind else ''} that can be read: give the "
        f"format, one of {', '.join(import_choices())}, and unpack archives"
    )


@lru_cache(maxsize=1)
def _read_files(
    spec: FormatSpec,
    states: tuple[tuple[Path, int, int], ...],
    classes: tuple[tuple[str, str], ...],
) -> tuple[list[Labels], ClassNames]:
    """Reads files; those that look the same are not read again."""
    assert spec.read is not None
    names = ClassNames({**spec.classes, **dict(classes)})
    return [labels for file, *_ in states for labels in spec.read(file, names)], names


def _files(spec: FormatSpec, path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if spec.find:
        return [file for file in spec.find(path) if not is_hidden(file, path)]
    return files_in(path, *(f"**/*{suffix}" for suffix in spec.suffixes))


def _check_field(dataset: fo.Dataset, name: str) -> None:
    if not name.isidentifier():
        raise HoopError(f"{name!r} is no name for a field: use letters, digits and _")
    schema = dataset.get_frame_field_schema() or {}
    if name in schema and getattr(schema[name], "document_type", None) is not fo.Detections:
        raise HoopError(f"frames.{name} holds no detections: give another --field")


def _check_cut(dataset: fo.Dataset, names: Sequence[str]) -> None:
    """Refuses labels of a whole recording of which the dataset has clips."""
    games = dataset.distinct(GAME_FIELD) if dataset.has_sample_field(CLIP_FIELD) else []
    for name in names:
        if composed(PurePath(name).stem) in games:
            raise HoopError(
                f"the labels are of the whole of {name}, which {dataset.name!r} has in clips, and "
                "labels are not divided: label the clips, or import the video whole into another "
                "dataset, hoop import FILE --dataset NAME, and the labels there"
            )


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
            by_name[composed(name)].append(sample_id)

    matched: dict[str, Labels] = {}
    strangers = []
    for labels in found:
        name = video or labels.video
        aliases = map(composed, _names(name))
        samples = next((by_name[alias] for alias in aliases if alias in by_name), [])
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
        _check_cut(dataset_of(view), strangers)
        raise HoopError(
            f"no labels of any video here were found: they are of {listed(strangers)}, the videos "
            f"are {listed([PurePath(path).stem for path in paths])}; name the video with --video"
        )
    notes = []
    if strangers:
        notes.append(f"labels without a video here, left out: {listed(strangers)}")
    pairs = zip(ids, paths, strict=True)
    bare = [PurePath(path).stem for sample_id, path in pairs if sample_id not in matched]
    if bare:
        notes.append(f"videos without labels: {listed(bare)}")
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


def _first_frame(matched: Sequence[tuple[SampleStore, Labels]]) -> int:
    spans = [(labels.span(), store.video.frame_count) for store, labels in matched]
    if any(first == 0 for (first, _), _ in spans):
        return 0
    if any(last == count for (_, last), count in spans):
        return 1
    return matched[0][1].numbered_from
