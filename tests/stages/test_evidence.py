"""What reads and shirts say."""

from __future__ import annotations

import numpy as np
import pytest
from number_reads import reads

from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.stages.evidence import (
    MOST_OF_KIT,
    MOST_OF_LOOK,
    MOST_UNREAD,
    SEEN,
    look_evidence,
    number_evidence,
    team_evidence,
    unread_evidence,
)


def said(*texts: str | None, of: str) -> float:
    return float(number_evidence(reads(*texts))[NUMBERS.index(of)])


def test_a_read_speaks_for_its_number_and_against_others():
    assert said("23", of="23") > 0 > said("23", of="7")


def test_every_read_adds_up():
    assert said("23", "23", of="23") == pytest.approx(2 * said("23", of="23"))


@pytest.mark.parametrize("read", ["28", "83", "2", "3"])
def test_a_wrong_or_hidden_digit_is_likelier_than_another_number(read: str):
    assert said(read, of="23") > said("47", of="23")


def test_a_digit_is_not_invented():
    assert said("23", of="3") == pytest.approx(said("47", of="3"))


def test_nothing_read_says_nothing():
    assert not number_evidence(reads(None, None)).any()
    assert not number_evidence(reads("23", sure=0.2)).any()
    assert number_evidence(np.zeros((0, 102))).shape == (101,)


def test_an_unread_torso_speaks_against_every_number_a_little():
    once, often = (unread_evidence(reads(*[None] * n), [True] * n) for n in (1, 3))
    assert often == pytest.approx(3 * once)
    assert -1 < once < 0
    assert unread_evidence(reads(*[None] * 500), [True] * 500) == -MOST_UNREAD


def test_a_torso_that_was_read_and_an_unread_box_of_a_detector_do_not():
    assert unread_evidence(reads("23", None), [True, False]) == 0
    assert unread_evidence(reads(), []) == 0


def test_shirts_correct_a_track_that_changed_hands():
    red, blue = np.array([1.0, 0, 0]), np.array([0, 0, 1.0])
    kits = np.array([10 * red, 9 * red, 8 * blue, 12 * blue, 7 * red])
    # The last piece is of a track that is blue for the most part.
    told = team_evidence(kits, np.full(5, 30), np.array([0, 0, 1, 1, 1]))
    assert (told[:, 0] > told[:, 1]).tolist() == [True, True, False, False, True]
    assert np.abs(told).max() <= MOST_OF_KIT


def test_without_shirts_the_track_has_the_word():
    told = team_evidence(np.zeros((3, 4)), np.full(3, 30), np.array([0, 1, -1]))
    assert told[0, 0] > 0 > told[0, 1]
    assert told[1, 1] > 0 > told[1, 0]
    assert not told[2].any()


def test_looks_speak_for_whom_they_are_like_and_against_others():
    fair, dark = np.array([1.0, 0]), np.array([0, 1.0])
    looks = np.array([10 * fair, 10 * fair, 10 * dark, 2 * dark, 0 * dark])
    found = look_evidence(looks, ["ana", "ana", "bea", None, None])
    assert found.keys() == {"ana", "bea"}
    assert found["ana"] == pytest.approx([MOST_OF_LOOK] * 2 + [-MOST_OF_LOOK] * 2 + [0])
    assert found["bea"][3] == pytest.approx(MOST_OF_LOOK)


def test_a_stretch_does_not_vouch_for_itself():
    looks = np.array([[10.0, 0], [0, 10], [0, 10]])
    found = look_evidence(looks, ["ana", "ana", "bea"])
    assert found["ana"][:2] == pytest.approx([-MOST_OF_LOOK] * 2)
    assert found["bea"][2] == 0  # nothing else is known of her


def test_who_was_hardly_seen_elsewhere_is_not_known_by_looks():
    looks = np.array([[SEEN - 1, 0], [5.0, 0]])
    assert not look_evidence(looks, ["ana", None])["ana"].any()
