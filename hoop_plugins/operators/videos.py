"""The operator that makes videos play frame by frame."""

from __future__ import annotations

from typing import Any

from hoop_plugins import api
from hoop_plugins.operators.base import LongOperator


class NormalizeVideos(LongOperator):
    """Exchanges videos of the target view that the App does not show frame by frame."""

    operator_name = "normalize_videos"
    title = "normalize videos"
    explanation = (
        "Copies at a constant rate, upright, in H.264, instead of videos that the App does not "
        "show frame by frame. Labels follow their pictures."
    )
    target = "Normalize"
    use_case = api.normalize_videos

    def about(self, ctx: Any) -> str:
        """What the App would show wrong."""
        return "; ".join(api.video_notes(ctx.target_view())) or self.explanation

    def summary(self, result: int) -> str:
        """How many were exchanged."""
        return f"{result} video{'s' * (result != 1)} exchanged for copies"
