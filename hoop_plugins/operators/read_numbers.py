"""The operator that reads jersey numbers."""

from __future__ import annotations

from hoop_plugins.operators.stage_operator import StageOperator


class ReadNumbers(StageOperator):
    """Runs the stage ``read``."""

    operator_name = "read_numbers"
    title = "read the numbers"
    explanation = (
        "Reads the number boxes that have an owner, every few frames of a track, "
        "and writes the text into frames.numbers."
    )
    stages = ("read",)
