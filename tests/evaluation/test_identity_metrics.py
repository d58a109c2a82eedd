"""The share of player-frames with right place, team and number, worked by hand."""

from __future__ import annotations

import pytest
from planted import TEAMS, Game

from hoop_plugins.evaluation.report import evaluate_clips


def identity(*games: Game) -> dict:
    clips = [game.clip(f"clip {number}") for number, game in enumerate(games)]
    return evaluate_clips(clips).to_json()["identity"]


def test_everything_right():
    figures = identity(Game(30))
    assert figures["frame_accuracy"] == figures["readable"] == 1
    assert figures["frames"] == figures["readable_frames"] == 120


@pytest.mark.parametrize(
    "wrong", [{"team": "light"}, {"team": None}, {"number": "24"}, {"number": None}]
)
def test_wrong_or_missing_team_or_number(wrong):
    game = Game(30)
    game.change("players", 12, range(1, 11), **wrong)
    assert identity(game)["frame_accuracy"] == pytest.approx(110 / 120)


def test_right_number_in_the_wrong_place():
    game = Game(30)
    game.change_box("players", "player", 12, range(1, 11), xywh=(700, 300, 80, 90))
    assert identity(game)["frame_accuracy"] == pytest.approx(110 / 120)


def test_missing_player():
    game = Game(30)
    game.remove("players", 12)
    assert identity(game)["frame_accuracy"] == pytest.approx(0.75)


def test_swapped_tracks_have_each_other_s_number():
    game = Game(100)
    game.swap(11, 12, range(51, 101))
    assert identity(game)["frame_accuracy"] == pytest.approx(300 / 400)


def test_one_track_serves_one_player_at_a_time():
    game = Game(30)
    for field, index in (("truth", 1), ("truth", 2)):
        game.change_box(field, "player", index, xywh=(150 + index, 50, 80, 200))
        game.change("truth", index, number="4")
    game.change_box("players", "player", 11, xywh=(151, 50, 80, 200))
    game.remove("players", 12)
    assert identity(game)["frame_accuracy"] == pytest.approx(0.75)


def test_readable_players_only():
    game = Game(30)
    game.change("truth", 1, visible=0.5)
    game.change("players", 11, number=None)
    game.change("players", 12, number="99")
    figures = identity(game)
    assert figures["frame_accuracy"] == pytest.approx(0.5)
    assert figures["readable"] == pytest.approx(2 / 3)
    assert figures["readable_frames"] == 90


def test_ground_truth_without_teams():
    game = Game(30)
    for person in TEAMS:
        game.change("truth", person, team=None)
    assert identity(game)["frame_accuracy"] is None
