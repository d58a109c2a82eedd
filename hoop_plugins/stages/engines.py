"""Who runs the stages of a job: this process, one clip after the other."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import count
from time import monotonic
from typing import Protocol

from hoop_plugins import plugins
from hoop_plugins.data.steps import mapped
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.stages.due import is_done, is_outdated, readers, together
from hoop_plugins.stages.stage import Progress, Stage

MODEL = "model"
"""What is counted while models are downloaded, before anything is changed."""

LOOK = 0.5
"""Seconds after which a run asks whether another one has begun; whatever writes asks itself."""

LOCAL, RAY = ENGINES = "local", "ray"
"""What people call this process, and the workers of a Ray cluster."""


def check_engine(name: str) -> None:
    """Refuses what is no engine."""
    if name not in ENGINES:
        raise HoopError(f"engine is {name!r}: give {' or '.join(ENGINES)}")


class Engine(Protocol):
    """Runs stages over clips that are ready for them."""

    def prepare(
        self, stages: Sequence[Stage], games: list[list[SampleStore]], fresh: bool
    ) -> Iterator[Progress]:
        """Makes sure that nothing is missing, before anything is changed."""

    def run(
        self, stages: Sequence[Stage], games: list[list[SampleStore]], fresh: bool
    ) -> Generator[Progress, None, None]:
        """Runs stages; what is done when the generator is closed, is kept.

        Args:
            stages: The stages, in the order of the job.
            games: The clips, game by game.
            fresh: Whether to start anew in any case.
        """


class ThisProcess:
    """One stage after the other, one clip after the other."""

    def prepare(
        self, stages: Sequence[Stage], games: list[list[SampleStore]], fresh: bool
    ) -> Iterator[Progress]:
        """Loads every network that will be needed, so that none is missing after an hour; says
        first what is downloaded.
        """
        due = False
        for stage in stages:
            due = due or not all(is_done(stage, clips, fresh) for clips in together(stage, games))
            if due:
                absent = [each for each in stage.weights() if each.fetched and not each.here]
                told = ", ".join(each.text for each in absent)
                if absent:
                    yield Progress(stage.name, "", 0, 1, f"downloads {told}", unit=MODEL)
                stage.prepare()
                if absent:
                    yield Progress(stage.name, "", 1, 1, unit=MODEL)

    def run(
        self, stages: Sequence[Stage], games: list[list[SampleStore]], fresh: bool
    ) -> Generator[Progress, None, None]:
        """See :meth:`Engine.run`."""
        parts, part = sum(len(together(stage, games)) for stage in stages), count()
        for stage in stages:
            for clips in together(stage, games):
                of_whole = partial(replace, part=next(part), parts=parts)
                yield from mapped(run_stage(stage, clips, fresh), of_whole)
            register(games, stage)


def run_stage(
    stage: Stage, clips: list[SampleStore], fresh: bool
) -> Generator[Progress, None, None]:
    """Runs a stage over clips that it looks at together, unless that was done before; what builds
    on it is done no more then.
    """
    if fresh or any(is_outdated(stage, clip) for clip in clips):
        for clip in clips:
            clip.forget(stage.name)
    elif is_done(stage, clips, fresh):
        for clip in clips:
            total = clip.video.frame_count
            yield Progress(stage.name, clip.name, total, total, "done before with these settings")
        return
    later = readers(stage)
    for clip in clips:
        clip.forget(*later)  # first: what was taken back in part must not pass for done
        for name in reversed(later):
            plugins.find_stage(name).undo(clip)
    looked = monotonic()
    with closing(stage.run(clips)) as steps:
        for step in steps:
            if monotonic() - looked >= LOOK:
                for clip in clips:
                    clip.runs.check()
                looked = monotonic()
            yield step


def register(games: list[list[SampleStore]], stage: Stage) -> None:
    """Keeps with the dataset what a stage was run with, where FiftyOne users look for it."""
    dataset = games[0][0].dataset
    key = f"hoop_{stage.name}"
    config = dataset.init_run(method=f"hoop_plugins.{stage.name}", **stage.configuration())
    # Killed between deleting and registering, FiftyOne would call the dataset corrupted ever after.
    if dataset.has_run(key):
        dataset.update_run_config(key, config)
    else:
        dataset.register_run(key, config)
