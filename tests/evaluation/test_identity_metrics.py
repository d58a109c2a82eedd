"""The share of player-frames with right place, team and number, worked by hand."""

from __future__ import annotations

import pytest
from planted import TEAMS, Game, evaluate_clips


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


def over_game(*games: tuple[str, Game]) -> float | None:
    clips = [game.clip(f"clip {i}", name) for i, (name, game) in enumerate(games)]
    return evaluate_clips(clips).to_json()["identity"]["over_game"]


def renamed(first: int, second: int) -> Game:
    """A clip in which two people have each other's id all along."""
    game = Game(30)
    game.swap(first, second, range(1, 31))
    return game


def test_one_id_over_the_clips_of_a_game():
    assert over_game(("finals", Game(30)), ("finals", Game(30))) == 1
    # In the shorter clip two of four are called by the other's id.
    assert over_game(("finals", Game(60)), ("finals", renamed(11, 12))) == pytest.approx(300 / 360)


def test_another_game_has_ids_of_its_own():
    assert over_game(("finals", Game(30)), ("other", renamed(11, 12))) == 1


def test_clips_without_a_game_say_nothing_of_it():
    assert over_game(("", Game(30)), ("", Game(30))) is None
    assert over_game(("finals", Game(30)), ("", renamed(11, 12))) == 1


def test_somebody_without_a_track_has_no_id_in_the_game():
    game = Game(30)
    game.remove("players", 12)
    assert over_game(("finals", Game(30)), ("finals", game)) == pytest.approx(210 / 240)


def game_state(game: Game) -> list[float]:
    figures = identity(game)
    return [figures[f"gs_{name}_without_position"] for name in ("hota", "deta", "assa")]


def test_game_state_score_of_everything_right():
    assert game_state(Game(20)) == pytest.approx([1, 1, 1])


@pytest.mark.parametrize(
    ("track", "wrong"),
    [
        (12, {"number": "24"}),
        (12, {"number": None}),
        (12, {"team": "light"}),
    ],
)
def test_game_state_score_asks_for_role_team_and_number(track, wrong):
    game = Game(20)
    game.change("players", track, range(1, 11), **wrong)
    # Of 5 people in 20 frames 10 are neither found nor right: 90 pairs, 10 missed, 10 false. The
    # person in question is matched in 10 of 20 frames: 10 / (20 + 20 - 10) of the association.
    deta, assa = 90 / 110, (80 * 1 + 10 * 10 / 30) / 90
    assert game_state(game) == pytest.approx([(deta * assa) ** 0.5, deta, assa])


def test_game_state_score_of_a_player_called_referee():
    game = Game(20)
    game.change_box("players", "player", 12, name="referee")
    assert game_state(game) == pytest.approx([(80 / 120) ** 0.5, 80 / 120, 1])


def test_game_state_score_ignores_team_and_number_of_referees():
    game = Game(20)
    game.change("players", 19, team="dark", number="23")
    assert game_state(game) == pytest.approx([1, 1, 1])


def test_game_state_score_falls_with_the_overlap_of_boxes():
    game = Game(20)
    # Half of the box: IoU 0.5, matched at the 10 thresholds up to it.
    game.change_box("players", "player", 12, xywh=(300, 50, 40, 200))
    deta = (10 * 1 + 9 * 80 / 120) / 19
    assert game_state(game)[1] == pytest.approx(deta)


def test_game_state_score_without_teams_in_the_ground_truth():
    game = Game(5)
    for person in TEAMS:
        game.change("truth", person, team=None)
    assert game_state(game) == [None, None, None]
