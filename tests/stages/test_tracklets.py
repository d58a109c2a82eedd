"""Cutting tracks where they may have changed hands."""

from __future__ import annotations

import numpy as np
import pytest

from hoop_plugins.stages.tracklets import (
    CONTACT,
    FIRST,
    GAP,
    SHOT,
    Places,
    Splitter,
    Tracklet,
    box_ios,
    peaks,
)


def walk(splitter: Splitter, frame: int, *lefts: float) -> None:
    """Players 1, 2, … of 20 by 60 pixels, so far from the left."""
    boxes = np.array([[left, 0, left + 20, 60] for left in lefts], np.float32)
    splitter.see(frame, range(1, len(lefts) + 1), boxes)


def cuts(splitter: Splitter, track: int) -> list[tuple[int, int, str]]:
    return [
        (piece.frames[0], piece.frames[-1], piece.reason)
        for piece in splitter.tracklets()
        if piece.track == track
    ]


def test_whoever_stays_alone_is_not_cut():
    splitter = Splitter(0.35, 15)
    for frame in range(1, 31):
        walk(splitter, frame, 0, 100 + frame)
    assert cuts(splitter, 1) == [(1, 30, FIRST)]
    assert cuts(splitter, 2) == [(1, 30, FIRST)]


def test_two_who_cross_are_both_cut_in_the_middle():
    splitter = Splitter(0.35, 15)
    for frame in range(1, 42):
        walk(splitter, frame, 4 * frame, 168 - 4 * frame)
    # They meet in frame 21, two frames before and after it by a third or more.
    assert cuts(splitter, 1) == [(1, 21, FIRST), (22, 41, CONTACT)]
    assert cuts(splitter, 2) == [(1, 21, FIRST), (22, 41, CONTACT)]


def test_a_cut_says_how_far_one_hid_the_other():
    splitter = Splitter(0.35, 15)
    for frame in range(1, 42):
        walk(splitter, frame, 4 * frame, max(168 - 4 * frame, 90))
    first, second = (piece for piece in splitter.tracklets() if piece.track == 1)
    assert (first.overlap, second.reason) == (0, CONTACT)
    assert second.overlap == pytest.approx(0.9)


def test_every_contact_is_cut_where_it_is_closest():
    assert peaks({10: 0.4, 11: 0.5, 12: 0.4, 30: 0.4, 31: 0.5}) == {11: 0.5, 31: 0.5}
    assert peaks({10: 0.5, 14: 0.4}) == {10: 0.5}
    assert peaks({}) == {}


def test_a_long_contact_is_cut_at_every_peak_where_one_hides_another():
    scuffle = dict.fromkeys(range(1, 31), 0.5) | {5: 0.9, 8: 0.8, 16: 0.7, 25: 0.55}
    assert peaks(scuffle) == {5: 0.9, 16: 0.7}


def test_a_gap_is_a_cut_and_a_short_one_is_none():
    splitter = Splitter(0.35, 15)
    for frame in (1, 2, 17, 40):
        walk(splitter, frame, 0)
    assert cuts(splitter, 1) == [(1, 17, FIRST), (40, 40, GAP)]


def test_a_new_shot_is_a_cut():
    splitter = Splitter(0.35, 15, shots=(5,))
    for frame in range(1, 9):
        walk(splitter, frame, 0)
    assert cuts(splitter, 1) == [(1, 4, FIRST), (5, 8, SHOT)]


@pytest.mark.parametrize(("other", "ios"), [((10, 0, 30, 60), 0.5), ((5, 5, 10, 10), 1)])
def test_overlap_is_of_the_smaller_box(other: tuple[int, ...], ios: float):
    found = box_ios(np.array([(0, 0, 20, 60), other]))
    assert found.tolist() == [[0, pytest.approx(ios)], [pytest.approx(ios), 0]]


def test_places_are_where_a_track_is_seen() -> None:
    pieces = [Tracklet(1, [2, 3, 5]), Tracklet(2, [4]), Tracklet(1, [6, 9])]
    places = Places(pieces)
    seen = {(p.track, frame): t for t, p in enumerate(pieces) for frame in p.frames}
    for track in range(4):
        for frame in range(12):
            assert places.find(track, frame) == seen.get((track, frame))
