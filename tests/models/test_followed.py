"""What is known of a person who is followed."""

from collections import Counter

import numpy as np
import pytest

from hoop_plugins.models.association import HORIZON, Track
from hoop_plugins.models.kit_colors import BINS, likeness

UNKNOWN = np.zeros(BINS**3, np.float32)


def colors(*bins):
    found = UNKNOWN.copy()
    found[list(bins)] = 1
    return found / np.linalg.norm(found)


def box(x):
    return np.array([x, 10, x + 20, 60], np.float32)


def track(shirt=UNKNOWN):
    return Track(0, Counter(["player"]), box(0).tolist(), shirt)


def test_a_person_is_expected_to_go_on_and_to_stop_in_the_end():
    person = track()
    for frame in range(1, 40):
        person.see("player", box(3 * frame), None, frames=1)
    assert person.expected(1) == pytest.approx(box(3 * 40), abs=0.01)
    person.missed = 4
    assert person.expected(1) == pytest.approx(box(3 * 44), abs=0.1)
    person.missed = 500
    assert person.expected(1) == pytest.approx(box(3 * (39 + HORIZON)), abs=0.1)


def test_a_step_is_shared_among_the_frames_that_it_took():
    person, other = track(), track()
    for frame in range(10, 200, 10):
        person.see("player", box(frame), None, frames=10)
    other.missed = 9
    other.see("player", box(10), None, frames=1)
    assert person.velocity == pytest.approx([1, 0], abs=0.01)
    assert other.velocity == pytest.approx([0.3, 0])
    assert other.missed == 0


def test_colors_are_learned_but_not_those_of_who_stands_in_front():
    person = track()
    person.see("player", box(0), None, 1)
    assert not person.colors.any()
    person.see("player", box(0), colors(1, 2, 3), 1)
    assert person.colors == pytest.approx(colors(1, 2, 3))
    person.see("player", box(0), colors(70, 71), 1)
    assert person.colors == pytest.approx(colors(1, 2, 3))
    person.see("player", box(0), colors(1, 2, 3, 4), 1)
    assert 0 < person.colors[4] < colors(1, 2, 3, 4)[4]
    assert likeness(person.colors[None], person.colors[None])[0, 0] == pytest.approx(1)


def test_a_track_is_what_it_was_called_most_and_comes_back_the_same():
    person = track(colors(5))
    for label in ("referee", "referee"):
        person.see(label, box(4), None, 1)
    assert person.label == "referee"
    again = Track.restored(person.state())
    assert again.labels == person.labels
    np.testing.assert_equal(vars(again), vars(person))
    earlier = {**person.state(), "colors": person.colors}
    np.testing.assert_equal(vars(Track.restored(earlier)), vars(person))
    assert again.label == "referee"
