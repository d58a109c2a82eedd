"""The planted game in a dataset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import fiftyone as fo
from planted import SHAPE, Game, detections

from hoop_plugins.data.store import SampleStore

PREDICTED = ("detections", "players", "numbers")


def add(
    dataset: fo.Dataset, make_video: Callable[..., Path], game: Game, name: str = "clip.mp4"
) -> SampleStore:
    """Adds a clip of a game."""
    video = make_video(name, frames=len(game.truth), width=SHAPE[1], height=SHAPE[0])
    sample = fo.Sample(filepath=str(video))
    dataset.add_sample(sample)
    store = SampleStore(dataset, sample.id)
    write(store, game)
    return store


def write(store: SampleStore, game: Game) -> None:
    """Writes the game's labels, over what was there."""
    fields = {role: getattr(game, role) for role in PREDICTED}
    for role, labels in {**fields, "ground_truth": game.truth}.items():
        store.write(role, {frame: detections(boxes) for frame, boxes in labels.items()})
