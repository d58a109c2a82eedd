"""What people start from the App: one file an operator, a form and a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hoop_plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    import fiftyone.operators as foo


@hookimpl
def register_operators(register: Callable[[type[foo.Operator]], None]) -> None:
    """Registers the built-in operators."""
    from hoop_plugins.operators.cluster_teams import ClusterTeams
    from hoop_plugins.operators.detect import Detect
    from hoop_plugins.operators.load_sample_game import LoadSampleGame
    from hoop_plugins.operators.pair_numbers import PairNumbers
    from hoop_plugins.operators.read_numbers import ReadNumbers
    from hoop_plugins.operators.recognize_players import RecognizePlayers
    from hoop_plugins.operators.track import Track
    from hoop_plugins.operators.validate_numbers import ValidateNumbers

    for operator in (
        Detect,
        Track,
        ClusterTeams,
        PairNumbers,
        ReadNumbers,
        ValidateNumbers,
        RecognizePlayers,
        LoadSampleGame,
    ):
        register(operator)
