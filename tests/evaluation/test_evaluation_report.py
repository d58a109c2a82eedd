"""The report: what it holds, how clips are pooled, and odd input."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from planted import Game, evaluate_clips

from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.figures import HEADLINES, lookup


def with_missing(frames: int, missing: int) -> Game:
    game = Game(frames)
    game.remove("players", 12, range(1, missing + 1))
    return game


def test_json_holds_every_figure():
    figures = json.loads(json.dumps(evaluate_clips([Game(30).clip("one")]).to_json()))
    for path in (
        *HEADLINES,
        *(f"detection.player.{name}" for name in ("ap50", "ap", "precision", "recall")),
        *(f"tracking.{name}" for name in ("deta", "assa", "loca", "idp", "idr", "id_switches")),
    ):
        assert lookup(figures, path) is None or 0 <= lookup(figures, path) <= 1, path
    assert figures["frames"] == 30
    assert figures["interval"] == {}, "one clip gives no interval"
    assert figures["clips"]["one"]["tracking"]["hota"] == figures["tracking"]["hota"]


def test_clips_are_pooled_over_frames_and_kept():
    report = evaluate_clips([Game(30).clip("long"), with_missing(10, 10).clip("short")])
    figures = report.to_json()
    assert figures["identity"]["frame_accuracy"] == pytest.approx(150 / 160)
    assert figures["tracking"]["mota"] == pytest.approx(150 / 160)
    assert figures["clips"]["short"]["identity"]["frame_accuracy"] == pytest.approx(0.75)


def test_interval_by_bootstrap_over_clips():
    clips = [with_missing(10, missing).clip(f"clip {missing}") for missing in range(6)]
    report = evaluate_clips(clips)
    low, high = report.intervals["identity.frame_accuracy"]
    value = report.to_json()["identity"]["frame_accuracy"]
    assert 35 / 40 <= low < value < high <= 1
    assert report.intervals["teams.track_accuracy"] == [1, 1]
    assert "detection.player.ap50" in report.intervals
    assert evaluate_clips(clips).intervals == report.intervals
    assert evaluate_clips(clips[:4]).intervals == {}


def test_frames_without_ground_truth_are_left_out_and_empty_ones_count():
    game = Game(20)
    for frame in range(1, 6):
        del game.truth[frame]
    game.truth[6] = []
    figures = evaluate_clips([game.clip()]).to_json()
    assert figures["frames"] == 15
    assert figures["tracking"]["false_positives"] == 4
    assert figures["detection"]["player"]["precision"] == pytest.approx(14 / 15)


def test_frames_without_predictions():
    game = Game(20)
    clip = replace(game.clip(), players={}, detections={}, numbers={})
    figures = evaluate_clips([clip]).to_json()
    assert figures["tracking"]["mota"] == figures["tracking"]["hota"] == 0
    assert figures["detection"]["player"]["ap50"] == 0
    assert figures["teams"]["track_accuracy"] is None
    assert figures["identity"]["frame_accuracy"] == 0
    assert figures["numbers"]["validated"]["coverage"] in (0, None)


@pytest.mark.parametrize("truth", [{}, {1: [], 2: []}])
def test_clip_with_nothing_in_it(truth):
    game = Game(2)
    game.truth, game.players, game.detections, game.numbers = truth, {}, {}, {}
    figures = evaluate_clips([game.clip()]).to_json()
    assert figures["frames"] == len(truth)
    assert figures["detection"] == {}
    assert figures["tracking"]["hota"] is figures["identity"]["frame_accuracy"] is None


def test_frame_order_does_not_matter():
    clip = Game(10).clip()
    fields = ("detections", "players", "numbers", "truth")
    backwards = replace(
        clip, **{name: dict(reversed(getattr(clip, name).items())) for name in fields}
    )
    assert evaluate_clips([backwards]).to_json() == evaluate_clips([clip]).to_json()


@pytest.mark.parametrize("field", ["players", "truth"])
def test_id_that_occurs_twice_is_refused(field):
    game = Game(3)
    game.change_box(field, "player", 12 if field == "players" else 2, [2], index=11)
    game.change_box(field, "player", 1, [2], index=11)
    with pytest.raises(HoopError, match=r"^last night, frame 2: index 11 occurs twice"):
        evaluate_clips([game.clip("last night")])


def test_a_player_without_id_is_ignored():
    game = Game(10)
    game.change_box("truth", "player", 2, index=-1)
    figures = evaluate_clips([game.clip()]).to_json()
    assert figures["tracking"]["truth"] == figures["tracking"]["predicted"] == 30
    assert figures["identity"]["frames"] == 30
