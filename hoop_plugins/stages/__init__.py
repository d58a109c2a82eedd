"""The six steps of the job, one file each, in the order of the job."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hoop_plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from hoop_plugins.plugins import StageSpec


@hookimpl
def register_stages(register: Callable[[StageSpec], None]) -> None:
    """Registers the built-in stages."""
    from hoop_plugins.plugins import StageSpec
    from hoop_plugins.stages.detect import Detect, DetectSettings
    from hoop_plugins.stages.pair import PairNumbers, PairSettings
    from hoop_plugins.stages.read import ReadNumbers, ReadSettings
    from hoop_plugins.stages.teams import ClusterTeams, TeamSettings
    from hoop_plugins.stages.track import TrackPeople, TrackSettings
    from hoop_plugins.stages.validate import ValidateNumbers, ValidateSettings

    job = (
        (Detect, DetectSettings),
        (TrackPeople, TrackSettings),
        (ClusterTeams, TeamSettings),
        (PairNumbers, PairSettings),
        (ReadNumbers, ReadSettings),
        (ValidateNumbers, ValidateSettings),
    )
    for position, (stage, settings) in enumerate(job, start=1):
        register(
            StageSpec(
                stage.name, settings, stage, position * 10, reads=stage.reads, writes=stage.writes
            )
        )
