"""Runs stages over a view: checks first, goes on where it was, keeps what is done when stopped."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import replace

import fiftyone as fo

from hoop_plugins import corrections, plugins
from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.data import video
from hoop_plugins.data.classes import remember
from hoop_plugins.data.fields import (
    OWN_SCHEMA,
    Fields,
    FieldSpec,
    check_schema,
    declare,
    label_schema,
)
from hoop_plugins.data.games import games_of
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.views import videos_of
from hoop_plugins.errors import MissingFieldError, PluginError, concerning
from hoop_plugins.profiles import Profile
from hoop_plugins.stages.due import check_owned, check_values
from hoop_plugins.stages.engines import Engine, ThisProcess
from hoop_plugins.stages.space import check_space
from hoop_plugins.stages.stage import Progress, Stage


def build_stages(
    profile: Profile, names: Sequence[str] | None = None, device: str = "auto"
) -> list[Stage]:
    """Builds stages in the order of the job.

    Args:
        profile: The settings.
        names: The stages wanted; those of the profile's job by default.
        device: Where the networks run.

    Raises:
        HoopError: If a stage, a model or an option of one is unknown.
    """
    for name in names or ():
        plugins.find_stage(name)
    wanted = profile.job if names is None else names
    kinds = [kind for kind in plugins.stages() if kind.name in wanted]
    stages: list[Stage] = [kind(profile.stages[kind.name], device) for kind in kinds]
    for stage in stages:
        stage.classes = profile.classes
        if stage.role is not None:
            settings = stage.settings
            with concerning(f"{stage.name}.model"):
                plugins.find_model(stage.role, settings.model)
            where = f"{stage.name}.options."
            spec = plugins.check_options(stage.role, settings.model, settings.options, where)
            stage.classes = {**spec.classes, **profile.classes}
    return stages


def job_fields(**names: str | None) -> Fields:
    """The label fields of every stage there is, other packages' included.

    Args:
        **names: Names of fields, without ``frames.``, by role; the others are called as usual.

    Raises:
        HoopError: If no stage has a field of that role, or two packages differ about one.
    """
    added: dict[str, FieldSpec] = {}
    for kind in plugins.stages():
        for spec in kind.fields:
            known = added.setdefault(spec.role, spec)
            if known != spec:
                raise PluginError(
                    f"stage {kind.name!r} and another one declare the field {spec.role!r} "
                    "differently: uninstall the package of one of them"
                )
    used_by = {kind.name: (*kind.reads, *kind.uses, *kind.writes) for kind in plugins.stages()}
    return Fields.named(names, tuple(added.values()), used_by)


def check(
    view: fo.core.collections.SampleCollection, stages: Sequence[Stage], names: Fields
) -> fo.core.collections.SampleCollection:
    """Refuses what cannot work, before anything runs.

    Returns:
        The videos of the view.

    Raises:
        HoopError: If the view holds no whole videos, or not all labels that the stages use, or a
            field holds something else than it should.
        MissingFieldError: If a stage needs a field that neither the dataset has nor an earlier
            stage writes; the message names the stage that does.
    """
    used = [role for stage in stages for role in (*stage.reads, *stage.uses, *stage.writes)]
    view = videos_of(view, [getattr(names, role) for role in used])
    dataset = dataset_of(view)
    ready = {
        "frame": set(dataset.get_frame_field_schema() or {}),
        "sample": set(dataset.get_field_schema()),
    }
    for stage in stages:
        for role in stage.reads:
            field, level = getattr(names, role), names.level(role)
            if field not in ready[level]:
                writers = [kind.name for kind in plugins.stages() if role in kind.writes]
                remedy = f"run stage {writers[0]!r} first" if writers else "no stage writes it"
                raise MissingFieldError(
                    f"stage {stage.name!r} needs the {level} field {field!r}, which "
                    f"{dataset.name!r} does not have: {remedy}"
                )
        for role in stage.writes:
            ready[names.level(role)].add(getattr(names, role))
        check_schema(dataset, label_schema(names, *stage.reads, *stage.uses, *stage.writes))
    check_schema(dataset, dict(OWN_SCHEMA))
    return view


def run_stages(
    view: fo.core.collections.SampleCollection,
    stages: Sequence[Stage],
    names: Fields | None = None,
    fresh: bool = False,
    overwrite: bool = False,
    engine: Engine | None = None,
) -> Generator[Progress, None, None]:
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
        overwrite: Whether labels that no stage made may be replaced.
        engine: Who runs them; by default this process, one clip after the other.

    Returns:
        A generator that does it, and yields progress.

    Raises:
        HoopError: If something cannot work; nothing has been changed then.
    """
    names = names or job_fields()
    given = {theirs: ours for stage in stages for theirs, ours in stage.classes.items()}
    names = replace(names, classes={**names.classes, **given})
    view = check(view, stages, names)
    dataset = dataset_of(view)
    games = [
        [SampleStore(dataset, i, names) for i in game]
        for game in games_of(dataset, view.values("id"))
    ]
    everything = [clip for game in games for clip in game]
    for clip in everything:
        # An unreadable video must fail before anything is changed.
        video.probe(clip.video.path)
        corrections.listed(clip)  # are laid over what the stages make
    return _run_stages(games, stages, fresh, overwrite, engine or ThisProcess())


def _run_stages(
    games: list[list[SampleStore]],
    stages: Sequence[Stage],
    fresh: bool,
    overwrite: bool,
    engine: Engine,
) -> Generator[Progress, None, None]:
    everything = [clip for game in games for clip in game]
    # Before anything is refused: what a person drew there is one of ours then.
    edited = [(clip, line) for clip in everything for line in corrections.take_over(clip)]
    if not overwrite:
        # Looks through all labels: not while somebody types into a form.
        check_owned(games, stages, fresh)
    check_values(games, stages)
    check_space(games, stages, fresh)
    yield from engine.prepare(stages, games, fresh)
    dataset, names = everything[0].dataset, everything[0].names
    remember(dataset, names.classes)
    for stage in stages:
        declare(dataset, names, *stage.writes)
    for clip in everything:
        clip.runs.begin()
    try:
        first = everything[0]
        for stage in stages:
            for note in stage.notes():
                yield Progress(stage.name, first.name, 0, first.video.frame_count, note)
        for clip in everything:
            for note in clip.video.notes:
                yield Progress("video", clip.name, 0, clip.video.frame_count, note)
        with (
            corrections.lifted(everything) as problems,
            closing(engine.run(stages, games, fresh)) as steps,
        ):
            problems += edited
            yield from steps
        for clip, problem in problems:
            total = clip.video.frame_count
            yield Progress("correct", clip.name, total, total, problem)
    finally:
        dataset.reload()
