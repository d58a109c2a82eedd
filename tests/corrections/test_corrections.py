"""What people put right shows at once, outlives every re-run, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import people
import pytest
import supervision as sv
from bson import ObjectId

from hoop_plugins import corrections, plugins, profiles
from hoop_plugins.corrections import CorrectionError
from hoop_plugins.corrections.anchors import NoTrackError
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.hookspecs import hookimpl
from hoop_plugins.specs import Role
from hoop_plugins.stages.pipeline import build_stages, run_stages
from hoop_plugins.stages.stage import Progress

PROFILE = profiles.load_profile("sample")


class RenamingTracker:
    """Knows where everybody is, and calls them otherwise.

    Args:
        ids: The id of each of the people, by the one that they have in ``people.PEOPLE``; who is
            missing is not tracked.
    """

    def __init__(self, ids: dict[int, int]) -> None:
        self._ids = ids
        self._frame = 0

    def start(self, video: Any) -> RenamingTracker:
        self._frame = 0
        return self

    def wants_detections(self) -> bool:
        return False

    def step(self, frame: Any, detections: Any) -> sv.Detections:
        self._frame += 1
        found = people.tracked(self._frame)
        found = found.select(np.isin(found.tracker_id, list(self._ids)))
        found.tracker_id = np.array([self._ids[index] for index in found.tracker_id.tolist()])
        return found

    def reset(self) -> None: ...

    def state(self) -> dict[str, Any]:
        return {"frame": self._frame}

    def restore(self, state: dict[str, Any]) -> None:
        self._frame = state["frame"]


class Trackers:
    """A plugin with trackers of the test's own."""

    def __init__(self) -> None:
        self.ids: dict[str, dict[int, int]] = {}

    @hookimpl
    def register_models(self, register: Any) -> None:
        for name, ids in self.ids.items():
            load = lambda source, ids=ids, **_: RenamingTracker(ids)  # noqa: E731
            register(plugins.ModelSpec(name, Role.TRACKER, load))


@pytest.fixture
def trackers() -> Iterator[dict[str, dict[int, int]]]:
    """Trackers to register: the ids that each gives, by its name."""
    plugin = Trackers()
    plugins.manager().register(plugin)
    yield plugin.ids
    plugins.manager().unregister(plugin)


@pytest.fixture
def game(clip: SampleStore) -> SampleStore:
    """The clip after the whole job: numbers read and decided by the stage, teams by hand."""
    run(clip, "pair")
    read(clip)
    run(clip, "validate")
    tracks = clip.read_tracks()
    for person in people.PEOPLE:
        tracks[person.index].team = person.team
    clip.assign("players", [(p.index, None, {"team": p.team}) for p in people.PEOPLE])
    clip.write_tracks(tracks.values())
    return clip


def run(clip: SampleStore, *names: str, tracker: str = "") -> list[Progress]:
    profile = PROFILE.with_models(tracker=tracker)
    return list(run_stages(clip.dataset, build_stages(profile, names), fresh=True))


def read(clip: SampleStore) -> None:
    """Reads every number as that of whoever stands there; 7 and 23 are taken for each other."""
    misread = {"7": "23", "23": "7"}
    places = {person.left: person.number for person in people.PEOPLE if person.number}
    rows = []
    for frame, found in clip.read("numbers"):
        for index, (left, *_) in zip(found.tracker_id.tolist(), found.xyxy, strict=True):
            number = places[round(left) - people.NUMBER[0] - frame // 2]
            probabilities = np.zeros(102, np.float16)
            probabilities[NUMBERS.index(misread.get(number, number))] = 1
            values = {"text": misread.get(number, number), "probabilities": probabilities}
            rows.append((index, frame, values))
    clip.assign("numbers", rows)


def shown(clip: SampleStore, attribute: str) -> dict[int, set[Any]]:
    """What the labels say, over all frames, by their index."""
    said: dict[int, set[Any]] = {}
    for _, found in clip.read("players", masks=False):
        for index, value in zip(found.tracker_id.tolist(), found.data[attribute], strict=True):
            said.setdefault(index, set()).add(value)
    return said


def everything(clip: SampleStore) -> list[dict[str, Any]]:
    """What the database holds of players, numbers and tracks, but for what changes by itself."""
    sample = {"_sample_id": ObjectId(clip.sample_id)}
    frames = [
        {role: strip(frame[role]) for role in ("players", "numbers")}
        for frame in clip._frames.find(sample).sort("frame_number", 1)
    ]
    return [*frames, {index: vars(track) for index, track in clip.read_tracks().items()}]


def strip(labels: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in label.items() if value is not None}
        for label in labels["detections"]
    ]


def split(clip: SampleStore, index: int, later: int, at: int) -> None:
    """One person becomes two tracks."""
    frames = {frame: found for frame, found in clip.read("players") if frame >= at}
    for found in frames.values():
        found.tracker_id[found.tracker_id == index] = later
    clip.write("players", frames)
    tracks = clip.read_tracks()
    end = tracks[index].last
    tracks[index].last = at - 1
    clip.write_tracks([*tracks.values(), replace(tracks[index], index=later, first=at, last=end)])


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


def test_corrected_numbers_are_labels_for_the_reader(game: SampleStore) -> None:
    corrections.correct(game, 1, number="23")
    labels = list(corrections.number_labels(game.dataset))
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


def test_a_track_or_frame_that_is_not_there_is_refused(game: SampleStore) -> None:
    with pytest.raises(CorrectionError, match=r"clip\.mp4 has no track 99"):
        corrections.correct(game, 99, number="7")
    with pytest.raises(NoTrackError, match=r"track 1 of clip\.mp4 is not seen in frame 31"):
        corrections.correct(game, 1, number="7", frame=31)
    assert corrections.listed(game) == []
