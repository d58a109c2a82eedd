"""The operators that bring videos in, and that make them play frame by frame."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar

from hoop_plugins import api
from hoop_plugins.operators.base import LongOperator


class ImportVideos(LongOperator):
    """Adds videos to the dataset, whole or in clips.

    Its parameters: ``paths``, and, optional, ``normalize``, ``clip_length`` and ``into``, as of
    :func:`hoop_plugins.import_videos`.
    """

    operator_name = "import_videos"
    title = "import videos"
    icon = "video_library"
    explanation = "Adds video files to this dataset, whole or in clips that the App plays."
    required = ("paths",)
    use_case = api.import_videos
    form: ClassVar = {"paths": {}, "clip_length": {}, "into": {}, "normalize": {}}

    def start(self, ctx: Any) -> Generator[Any, None, Any]:
        """See :meth:`LongOperator.start`."""
        given = self.given(ctx)
        steps: Generator[Any, None, Any] = self.use_case.steps(
            given.pop("paths", []), ctx.dataset.name, **given
        )
        return steps

    def summary(self, result: tuple[Any, list[str]]) -> str:
        """How many there are."""
        return f"{len(result[1])} video{'s' * (len(result[1]) != 1)} added"


class NormalizeVideos(LongOperator):
    """Exchanges videos of the target view that the App does not show frame by frame."""

    operator_name = "normalize_videos"
    title = "normalize videos"
    icon = "slow_motion_video"
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
