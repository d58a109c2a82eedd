"""What people say of who is who, obeyed by the solver, in cases made by hand."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from pieces import DARK, LIGHT, Piece, game, plain

from hoop_plugins.corrections import Correction
from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.stages.assignment import OVERLAP, WINDOW, assign
from hoop_plugins.stages.constraints import Constraints, Word, constrain, obeying

START = datetime(2026, 1, 1, tzinfo=timezone.utc)


def same(one: int, other: int, after: int = 0) -> Word:
    """Somebody says, so many hours after the start, that two tracklets are of one person."""
    return _word("same_as", one, other, after)


def apart(one: int, before: int, after: int = 0) -> Word:
    """Somebody says that from a tracklet on it is another than before."""
    return _word("other_from", one, before, after)


def _word(attribute: str, one: int, other: int, after: int) -> Word:
    when = START + timedelta(hours=after)
    said = Correction(one + 1, (0, 0, 1, 1), attribute, "1", when, f"{one}{other}", other + 1)
    return Word(said, "a.mp4", one, other)


def solve(
    *pieces: Piece, words: tuple[Word, ...] = (), rosters: tuple[str, str] = ("", ""), most: int = 5
) -> tuple[list[tuple[int, str | None] | None], Constraints]:
    """Whose each is, and what was obeyed."""
    listed = [{NUMBERS.index(number) for number in roster.split()} or None for roster in rosters]
    known = game(*pieces)
    alone, _ = assign(known, most, listed)
    said = constrain(words, known.together)
    people = {who: i for i, who in enumerate(dict.fromkeys(alone))}
    obedient, place = obeying(known, said, [people[who] for who in alone])
    whose, _ = assign(obedient, most, listed)
    return [plain(whose[p]) for p in place], said


CROSSING = (
    Piece(1, 1, 50, DARK, *["23"] * 5),
    Piece(2, 1, 50, DARK, *["7"] * 5),
    Piece(1, 51, 100, DARK, *["7"] * 5),
    Piece(2, 51, 100, DARK, *["23"] * 5),
)


def test_without_a_word_nothing_changes():
    assert solve(*CROSSING)[0] == [(DARK, "23"), (DARK, "7"), (DARK, "7"), (DARK, "23")]


def test_the_same_person_against_the_reads_at_a_crossing():
    pieces = *CROSSING[:2], Piece(1, 51, 100, DARK, "7"), Piece(2, 51, 100, DARK, "23")
    assert solve(*pieces)[0] == [(DARK, "23"), (DARK, "7"), (DARK, "7"), (DARK, "23")]
    found, _ = solve(*pieces, words=(same(2, 0),))
    assert found == [(DARK, "23"), (DARK, "7")] * 2


def test_the_same_person_against_the_shirt():
    found, _ = solve(
        Piece(1, 1, 50, DARK, *["23"] * 8), Piece(9, 60, 99, LIGHT, "4"), words=(same(1, 0),)
    )
    assert found == [(DARK, "23")] * 2


def test_not_the_same_against_the_reads():
    found, _ = solve(
        Piece(1, 1, 50, DARK, *["23"] * 5),
        Piece(1, 51, 99, DARK, *["23"] * 5),
        words=(apart(1, 0),),
    )
    assert found[0] != found[1]
    assert (DARK, "23") in found


def test_not_the_same_holds_for_all_that_comes_after():
    """Evidence calls all of it 23; the word is given where the second tracklet begins."""
    found, _ = solve(
        *(Piece(1, 1 + 50 * i, 50 + 50 * i, DARK, *["23"] * 5) for i in range(5)),
        words=(apart(2, 1),),
    )
    assert found[0] == found[1] != found[2] == found[3] == found[4]


def test_twice_somebody_else_is_three_people():
    found, _ = solve(
        *(Piece(1, 1 + 50 * i, 50 + 50 * i, DARK, *["23"] * 5) for i in range(6)),
        words=(apart(2, 1), apart(4, 3)),
    )
    assert [found[i] == found[i + 1] for i in range(5)] == [True, False, True, False, True]


def test_what_is_said_of_one_tracklet_is_meant_of_its_person():
    """A number misread on a whole track: all of it is the other person's."""
    found, _ = solve(
        *(Piece(1, 1 + 50 * i, 50 + 50 * i, DARK, *["82"] * 6) for i in range(3)),
        *(Piece(9, 201 + 50 * i, 250 + 50 * i, DARK, *["62"] * 4) for i in range(3)),
        words=(same(4, 1),),
    )
    assert found == [(DARK, "82")] * 6


def test_with_a_roster_the_same_person_is_in_it():
    pieces = Piece(1, 1, 50, DARK, *["23"] * 4), Piece(9, 60, 99, DARK, *["28"] * 2)
    found, _ = solve(*pieces, words=(same(1, 0),), rosters=("23 7", ""))
    assert found == [(DARK, "23")] * 2


def test_with_a_roster_not_the_same_is_somebody_else_of_it():
    pieces = Piece(1, 1, 50, DARK, *["23"] * 5), Piece(1, 51, 99, DARK, "23", "7", "7")
    found, _ = solve(*pieces, words=(apart(1, 0),), rosters=("23 7", ""))
    assert found == [(DARK, "23"), (DARK, "7")]


def test_over_windows_of_the_solver():
    """The number is read in the first minute, the word is given in the third."""
    end = 3 * WINDOW
    pieces = (
        Piece(1, 1, WINDOW - OVERLAP - 1, DARK, *["23"] * 6),
        Piece(2, 1, end, DARK, *["7"] * 6),
        Piece(9, end - 50, end, DARK, "4", "4", "4"),
    )
    assert solve(*pieces, words=(same(2, 0),))[0] == [(DARK, "23"), (DARK, "7"), (DARK, "23")]
    late = Piece(9, end - 50, end, DARK, *["23"] * 6)
    found, _ = solve(*pieces[:2], late, words=(apart(2, 0),))
    assert found[0] == (DARK, "23") != found[2]


def test_nobody_takes_the_place_of_whoever_is_there_by_word():
    """In the third minute 23 is on court by a person's word, though another shows 23 too."""
    end = 3 * WINDOW
    found, _ = solve(
        Piece(1, 1, 50, DARK, *["23"] * 9),
        Piece(9, end - 50, end, DARK),
        Piece(8, end - 50, end, DARK, "23", "23"),
        words=(same(1, 0),),
    )
    assert found[:2] == [(DARK, "23")] * 2
    assert found[2] != (DARK, "23")


def test_words_that_contradict_each_other_are_told_with_both():
    words = (apart(1, 0), same(2, 1, after=1), same(2, 0, after=2))
    _, said = solve(*(Piece(1, 1 + 50 * i, 50 + 50 * i, DARK) for i in range(3)), words=words)
    assert [word.said for word in said.obeyed] == [words[0].said, words[1].said]
    assert said.refused == [
        "a.mp4: 'same person as in frame 1' is not obeyed: it contradicts "
        "'somebody else from frame 2 on'"
    ]


def test_two_who_are_seen_at_once_are_not_one():
    _, said = solve(*CROSSING, words=(same(1, 0), same(2, 0)))
    assert said.same == [(0, 2)]
    assert said.refused[0].endswith("is not obeyed: both are seen at once")


@pytest.mark.parametrize("most", [1, 2])
def test_few_on_court_do_not_keep_people_from_being_two(most: int):
    pieces = Piece(1, 1, 50, DARK, *["23"] * 5), Piece(1, 51, 99, DARK, *["23"] * 5)
    found, _ = solve(*pieces, words=(apart(1, 0),), most=most)
    assert found[0] != found[1]
