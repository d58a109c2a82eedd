"""Stopping a run in the App: what is done stays, and a second run goes on from there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import fiftyone.operators as foo
import people
import pytest
from fiftyone.operators.executor import execute_or_delegate_operator

import hoop_plugins
from hoop_plugins import plugins
from hoop_plugins.data.store import SampleStore
from hoop_plugins.operators import base
from hoop_plugins.specs import ModelSpec, Role
from hoop_plugins.stages.detect import CHUNK
from hoop_plugins.stages.pipeline import job_fields


class Walkers:
    """A third party's detector, by rule and no network: it knows where everybody walks."""

    def __init__(self) -> None:
        self.seen = 0
        self.breaks_after = 1000

    @hoop_plugins.hookimpl
    def register_models(self, register):
        register(ModelSpec("walkers", Role.DETECTOR, lambda source, device: self))

    def detect(self, frames):
        if self.seen >= self.breaks_after:
            raise ValueError("the lens is broken")
        first, self.seen = self.seen + 1, self.seen + len(frames)
        return [people.detections(first + i) for i in range(len(frames))]


@pytest.fixture
def walkers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Walkers]:
    """A message to the App after every frame, so that a run can be stopped anywhere."""
    monkeypatch.setattr(base, "UPDATE_SECONDS", 0)
    detector = Walkers()
    plugins.manager().register(detector)
    yield detector
    plugins.manager().unregister(detector)


def start(clip: SampleStore) -> Iterator:
    """Starts the operator as the App's server does: a stream of messages that it may drop."""
    request = {
        "dataset_name": clip.dataset.name,
        "params": {"model": "walkers", "fields": {"detections": "found"}},
    }
    result = asyncio.run(execute_or_delegate_operator("@hoop/hoop_plugins/detect", request))
    assert result.is_generator
    assert "leave_editor" in str(next(result.result).to_json())
    return result.result


def progress(clip: SampleStore) -> dict:
    return SampleStore(clip.dataset, clip.sample_id, job_fields(detections="found")).progress(
        "detect"
    )


def frames_with_boxes(clip: SampleStore) -> list[int]:
    clip.dataset.reload()
    labels = clip.dataset.values("frames.found.detections.label")[0]
    return [number for number, found in enumerate(labels, start=1) if found]


def test_a_closed_run_keeps_every_frame_and_goes_on_after_it(clip, walkers):
    run = start(clip)
    for _ in range(10):
        next(run)
    run.close()
    assert frames_with_boxes(clip) == list(range(1, 11))
    assert progress(clip)["frames"] == 10
    assert not progress(clip)["complete"]

    messages = [message.to_json() for message in start(clip)]
    assert walkers.seen == clip.video.frame_count
    assert "frame 11 of 30" in str(messages[0])
    assert frames_with_boxes(clip) == list(range(1, 31))
    assert progress(clip)["complete"]


def test_a_dropped_run_loses_a_chunk_at_most(clip, walkers):
    run = start(clip)
    for _ in range(CHUNK + 3):
        next(run)
    assert frames_with_boxes(clip) == list(range(1, CHUNK + 1))
    assert progress(clip)["frames"] == CHUNK
    run.close()


def test_stop_keeps_every_frame_and_says_how_to_go_on(clip, walkers):
    run = start(clip)
    shown = [next(run).body.params for _ in range(10)][-1]
    assert "frame 10 of 30" in shown["text"]
    assert shown["fraction"] == pytest.approx(10 / 30)
    assert shown["whole"] is None  # it is the only stage
    stopped = foo.execute_operator("@hoop/hoop_plugins/stop_run", params={"run": shown["run"]})
    assert stopped.result == {"running": True}
    ending, _ = (message.body.params for message in run)
    assert ending["over"]
    assert ending["lines"][0].startswith("Stopped: detect: clip.mp4, frame 11 of 30")
    (again,) = ending["actions"]
    assert (again["label"], again["params"]["model"]) == ("Go on", "walkers")
    assert len(frames_with_boxes(clip)) == 11

    assert "frame 12 of 30" in str(next(start(clip)).to_json())
    stopped = foo.execute_operator("@hoop/hoop_plugins/stop_run", params={"run": shown["run"]})
    assert stopped.result == {"running": False}


def test_what_fails_takes_its_card_away(clip, walkers):
    walkers.breaks_after = 5
    told: list[dict] = []
    with pytest.raises(ValueError, match="the lens is broken"):
        told.extend(message.body.params for message in start(clip))
    shown = [each for each in told if "run" in each]
    assert [each.get("over", False) for each in shown] == [False] * 5 + [True]
    assert told[-1]["variant"] == "error"
