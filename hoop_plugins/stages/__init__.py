"""The eight steps of the job, one file each, in the order of the job."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hoop_plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from hoop_plugins.stages.stage import Stage


@hookimpl
def register_stages(register: Callable[[type[Stage]], None]) -> None:
    """Registers the built-in stages."""
    from hoop_plugins.stages.detect import Detect
    from hoop_plugins.stages.link import LinkTracklets
    from hoop_plugins.stages.pair import PairNumbers
    from hoop_plugins.stages.read import ReadNumbers
    from hoop_plugins.stages.shots import FindShots
    from hoop_plugins.stages.teams import ClusterTeams
    from hoop_plugins.stages.track import TrackPeople
    from hoop_plugins.stages.validate import ValidateNumbers

    found = (Detect, FindShots, TrackPeople, ClusterTeams, PairNumbers, ReadNumbers, LinkTracklets)
    for stage in (*found, ValidateNumbers):
        register(stage)
