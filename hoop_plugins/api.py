"""What scripts call: ``recognize`` and ``evaluate``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fiftyone as fo

from hoop_plugins import profiles
from hoop_plugins.data.fields import Fields
from hoop_plugins.stages.pipeline import build_stages, run_stages
from hoop_plugins.stages.stage import Progress

if TYPE_CHECKING:
    from hoop_plugins.evaluation.report import EvaluationReport


def recognize(
    view: fo.core.collections.SampleCollection,
    profile: str | Path | profiles.Profile = "pretrained",
    *,
    stages: Sequence[str] | None = None,
    detector: str | None = None,
    tracker: str | None = None,
    embedder: str | None = None,
    reader: str | None = None,
    device: str = "auto",
    fields: Fields | None = None,
    fresh: bool = False,
    progress: Callable[[Progress], Any] | None = None,
) -> None:
    """Turns the videos of a view into identified players.

    Args:
        view: A video dataset or view.
        profile: A profile, its name, or the path of its file: "sample", "pretrained", your own.
        stages: The stages to run, of detect, track, teams, pair, read, validate; all by default.
        detector: A model instead of the profile's: a registered name, a path or a hub name.
        tracker: Likewise.
        embedder: Likewise.
        reader: Likewise.
        device: "auto", "cpu", "mps" or "cuda:N".
        fields: The names of the label fields.
        fresh: Start anew what was done before.
        progress: Called with every :class:`~hoop_plugins.stages.stage.Progress`.

    Raises:
        HoopError: If something cannot work, in one line; nothing has been changed then.
    """
    if not isinstance(profile, profiles.Profile):
        profile = profiles.load_profile(profile)
    profile = profile.with_models(
        detector=detector, tracker=tracker, embedder=embedder, reader=reader
    )
    for step in run_stages(view, build_stages(profile, stages, device), fields, fresh):
        if progress is not None:
            progress(step)


def evaluate(
    view: fo.core.collections.SampleCollection,
    *,
    detections: str | None = None,
    players: str | None = None,
    numbers: str | None = None,
    ground_truth: str | None = None,
    fields: Fields | None = None,
    key: str = "evaluation",
    mark: bool = True,
    per_label: bool = False,
    processes: int = 1,
    progress: Callable[[Progress], Any] | None = None,
) -> EvaluationReport:
    """Compares what the stages wrote with the ground truth.

    Clips without ground truth are compared with what people corrected in them, and with nothing
    else: the report's ``notes`` say so. What was predicted is measured, not what shows since it was
    corrected.

    Every label is marked with what is right about it, every sample gets its figures, every kind of
    error a saved view (see ``mining/views.py``), and the evaluation is kept on the dataset (see
    ``evaluation/runs.py``).

    Args:
        view: A video dataset or view with ``frames.ground_truth``, or with corrections.
        detections: The frame field with the detector's boxes, without ``frames.``.
        players: That with the tracked people.
        numbers: That with the number boxes.
        ground_truth: That with what is true.
        fields: The names of all label fields; the four above go before it.
        key: The name under which the evaluation is kept; one of that name is replaced.
        mark: Whether anything is written; otherwise the dataset is left as it is.
        per_label: Whether FiftyOne's own ``evaluate_detections`` is run too, under the same key:
            about 25 ms a frame.
        processes: How many may compare clips, where there are minutes of video; several only in a
            script that can be imported (``if __name__ == "__main__"``).
        progress: Called after every clip with a :class:`~hoop_plugins.stages.stage.Progress`.

    Returns:
        Every figure of the job, with the counts behind it.

    Raises:
        MissingFieldError: If there is no ground truth, and nothing was corrected.
        HoopError: If something else cannot work, in one line; nothing has been changed then.
    """
    from hoop_plugins.evaluation.job import Evaluation
    from hoop_plugins.mining.views import find_errors

    given = {
        "detections": detections,
        "players": players,
        "numbers": numbers,
        "ground_truth": ground_truth,
    }
    chosen: dict[str, Any] = {role: name for role, name in given.items() if name}
    names = replace(fields or Fields(), **chosen)
    job = Evaluation(view, names, key=key, mark=mark, per_label=per_label, processes=processes)
    for step in job.run():
        if progress is not None:
            progress(step)
    if mark:
        for _ in find_errors(view, names, compare=False):
            pass
    return job.report
