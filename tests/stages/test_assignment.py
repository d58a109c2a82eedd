"""Who each tracklet is, in cases made by hand."""

from __future__ import annotations

import pytest
from pieces import DARK, LIGHT, Piece, game, plain

from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.stages.assignment import OVERLAP, WINDOW, assign


def solve(
    *pieces: Piece, most: int = 5, teams: int = 2, rosters: tuple[str, str] = ("", "")
) -> list[tuple[int, str | None] | None]:
    """Whose each is; a roster is written as "23 7"."""
    listed = [{NUMBERS.index(number) for number in roster.split()} or None for roster in rosters]
    whose, _ = assign(game(*pieces, teams=teams), most, listed)
    return [plain(who) for who in whose]


def test_two_who_swapped_at_a_crossing_get_their_own_numbers_back():
    found = solve(
        Piece(1, 1, 50, DARK, *["23"] * 5),
        Piece(2, 1, 50, DARK, *["7"] * 5),
        Piece(1, 51, 100, DARK, *["7"] * 5),
        Piece(2, 51, 100, DARK, *["23"] * 5),
    )
    assert found == [(DARK, "23"), (DARK, "7"), (DARK, "7"), (DARK, "23")]


def test_two_who_swapped_and_are_not_read_again_are_known_by_their_looks():
    pieces = [
        Piece(1, 1, 50, DARK, *["23"] * 5, look=0),
        Piece(2, 1, 50, DARK, *["7"] * 5, look=1),
        Piece(1, 51, 100, DARK, look=1),
        Piece(2, 51, 100, DARK, look=0),
    ]
    assert solve(*pieces) == [(DARK, "23"), (DARK, "7"), (DARK, "7"), (DARK, "23")]
    for piece in pieces:
        piece.look = 0  # teammates of one look: then the tracker's word stands
    assert solve(*pieces) == [(DARK, "23"), (DARK, "7")] * 2


def test_a_stranger_is_not_taken_for_a_teammate_who_is_away_and_looks_different():
    pieces = [
        Piece(1, 1, 50, DARK, *["23"] * 5, look=0),
        Piece(2, 1, 100, DARK, *["7"] * 5, look=1),
        Piece(3, 51, 100, DARK, look=2),
    ]
    assert solve(*pieces)[2] == (DARK, None)
    pieces[2].look = 0
    assert solve(*pieces)[2] == (DARK, "23")


def test_reads_outweigh_looks():
    found = solve(
        Piece(1, 1, 50, DARK, *["23"] * 5, look=0),
        Piece(2, 1, 50, DARK, *["7"] * 5, look=1),
        Piece(3, 51, 100, DARK, *["7"] * 5, look=0),
    )
    assert found[2] == (DARK, "7")


def test_two_look_alikes_stay_apart():
    """Of one team, 28 and 26: reads of one are mistaken for the other at times."""
    found = solve(
        Piece(1, 1, 50, DARK, "28", "28", "26", "28", "28"),
        Piece(2, 1, 50, DARK, "26", "26", "28", "26", "26"),
        Piece(1, 51, 100, DARK, "26", "28", "28"),
        Piece(2, 51, 100, DARK, "26", "26"),
    )
    assert found == [(DARK, "28"), (DARK, "26"), (DARK, "28"), (DARK, "26")]


def test_one_number_in_both_teams_is_two_people():
    found = solve(Piece(1, 1, 50, DARK, *["23"] * 3), Piece(2, 1, 50, LIGHT, *["23"] * 3))
    assert found == [(DARK, "23"), (LIGHT, "23")]


def test_a_number_misread_on_one_tracklet_does_not_make_a_new_person():
    found = solve(
        Piece(1, 1, 50, DARK, *["82"] * 6),
        Piece(1, 51, 80, DARK, "62", "62", "82"),
        Piece(1, 81, 120, DARK, *["82"] * 6),
    )
    assert found == [(DARK, "82")] * 3


def test_a_number_that_the_roster_lacks_is_taken_for_the_one_in_it():
    pieces = [
        Piece(1, 1, 50, DARK, *["23"] * 4),
        Piece(1, 51, 80, DARK, *["28"] * 4),
        Piece(1, 81, 120, DARK, *["23"] * 4),
    ]
    assert solve(*pieces)[1] == (DARK, "28")
    assert solve(*pieces, rosters=("7 23", "")) == [(DARK, "23")] * 3


def test_a_lone_number_that_the_roster_lacks_is_nobodys():
    piece = Piece(1, 1, 50, DARK, *["48"] * 6)
    assert solve(piece) == [(DARK, "48")]
    assert solve(piece, rosters=("84 7", "")) == [(DARK, None)]


def test_a_number_that_the_roster_lacks_stays_where_nothing_else_can_be():
    pieces = [Piece(1, 1 + 50 * i, 50 + 50 * i, DARK, *["48"] * 6) for i in range(6)]
    assert solve(*pieces, rosters=("84 7", "")) == [(DARK, "48")] * 6


def test_the_roster_of_one_team_says_nothing_of_the_other():
    found = solve(Piece(1, 1, 50, LIGHT, *["48"] * 6), rosters=("23 7", ""))
    assert found == [(LIGHT, "48")]


def test_the_roster_tells_whose_number_it_is_where_the_shirt_does_not():
    pieces = Piece(1, 1, 50, None, *["23"] * 5), Piece(2, 1, 50, None, *["7"] * 5)
    assert solve(*pieces, rosters=("7", "23")) == [(LIGHT, "23"), (DARK, "7")]


def test_both_rosters_have_a_23():
    pieces = Piece(1, 1, 50, DARK, *["23"] * 3), Piece(2, 1, 50, LIGHT, *["23"] * 3)
    assert solve(*pieces, rosters=("23 7", "23 11")) == [(DARK, "23"), (LIGHT, "23")]


