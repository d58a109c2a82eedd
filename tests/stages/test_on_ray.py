"""Stages on the workers of a Ray cluster, here one that is started on this machine."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fiftyone as fo
import people
import pytest
import ray

import hoop_plugins
from hoop_plugins.compat.fiftyone import frame_collection
from hoop_plugins.data.store import SampleStore, stores_of
from hoop_plugins.errors import HoopError
from hoop_plugins.stages.on_ray import RayWorkers, spread
from hoop_plugins.stages.pipeline import run_stages
from hoop_plugins.stages.stage import Progress, Stage

JOB = ["pair", "link", "validate"]


@dataclass(frozen=True)
class FaultySettings:
    """Settings of :class:`Faulty`.

    Attributes:
        died: A file that says that a worker has died.
        unreadable: The clip that cannot be read.
    """

    died: str = ""
    unreadable: str = ""


class Faulty(Stage):
    """Kills its process at the second clip, once, and fails at another."""

    name = "faulty"
    order = 70
    Settings = FaultySettings

    def run_clip(self, clip: SampleStore, model: Any) -> Iterator[Progress]:
        died = Path(self.settings.died)
        if clip.name == "b.mp4" and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if clip.name == self.settings.unreadable:
            raise HoopError(f"{clip.name} cannot be read")
        clip.set_value("done_by", str(os.getpid()))
        self.record(clip)
        yield self.progress(clip, message=f"{clip.name} is done")


class Together(Stage):
    """Looks at whole games."""

    name = "together"
    order = 80
    whole_game = True

    def run_clip(self, clip: SampleStore, model: Any) -> Iterator[Progress]:
        clip.set_value("together", "yes")
        self.record(clip)
        yield self.progress(clip)


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    yield
    ray.shutdown()


@pytest.fixture
def clips(dataset: fo.Dataset, make_video: Callable[..., Path]) -> fo.Dataset:
    """Two clips of one game, and one of another."""
    for name, game in (("a.mp4", "finals"), ("b.mp4", "finals"), ("c.mp4", "other")):
        dataset.add_sample(fo.Sample(filepath=str(make_video(name)), game=game))
    for store in stores_of(dataset):
        people.write(store)
    return dataset


def made(dataset: fo.Dataset) -> list[Any]:
    """What the labels say, and the tracks."""
    said = [
        [
            [
                (role, {name: value for name, value in label.items() if name != "_id"})
                for role in ("players", "numbers")
                for label in frame[role]["detections"]
            ]
            for frame in frame_collection(dataset)
            .find()
            .sort([("_sample_id", 1), ("frame_number", 1)])
        ]
    ]
    return [*said, *(store.read_tracks() for store in stores_of(dataset))]


def test_labels_are_those_of_one_process(clips: fo.Dataset) -> None:
    alone = clips.clone("alone")
    options = {"profile": "sample", "stages": JOB, "device": "cpu"}
    hoop_plugins.recognize(alone, **options)
    # The workers live on, and know the dataset from before the other stages' fields were there.
    hoop_plugins.recognize(clips, **{**options, "stages": JOB[:1]}, engine="ray")
    steps: list[Progress] = []
    hoop_plugins.recognize(clips, **options, engine="ray", progress=steps.append)
    assert made(clips) == made(alone)
    assert clips.list_runs() == alone.list_runs() == [f"hoop_{name}" for name in sorted(JOB)]
    whole = [(step.stage, step.done, step.total) for step in steps if step.unit == "task"]
    assert whole == [
        *[("pair", done, 3) for done in range(4)],
        *[("link-validate", done, 2) for done in range(3)],
    ]


def test_the_clip_of_a_lost_worker_is_done_again(clips: fo.Dataset, tmp_path: Path) -> None:
    clips.add_sample_field("done_by", fo.StringField)
    stage = Faulty(FaultySettings(died=str(tmp_path / "died")))
    steps = list(run_stages(clips, [stage], engine=RayWorkers()))
    assert (tmp_path / "died").exists()
    clips.reload()
    assert None not in clips.values("done_by")
    assert str(os.getpid()) not in clips.values("done_by")
    assert {step.message for step in steps if step.message} == {
        f"{name}.mp4 is done" for name in "abc"
    }


def test_a_clip_that_fails_is_told_and_the_others_are_done(
    clips: fo.Dataset, tmp_path: Path
) -> None:
    clips.add_sample_field("done_by", fo.StringField)
    (tmp_path / "died").touch()
    stage = Faulty(FaultySettings(died=str(tmp_path / "died"), unreadable="c.mp4"))
    clips.add_sample_field("together", fo.StringField)
    line = r"1 of 3 clips failed.* \(but for together in .*: c\.mp4: c\.mp4 cannot be read$"
    with pytest.raises(HoopError, match=line):
        list(run_stages(clips, [stage, Together()], engine=RayWorkers()))
    clips.reload()
    assert clips.values("together") == ["yes", "yes", None]
    assert [done is None for done in clips.values("done_by")] == [False, False, True]


def test_clips_are_compared_with_their_truth_by_workers(clips: fo.Dataset) -> None:
    for store in stores_of(clips):
        people.label(store)
    alone = hoop_plugins.evaluate(clips, mark=False)
    steps: list[Progress] = []
    report = hoop_plugins.evaluate(clips, engine="ray", progress=steps.append)
    assert report.to_json() == alone.to_json()
    assert clips.count("frames.players.detections.eval") > 0
    assert [step.video for step in steps if step.stage == "evaluate"][:3] == [
        "a.mp4",
        "b.mp4",
        "c.mp4",
    ]


def test_work_whose_worker_is_always_lost_ends_with_a_line() -> None:
    with pytest.raises(HoopError, match=r"its worker was lost 4 times: .*leave --engine out"):
        list(spread(os._exit, [1]))


def test_a_cluster_needs_a_database_that_it_can_reach(
    clips: fo.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    monkeypatch.setattr(fo.config, "database_uri", None)
    with pytest.raises(HoopError, match="set FIFTYONE_DATABASE_URI"):
        list(run_stages(clips, [Faulty()], engine=RayWorkers()))


def test_another_engine_is_refused(clips: fo.Dataset) -> None:
    with pytest.raises(HoopError, match="engine is 'spark': give local or ray"):
        hoop_plugins.recognize(clips, "sample", engine="spark")
