"""Figures of jersey numbers, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from planted import NUMBERS, Game, Label, evaluate_clips


def numbers(*games: Game) -> dict:
    clips = [game.clip(f"clip {number}") for number, game in enumerate(games)]
    return evaluate_clips(clips).to_json()["numbers"]


def test_everything_right():
    figures = numbers(Game(40))
    for status in ("validated", "tentative"):
        assert figures[status]["coverage"] == figures[status]["recall"] == 1
    assert figures["validated"]["precision"] == 1
    assert figures["tentative"]["precision"] is None, "no track is tentative"
    assert figures["pairing"]["precision"] == figures["pairing"]["recall"] == 1
    assert figures["reading"]["accuracy"] == 1
    assert figures["frames_to_first_right_read"] == 0


def test_zero_is_not_double_zero():
    game = Game(40)
    game.change("players", 14, number="0")
    figures = numbers(game)
    assert figures["validated"]["precision"] == figures["validated"]["coverage"] == 0.75


def test_tentative_numbers():
    game = Game(40)
    game.change("players", 11, number_status="tentative")
    game.change("players", 12, number_status="tentative", number="2")
    game.change("players", 13, number_status="unread", number=None)
    figures = numbers(game)
    assert figures["validated"]["precision"] == 1
    assert figures["validated"]["coverage"] == 1 / 4
    assert figures["tentative"]["precision"] == 1 / 2, "of the two tentative tracks"
    assert figures["tentative"]["coverage"] == 2 / 4, "one tentative, one validated"


@pytest.mark.parametrize(
    ("frames", "visible", "height", "readable"),
    [(30, 0.9, 12, 4), (29, 1.0, 20, 3), (40, 0.89, 20, 3), (40, 1.0, 11.9, 3)],
)
def test_who_is_readable(frames, visible, height, readable):
    game = Game(80)
    game.change("truth", 4, visible=0.1)
    game.change("truth", 4, range(2, 2 * frames + 1, 2), visible=visible)
    game.change_box("truth", "number", 4, xywh=(620, 90, 30, height))
    figures = numbers(game)
    assert figures["readable"] == readable, "frames need not be in a row"
    assert figures["validated"]["covered"] == readable


def test_a_right_number_of_somebody_unreadable_covers_nobody():
    game = Game(40)
    game.change("truth", 4, visible=0.5)
    game.change("players", 11, number="99")
    figures = numbers(game)
    assert figures["validated"]["coverage"] == pytest.approx(2 / 3)
    assert figures["validated"]["precision"] == 3 / 4


def test_a_player_with_two_tracks_is_covered_once():
    game = Game(80)
    game.change_box("players", "player", 12, range(41, 81), index=32)
    game.change("players", 32, number="7")
    figures = numbers(game)
    assert figures["validated"]["tracks"] == 5
    assert figures["validated"]["right"] == 4
    assert figures["validated"]["coverage"] == 1


def test_numbers_of_tracks_on_nobody_do_not_count():
    game = Game(40)
    for frame in game.players:
        game.players[frame].append(
            Label(
                "player",
                (900, 300, 50, 90),
                50,
                data={"number": "8", "number_status": "validated"},
            )
        )
    assert numbers(game)["validated"]["tracks"] == 4


def test_box_given_to_the_wrong_player():
    game = Game(40)
    game.change_box("numbers", "number", 12, range(1, 11), index=11)
    figures = numbers(game)
    assert figures["pairing"]["precision"] == pytest.approx(150 / 160)
    assert figures["pairing"]["recall"] == pytest.approx(150 / 160)


def test_boxes_where_there_is_no_number():
    game = Game(40)
    game.change_box("numbers", "number", 12, range(1, 11), xywh=(300, 200, 30, 20))
    figures = numbers(game)
    assert figures["pairing"]["precision"] == pytest.approx(150 / 160)
    assert figures["pairing"]["recall"] == pytest.approx(150 / 160)
    assert figures["reading"]["reads"] == 150, "what was read there is no matter of reading"


def test_recall_of_pairing_asks_for_clear_detected_boxes():
    game = Game(40)
    game.remove("numbers", 11)
    game.remove("numbers", 12)
    game.remove("numbers", 13, range(1, 21))
    game.change("truth", 11, visible=0.5)
    game.change("truth", 1, visible=0.89)
    game.change_box("detections", "number", 2, name="rim")
    figures = numbers(game)["pairing"]
    assert figures["boxes"] == 80, "player 1 is half hidden, player 2 was not detected"
    assert figures["recall"] == pytest.approx(60 / 80)
    assert figures["precision"] == 1


def test_pairs_after_a_swap_belong_to_the_other_person():
    game = Game(100)
    game.swap(11, 12, range(61, 101))
    figures = numbers(game)
    assert figures["pairing"]["precision"] == pytest.approx((400 - 80) / 400)
    assert figures["validated"]["precision"] == 1


def test_reading():
    game = Game(40)
    game.change("numbers", 12, range(1, 5), text="2", text_confidence=0.35)
    game.change("numbers", 12, range(5, 7), text="", text_confidence=0.6)
    game.change("numbers", 13, text=None)
    figures = numbers(game)["reading"]
    assert figures["reads"] == 120
    assert figures["accuracy"] == pytest.approx(114 / 120)
    assert {(cell["truth"], cell["read"]): cell["count"] for cell in figures["confusion"]} == {
        ("4", "4"): 40,
        ("23", "23"): 34,
        ("23", "2"): 4,
        ("23", ""): 2,
        ("00", "00"): 40,
    }
    curve = [
        (point["confidence"], point["accuracy"], point["reads"]) for point in figures["reliability"]
    ]
    assert curve == [
        (pytest.approx(0.35), 0, 4),
        (pytest.approx(0.6), 0, 2),
        (pytest.approx(0.95), 1, 114),
    ]


def test_frames_to_the_first_right_read():
    game = Game(40)
    for track in (11, 12, 13):
        game.change("numbers", track, range(1, 41), text="88")
    game.change("numbers", 14, range(1, 9), text=None)
    assert numbers(game)["frames_to_first_right_read"] == 8


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    game = Game(40)
    game.change("numbers", 12, range(1, 11), text="2", text_confidence=0.35)
    game.change("numbers", 13, text=None)
    figures = numbers(game)["reading"]
    # 10 reads of confidence 0.35 are all wrong, 110 of 0.95 all right.
    assert figures["calibration_error"] == pytest.approx((10 * 0.35 + 110 * 0.05) / 120)


def test_how_sure_tracks_are_of_their_numbers_is_compared_with_how_often_they_are_right():
    game = Game(40)
    for track in (11, 12, 13, 14):
        game.change("players", track, number_confidence=0.95)
    game.change("players", 14, number="99", number_confidence=0.62)
    game.change("players", 13, number=None, number_status="unread", number_confidence=0.0)
    figures = numbers(game)["verdicts"]
    rows = [(row["confidence"], row["accuracy"], row["reads"]) for row in figures["reliability"]]
    assert rows == [(pytest.approx(0.62), 0, 1), (pytest.approx(0.95), 1, 2)]
    assert figures["verdicts"] == 3
    assert figures["calibration_error"] == pytest.approx((0.62 + 2 * 0.05) / 3)


def test_frames_to_the_first_right_number():
    game = Game(40)
    game.remove("players", 11, range(1, 9))
    game.change_box("players", "player", 12, range(1, 5), index=32)
    game.change("players", 32, number="99")
    game.change("players", 13, number_status="tentative")
    game.remove("players", 13, range(1, 3))
    game.change("players", 14, number="7")
    figures = numbers(game)
    assert figures["validated"]["frames_to_first_right"] == 6, "8 and 4"
    assert figures["tentative"]["frames_to_first_right"] == 4, "8, 4 and 2"


def test_clip_without_any_numbers():
    game = Game(5)
    game.numbers = {}
    for frame in game.truth:
        game.truth[frame] = [label for label in game.truth[frame] if label.name != "number"]
    for person in NUMBERS:
        game.change("truth", person, number=None)
        game.change("players", person + 10, number=None, number_status=None)
    figures = numbers(game)
    assert figures["validated"]["precision"] is figures["validated"]["coverage"] is None
    assert figures["pairing"]["precision"] is figures["pairing"]["recall"] is None
    assert figures["reading"]["accuracy"] is None
    assert figures["reading"]["calibration_error"] is None
    assert figures["validated"]["frames_to_first_right"] is None
    assert figures["frames_to_first_right_read"] is None


def test_labels_without_share_visible_are_taken_as_visible():
    game = Game(30)
    for person in NUMBERS:
        game.change("truth", person, visible=None)
    assert numbers(game)["readable"] == 4


def test_boxes_without_owner_are_no_pairs():
    game = Game(4)
    for frame, labels in game.numbers.items():
        game.numbers[frame] = [replace(label, index=-1) for label in labels]
    assert numbers(game)["pairing"]["pairs"] == 0
