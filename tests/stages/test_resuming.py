"""Stopped anywhere, a run that goes on ends with the labels of one that was never stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import pymongo.collection
import pytest
import torch
from by_rule import Networks, paint, stored

from hoop_plugins import plugins, profiles
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import write_video
from hoop_plugins.specs import Role
from hoop_plugins.stages import detect, pair, track
from hoop_plugins.stages.pipeline import build_stages, run_stages
from hoop_plugins.stages.stage import Progress

FRAMES = 12
JOB = ("detect", "shots", "track", "teams", "pair", "read", "link", "validate")
WRITES = ("bulk_write", "update_one", "update_many")


@pytest.fixture(autouse=True)
def networks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Networks]:
    """Networks by rule, and chunks so small that a dozen frames have several."""
    for module, size in ((detect, 5), (track, 5), (pair, 5)):
        monkeypatch.setattr(module, "CHUNK", size)
    networks = Networks()
    plugins.manager().register(networks)
    yield networks
    plugins.manager().unregister(networks)


@pytest.fixture
def short(dataset: fo.Dataset, tmp_path: Path) -> SampleStore:
    path = tmp_path / "clip.mp4"
    write_video(path, [paint(frame) for frame in range(1, FRAMES + 1)], 25)
    sample = fo.Sample(filepath=str(path))
    dataset.add_sample(sample)
    return SampleStore(dataset, sample.id)


def run(clip: SampleStore, *, fresh: bool = False) -> Iterator[Progress]:
    models: dict[str, str] = {role.value: "by-rule" for role in Role}
    profile = profiles.load_profile("sample").with_models(**models)
    profile = profile.with_settings("read", batch=4, interval=2)
    profile = profile.with_settings("teams", stride=3)
    return run_stages(clip.dataset, build_stages(profile, JOB, "cpu"), fresh=fresh)


def finish(clip: SampleStore) -> dict[str, Any]:
    list(run(clip))
    return stored(clip)


def test_stopped_after_every_frame(short: SampleStore) -> None:
    count = len(list(run(short)))
    whole = stored(short)
    for stop in range(1, count, 3):
        steps = run(short, fresh=True)
        for _ in range(stop):
            next(steps)
        steps.close()  # type: ignore[attr-defined]
        assert finish(short) == whole, f"stopped after step {stop}"


def test_stopped_again_and_again(short: SampleStore) -> None:
    list(run(short))
    whole = stored(short)
    for attempt in range(8):
        steps = run(short, fresh=attempt == 0)
        for _ in range(7):
            next(steps, None)
        steps.close()  # type: ignore[attr-defined]
    assert finish(short) == whole


def test_interrupted_in_every_call_of_a_network(short: SampleStore, networks: Networks) -> None:
    whole = finish(short)
    for calls in range(1, FRAMES + 2):
        networks.calls = calls
        interrupted(run(short, fresh=True))
        interrupted(run(short))  # once more, in a later frame or stage
        networks.calls = -1
        assert finish(short) == whole, f"interrupted in call {calls}"


def interrupted(steps: Iterator[Progress]) -> None:
    try:
        list(steps)
    except KeyboardInterrupt:
        return


def test_interrupted_at_every_write(short: SampleStore, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = finish(short)
    left = [0]

    def counting(write: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
            return write(*args, **options)

        return counted

    for name in WRITES:
        write = getattr(pymongo.collection.Collection, name)
        monkeypatch.setattr(pymongo.collection.Collection, name, counting(write))
    for stop in range(1, 200, 5):
        left[0] = stop
        try:
            list(run(short, fresh=True))
        except KeyboardInterrupt:
            left[0] = -1
            assert finish(short) == whole, f"interrupted at write {stop}"
        else:
            assert stop > 20
            return
    pytest.fail("a run of a dozen frames makes more than 200 writes")


@pytest.mark.parametrize("state", [{"seen": 5}, {"seen": np.arange(3)}])
def test_a_state_of_an_earlier_version_starts_the_stage_anew(
    state: dict[str, Any], short: SampleStore
) -> None:
    whole = finish(short)
    steps = run(short, fresh=True)
    while next(steps).stage != "track":
        pass
    for _ in range(6):
        next(steps)
    steps.close()  # type: ignore[attr-defined]
    path = short.runs.state_path("track")
    assert path.is_file()
    torch.save(state, path)
    assert finish(short) == whole
