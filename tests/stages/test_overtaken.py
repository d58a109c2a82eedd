"""Two runs over one clip: what the later one stored stands, however late the earlier one ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import people
import pytest

import hoop_plugins
from hoop_plugins import corrections, plugins, profiles
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.errors import HoopError
from hoop_plugins.specs import ModelSpec, Role
from hoop_plugins.stages.pipeline import build_stages, run_stages
from hoop_plugins.stages.stage import Progress

PROFILE = profiles.load_profile("sample").with_models(**{role.value: "by-rule" for role in Role})


class ByRule:
    """Every role by rule: it knows where everybody walks, and that all of them are number 7."""

    def __init__(self, confidence: float) -> None:
        self.confidence = confidence
        self.seen = 0

    def detect(self, frames):
        found = [people.detections(self.seen + i) for i in range(1, len(frames) + 1)]
        self.seen += len(frames)
        for boxes in found:
            boxes.confidence[:] = self.confidence
        return found

    def start(self, video):
        return self

    def wants_detections(self):
        return True

    def step(self, frame, detections):
        self.seen += 1
        found = people.tracked(self.seen)
        found.confidence[:] = self.confidence
        return found

    def state(self):
        return {"seen": self.seen}

    def restore(self, state):
        self.seen = state["seen"]

    def read(self, crops):
        rows = np.zeros((len(crops), len(NUMBERS) + 1), np.float32)
        rows[:, NUMBERS.index("7")] = self.confidence
        return rows


class Plugin:
    """A third party's networks; each one that is loaded is a little surer than the one before."""

    def __init__(self) -> None:
        self.loaded = 0

    @hoop_plugins.hookimpl
    def register_models(self, register):
        for role in Role:
            register(ModelSpec("by-rule", role, self.load))

    def load(self, source, device, **options):
        self.loaded += 1
        return ByRule(0.5 + 0.1 * self.loaded)


@pytest.fixture(autouse=True)
def plugin() -> Iterator[Plugin]:
    networks = Plugin()
    plugins.manager().register(networks)
    yield networks
    plugins.manager().unregister(networks)


def run(clip: SampleStore, *stages: str, fresh: bool = False) -> Iterator[Progress]:
    return run_stages(clip.dataset, build_stages(PROFILE, stages), fresh=fresh)


def begin(clip: SampleStore, *stages: str, frames: int = 7) -> Iterator[Progress]:
    """A run that nobody goes on with after some frames, as when the App is closed."""
    begun = run(clip, *stages, fresh=True)
    for _ in range(frames):
        next(begun)
    return begun


def stored(clip: SampleStore) -> dict[str, Any]:
    clip.dataset.reload()
    whole: dict[str, Any] = clip.dataset.first().to_dict(include_frames=True)
    return whole


@pytest.mark.parametrize("stage", ["detect", "track", "read"])
def test_a_dropped_run_that_ends_late_stores_nothing(clip: SampleStore, stage: str) -> None:
    list(run(clip, "pair"))
    dropped = begin(clip, stage)
    list(run(clip, stage))
    assert clip.progress(stage)["complete"]
    before = stored(clip)
    dropped.close()
    assert stored(clip) == before


def test_a_dropped_run_leaves_a_stage_alone_that_was_begun_anew(clip: SampleStore) -> None:
    dropped = begin(clip, "track")
    list(run(clip, "detect", fresh=True))
    dropped.close()
    assert clip.progress("track") == {}


def test_a_run_that_goes_on_is_told_of_the_other(clip: SampleStore) -> None:
    first = begin(clip, "detect")
    list(run(clip, "detect"))
    with pytest.raises(HoopError, match=r"another run over clip\.mp4 has begun.*'detect'"):
        list(first)
    assert clip.progress("detect")["complete"]


def test_corrections_are_laid_once_over_what_the_later_run_says(clip: SampleStore) -> None:
    people.decide(clip)
    corrections.correct(clip, 1, number="99")
    dropped = begin(clip, "pair", frames=1)
    list(run(clip, "pair", "validate", fresh=True))
    dropped.close()
    (correction,) = corrections.listed(clip)
    assert clip.read_tracks()[1].number == "99"
    corrections.undo(clip, [correction.key])
    assert clip.read_tracks()[1].number_status == "unread"


def test_a_correction_between_a_dropped_run_and_its_end_is_laid_once(clip: SampleStore) -> None:
    people.decide(clip)
    dropped = begin(clip, "pair", frames=1)
    corrections.correct(clip, 1, number="99")
    dropped.close()
    (correction,) = corrections.listed(clip)
    assert clip.read_tracks()[1].number == "99"
    corrections.undo(clip, [correction.key])
    assert clip.read_tracks()[1].number == "23"
