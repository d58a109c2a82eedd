"""What scripts call: ``recognize`` and ``evaluate``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fiftyone as fo

from hoop_plugins import profiles
from hoop_plugins.fields import Fields
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
    view: fo.core.collections.SampleCollection, *, fields: Fields | None = None
) -> EvaluationReport:
    """Compares what the stages wrote with the ground truth.

    Args:
        view: A video dataset or view with ``frames.ground_truth``.
        fields: The names of the label fields.

    Returns:
        Every figure of the job, with the counts behind it.

    Raises:
        MissingFieldError: If there is no ground truth.
    """
    from hoop_plugins.evaluation.report import evaluate_clips
    from hoop_plugins.evaluation.source import clips_of

    return evaluate_clips(clips_of(view, fields or Fields()))
