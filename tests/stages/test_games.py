"""Which clips are one game."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import fiftyone as fo
import pytest

from hoop_plugins.data.store import SampleStore
from hoop_plugins.stages.pipeline import run_stages
from hoop_plugins.stages.stage import Progress, Stage


class Together(Stage):
    """Notes which clips it is given at once."""

    name = "together"
    order = 70
    whole_game = True

    def run(self, clips: Sequence[SampleStore]) -> Generator[Progress, None, None]:
        yield Progress(self.name, "+".join(clip.name for clip in clips), 1, 1)


def games(dataset: fo.Dataset) -> list[str]:
    return [step.video for step in run_stages(dataset, [Together()]) if step.stage == "together"]


@pytest.mark.parametrize(
    ("first", "second", "third"),
    [
        (0, 0, 1),
        (0.0, 0.0, 2.5),
        ("finals", "finals", "semifinals"),
        (*[fo.Classification(label="finals") for _ in "12"], fo.Classification(label="other")),
        (False, False, True),
    ],
)
def test_clips_with_one_game_are_together(
    first: Any, second: Any, third: Any, dataset: fo.Dataset, make_video: Callable[..., Path]
) -> None:
    for name, game in (("a.mp4", first), ("b.mp4", second), ("c.mp4", third)):
        dataset.add_sample(fo.Sample(filepath=str(make_video(name)), game=game))
    assert games(dataset) == ["a.mp4+b.mp4", "c.mp4"]


def test_clips_without_a_game_are_each_their_own(
    dataset: fo.Dataset, make_video: Callable[..., Path]
) -> None:
    for name in ("a.mp4", "b.mp4"):
        dataset.add_sample(fo.Sample(filepath=str(make_video(name))))
    assert games(dataset) == ["a.mp4", "b.mp4"]
    dataset.add_sample_field("game", fo.IntField)
    assert games(dataset) == ["a.mp4", "b.mp4"]
