"""Team figures, worked by hand."""

from __future__ import annotations

import pytest
from planted import CLUSTERS, TEAMS, Game, evaluate_clips


def teams(*games: Game) -> dict:
    clips = [game.clip(f"clip {number}") for number, game in enumerate(games)]
    return evaluate_clips(clips).to_json()["teams"]


def test_names_do_not_matter():
    figures = teams(Game(10))
    assert figures["track_accuracy"] == figures["frame_accuracy"] == 1
    assert (figures["tracks"], figures["frames"]) == (4, 40)


def test_names_are_assigned_in_every_clip():
    straight, reversed_ = Game(10), Game(10)
    for person, team in TEAMS.items():
        other = CLUSTERS["Bulls" if team == "Hawks" else "Hawks"]
        reversed_.change("players", person + 10, team=other)
    assert teams(straight, reversed_)["track_accuracy"] == 1


def test_one_track_in_the_wrong_team():
    game = Game(10)
    game.change("players", 12, team="light")
    figures = teams(game)
    assert figures["track_accuracy"] == figures["frame_accuracy"] == 0.75


@pytest.mark.parametrize("team", [None, "a third team"])
def test_no_team_and_a_surplus_team_are_wrong(team):
    game = Game(10)
    game.change("players", 12, team=team)
    figures = teams(game)
    assert figures["track_accuracy"] == figures["frame_accuracy"] == 0.75


def test_no_track_has_a_team():
    game = Game(10)
    for track in (11, 12, 13, 14):
        game.change("players", track, team=None)
    figures = teams(game)
    assert figures["track_accuracy"] == figures["frame_accuracy"] == 0


def test_swapped_tracks_keep_their_team_by_the_longer_part():
    game = Game(100)
    game.swap(11, 13, range(61, 101))
    figures = teams(game)
    assert figures["track_accuracy"] == 1
    assert figures["frame_accuracy"] == pytest.approx((400 - 80) / 400)


@pytest.mark.parametrize(("frames_on_player", "tracks"), [(49, 3), (50, 4)])
def test_a_track_needs_half_of_its_frames_on_one_player(frames_on_player, tracks):
    game = Game(100)
    away = range(frames_on_player + 1, 101)
    game.change_box("players", "player", 12, away, xywh=(700, 350, 40, 40))
    game.change("players", 12, team="light")
    figures = teams(game)
    assert figures["tracks"] == tracks
    assert figures["tracks_right"] == 3


def test_missing_player_is_no_matter_of_teams():
    game = Game(10)
    game.remove("players", 12)
    figures = teams(game)
    assert (figures["track_accuracy"], figures["tracks"]) == (1, 3)


def test_tracks_that_follow_a_referee_count_apart():
    game = Game(10)
    game.change_box("players", "referee", 19, name="player")
    game.change("players", 19, team="dark")
    figures = teams(game)
    assert figures["track_accuracy"] == 1
    assert figures["referee_tracks"] == 1


def test_ground_truth_without_teams():
    game = Game(10)
    for person in TEAMS:
        game.change("truth", person, team=None)
    figures = teams(game)
    assert figures["track_accuracy"] is figures["frame_accuracy"] is None


def test_referees_count_apart():
    game = Game(10)
    game.change_box("players", "referee", 19, range(1, 5), name="player")
    game.change_box("players", "player", 12, range(1, 3), name="referee")
    referees = teams(game)["referees"]
    assert (referees["frames"], referees["predicted"], referees["right"]) == (10, 8, 6)
    assert referees["precision"] == 6 / 8
    assert referees["recall"] == 6 / 10
