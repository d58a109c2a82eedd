"""What surrounds the tracker: who is tracked, what they do, when they are seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import people as people_of_the_clip
import pytest
import supervision as sv
from by_rule import stored

import hoop_plugins
from hoop_plugins import plugins, profiles
from hoop_plugins.data.masks import from_crops
from hoop_plugins.data.store import SampleStore
from hoop_plugins.specs import ModelSpec, Role
from hoop_plugins.stages import track
from hoop_plugins.stages.pipeline import build_stages, run_stages
from hoop_plugins.stages.stage import Progress

# ---------------------------------------------------------------------- camera cuts

FRAMES, CUTS = 18, (6, 14)


class Counting:
    """A tracker whose session counts its frames and begins its ids anew wherever it can."""

    def __init__(self) -> None:
        self.seen = 0

    def start(self, video: Any) -> Counting:
        return type(self)()

    def wants_detections(self) -> bool:
        return True

    def step(self, frame: Any, detections: sv.Detections | None) -> sv.Detections:
        self.seen += 1
        found = people_of_the_clip.tracked(self.seen)
        found.confidence[:] = self.seen / 100
        return found

    def state(self) -> dict[str, Any]:
        return {"seen": self.seen}

    def restore(self, state: dict[str, Any]) -> None:
        self.seen = state["seen"]


class Resetting(Counting):
    def reset(self) -> None:
        self.seen = 0


class GoingOn(Counting):
    """As the protocol asks: ids go on from the last one given."""

    given = 0

    def step(self, frame: Any, detections: sv.Detections | None) -> sv.Detections:
        found = super().step(frame, detections)
        found.tracker_id += self.given
        return found

    def reset(self) -> None:
        self.seen, self.given = 0, self.given + 5

    def state(self) -> dict[str, Any]:
        return {"seen": self.seen, "given": self.given}

    def restore(self, state: dict[str, Any]) -> None:
        self.seen, self.given = state["seen"], state["given"]


class Deaf(Counting):
    def reset(self) -> None:
        """Keeps everybody all the same."""


class Choosy(Resetting):
    """Has a mask of the first of five people only, and only in every other frame."""

    nothing = np.zeros((1, 1), bool)

    def step(self, frame: Any, detections: sv.Detections | None) -> sv.Detections:
        found = super().step(frame, detections)
        found.mask = None
        if self.seen % 2:
            crops = [np.ones((9, 5), bool), *[self.nothing] * (len(found) - 1)]
            found.mask = from_crops(crops, found.xyxy[:, :2].astype(int).tolist(), frame.shape[:2])
        return found


class OldChoosy(Choosy):
    """Of 1.0, when any single pixel stood for no mask."""

    nothing = np.ones((1, 1), bool)


EVERY = (Counting, Resetting, GoingOn, Deaf, Choosy, OldChoosy)
TRACKERS = {tracker.__name__: tracker for tracker in EVERY}


ANY_TRACKER = (*TRACKERS, "tracking-by-detection")


class Trackers:
    """A third party's plugin."""

    @hoop_plugins.hookimpl
    def register_models(self, register: Any) -> None:
        for name, tracker in TRACKERS.items():
            register(
                ModelSpec(name, Role.TRACKER, lambda source, device, masks="", made=tracker: made())
            )


