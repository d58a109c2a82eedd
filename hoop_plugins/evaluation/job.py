"""One evaluation from start to end: figures, marks on the labels, and the run that is kept."""

from __future__ import annotations

import gc
import math
from collections.abc import Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context

import fiftyone as fo

from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.corrections import edited, lifted
from hoop_plugins.data.classes import remember, remembered
from hoop_plugins.data.fields import Fields, add_schema
from hoop_plugins.data.garbage import imports_set_aside
from hoop_plugins.data.mark_fields import MARKS_KEY, mark_schema
from hoop_plugins.data.views import videos_of
from hoop_plugins.data.vocabulary import PLAYER_ACTIONS, Vocabulary, listed
from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.clips import Clip, clips_of
from hoop_plugins.evaluation.counts import ClipCounts, measure
from hoop_plugins.evaluation.detection import match_boxes
from hoop_plugins.evaluation.marks import write_figures, write_marks
from hoop_plugins.evaluation.model_evaluation import (
    check_marks,
    evaluate_labels,
    register_marks,
)
from hoop_plugins.evaluation.report import EvaluationReport, compare
from hoop_plugins.evaluation.runs import (
    DEFAULT_KEY,
    about_part,
    check_comparable,
    check_key,
    list_runs,
    load_run,
    save_run,
    shown_part,
)
from hoop_plugins.evaluation.tabulation import tabulate
from hoop_plugins.stages.engines import LOCAL, RAY, check_engine
from hoop_plugins.stages.stage import Progress

FRAMES_A_PROCESS = 4000
"""So many frames are worth the seconds in which another process starts."""


@dataclass
class Evaluation:
    """Compares what the stages wrote with the ground truth, as :func:`hoop_plugins.evaluate` says.

    Everything that can be wrong is looked at when it is made; nothing has been changed then.

    Attributes:
        report: The figures; there once :meth:`run` is through.
    """

    view: fo.core.collections.SampleCollection
    names: Fields = field(default_factory=Fields)
    key: str = DEFAULT_KEY
    mark: bool = True
    per_label: bool = False
    against: str | None = None
    processes: int = 1
    overwrite: bool = False
    engine: str = LOCAL
    report: EvaluationReport = field(init=False)

    def __post_init__(self) -> None:
        check_engine(self.engine)
        self.view = videos_of(self.view)
        self.clips = clips_of(self.view, self.names)
        dataset = dataset_of(self.view)
        check_key(dataset, self.key)
        if self.mark and not self.overwrite:
            check_marks(dataset)
        if self.per_label:
            self._check_per_label()
        self._before = load_run(dataset, self.against) if self.against else None
        if self.against:
            check_comparable(dataset, self.against, shown_part(self.view))

    def _check_per_label(self) -> None:
        if not self.mark:
            raise HoopError("FiftyOne's own evaluation writes on the labels: let them be marked")
        if self.key == MARKS_KEY:
            raise HoopError(f"{MARKS_KEY!r} is the key of the marks: choose another key")
        dataset = dataset_of(self.view)
        attribute = f"{self.names.players}.detections.{self.key}"
        known = dataset.has_frame_field(attribute) or dataset.has_evaluation(self.key)
        if known and self.key not in list_runs(dataset) and not self.overwrite:
            raise HoopError(
                f"{self.key!r} is the key of an evaluation, or of an attribute of players, that "
                "hoop_plugins did not make: choose another key"
            )
        if all(clip.corrected for clip in self.clips):
            raise HoopError(
                "FiftyOne's own evaluation needs ground truth: corrections say nothing of places"
            )
        truth, classes = self.names.ground_truth, {**remembered(dataset), **self.names.classes}
        for name in self.view.distinct(f"frames.{truth}.detections.label"):
            if name not in PLAYER_ACTIONS and Vocabulary(classes).understand(name) == "player":
                raise HoopError(
                    f"FiftyOne's own evaluation compares names as they are, and frames.{truth} "
                    f"calls a player {name!r}: import it into a field of its own first, hoop "
                    f"import-labels {dataset.name} {truth} --format field --field truth"
                )
        if not dataset.has_frame_field(self.names.players):
            raise HoopError(
                f"FiftyOne's own evaluation needs the frame field {self.names.players!r}: "
                "run the stage 'track' first"
            )

    def run(self) -> Generator[Progress, None, None]:
        """Evaluates, a clip at a time; the marks of those that are done stay when it is stopped.

        Yields:
            Progress in clips; all are done when the figures are kept, too.

        Raises:
            HoopError: If an id occurs twice among the players of a frame.
        """
        dataset = dataset_of(self.view)
        if self.mark:
            remember(dataset, self.names.classes)
            add_schema(dataset, mark_schema(dataset, self.names))
        counts, total = {}, len(self.clips)
        edits = [] if self.mark else self._edited()
        with closing(self._compare()) as compared:
            for done, clip in enumerate(self.clips):
                yield Progress("evaluate", clip.name, done, total, unit="clip")
                counts[clip.name] = found = next(compared)
                if self.mark:
                    write_figures(clip.store, found)
        about = about_part(shown_part(self.view)) + edits
        self.report = EvaluationReport(counts, about=about)
        if self._before is not None:
            self.report.comparison = compare(self._before, self.report)
        if self.mark:
            save_run(self.view, self.key, self.names, self.report)
            labeled = [clip for clip in self.clips if not clip.corrected]
            if labeled and dataset.has_frame_field(self.names.players):
                register_marks(self.view, self.names, self.key)
            if self.per_label:
                view = self.view.select([clip.store.sample_id for clip in labeled])
                with lifted([clip.store for clip in labeled]):
                    evaluate_labels(view, self.names, self.key)
            dataset.reload()
        yield Progress("evaluate", "", total, total, unit="clip")

    def _edited(self) -> list[str]:
        """What is said of clips in which people changed what is no correction yet."""
        clips = [clip.name for clip in self.clips if edited(clip.store.unfiltered)]
        if not clips:
            return []
        return [
            f"what was changed in FiftyOne's own editor in {listed(clips)} is no correction yet, "
            "and measured as if it had been predicted: hoop correct takes it over, and so does an "
            "evaluation that marks labels"
        ]

    def _compare(self) -> Generator[ClipCounts, None, None]:
        compare = partial(compare_clip, mark=self.mark)
        worth = math.ceil(self.view.count("frames") / FRAMES_A_PROCESS)
        processes = min(self.processes, len(self.clips), worth)
        if self.engine == RAY:
            from hoop_plugins.stages.on_ray import spread

            yield from spread(compare, self.clips)
        elif processes > 1:
            spawn = get_context("spawn")
            with ProcessPoolExecutor(processes, spawn, initializer=gc.freeze) as pool:
                yield from pool.map(compare, self.clips)
        else:
            with imports_set_aside():
                yield from map(compare, self.clips)


def compare_clip(clip: Clip, mark: bool) -> ClipCounts:
    """Compares one clip with its ground truth, and marks its labels where they are to be."""
    tables = tabulate(clip)
    boxes = match_boxes(tables)
    if mark:
        write_marks(clip.store, tables, boxes)
    return measure(tables, boxes)
