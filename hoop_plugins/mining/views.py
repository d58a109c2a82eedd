"""One saved view a kind of error: a clip around every one, with the labels that are wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import fiftyone as fo
from fiftyone import ViewField as F

from hoop_plugins.compat.fiftyone import dataset_of, root_dataset
from hoop_plugins.data.classes import remembered
from hoop_plugins.data.fields import (
    MADE_BY,
    OURS,
    OWN_SCHEMA,
    Fields,
    check_schema,
    declare,
    label_schema,
)
from hoop_plugins.data.garbage import imports_set_aside
from hoop_plugins.data.mark_fields import MARK_VALUES, MARKS, MARKS_KEY, mark_schema
from hoop_plugins.data.store import SampleStore, stores_of
from hoop_plugins.data.views import all_videos, videos_of
from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.clips import clip_of, has_truth
from hoop_plugins.evaluation.marks import erase_marks, mark_clip
from hoop_plugins.evaluation.runs import list_runs, run_fields
from hoop_plugins.mining.doubts import mark_doubts
from hoop_plugins.mining.kinds import KINDS, ErrorKind

AT_ONCE = 2
"""Videos that are looked through at a time: one waits for the database, another one computes."""


@dataclass(frozen=True)
class Stretch:
    """A stretch of time in which an error lasts.

    Attributes:
        index: The track's or person's id; ``None`` where several share it.
        first: First frame with the error.
        last: Last frame with it.
        labels: How many labels are wrong.
    """

    index: int | None
    first: int
    last: int
    labels: int = 0


@dataclass(frozen=True)
class ErrorCount:
    """How often a kind of error was found.

    Attributes:
        kind: The kind.
        clips: Clips in its view; ``None`` where it cannot be looked for yet.
        labels: Labels that are wrong.
        missing: What must be done first, if anything.
    """

    kind: ErrorKind
    clips: int | None
    labels: int
    missing: str = ""

    @property
    def text(self) -> str:
        """The count in words."""
        if self.clips is None:
            return self.missing
        if not self.clips:
            return "none"
        clips, labels = self.clips, self.labels
        return f"{labels} label{'s' * (labels != 1)} in {clips} clip{'s' * (clips != 1)}"


def find_errors(
    view: fo.core.collections.SampleCollection, names: Fields = Fields(), compare: bool = True
) -> Generator[tuple[int, int], None, None]:
    """Finds every error of the videos of a view, and saves a view of each kind on their dataset.

    Found errors go into the sample field ``errors``, which the App shows on the timeline; what an
    earlier call found in these videos is replaced.

    Args:
        view: A video dataset or view: errors are those of what it shows.
        names: The names of the label fields.
        compare: Whether labels are compared with the ground truth, where there is one; not needed
            straight after :func:`~hoop_plugins.evaluation.marks.mark_labels`.

    Yields:
        Videos done, and videos in all; all are done when the views are saved, too.

    Raises:
        HoopError: If the view holds no videos, or an id occurs twice among the players of a
            frame.
    """
    view = videos_of(view)
    dataset = dataset_of(view)
    declare(dataset, names, "errors")
    stores = stores_of(view, names)
    with imports_set_aside(), ThreadPoolExecutor(AT_ONCE) as pool:
        doubted = pool.map(mark_doubts, stores)
        for done, (store, _) in enumerate(zip(stores, doubted, strict=True)):
            yield done, len(stores)
            if compare and has_truth(store):
                mark_clip(clip_of(store, masks=False))
            elif compare:
                erase_marks(store)
            _write_errors(store)
    save_views(dataset, names)
    yield len(stores), len(stores)


def check_fields(
    view: fo.core.collections.SampleCollection, names: Fields, overwrite: bool = False
) -> None:
    """Looks whether errors and marks can be written, and replace nothing that a person made.

    Raises:
        HoopError: If a field holds something else, ``errors`` what was not found here, or the
            attribute of the marks what is none.
    """
    dataset = dataset_of(view)
    check_schema(dataset, {f"frames.{getattr(names, role)}": fo.Detections for role in MARKS})
    check_schema(dataset, label_schema(names, "errors") | mark_schema(dataset, names))
    check_schema(dataset, dict(OWN_SCHEMA))
    if overwrite:
        return
    for role in MARKS:
        _check_attribute(view, names, role)
    _check_unmarked(view, names)
    if not dataset.has_sample_field(names.errors):
        return
    found, makers = all_videos(dataset).values(
        [f"{names.errors}.detections.{name}" for name in ("label", MADE_BY)], unwind=True
    )
    # Versions before 1.0 marked no label as theirs.
    known = {kind.name for kind in KINDS}
    foreign = [
        label
        for label, maker in zip(found, makers, strict=True)
        if maker != OURS and label not in known
    ]
    if foreign:
        raise HoopError(
            f"{names.errors} of {dataset.name!r} holds {len(foreign)} labels that hoop_plugins did "
            f"not make, such as {foreign[0]!r}: rename the field, dataset.rename_sample_field("
            f"{names.errors!r}, 'my_{names.errors}'), or allow them to be replaced (--overwrite)"
        )


def _check_unmarked(view: fo.core.collections.SampleCollection, names: Fields) -> None:
    """Refuses values of marks in fields that nobody evaluated yet: they are somebody else's."""
    dataset = dataset_of(view)
    runs = [run_fields(dataset, key) for key in list_runs(dataset)]
    looked = bool(runs) or dataset.has_sample_field(names.errors)
    counts: dict[str, int] = {}
    if not looked:
        fields = [path for path in mark_schema(dataset, names) if ".detections." not in path]
        known = [path for path in fields if dataset.get_field(path) is not None]
        counted = all_videos(dataset).aggregate(list(map(fo.Count, known)))
        counts = dict(zip(known, counted, strict=True))
    for role, marks in MARKS.items():
        field = getattr(names, role)
        if field in {getattr(run, role) for run in runs} or (
            looked and dataset.has_frame_field(f"{field}.detections.{MARKS_KEY}")
        ):
            continue
        for store in stores_of(videos_of(view), names):
            for mark in marks if store.has(role) else ():
                # Their attributes need not be in the schema.
                path = f"frames.{field}.detections.{mark}"
                found = store.find(role, F(mark).exists(), (mark,))
                counts[path] = counts.get(path, 0) + sum(len(labels) for _, labels in found)
    for path, count in counts.items():
        if count:
            level, name = ("frame", path[7:]) if path.startswith("frames.") else ("sample", path)
            raise HoopError(
                f"{path} of {dataset.name!r} holds {count} values that hoop_plugins did not write: "
                f"rename it, dataset.rename_{level}_field({name!r}, {name + '_before'!r}), or "
                "allow them to be replaced (--overwrite)"
            )


