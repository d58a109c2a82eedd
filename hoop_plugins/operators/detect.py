"""The operator that finds people and things."""

from __future__ import annotations

from hoop_plugins.operators.stage_operator import StageOperator


class Detect(StageOperator):
    """Runs the stage ``detect``."""

    operator_name = "detect"
    title = "detect players, numbers, ball and rim"
    explanation = (
        "Finds players, referees, jersey numbers, the ball and the rim in every frame, "
        "and writes frames.detections."
    )
    stages = ("detect",)
