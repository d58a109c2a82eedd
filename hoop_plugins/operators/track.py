"""The operator that follows people."""

from __future__ import annotations

from hoop_plugins.operators.stage_operator import StageOperator


class Track(StageOperator):
    """Runs the stage ``track``."""

    operator_name = "track"
    title = "track players"
    explanation = (
        "Gives every player and referee a mask and an identity in every frame: from the boxes in "
        "frames.detections to frames.players and tracks."
    )
    stages = ("track",)
