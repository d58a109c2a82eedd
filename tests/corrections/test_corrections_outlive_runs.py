"""Corrections outlive every re-run, whatever the tracker calls people then."""

from __future__ import annotations

import numpy as np
import people
from corrected_game import PROFILE, everything, read, run, shown, split

from hoop_plugins import corrections
from hoop_plugins.data.store import SampleStore
from hoop_plugins.stages.pipeline import build_stages, run_stages


def test_swapped_numbers_survive_a_rerun_that_calls_everybody_otherwise(
    game: SampleStore, trackers: dict[str, dict[int, int]]
) -> None:
    corrections.correct(game, 1, number="23")
    corrections.correct(game, 2, number="7", team="dark")
    trackers["other"] = {1: 4, 2: 8, 3: 1, 4: 2, 5: 3}
    run(game, "track", "pair", tracker="other")
    read(game)
    steps = run(game, "validate")
    assert "correct" not in {step.stage for step in steps}
    numbers = {index: track.number for index, track in game.read_tracks().items()}
    assert numbers == {4: "23", 8: "7", 1: "00", 2: "11", 3: None}
    assert shown(game, "number") == {index: {number} for index, number in numbers.items()}
    assert shown(game, "team")[8] == {"dark"}
    predicted = {truth.index: truth.predicted[0].number for truth in corrections.as_truth(game)}
    assert predicted == {4: "7", 8: "23"}


def test_undoing_shows_what_a_stage_predicted_since(game: SampleStore) -> None:
    before = everything(game)
    corrections.correct(game, 1, number="0", team="light")
    run(game, "validate")
    assert game.read_tracks()[1].number == "0"
    corrections.undo(game, [one.key for one in corrections.listed(game)])
    assert everything(game) == before
    assert corrections.listed(game) == corrections.as_truth(game) == []


def test_a_person_who_is_lost_is_told_in_one_line_and_found_again(
    game: SampleStore, trackers: dict[str, dict[int, int]]
) -> None:
    corrections.correct(game, 1, number="23")
    trackers["lost"] = {2: 1, 3: 2}
    steps = run(game, "track", tracker="lost")
    (message,) = [step.message for step in steps if step.stage == "correct"]
    assert message.startswith("clip.mp4: number 23 (frame ")
    assert message.endswith("is not applied: no track is there")
    assert "\n" not in message
    assert {track.number for track in game.read_tracks().values()} == {None}
    trackers["found"] = {1: 5}
    run(game, "track", tracker="found")
    assert game.read_tracks()[5].number == "23"


def test_two_tracks_at_one_place_are_told_in_one_line(
    game: SampleStore, trackers: dict[str, dict[int, int]]
) -> None:
    corrections.correct(game, 1, number="23", frame=10)
    frames = dict(game.read("players"))
    with corrections.lifted([game]) as problems:
        found = frames[10].select(frames[10].tracker_id <= 2)
        found.xyxy[:] = people.box(people.PEOPLE[0], 10) + np.array([[2, 0, 2, 0], [0, 2, 0, 2]])
        game.write("players", {10: found})
    ((_, line),) = problems
    assert "number 23 (frame 10) is not applied: tracks" in line
    assert "lie there equally well" in line
    assert game.read_tracks()[1].number == "7"


def test_a_track_cannot_have_two_numbers(
    game: SampleStore, trackers: dict[str, dict[int, int]]
) -> None:
    split(game, 1, 9, at=16)
    corrections.correct(game, 1, number="23")
    corrections.correct(game, 9, number="7")
    trackers["joined"] = {1: 1}
    messages = [step.message for step in run(game, "track", tracker="joined") if step.message]
    assert len(messages) == 2
    for message in messages:
        assert message.endswith("is not applied: track 1 would be 23 and 7 at once")
    assert game.read_tracks()[1].number is None
    corrections.correct(game, 1, number="23")
    assert game.read_tracks()[1].number == "23"
    assert len(corrections.listed(game)) == 1


def test_a_run_that_is_stopped_leaves_the_corrections_on(game: SampleStore) -> None:
    corrections.correct(game, 1, number="23")
    steps = run_stages(game.dataset, build_stages(PROFILE, ["pair"]), fresh=True)
    next(steps)
    assert game.read_tracks()[1].number == "7"
    steps.close()
    assert game.read_tracks()[1].number == "23"
