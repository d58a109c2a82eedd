"""The operator that does the whole job."""

from __future__ import annotations

from hoop_plugins.operators.stage_operator import StageOperator


class RecognizePlayers(StageOperator):
    """Runs all stages."""

    operator_name = "recognize_players"
    title = "recognize players"
    explanation = (
        "From video to identified players: detect, track, tell the teams apart, pair, read and "
        "validate the numbers. Stages that were done with these settings are not done again."
    )
    stages = None