def test_the_sixth_in_the_roster_is_nobody_of_the_team_either():
    six = [Piece(i, 1, 100, DARK, *[str(10 * i)] * (9 - i)) for i in range(1, 7)]
    found = solve(*six, rosters=("10 20 30 40 50 60 70", "1 2 3"))
    assert found[:5] == [(DARK, str(10 * i)) for i in range(1, 6)]
    assert found[5] is None or found[5][0] == LIGHT


def test_a_long_roster_does_not_crowd_out_who_was_read():
    numbers = [str(n) for n in range(20, 40)]
    pieces = [Piece(i, 100 * i, 100 * i + 90, DARK, *[n] * 3) for i, n in enumerate(numbers)]
    found = solve(*pieces, rosters=(" ".join(numbers), ""))
    assert found == [(DARK, number) for number in numbers]


def test_those_who_are_decided_leave_no_room_for_a_sixth_in_the_next_window():
    five = [Piece(i, 1, WINDOW - OVERLAP - 1, DARK, *[str(10 * i)] * 5) for i in range(1, 6)]
    late = Piece(9, WINDOW - OVERLAP - 20, WINDOW - OVERLAP + 50, DARK, *["60"] * 4)
    end = Piece(1, 2 * WINDOW, 2 * WINDOW + 9, DARK, *["10"] * 5)
    found = solve(*five, late, end)
    assert found[:5] == [(DARK, str(10 * i)) for i in range(1, 6)]
    assert found[5] is None or found[5][0] == LIGHT
    assert solve(*five, late, end, most=0)[5] == (DARK, "60")


def test_whoever_shows_no_number_is_who_the_tracker_says():
    found = solve(
        Piece(1, 1, 50, DARK, *["23"] * 5),
        Piece(2, 1, 50, DARK, *["7"] * 5),
        Piece(1, 51, 100, DARK),
        Piece(2, 51, 100, DARK),
    )
    assert found == [(DARK, "23"), (DARK, "7")] * 2


def test_whoever_is_looked_at_and_never_read_is_not_the_one_who_happens_to_be_away():
    away = Piece(1, 1, 50, DARK, *["15"] * 5)
    assert solve(away, Piece(3, 80, 120, DARK), Piece(3, 121, 160, DARK)) == [(DARK, "15")] * 3
    unread = [Piece(3, 80, 120, DARK, *[None] * 9), Piece(3, 121, 160, DARK, *[None] * 9)]
    assert solve(away, *unread) == [(DARK, "15"), (DARK, None), (DARK, None)]


def test_a_few_unread_torsos_do_not_outweigh_the_tracker():
    found = solve(Piece(1, 1, 50, DARK, *["15"] * 5), Piece(1, 51, 160, DARK, *[None] * 9))
    assert found == [(DARK, "15")] * 2


def test_the_shirt_outweighs_the_tracker():
    found = solve(
        Piece(1, 1, 50, DARK, *["23"] * 5),
        Piece(2, 1, 50, LIGHT, *["7"] * 5),
        Piece(1, 51, 100, LIGHT),
        Piece(2, 51, 100, DARK),
    )
    assert found == [(DARK, "23"), (LIGHT, "7"), (LIGHT, "7"), (DARK, "23")]


def test_whoever_comes_back_on_another_track_is_the_same_person():
    found = solve(Piece(1, 1, 50, DARK, *["23"] * 4), Piece(9, 200, 260, DARK, *["23"] * 4))
    assert found == [(DARK, "23")] * 2


def test_an_unknown_player_has_a_team_and_no_number():
    assert solve(Piece(1, 1, 100, LIGHT)) == [(LIGHT, None)]


def test_a_team_of_which_nothing_is_read_has_five():
    assert solve(*(Piece(i, 1, 100, LIGHT) for i in range(5))) == [(LIGHT, None)] * 5


def test_the_sixth_on_court_is_nobody_of_the_team():
    six = [Piece(i, 1, 100, DARK, *[str(10 * i)] * (9 - i)) for i in range(1, 7)]
    whose, margins = assign(game(*six), 5)
    assert [who is None or who.team != DARK for who in whose] == [False] * 5 + [True]
    assert (margins[:5] > 0).all()
    assert margins[5] < 0
    assert all(who.team == DARK for who in assign(game(*six), 0)[0] if who)


def test_one_number_for_two_at_once_goes_to_the_likelier():
    whose, margins = assign(
        game(Piece(1, 1, 90, DARK, *["23"] * 6), Piece(2, 1, 90, DARK, "23", "23")), 5
    )
    assert [plain(who) for who in whose] == [(DARK, "23"), (DARK, None)]
    assert margins[0] > 0 > margins[1]


def test_teams_that_were_not_told_apart_are_one():
    found = solve(Piece(1, 1, 50, None, *["23"] * 3), Piece(2, 1, 50, None, *["7"] * 3), teams=1)
    assert found == [(0, "23"), (0, "7")]


@pytest.mark.parametrize("track", [1, 9])
def test_people_outlast_a_window(track: int):
    """A number that was read in the first minute is known in the third."""
    pieces = [
        Piece(1, 1, WINDOW - 400, DARK, *["23"] * 6),
        Piece(2, 1, 4 * WINDOW, DARK, *["7"] * 6),
        *(
            Piece(track, begin, begin + WINDOW // 2 - 1, DARK, "23")
            for begin in range(WINDOW, 4 * WINDOW, WINDOW // 2)
        ),
    ]
    assert solve(*pieces) == [(DARK, "23"), (DARK, "7")] + [(DARK, "23")] * 6


def test_no_tracklets_are_nobodys():
    whose, margins = assign(game(), 5)
    assert (whose, len(margins)) == ([], 0)
