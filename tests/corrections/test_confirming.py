"""What is right can be said too; and tracks of other tools can be corrected as ours can."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import pytest
from corrected_game import everything, run, shown

import hoop_plugins
from hoop_plugins import corrections
from hoop_plugins.corrections import CorrectionError
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore


def test_a_confirmed_track_is_true_as_it_shows(game: SampleStore) -> None:
    before = everything(game)
    assert hoop_plugins.correct(game.dataset, 1, confirm=True) == []
    (truth,) = corrections.as_truth(game)
    assert (truth.role, truth.team, truth.number) == ("player", "dark", "7")
    track = game.read_tracks()[1]
    assert (track.number, track.number_status, track.team) == ("7", "corrected", "dark")
    assert {label.number for label in corrections.number_labels(game)} == {"7"}
    hoop_plugins.undo(game.dataset, [one.key for one in corrections.listed(game)])
    assert everything(game) == before


def test_it_stays_true_where_a_later_run_says_otherwise(game: SampleStore) -> None:
    corrections.correct(game, 1, confirm=True)
    game.assign("numbers", [(1, None, {"text": "99", "probabilities": None})])
    run(game, "validate")
    assert game.read_tracks()[1].number == "7"
    assert corrections.as_truth(game)[0].number == "7"


def test_a_referee_and_a_player_without_number_can_be_confirmed(game: SampleStore) -> None:
    corrections.correct(game, 5, confirm=True)
    assert [str(one) for one in corrections.listed(game)] == ["role referee"]
    tracks = game.read_tracks()
    tracks[4].number = tracks[4].number_status = tracks[4].team = None
    game.write_tracks(tracks.values())
    corrections.correct(game, 4, confirm=True)
    assert [str(one) for one in corrections.listed(game)] == ["role referee", "role player"]


@pytest.mark.parametrize("beside", [{"number": "7"}, {"not_a_person": True}, {"same_as": 2}])
def test_nothing_is_said_beside_it(game: SampleStore, beside: Any) -> None:
    with pytest.raises(CorrectionError, match="give nothing else beside it"):
        corrections.correct(game, 1, confirm=True, **beside)
    assert corrections.listed(game) == []


@pytest.fixture
def foreign(dataset: fo.Dataset, make_video: Any) -> SampleStore:
    """Players that another tool tracked: a field, classes and a number's place of its own."""
    sample = fo.Sample(filepath=str(make_video(frames=6)))
    for frame in range(1, 7):
        boxes = [
            fo.Detection(
                label="Person" if index < 3 else "crowd",
                bounding_box=[0.1 + 0.2 * index, 0.2, 0.1, 0.5],
                index=index,
                speed=0.5,
                **({"number": "30"} if (index, frame) == (2, 3) else {}),
            )
            for index in (1, 2, 3)
        ]
        sample.frames[frame] = fo.Frame(people=fo.Detections(detections=boxes))
    dataset.add_sample(sample)
    dataset.add_dynamic_frame_fields()
    return SampleStore(dataset, sample.id, Fields(players="people"))


def labels(store: SampleStore) -> list[list[tuple[Any, ...]]]:
    store.dataset.reload()
    fields = ("label", "number", "speed")
    return [
        [tuple(one.get_attribute_value(name, None) for name in fields) for one in found.detections]
        for found in store.dataset.values("frames.people", unwind=True)
    ]


def test_tracks_of_another_tool_are_corrected_and_given_back(foreign: SampleStore) -> None:
    before = labels(foreign)
    said: dict[str, Any] = {"fields": foreign.names}
    assert hoop_plugins.correct(foreign.dataset, 1, number="8", **said) == []
    assert {frame[0] for frame in labels(foreign)} == {("Person", "8", 0.5)}
    assert [frame[1:] for frame in labels(foreign)] == [frame[1:] for frame in before]
    hoop_plugins.undo(foreign.dataset, [corrections.listed(foreign)[0].key], **said)
    assert labels(foreign) == before


def test_a_number_that_most_labels_lack_is_confirmed(foreign: SampleStore) -> None:
    before = labels(foreign)
    hoop_plugins.correct(foreign.dataset, 2, confirm=True, fields=foreign.names)
    assert corrections.as_truth(foreign)[0].number == "30"
    assert labels(foreign) == before


def test_who_is_no_player_has_no_track_there(foreign: SampleStore) -> None:
    with pytest.raises(CorrectionError, match="has no track 3; its tracks: 1, 2"):
        corrections.correct(foreign, 3, number="8")
    assert not foreign.dataset.has_sample_field("tracks")


def test_two_tracks_of_another_tool_become_one(foreign: SampleStore) -> None:
    for frame in foreign.dataset.first().frames.values():
        frame.people.detections = [
            one for one in frame.people.detections if (one.index == 1) == (frame.frame_number < 4)
        ]
        frame.save()
    assert corrections.correct(foreign, 2, same_as=1) == []
    assert set(shown(foreign, "class_name")) == {1, 3}
