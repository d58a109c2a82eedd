"""The operator that decides on every player's number."""

from __future__ import annotations

from hoop_plugins.operators.stage_operator import StageOperator


class ValidateNumbers(StageOperator):
    """Runs the stage ``validate``."""

    operator_name = "validate_numbers"
    title = "validate the numbers"
    explanation = (
        "Decides from all reads of a track which number stands, and writes it into "
        "frames.players and tracks. It needs no network and can be run again at any time."
    )
    stages = ("validate",)
