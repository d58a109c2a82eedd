"""What people put right shows at once, and can be taken back."""

from __future__ import annotations

from typing import Any

import numpy as np
import people
import pytest
import supervision as sv
from corrected_game import everything, shown, split

from hoop_plugins import corrections
from hoop_plugins.corrections import CorrectionError
from hoop_plugins.corrections.anchors import NoTrackError
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track


def test_a_number_shows_at_once_and_the_prediction_is_kept(game: SampleStore) -> None:
    assert game.read_tracks()[1].number == "7"
    assert corrections.correct(game, 1, number="23") == []
    track = game.read_tracks()[1]
    assert (track.number, track.number_status, track.number_confidence) == ("23", "corrected", 1.0)
    assert track.title == "dark 23"
    assert shown(game, "number")[1] == {"23"}
    assert shown(game, "number_status")[1] == {"corrected"}
    (one,) = corrections.listed(game)
    assert (one.attribute, one.value) == ("number", "23")
    (truth,) = corrections.as_truth(game)
    assert (truth.index, truth.number, truth.team, truth.is_person) == (1, "23", None, True)
    assert [track.number for track in truth.predicted] == ["7"]


def test_one_correction_can_be_undone_alone(game: SampleStore) -> None:
    corrections.correct(game, 1, number="23", team="light")
    number = next(one for one in corrections.listed(game) if one.attribute == "number")
    corrections.undo(game, [number.key])
    track = game.read_tracks()[1]
    assert (track.number, track.number_status, track.team) == ("7", "validated", "light")
    with pytest.raises(CorrectionError, match="no correction 'x'"):
        corrections.undo(game, ["x"])


def test_the_later_correction_replaces_the_earlier(game: SampleStore) -> None:
    corrections.correct(game, 1, number="5")
    corrections.correct(game, 1, number="23", frame=20)
    assert [(one.value, one.frame) for one in corrections.listed(game)] == [("23", 20)]
    assert game.read_tracks()[1].number == "23"


def test_two_tracks_become_one_person_and_come_apart_again(game: SampleStore) -> None:
    split(game, 1, 9, at=16)
    before = everything(game)
    corrections.correct(game, 9, same_as=1)
    corrections.correct(game, 1, number="23")
    tracks = game.read_tracks()
    assert 9 not in tracks
    assert (tracks[1].first, tracks[1].last, tracks[1].number) == (1, 30, "23")
    assert set(shown(game, "number")) == {1, 2, 3, 4, 5}
    assert shown(game, "number")[1] == {"23"}
    last = dict(game.read("players"))[30]
    assert 1 in last.tracker_id
    (truth,) = corrections.as_truth(game)
    assert [track.index for track in truth.predicted] == [1, 9]
    corrections.undo(game, [one.key for one in corrections.listed(game)])
    assert everything(game) == before


def test_people_seen_together_are_not_one(game: SampleStore) -> None:
    before = everything(game)
    with pytest.raises(CorrectionError, match="both are seen in frame 1"):
        corrections.correct(game, 1, same_as=2)
    assert everything(game) == before


def test_who_is_not_a_person_is_left_out(game: SampleStore) -> None:
    before = everything(game)
    corrections.correct(game, 4, not_a_person=True)
    assert 4 not in game.read_tracks()
    assert shown(game, "class_name")[4] == {"not a person"}
    assert not corrections.as_truth(game)[0].is_person
    corrections.undo(game, [corrections.listed(game)[0].key])
    assert everything(game) == before


def test_a_referee_has_no_team_and_no_number(game: SampleStore) -> None:
    corrections.correct(game, 4, role="referee")
    track = game.read_tracks()[4]
    assert (track.role, track.team, track.number, track.number_status) == (
        "referee",
        None,
        None,
        None,
    )
    assert shown(game, "class_name")[4] == {"referee"}


def test_a_person_tracked_twice_can_be_told_from_himself(game: SampleStore) -> None:
    frames = dict(game.read("players"))
    for frame, found in frames.items():
        twin = found.select(found.tracker_id == 1)
        twin.tracker_id = np.array([9])
        twin.xyxy = twin.xyxy + np.array([1, 0, 0, 0])
        frames[frame] = sv.Detections.merge([found, twin])
    game.write("players", frames)
    game.write_tracks([*game.read_tracks().values(), Track(9, 1, 30)])
    assert corrections.correct(game, 9, not_a_person=True) == []
    assert 9 not in game.read_tracks()
    assert 1 in game.read_tracks()


def test_corrected_numbers_are_labels_for_the_reader(game: SampleStore) -> None:
    corrections.correct(game, 1, number="23")
    labels = list(corrections.number_labels(game))
    assert [label.frame for label in labels] == list(range(1, 31))
    assert {(label.number, label.text, label.index) for label in labels} == {("23", "7", 1)}
    x, y, *_ = people.box(people.PEOPLE[0], 9)
    left, top, right, bottom = people.NUMBER
    np.testing.assert_allclose(labels[8].box, (x + left, y + top, x + right, y + bottom), atol=0.01)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"number": "7B"}, "'7B' is not a jersey number: give 0 to 99, or 00"),
        ({"number": "007"}, "'007' is not a jersey number"),
        ({"number": "unreadable"}, "'unreadable' is not a jersey number"),
        ({"team": " "}, "the team has no name"),
        ({"role": "coach"}, "unknown role 'coach': give player or referee"),
        ({"same_as": 77}, "clip.mp4 has no track 77; its tracks: 1, 2, 3, 4, 5"),
        ({}, "nothing is corrected"),
        ({"not_a_person": True, "number": "7"}, "what is not a person has no number"),
    ],
)
def test_what_cannot_be_is_refused(game: SampleStore, said: Any, message: str) -> None:
    before = everything(game)
    with pytest.raises(CorrectionError, match=message) as raised:
        corrections.correct(game, 1, **said)
    assert "\n" not in str(raised.value)
    assert everything(game) == before


@pytest.mark.parametrize("written", ["#8", " 8 ", "8.0"])
def test_numbers_as_people_write_them(game: SampleStore, written: str) -> None:
    corrections.correct(game, 1, number=written)
    assert game.read_tracks()[1].number == "8"


def test_a_track_or_frame_that_is_not_there_is_refused(game: SampleStore) -> None:
    with pytest.raises(CorrectionError, match=r"clip\.mp4 has no track 99"):
        corrections.correct(game, 99, number="7")
    with pytest.raises(NoTrackError, match=r"track 1 of clip\.mp4 is not seen in frame 31"):
        corrections.correct(game, 1, number="7", frame=31)
    assert corrections.listed(game) == []
