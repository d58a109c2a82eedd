"""Where a clip has no ground truth, what people corrected stands for it; worked by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import people
import pytest

import hoop_plugins
from hoop_plugins import corrections
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError, MissingFieldError
from hoop_plugins.evaluation import runs
from hoop_plugins.mining.figures import misread_view, view_behind

FRAMES = 30


def predict(store: SampleStore) -> None:
    """Everybody as they are, but for player 2, who is tracked as 2 and from frame 16 on as 9; his
    number is 7, and as 9 it is taken for 23. Player 4's number is read, and not decided."""
    people.write(store)
    people.decide(store)
    named = {person.index: person.number for person in people.PEOPLE if person.number}
    numbers = {}
    for frame in range(1, FRAMES + 1):
        boxes = people.detections(frame)
        boxes = boxes.select(boxes.data["class_name"] == "number")
        boxes.tracker_id = np.array(list(named))
        boxes.data["text"] = np.array(list(named.values()), dtype=object)
        boxes.data["text_confidence"] = np.full(len(boxes), 0.9, dtype=object)
        numbers[frame] = boxes
    later = {frame: found for frame, found in store.read("players") if frame > 15}
    for frame, found in later.items():
        found.data["number"][found.tracker_id == 2] = "23"
        for labels in (found, numbers[frame]):
            labels.tracker_id[labels.tracker_id == 2] = 9
    store.write("players", later)
    store.write("numbers", numbers)
    tracks = store.read_tracks()
    second = replace(tracks[2], index=9, first=16, number="23")
    tracks[2].last = 15
    tracks[4].number, tracks[4].number_status = None, "unread"
    store.assign("players", [(4, None, {"number": None, "number_status": "unread"})])
    store.write_tracks([*tracks.values(), second])


def label(store: SampleStore) -> None:
    """Writes the ground truth: everybody as they are."""
    truth = {frame: people.tracked(frame) for frame in range(1, FRAMES + 1)}
    for found in truth.values():
        for name in ("team", "number"):
            found.data[name] = np.array([getattr(person, name) for person in people.PEOPLE], object)
    store.write("ground_truth", truth)


def correct(store: SampleStore) -> None:
    """What people say, and what was predicted of it: 1 is right, 9 is 2 and has another number, 3
    is of the other team, 4 was not identified, and the referee is nobody."""
    corrections.correct(store, 1, number="23", team="dark")
    corrections.correct(store, 9, same_as=2)
    corrections.correct(store, 2, number="7")
    corrections.correct(store, 3, team="dark")
    corrections.correct(store, 4, number="11", team="light")
    corrections.correct(store, 5, not_a_person=True)


@pytest.fixture
def game(dataset: fo.Dataset, make_video: Callable[..., Path]) -> SampleStore:
    return add(dataset, make_video, "clip.mp4")


def add(dataset: fo.Dataset, make_video: Callable[..., Path], name: str) -> SampleStore:
    sample = fo.Sample(filepath=str(make_video(name)))
    dataset.add_sample(sample)
    store = SampleStore(dataset, sample.id)
    predict(store)
    return store


def figures(store: SampleStore) -> dict[str, Any]:
    return hoop_plugins.evaluate(store.dataset, mark=False).to_json()


def marks(store: SampleStore, role: str, mark: str) -> dict[int, set[Any]]:
    """What the labels are marked with, by the index that they show."""
    path = f"frames.{role}.detections"
    found: dict[int, set[Any]] = {}
    for index, value in zip(
        *store.dataset.values([f"{path}.index", f"{path}.{mark}"], unwind=True), strict=True
    ):
        found.setdefault(index, set()).add(value)
    return found


def test_correcting_does_not_change_what_is_measured_against_ground_truth(
    game: SampleStore,
) -> None:
    label(game)
    before = figures(game)
    assert before["identity"]["frame_accuracy"] == (60 + 15) / 120
    assert before["tracking"]["id_switches"] == 1
    correct(game)
    assert game.read_tracks()[2].number == "7"
    assert figures(game) == before
    assert before["notes"] == []