def _check_attribute(view: fo.core.collections.SampleCollection, names: Fields, role: str) -> None:
    foreign = F(MARKS_KEY).exists() & ~F(MARKS_KEY).is_in(MARK_VALUES)
    found = [
        label[MARKS_KEY]
        for store in stores_of(videos_of(view), names)
        if store.has(role)
        for _, labels in store.find(role, foreign, (MARKS_KEY,))
        for label in labels
    ]
    if found:
        path = f"{getattr(names, role)}.detections.{MARKS_KEY}"
        raise HoopError(
            f"frames.{path} of {dataset_of(view).name!r} says of {len(found)} labels what is no "
            f"mark, such as {found[0]!r}: rename it, dataset.rename_frame_field({path!r}, "
            f"{path + '_before'!r}), or allow it to be replaced (--overwrite)"
        )


def save_views(dataset: fo.Dataset, names: Fields = Fields()) -> None:
    """Saves, or saves anew, the view of every kind of error; views that cannot be are deleted."""
    videos = all_videos(dataset)
    clips = videos.to_clips(names.errors)
    for count in count_errors(videos, names):
        kind = count.kind
        if count.clips is not None:
            view = error_view(clips, kind, names)
            about = f"{count.text}: {kind.meaning}"
            dataset.save_view(kind.title, view, description=about, overwrite=True)
        elif dataset.has_saved_view(kind.title):
            dataset.delete_saved_view(kind.title)


