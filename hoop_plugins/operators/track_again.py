"""The operator that tracks a stretch again from what people put right."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, ClassVar

from fiftyone.operators import types

from hoop_plugins import api
from hoop_plugins.errors import HoopError
from hoop_plugins.operators.base import PLUGIN, LongOperator
from hoop_plugins.operators.correct_track import (
    chosen_tracks,
    field_names,
    open_video,
    placed,
    video_dataset,
)
from hoop_plugins.operators.run_card import Action, Ending

STAGE = "track"


class TrackAgain(LongOperator):
    """Tracks a stretch again, from a frame in which boxes or masks were put right.

    Its parameters: ``frame``; and optional ``track`` (a track's id), ``sample_id`` and ``device``.
    Frame and track are those of the selected player, unless they are given.
    """

    operator_name = "track_again"
    title = "track again from here"
    icon = "replay"
    explanation = (
        "Tracks again from the frame in which you moved a box, painted a mask or drew somebody: as "
        "far as it takes to meet what is stored, at most to the next camera cut, the next such "
        "frame, or the end."
    )
    use_case = api.track_again
    form: ClassVar = {"frame": {}, "track": {}, "device": {}}

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """Filled in with the frame and the player that are selected."""
        super().fill(inputs, ctx)
        for name, value in _pointed_at(ctx).items():
            inputs.properties[name].default = value

    def resolve_placement(self, ctx: Any) -> types.Placement | None:
        """See FiftyOne's ``Operator.resolve_placement``."""
        return placed(ctx, self, prompt=True) if ctx.current_sample else None

    def given(self, ctx: Any) -> dict[str, Any]:
        """What the form says, or what is selected."""
        return {**_pointed_at(ctx), **super().given(ctx)}

    def start(self, ctx: Any) -> Generator[Any, None, Any]:
        """Starts with the video that is selected, or open."""
        said = self.given(ctx)
        if "frame" not in said:
            raise HoopError("which frame? select a player in it, or give its number", "frame")
        found = chosen_tracks(ctx)
        where = found[0].sample_id if found else open_video(ctx)
        return api.track_again.steps(
            video_dataset(ctx), said.pop("frame"), sample=where, fields=field_names(ctx), **said
        )

    def execute(self, ctx: Any) -> Iterator[Any]:
        """Leaves FiftyOne's own editor first: it stores changes by the positions of labels."""
        if not ctx.delegated:
            yield ctx.trigger(f"{PLUGIN}/leave_editor")
        yield from super().execute(ctx)

    def _stopped(self, ctx: Any, step: Any) -> Ending:
        # Of corrections that find nobody any more it tells once the new labels are there.
        done = step.stage != STAGE
        lines = ["It is tracked again all the same." if done else "Nothing has changed."]
        again = Action("Again", self.uri, dict(ctx.params), prompt=True)
        return Ending([f"Stopped: {step.text}", *lines], [again])

    def ending(self, ctx: Any, result: Any) -> Ending | None:
        """What was tracked again, and what is left to do."""
        rest = Action("Do the rest", f"{PLUGIN}/recognize_players", prompt=True)
        return Ending(result.summary(), [rest] if result.due else [])

    def written(self, ctx: Any, result: Any) -> list[str]:
        """The players."""
        return [f"frames.{field_names(ctx).players}"]

    def summary(self, result: Any) -> str:
        """Which frames were tracked again."""
        return str(result.summary()[0])


def _pointed_at(ctx: Any) -> dict[str, int]:
    """Frame and track of the first selected player."""
    for track in chosen_tracks(ctx):
        if track.frame is not None:
            return {"frame": track.frame, "track": track.index}
    return {}
