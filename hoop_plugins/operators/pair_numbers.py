"""The operator that finds the owners of number boxes."""

from __future__ import annotations

from hoop_plugins.operators.stage_operator import StageOperator


class PairNumbers(StageOperator):
    """Runs the stage ``pair``."""

    operator_name = "pair_numbers"
    title = "pair numbers with players"
    explanation = (
        "Gives every detected number box to the player whose mask covers it, "
        "and writes frames.numbers."
    )
    stages = ("pair",)
