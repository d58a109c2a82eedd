"""Ctrl-C: one line, soon, and what is done stays; in a pipe, progress is plain lines."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import fiftyone as fo
import pytest
import sample_game
from typer.testing import CliRunner

import hoop_plugins
from hoop_plugins import plugins
from hoop_plugins.cli import main as cli
from hoop_plugins.data.store import SampleStore
from hoop_plugins.specs import ModelSpec, Role

LINE = "stopped: what is done is kept; the same command goes on\n"

SOON = 10
"""Seconds; two on a machine that does nothing else."""


def hear() -> None:
    """Whatever starts the tests in the background, as CI may, lets its programs ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_a_stopped_run_ends_soon_in_one_line_and_keeps_what_is_done(tmp_path: Path) -> None:
    folder = sample_game.shorten(tmp_path, sample_game.FRAMES)
    (path,) = (folder / "clips").glob("*.mp4")
    command = [sys.executable, "-c", "from hoop_plugins.cli.main import main; main()"]
    job = ("--dataset", "stopped", "--profile", "sample", "--device", "cpu")
    with subprocess.Popen(
        [*command, "run", path, *job, "--stages", "detect,track"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear,
    ) as run:
        shown = []
        for line in run.stdout or ():
            if line.startswith(("detect:", "track:")):  # FiftyOne has something to say, too
                shown.append(line)
            if line.startswith("track:"):
                break
        begun = time.monotonic()
        run.send_signal(signal.SIGINT)
        rest, errors = run.communicate()
        took = time.monotonic() - begun
    assert (run.returncode, rest) == (-signal.SIGINT, "")  # 130 in a shell
    assert errors.endswith(LINE)
    assert "Traceback" not in errors
    assert took < SOON
    name, count = path.name, sample_game.FRAMES
    assert shown[0] == f"detect: {name}, frame 1 of {count}\n"
    assert shown[-2:] == [
        f"detect: {name}, frame {count} of {count}\n",
        f"track: {name}, frame 1 of {count}\n",
    ]

    dataset = fo.load_dataset("stopped")
    try:
        clip = SampleStore(dataset, dataset.first().id)
        assert clip.progress("detect")["complete"]
        assert len(dict(clip.read("detections"))) == count
        assert clip.progress("track").get("frames", 0) == len(dict(clip.read("players")))
    finally:
        dataset.delete()


class Slow:
    """A third party's detector whose weights take so long that somebody loses patience."""

    @hoop_plugins.hookimpl
    def register_models(self, register: Callable[[ModelSpec], None]) -> None:
        def load(source: object, device: str) -> None:
            raise KeyboardInterrupt

        register(ModelSpec("slow", Role.DETECTOR, load))


@pytest.fixture
def slow() -> Iterator[None]:
    plugin = Slow()
    plugins.manager().register(plugin)
    yield
    plugins.manager().unregister(plugin)


def test_a_run_that_is_stopped_before_it_began_leaves_nothing(
    slow: None, make_video: Callable[..., Path]
) -> None:
    words = ["run", str(make_video()), "--dataset", "stopped-early", "--detector", "slow"]
    ended = CliRunner().invoke(cli.app, [*words, "--profile", "sample", "--stages", "detect"])
    assert (ended.exit_code, ended.output) == (130, LINE)
    assert not fo.dataset_exists("stopped-early")