def error_view(
    clips: fo.core.clips.ClipsView, kind: ErrorKind, names: Fields = Fields()
) -> fo.core.clips.ClipsView:
    """The clips of one kind of error.

    Args:
        clips: ``dataset.to_clips("errors")`` of a dataset in which errors were found.
        kind: The kind of error.
        names: The names of the label fields.

    Returns:
        Clips whose ``errors`` says what is wrong; of the field in which it is seen they hold the
        wrong labels alone, of the person whose clip it is.
    """
    shown = kind.is_shown({**remembered(root_dataset(clips)), **names.classes})
    if kind.alone:
        shown = shown & (F("index") == F(f"${names.errors}.index"))
    field = f"frames.{getattr(names, kind.role)}"
    of_kind = clips.match(F(f"{names.errors}.label") == kind.name)
    return of_kind.filter_labels(field, shown, only_matches=False)


def load_errors(dataset: fo.Dataset, name: str) -> fo.core.clips.ClipsView:
    """Loads the saved view of a kind of error, as "wrong team"; see :func:`error_view`.

    Raises:
        HoopError: If there is none.
    """
    titles = {kind.name: kind.title for kind in KINDS if dataset.has_saved_view(kind.title)}
    if name not in titles:
        known = ", ".join(titles) or "none yet: run “Hoop: find errors”"
        raise HoopError(f"no view of {name!r} here; there are: {known}")
    return dataset.load_saved_view(titles[name])


def count_errors(
    view: fo.core.collections.SampleCollection, names: Fields = Fields()
) -> list[ErrorCount]:
    """Counts the errors that were found, of every kind, in the order of ``KINDS``."""
    clips: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    if view.has_sample_field(names.errors):
        path = f"{names.errors}.detections"
        found = view.values([f"{path}.label", f"{path}.labels"], unwind=True)
        for name, count in zip(*found, strict=True):
            clips[name] += 1
            labels[name] += count
    return [
        ErrorCount(kind, None, 0, missing)
        if (missing := _missing(view, kind, names))
        else ErrorCount(kind, clips[kind.name], labels[kind.name])
        for kind in KINDS
    ]


def stretches(
    frames: Iterable[tuple[int, list[dict[str, Any]]]], kind: ErrorKind
) -> Iterator[Stretch]:
    """Joins wrong labels to stretches of time.

    Args:
        frames: Frame number, in order, and the ``index`` of each label that is wrong there.
        kind: Whose gaps are bridged, and whether everyone is alone.

    Yields:
        The stretches, in the order in which they end.
    """
    going: dict[int | None, Stretch] = {}
    for frame, found in frames:
        over = [stretch for stretch in going.values() if frame - stretch.last > kind.bridged + 1]
        for stretch in over:
            yield going.pop(stretch.index)
        for label in found:
            index = label["index"] if kind.alone else None
            before = going.get(index, Stretch(index, frame, frame, 0))
            going[index] = Stretch(index, before.first, frame, before.labels + 1)
    yield from going.values()


def _write_errors(store: SampleStore) -> None:
    end = store.video.frame_count
    labels = []
    for kind in KINDS:
        if _missing(store.dataset, kind, store.names):
            continue
        for stretch in stretches(
            store.find(kind.role, kind.is_wrong(store.vocabulary.classes)), kind
        ):
            support = [max(1, stretch.first - kind.around), min(end, stretch.last + kind.around)]
            values = {"index": stretch.index, "labels": stretch.labels, MADE_BY: OURS}
            labels.append(fo.TemporalDetection(label=kind.name, support=support, **values))
    store.set_value(store.names.errors, fo.TemporalDetections(detections=labels))


def _missing(view: fo.core.collections.SampleCollection, kind: ErrorKind, names: Fields) -> str:
    """What must be there before a kind of error can be found; empty where everything is."""
    field = getattr(names, kind.role)
    by_corrections = kind.corrected and view.has_frame_field(f"{field}.detections.{MARKS_KEY}")
    fields = [field, names.ground_truth] if kind.marked and not by_corrections else [field]
    missing = [f"frames.{field}" for field in fields if not view.has_frame_field(field)]
    return f"needs {missing[0]}" if missing else ""
