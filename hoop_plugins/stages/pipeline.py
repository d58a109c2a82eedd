"""Runs stages over a view: checks first, goes on where it was, keeps what is done when stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import fiftyone as fo

from hoop_plugins import corrections, plugins
from hoop_plugins.errors import HoopError, MissingFieldError
from hoop_plugins.fields import PROGRESS_FIELD, Fields, declare
from hoop_plugins.models.roles import Role
from hoop_plugins.profiles import MODEL_SETTINGS, Profile
from hoop_plugins.stages.stage import Progress, Stage
from hoop_plugins.store import SampleStore

GAME_FIELD = "game"
"""Sample field that says which clips belong to one game; without it every clip is a game."""


def build_stages(
    profile: Profile, names: Sequence[str] | None = None, device: str = "auto"
) -> list[Stage]:
    """Builds stages in the order of the job.

    Args:
        profile: The settings.
        names: The stages wanted; all by default.
        device: Where the networks run.

    Raises:
        HoopError: If a stage or a model is unknown.
    """
    specs = {spec.name: spec for spec in plugins.stages()}
    unknown = [name for name in names or () if name not in specs]
    if unknown:
        raise HoopError(f"unknown stage {unknown[0]!r}; known: {', '.join(specs)}")
    wanted = specs if names is None else {name: specs[name] for name in specs if name in names}
    for role, stage in MODEL_SETTINGS.items():
        if stage in wanted:
            plugins.find_model(Role(role), profile.stages[stage].model)
    return [spec.build(profile.stages[name], device) for name, spec in wanted.items()]


def check(
    view: fo.core.collections.SampleCollection, stages: Sequence[Stage], names: Fields
) -> None:
    """Refuses what cannot work, before anything runs.

    Raises:
        HoopError: If the view holds no videos.
        MissingFieldError: If a stage needs a field that neither the dataset has nor an earlier
            stage writes; the message names the stage that does.
    """
    if view.media_type != fo.core.media.VIDEO:
        raise HoopError(
            f"{view._dataset.name!r} holds {view.media_type or 'no'} samples: "
            "players are recognized in videos; use a video dataset"
        )
    if view._is_clips or not len(view):
        found = "a clips view" if view._is_clips else "an empty view"
        raise HoopError(f"{found} cannot be run: choose whole videos of {view._dataset.name!r}")
    writers = {role: spec.name for spec in reversed(plugins.stages()) for role in spec.writes}
    ready = set(view._dataset.get_frame_field_schema() or {})
    for stage in stages:
        for role in stage.reads:
            field = getattr(names, role)
            if field not in ready:
                raise MissingFieldError(
                    f"stage {stage.name!r} needs the frame field {field!r}, which "
                    f"{view._dataset.name!r} does not have: run stage {writers[role]!r} first"
                )
        ready.update(getattr(names, role) for role in stage.writes)


def run_stages(
    view: fo.core.collections.SampleCollection,
    stages: Sequence[Stage],
    names: Fields | None = None,
    fresh: bool = False,
) -> Iterator[Progress]:
    """Runs stages over the videos of a view, one stage after the other.

    A stage that was completed with the same settings is not run again; one that was stopped goes
    on where it was; one with other settings starts anew, and so do all that read what it writes.
    Whatever was done when the consumer stops, is kept. Stages see predictions only: what people
    corrected is laid over them again at the end.

    Args:
        view: Videos.
        stages: From :func:`build_stages`.
        names: The names of the label fields.
        fresh: Whether to start anew in any case.

    Yields:
        Progress.

    Raises:
        HoopError: If something cannot work; nothing has been changed then.
    """
    names = names or Fields()
    check(view, stages, names)
    dataset = view._dataset
    games = _games(view, names)
    everything = [clip for game in games for clip in game]
    for clip in everything:
        clip.video  # noqa: B018 - an unreadable video must fail before anything is changed
    for stage in stages:
        declare(dataset, names, *stage.writes)
    _declare_progress(dataset)
    for clip in everything:
        clip.begin()
    try:
        with corrections.lifted(everything) as problems:
            for stage in stages:
                for clips in games if stage.whole_game else [[clip] for clip in everything]:
                    yield from _run(stage, clips, fresh)
                _register(dataset, stage)
        for clip, problem in problems:
            total = clip.video.frame_count
            yield Progress("correct", clip.name, total, total, problem)
    finally:
        dataset.reload()


def _run(stage: Stage, clips: list[SampleStore], fresh: bool) -> Iterator[Progress]:
    configuration = stage.configuration()
    anew = fresh or any(
        clip.progress(stage.name).get("settings", configuration) != configuration for clip in clips
    )
    if anew:
        for clip in clips:
            clip.forget(stage.name)
    elif all(clip.progress(stage.name).get("complete") for clip in clips):
        for clip in clips:
            total = clip.video.frame_count
            yield Progress(stage.name, clip.name, total, total, "done before with these settings")
        return
    later = _readers(stage)
    for clip in clips:
        clip.forget(*later)
    yield from stage.run(clips)
    for clip in clips:
        if clip.overtaken:
            raise HoopError(
                f"another run over {clip.name} has begun: this one ends at stage {stage.name!r} "
                "and leaves the clip to it; run one at a time"
            )


def _readers(stage: Stage) -> list[str]:
    """The stages that come later and build on what this one writes."""
    specs = plugins.stages()
    position = next(i for i, spec in enumerate(specs) if spec.name == stage.name)
    changed, found = set(stage.writes), []
    for spec in specs[position + 1 :]:
        if changed & set(spec.reads):
            found.append(spec.name)
            changed |= set(spec.writes)
    return found


def _games(view: fo.core.collections.SampleCollection, names: Fields) -> list[list[SampleStore]]:
    ids = view.values("id")
    games = view.values(GAME_FIELD) if view.has_sample_field(GAME_FIELD) else [None] * len(ids)
    grouped: dict[str, list[SampleStore]] = {}
    for sample_id, game in zip(ids, games, strict=True):
        store = SampleStore(view._dataset, sample_id, names)
        grouped.setdefault(f"game {game}" if game else sample_id, []).append(store)
    return list(grouped.values())


def _declare_progress(dataset: fo.Dataset) -> None:
    if not dataset.has_sample_field(PROGRESS_FIELD):
        dataset.add_sample_field(PROGRESS_FIELD, fo.DictField)


def _register(dataset: fo.Dataset, stage: Stage) -> None:
    """Keeps with the dataset what a stage was run with, where FiftyOne users look for it."""
    key = f"hoop_{stage.name}"
    if dataset.has_run(key):
        dataset.delete_run(key)
    config = dataset.init_run(method=f"hoop_plugins.{stage.name}", **stage.configuration())
    dataset.register_run(key, config)
