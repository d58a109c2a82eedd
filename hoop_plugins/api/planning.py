"""What a job consists of, and needs, before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hoop_plugins.profiles import Profile
    from hoop_plugins.stages.preview import Preview
    from hoop_plugins.stages.stage import Stage


def plan(
    profile: str | Path | Profile = "pretrained",
    *,
    stages: Sequence[str] | None = None,
    device: str = "auto",
    classes: Mapping[str, str] | str | None = None,
    roster: str | Path | None = None,
    court: str | None = None,
    **models: str | None,
) -> list[Stage]:
    """Prepares the stages of a job, as :func:`recognize` does; arguments as there.

    Raises:
        HoopError: If a profile, a stage, a model, an option or a device is not there, or the roster
            is none.
    """
    from hoop_plugins.data.vocabulary import read_classes
    from hoop_plugins.errors import HoopError
    from hoop_plugins.models.loading import resolve_device
    from hoop_plugins.profiles import Profile, load_profile
    from hoop_plugins.stages.pipeline import build_stages

    chosen = profile if isinstance(profile, Profile) else load_profile(profile)
    chosen = replace(chosen, classes={**chosen.classes, **read_classes(classes)})
    if roster is not None:
        chosen = chosen.with_settings("link", roster=str(roster))
    if court is not None:
        chosen = chosen.with_settings("track", court=court)
    job = build_stages(chosen.with_models(**models), stages, resolve_device(device))
    if roster and not any(stage.name == "link" for stage in job):
        raise HoopError(
            "the roster is for stage 'link', which would not run: name it too (--stages)", "roster"
        )
    return job


def weights_line(job: Sequence[Stage]) -> str:
    """Which weights of a job are here and which will be downloaded, how much that is, in one line;
    and which options are set in vain.

    Args:
        job: From :func:`plan`.
    """
    found = [each for stage in job for each in stage.weights()]
    here = [each.name for each in found if each.here]
    absent = [each.text for each in found if not each.here and each.fetched]
    missing = [each.name for each in found if not each.here and not each.fetched]
    parts = {"here": here, "to download": absent, "missing": missing}
    told = "; ".join(
        f"{what}: {', '.join(dict.fromkeys(names))}" for what, names in parts.items() if names
    )
    notes = [f"{stage.name}: {note}." for stage in job for note in stage.notes()]
    return " ".join([f"Weights {told}."] * bool(told) + notes)


def preview(video: str | Path, job: Sequence[Stage]) -> Preview:
    """The first frame of a video with what a job's detector finds in it; nothing is stored.

    Args:
        video: The video.
        job: From :func:`plan`, with the stage ``detect``.

    Raises:
        HoopError: If the video cannot be read, or the detector cannot be loaded.
    """
    from hoop_plugins.stages.detect import Detect
    from hoop_plugins.stages.preview import Preview

    return Preview(video, next(stage for stage in job if isinstance(stage, Detect)))