@pytest.fixture
def game(
    dataset: fo.Dataset, make_video: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[SampleStore]:
    """A clip with detections in every frame and two cuts."""
    monkeypatch.setattr(track, "CHUNK", 4)
    sample = fo.Sample(filepath=str(make_video(frames=FRAMES)))
    spans = ([1, CUTS[0] - 1], [CUTS[0], CUTS[1] - 1], [CUTS[1], FRAMES])
    drawn = [fo.TemporalDetection(label="shot", support=span) for span in spans]
    sample["shots"] = fo.TemporalDetections(detections=drawn)
    dataset.add_sample(sample)
    clip = SampleStore(dataset, sample.id)
    clip.write("detections", {n: people_of_the_clip.detections(n) for n in range(1, FRAMES + 1)})
    plugin = Trackers()
    plugins.manager().register(plugin)
    yield clip
    plugins.manager().unregister(plugin)


def steps(clip: SampleStore, tracker: str, fresh: bool = False) -> Iterator[Progress]:
    profile = profiles.load_profile("sample").with_models(tracker=tracker)
    return run_stages(clip.dataset, build_stages(profile, ["track"], "cpu"), fresh=fresh)


@pytest.mark.parametrize("tracker", TRACKERS)
def test_no_track_goes_across_a_cut(tracker: str, game: SampleStore) -> None:
    list(steps(game, tracker))
    found = game.read_tracks()
    assert sorted(found) == list(range(1, 16))
    assert [(t.first, t.last) for t in found.values()] == [
        span for span in ((1, 5), (6, 13), (14, 18)) for _ in range(5)
    ]
    for number, tracked in game.read("players"):
        first = 1 + 5 * sum(cut <= number for cut in CUTS)
        assert tracked.tracker_id.tolist() == list(range(first, first + 5))
        assert tracked.data["track"].tolist() == tracked.tracker_id.tolist()


@pytest.mark.parametrize("tracker", ANY_TRACKER)
def test_stopped_around_a_cut_it_ends_with_the_same_labels(tracker: str, game: SampleStore) -> None:
    list(steps(game, tracker))
    whole = stored(game)
    for stop in range(1, FRAMES + 1, 2 if tracker == "Counting" else 5):
        run = steps(game, tracker, fresh=True)
        for _ in range(stop):
            next(run)
        run.close()  # type: ignore[attr-defined]
        list(steps(game, tracker))
        assert stored(game) == whole, f"stopped after frame {stop}"


@pytest.mark.parametrize("tracker", ["Choosy", "OldChoosy"])
def test_masks_of_some_are_stored_and_counted_also_after_a_stop(
    game: SampleStore, tracker: str
) -> None:
    game.dataset.delete_sample_field("shots")
    run = steps(game, tracker)
    for _ in range(11):
        next(run)
    run.close()  # type: ignore[attr-defined]
    list(steps(game, tracker))
    stored = [
        [label.mask is not None for label in frame.players.detections]
        for frame in game.dataset.first().frames.values()
    ]
    assert stored == [[True] + [False] * 4, [False] * 5] * (FRAMES // 2)
    record = game.progress("track")
    assert (record["masked"], record["people"]) == (FRAMES // 2, 5 * FRAMES)


@pytest.mark.parametrize("masks", ["every frame", "selective"])
def test_who_wants_selective_masks_is_told_how_many_there_are(
    game: SampleStore, masks: str
) -> None:
    settings = track.TrackSettings(model="Choosy", options={"masks": masks})
    run = run_stages(game.dataset, [track.TrackPeople(settings, "cpu")])
    messages = [step.message for step in run]
    told = "11% of the people, frame by frame, have a mask: where teammates meet"
    assert (told in messages) == (masks == "selective")


def test_what_is_set_in_vain_is_told_once(game: SampleStore) -> None:
    options = {"masks": "off", "drift_iou": 0.3, "check_every": 10}
    settings = track.TrackSettings(model="sam2.1-hiera-small", options=options)
    run = run_stages(game.dataset, [track.TrackPeople(settings, "cpu")])
    told = [step.message for step in run if "of no effect" in step.message]
    assert told == ["drift_iou 0.3 is of no effect: masks is 'off'"]


def test_tracking_by_detection_ends_at_cuts_too(game: SampleStore) -> None:
    list(steps(game, "tracking-by-detection"))
    shots = {frame: sum(cut <= frame for cut in CUTS) for frame in range(1, FRAMES + 1)}
    found = game.read_tracks().values()
    assert {shots[each.first] for each in found} == {0, 1, 2}
    assert all(shots[each.first] == shots[each.last] for each in found)


def test_without_shots_a_track_goes_through_the_clip(game: SampleStore) -> None:
    game.dataset.delete_sample_field("shots")
    list(steps(game, "Deaf"))
    assert {(t.first, t.last) for t in game.read_tracks().values()} == {(1, FRAMES)}


def test_other_shots_make_other_tracks(game: SampleStore) -> None:
    """Stages that use shots are done anew after them."""
    list(steps(game, "GoingOn"))
    game.dataset.delete_sample_field("shots")
    list(run_stages(game.dataset, build_stages(profiles.load_profile("sample"), ["shots"], "cpu")))
    assert not game.progress("track")
    list(steps(game, "GoingOn"))
    assert len(game.read_tracks()) == 5


# ---------------------------------------------------------------------- the tracker that fits


def test_without_a_gpu_people_are_tracked_by_detection_and_that_is_said(game: SampleStore) -> None:
    notes = [step.message for step in steps(game, "auto") if step.message]
    assert notes == [
        "no GPU: people are tracked by their detections, without masks; SAM2 makes masks, but "
        "takes many seconds a frame here: --tracker sam2.1-hiera-small"
    ]
    assert game.progress("track")["settings"]["model"] == "tracking-by-detection"
    assert all(found.mask is None for _, found in game.read("players"))


def test_who_names_it_is_not_told(game: SampleStore) -> None:
    assert not [step.message for step in steps(game, "tracking-by-detection") if step.message]


@pytest.mark.parametrize("model", ["sam2.1-hiera-small", "tracking-by-detection"])
def test_what_was_tracked_on_another_machine_is_left_alone(game: SampleStore, model: str) -> None:
    list(steps(game, "Counting"))
    before = dict(game.read("players"))
    game.record("track", {"model": model, "options": {}}, FRAMES, complete=True)
    notes = [step.message for step in steps(game, "auto") if step.message]
    assert notes == ["done before with these settings"]
    assert dict(game.read("players")).keys() == before.keys()
    assert all(found.mask is not None for _, found in game.read("players"))


@pytest.mark.parametrize("model", ["sam2.1-hiera-small", "Counting"])
def test_what_another_tracker_left_unfinished_is_done_anew(game: SampleStore, model: str) -> None:
    run = steps(game, "Counting")
    for _ in range(7):
        next(run)
    run.close()  # type: ignore[attr-defined]
    frames = game.progress("track")["frames"]
    assert 0 < frames < FRAMES
    game.record("track", {"model": model, "options": {}}, frames, complete=False)
    list(steps(game, "auto"))
    assert game.progress("track")["settings"]["model"] == "tracking-by-detection"
    assert all(found.mask is None for _, found in game.read("players"))
