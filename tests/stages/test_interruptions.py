"""Interrupted at random moments, in every way there is, a run ends as one that never was.

Ten times by default; a hundred times:

    HOOP_INTERRUPTIONS=100 python -m pytest -s tests/stages/test_interruptions.py

The seed is printed; ``HOOP_INTERRUPTIONS_SEED`` repeats it.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import fiftyone as fo
import interrupted_run
import pytest
from by_rule import Networks, paint, stored

from hoop_plugins import plugins
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import write_video
from hoop_plugins.stages import detect, pair, track

FRAMES = 20
COUNT = int(os.environ.get("HOOP_INTERRUPTIONS", "10"))
AT_A_TIME = 5
"""Interruptions of one run before it may end."""

STEPS = 120
"""About as many steps as a run has."""


@pytest.fixture(autouse=True)
def networks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for module in (detect, track, pair):
        monkeypatch.setattr(module, "CHUNK", 5)
    networks = Networks()
    plugins.manager().register(networks)
    yield
    plugins.manager().unregister(networks)


@pytest.fixture
def clip(dataset: fo.Dataset, tmp_path: Path) -> SampleStore:
    write_video(tmp_path / "clip.mp4", [paint(frame) for frame in range(1, FRAMES + 1)], 25)
    sample = fo.Sample(filepath=str(tmp_path / "clip.mp4"))
    dataset.add_sample(sample)
    dataset.persistent = True  # the other processes may end while they have it open
    return SampleStore(dataset, sample.id)


def start(clip: SampleStore, fresh: bool, *options: str) -> subprocess.Popen[str]:
    script = [sys.executable, interrupted_run.__file__, clip.dataset.name, *options]
    return subprocess.Popen(
        [*script, "--fresh"] if fresh else script,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def wait_for(process: subprocess.Popen[str], step: int) -> None:
    assert list(islice(process.stdout or (), step)), "the run did not begin"


def signaled(kind: signal.Signals) -> Callable[..., None]:
    def interrupt(clip: SampleStore, fresh: bool, step: int, restart: Any) -> None:
        with start(clip, fresh) as process:
            wait_for(process, step)
            process.send_signal(kind)

    return interrupt


def closed(clip: SampleStore, fresh: bool, step: int, restart: Any) -> None:
    """As where the App's tab is closed."""
    steps = interrupted_run.run(clip.dataset, fresh)
    for _ in islice(steps, step):
        pass
    steps.close()  # type: ignore[attr-defined]


def without_database(clip: SampleStore, fresh: bool, step: int, restart: Any) -> None:
    with start(clip, fresh) as process:
        wait_for(process, step)
        restart()
        for _ in process.stdout or ():
            pass


def without_space(clip: SampleStore, fresh: bool, step: int, restart: Any) -> None:
    """No file of the run may become longer than a little."""
    with start(clip, fresh, "--largest-file", str(16 * step)) as process:
        lines = list(process.stdout or ())
    assert process.returncode == 0, "a full disk ends in a traceback"
    assert "free some space" in lines[-1] or "validate" in lines[-1]


WAYS = (
    signaled(signal.SIGKILL),
    signaled(signal.SIGINT),
    signaled(signal.SIGTERM),
    closed,
    without_database,
    without_space,
)


def test_a_run_that_is_interrupted_ends_as_one_that_never_was(
    clip: SampleStore, restart_database: Callable[[], None]
) -> None:
    usual = random.SystemRandom().randrange(10**6) if "HOOP_INTERRUPTIONS" in os.environ else 0
    seed = int(os.environ.get("HOOP_INTERRUPTIONS_SEED", usual))
    print(f"HOOP_INTERRUPTIONS_SEED={seed}")
    chance = random.Random(seed)
    list(interrupted_run.run(clip.dataset, fresh=True))
    whole = stored(clip)
    # Each way as often as the others, in any order.
    ways = chance.sample(WAYS, len(WAYS)) * -(-COUNT // len(WAYS))
    for number in range(COUNT):
        fresh = number % AT_A_TIME == 0
        ways[number](clip, fresh, chance.randrange(1, STEPS), restart_database)
        if number % AT_A_TIME == AT_A_TIME - 1 or number == COUNT - 1:
            list(interrupted_run.run(clip.dataset, fresh=False))
            assert stored(clip) == whole, f"seed {seed}, after {number + 1} interruptions"
