"""Stages on many machines: a clip a task of Ray, all over the same database.

What a worker does is what a run of its own over the clip would do, so that a clip whose worker was
lost goes on where it was, on another one.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import groupby
from typing import Any

import fiftyone as fo

from hoop_plugins.compat.fiftyone import database_address
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.stages.due import together
from hoop_plugins.stages.engines import register, run_stage
from hoop_plugins.stages.stage import Progress, Stage

RETRIES = 3
"""How often the clips of a worker that was lost are given to another one."""

CLUSTER = "RAY_ADDRESS"
"""The environment variable that names a cluster; without it Ray starts one on this machine."""

SHOWN = 5
"""Clips that failed of which a message says why."""


@dataclass(frozen=True)
class RayWorkers:
    """An engine: every clip is a task of Ray.

    Attributes:
        cpus: CPU cores a worker; Ray runs as many workers as there are cores for.
        gpus: GPUs a worker, .5 for two workers on one. By default one where the cluster has any.
    """

    cpus: float = 1
    gpus: float | None = None

    def prepare(
        self, stages: Sequence[Stage], games: list[list[SampleStore]], fresh: bool
    ) -> Iterator[Progress]:
        """As :func:`connect`; the workers load the networks."""
        connect()
        yield from ()

    def run(
        self, stages: Sequence[Stage], games: list[list[SampleStore]], fresh: bool
    ) -> Generator[Progress, None, None]:
        """Runs the stages that look at clips alone, a clip a task, then those that look at games, a
        game a task, and so on.

        Raises:
            HoopError: At the end, if clips failed; the others are done.
        """
        failed: dict[str, str] = {}  # a line, by the id of the clip's sample
        phases = [list(each) for _, each in groupby(stages, key=lambda stage: stage.whole_game)]
        for part, phase in enumerate(phases):
            groups = [
                clips
                for clips in together(phase[0], games)
                if not failed.keys() & {clip.sample_id for clip in clips}
            ]
            name = "-".join((phase[0].name, phase[-1].name)) if phase[1:] else phase[0].name
            of_whole = partial(Progress, name, "", unit="task", part=part, parts=len(phases))
            yield of_whole(0, len(groups))
            for done, (clips, said) in enumerate(self._tasks(phase, groups, fresh), start=1):
                if isinstance(said, str):
                    failed |= {clip.sample_id: f"{clip.name}: {said}" for clip in clips}
                else:
                    yield from said
                yield of_whole(done, len(groups))
            for stage in phase:
                register(games, stage)
        if failed:
            lines = list(failed.values())
            left = [stage.name for phase in phases for stage in phase if stage.whole_game]
            undone = f" (but for {', '.join(left)} in their games)" if left else ""
            more = f"; and {len(lines) - SHOWN} more" if lines[SHOWN:] else ""
            raise HoopError(
                f"{len(lines)} of {sum(map(len, games))} clips failed, the others are done"
                f"{undone}: {'; '.join(lines[:SHOWN])}{more}"
            )

    def _tasks(
        self, stages: list[Stage], groups: list[list[SampleStore]], fresh: bool
    ) -> Iterator[tuple[list[SampleStore], list[Progress] | str]]:
        """Runs a task for each group of clips; gives what it said, or why it failed."""
        ray = _ray()
        gpus = self.gpus
        if gpus is None:
            gpus = 1 if ray.cluster_resources().get("GPU") else 0
        # Ray would start a process anew for every task on a GPU.
        remote = ray.remote(num_cpus=self.cpus, num_gpus=gpus, max_retries=RETRIES, max_calls=0)
        task, packed = remote(_work), ray.put(ray.cloudpickle.dumps(stages))
        pending = {
            task.remote(packed, clips, [clip.runs.run for clip in clips], fresh): clips
            for clips in groups
        }
        try:
            while pending:
                (first, *_), _ = ray.wait(list(pending), num_returns=1)
                clips = pending.pop(first)
                try:
                    yield clips, ray.get(first)
                except ray.exceptions.RayTaskError as error:
                    ours = isinstance(error.cause, HoopError)
                    kind = "" if ours else f"{type(error.cause).__name__}: "
                    yield clips, f"{kind}{error.cause}"
                except ray.exceptions.RayError as error:
                    yield clips, _lost(error)
        finally:
            for reference in pending:
                ray.cancel(reference, force=True)


def spread(work: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
    """Calls a function with every item, as ``map`` does, an item a task of one core.

    Raises:
        HoopError: As :func:`connect`, and as the function; or if a worker is lost for good.
    """
    connect()
    ray = _ray()
    task, packed = ray.remote(max_retries=RETRIES)(_call), ray.put(work)
    pending = deque(task.remote(packed, item) for item in items)
    try:
        while pending:
            try:
                yield ray.get(pending[0])
            except ray.exceptions.RayTaskError as error:
                raise error.cause from None
            except ray.exceptions.RayError as error:
                raise HoopError(
                    f"a task failed, {_lost(error)}; leave --engine out to do it here"
                ) from None
            pending.popleft()
    finally:
        for reference in pending:
            ray.cancel(reference, force=True)


def _lost(error: Exception) -> str:
    return f"its worker was lost {RETRIES + 1} times: {error}".splitlines()[0]


def _call(work: Callable[[Any], Any], item: Any) -> Any:
    return work(item)


def connect() -> None:
    """Connects to the cluster that the environment names, or starts Ray on this machine.

    Raises:
        HoopError: If Ray is not installed, or the database is one that no other machine sees.
    """
    ray = _ray()
    if os.environ.get(CLUSTER) and not fo.config.database_uri:
        raise HoopError(
            f"the workers of {os.environ[CLUSTER]} cannot reach the database that FiftyOne "
            "started for itself: set FIFTYONE_DATABASE_URI to one that they can"
        )
    if not ray.is_initialized():
        known = {
            "FIFTYONE_DATABASE_URI": fo.config.database_uri or database_address(),
            "FIFTYONE_DATABASE_NAME": fo.config.database_name,
        }
        ray.init(runtime_env={"env_vars": known}, log_to_driver=False, logging_level="ERROR")


def _work(packed: bytes, clips: list[SampleStore], runs: list[Any], fresh: bool) -> list[Progress]:
    """What a task does: the stages over some clips. Returns what people should know."""
    for clip, run in zip(clips, runs, strict=True):
        clip.runs.join(run)
    return [
        step
        for stage in _unpacked(packed)
        for step in run_stage(stage, clips, fresh)
        if step.message
    ]


@lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> list[Stage]:
    """The stages of a worker, whose networks are loaded once."""
    stages: list[Stage] = _ray().cloudpickle.loads(packed)
    for stage in stages:
        stage.keeps_model = True
    return stages


def _ray() -> Any:
    try:
        import ray
    except ImportError:
        raise HoopError(
            "Ray is not installed: pip install 'hoop-plugins[ray]', or leave --engine out"
        ) from None
    return ray