def test_without_ground_truth_figures_are_those_of_the_corrections(game: SampleStore) -> None:
    correct(game)
    found = figures(game)
    # Tracks 1, 2, 9 and 4 have a number that was said; 9's is wrong, and 4 has none.
    assert found["numbers"]["validated"]["precision"] == pytest.approx(2 / 3)
    assert found["numbers"]["validated"]["tracks"] == 3
    assert found["numbers"]["players"] == 3
    assert found["numbers"]["validated"]["recall"] == pytest.approx(2 / 3)
    # Teams were said of 1 and 4, who are right, and 3, who is not.
    assert found["teams"]["track_accuracy"] == found["teams"]["frame_accuracy"]
    assert found["teams"]["track_accuracy"] == pytest.approx(2 / 3)
    # Team and number were said of 1, who is right in all frames, and 4, who is unread.
    assert found["identity"]["frames"] == 60
    assert found["identity"]["frame_accuracy"] == pytest.approx(0.5)
    # What was read of 1, of 2 on both tracks, and of 4 is what people said that they wear.
    assert found["numbers"]["reading"]["accuracy"] == 1
    assert found["numbers"]["reading"]["reads"] == 90
    assert found["corrections"] == {
        "clips": 1,
        "tracks": 6,
        "same_person": 1,
        "not_a_person": 1,
        "identity": 0,
        "tracked_frames": 0,
        "before": 0,
    }


def test_places_are_not_measured_against_corrections(game: SampleStore) -> None:
    correct(game)
    found = figures(game)
    assert found["detection"] == {}
    assert found["tracking"]["hota"] is found["tracking"]["mota"] is None
    assert found["numbers"]["pairing"]["precision"] is None
    assert found["identity"]["gs_hota_without_position"] is None
    (note,) = found["notes"]
    assert note.startswith(
        "clip.mp4 has no ground truth: 6 corrected tracks stand for it "
        "(1 the same person as another, 1 nobody)"
    )


def test_a_team_that_is_put_right_is_not_taken_for_another_name(game: SampleStore) -> None:
    corrections.correct(game, 1, team="light")
    assert figures(game)["teams"]["track_accuracy"] == 0


def test_a_team_that_is_given_a_new_name_is_the_same_team(game: SampleStore) -> None:
    for track, team in ((1, "Hawks"), (2, "Hawks"), (3, "light")):
        corrections.correct(game, track, team=team)
    assert figures(game)["teams"]["track_accuracy"] == 1


def test_ground_truth_goes_first_and_alone_measures_places(
    game: SampleStore, make_video: Callable[..., Path]
) -> None:
    label(game)
    alone = figures(game)
    other = add(game.dataset, make_video, "other.mp4")
    corrections.correct(other, 1, number="4")
    corrections.correct(game, 1, number="4")
    both = figures(game)
    assert both["tracking"] == alone["tracking"]
    assert both["detection"] == alone["detection"]
    assert both["clips"]["clip.mp4"] == alone["clips"]["clip.mp4"]
    validated = alone["numbers"]["validated"]
    assert both["numbers"]["validated"]["right"] == validated["right"]
    assert both["numbers"]["validated"]["tracks"] == validated["tracks"] + 1
    assert both["notes"][0].startswith("other.mp4 has no ground truth: 1 corrected track stands")


def test_without_corrections_again_there_is_nothing_to_compare_with(game: SampleStore) -> None:
    corrections.correct(game, 1, number="4")
    figures(game)
    corrections.undo(game, [correction.key for correction in corrections.listed(game)])
    with pytest.raises(MissingFieldError, match="no frame field 'ground_truth'") as raised:
        figures(game)
    assert "\n" not in str(raised.value)


def test_a_field_that_was_named_and_is_not_there_is_refused(game: SampleStore) -> None:
    corrections.correct(game, 1, number="4")
    with pytest.raises(MissingFieldError, match="no frame field 'truht'"):
        hoop_plugins.evaluate(game.dataset, ground_truth="truht")
    with pytest.raises(HoopError, match="needs ground truth"):
        hoop_plugins.evaluate(game.dataset, per_label=True, key="own")


def test_corrected_labels_are_marked_with_what_was_wrong_about_them(game: SampleStore) -> None:
    correct(game)
    report = hoop_plugins.evaluate(game.dataset)
    assert marks(game, "players", "number_correct") == {
        **{1: {True}, 2: {True, False}},
        **{3: {None}, 4: {None}, 5: {None}},
    }
    team = marks(game, "players", "team_correct")
    assert (team[1], team[2], team[3]) == ({True}, {None}, {False})
    assert marks(game, "players", "eval") == {index: {None} for index in range(1, 6)}
    sample = game.dataset[game.sample_id]
    assert (sample["eval_hota"], sample["eval_tp"], sample["eval_identity"]) == (None, None, 0.5)
    assert runs.load_run(game.dataset, "evaluation").to_json() == report.to_json()
    assert not game.dataset.has_evaluations

    wrong = view_behind(game.dataset, "numbers.validated.precision")
    assert set(wrong.distinct("frames.players.detections.index")) == {2}
    wrong = view_behind(game.dataset, "teams.track_accuracy")
    assert wrong.values("errors.index") == [3]
    assert misread_view(game.dataset, "7", "7").count() == FRAMES
