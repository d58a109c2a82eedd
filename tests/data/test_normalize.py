"""Copies that the App shows frame by frame."""

from __future__ import annotations

import numpy as np

from hoop_plugins.data.clock import Clock
from hoop_plugins.data.normalize import pictures_on_beat


def clock_of(frames: list[float], rate: float = 30.0) -> Clock:
    """A clock whose pictures come at these places on the beat."""
    return Clock((), np.array(frames) / rate, rate)


def test_a_steady_clock_keeps_its_pictures() -> None:
    assert pictures_on_beat(clock_of([0, 1, 2, 3])).tolist() == [1, 2, 3, 4]


def test_a_late_picture_leaves_the_one_before_it_on_screen() -> None:
    assert pictures_on_beat(clock_of([0, 1, 4, 5, 6])).tolist() == [1, 2, 2, 2, 3, 4, 5]


def test_a_picture_between_two_beats_is_left_out() -> None:
    times = [0, 1, 1.3, *range(2, 12)]
    assert pictures_on_beat(clock_of(times)).tolist() == [1, *range(3, 14)]


def test_where_the_rate_varies_the_faster_one_is_the_beat() -> None:
    times = [*range(10), *range(10, 50, 2)]
    shown = pictures_on_beat(clock_of(times))
    assert sorted(set(shown.tolist())) == list(range(1, 31))


def test_time_begins_with_the_first_picture() -> None:
    assert pictures_on_beat(clock_of([15, 16, 17])).tolist() == [1, 2, 3]
