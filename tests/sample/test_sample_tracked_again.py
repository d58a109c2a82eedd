"""What a person puts right is followed by the sample's own networks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fiftyone as fo
import numpy as np
import pytest
import supervision as sv
from editor_edits import edit

import hoop_plugins
from hoop_plugins import corrections
from hoop_plugins.data.store import SampleStore

STRAYS, AWAY = range(9, 16), 150
"""Where a player's box and mask are so many pixels beside him."""


@pytest.fixture
def strayed(game: fo.Dataset) -> Iterator[tuple[SampleStore, int]]:
    """The recognized game, in which a player was lost for a while, and the tracker's id of him."""
    made = game.clone()
    clip = SampleStore(made, made.first().id)
    ids = [set(found.data["track"].tolist()) for _, found in clip.read("players", masks=False)]
    referees = {piece.track for piece in clip.tracklets if piece.role == "referee"}
    track = min(set.intersection(*ids) - referees)
    changed = {}
    for number, found in clip.read("players", STRAYS.start, STRAYS[-1]):
        (row,) = np.flatnonzero(found.data["track"] == track)
        found.xyxy[row, [0, 2]] += AWAY if found.xyxy[row, 2] + AWAY < clip.size[0] else -AWAY
        changed[number] = found
    clip.write("players", changed)
    with corrections.lifted([clip]):
        pass
    yield clip, track
    made.delete()


def boxes(clip: SampleStore, track: int) -> dict[int, sv.Detections]:
    found = {}
    for number, people in clip.read("players"):
        for row in np.flatnonzero(people.data["track"] == track):
            found[number] = people.select(np.array([row]))
    return found


def figures(clip: SampleStore) -> list[Any]:
    found = hoop_plugins.evaluate(clip.dataset, mark=False).to_json()
    return [found[topic] for topic in ("detection", "tracking", "teams", "numbers", "identity")]


def test_a_player_who_was_lost_is_found_again_and_no_figure_is_better(
    game: fo.Dataset, strayed: tuple[SampleStore, int]
) -> None:
    clip, track = strayed
    true = boxes(SampleStore(game, game.first().id), track)
    frame = STRAYS.start + 1
    lost = boxes(clip, track)[frame]
    width, height = clip.size
    x1, y1, x2, y2 = true[frame].xyxy[0].tolist()
    place = [x1 / width, y1 / height, (x2 - x1) / width, (y2 - y1) / height]
    edit(clip, int(lost.tracker_id[0]), frame, bounding_box=place)
    corrections.take_over(clip)
    before = figures(clip)
    made = hoop_plugins.track_again(clip.dataset, frame, device="cpu")
    assert made.first == frame + 1
    assert made.due == ("teams", "pair", "read", "link", "validate")
    again = boxes(clip, track)
    for number in range(frame + 1, made.last + 1):
        overlap = sv.box_iou_batch(again[number].xyxy, true[number].xyxy)[0, 0]
        masks = sv.mask_iou_batch(again[number].mask, true[number].mask)[0, 0]
        assert (overlap > 0.8, masks > 0.6) == (True, True), number
    hoop_plugins.recognize(clip.dataset, "sample", device="cpu")
    assert figures(clip) == before
