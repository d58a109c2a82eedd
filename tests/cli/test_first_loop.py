"""The commands of docs/first-loop.md run in order, on shorter clips and with a short training.

What recognizes the videos, and the answers at the keyboard, are planted: other tests have them.
"""

from __future__ import annotations

import shlex
from pathlib import Path

import fiftyone as fo
import pytest
from test_readme import REPOSITORY, commands
from typer.testing import CliRunner

from hoop_plugins import correct
from hoop_plugins.cli import main as cli
from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.evaluation.runs import list_runs
from hoop_plugins.sample.loading import load_rendered

SHORT = {"--seconds 5": "--seconds 1.4", "--count 3000": "--count 40", "--steps 125": "--steps 2"}


def ran(words: list[str]) -> str:
    done = CliRunner().invoke(cli.app, words)
    assert done.exit_code == 0, (words, done.output, done.exception)
    return done.output


def recognize(dataset: fo.Dataset) -> None:
    """Recognizes everybody where the truth has them, and no number."""
    for sample_id in dataset.values("id"):
        store = SampleStore(dataset, sample_id)
        seen = list(store.read("ground_truth"))
        for role, kinds in (("players", ("player", "referee")), ("numbers", ("number",))):
            shown = {}
            for frame, found in seen:
                kept = [name in kinds for name in found.data["class_name"]]
                shown[frame] = found.select(kept)
            store.write(role, shown)
        ids = {int(i) for _, found in store.read("players") for i in track_ids(found)}
        store.write_tracks(Track(i, 1, store.video.frame_count) for i in ids)


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The page's commands, shortened, in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    lines = [shlex.join(words) for words in commands(page().read_text())]
    for long, short in SHORT.items():
        assert any(long in line for line in lines), f"no command has {long}"
        lines = [line.replace(long, short) for line in lines]
    return [shlex.split(line) for line in lines]


def page() -> Path:
    return REPOSITORY / "docs" / "first-loop.md"


def answer(dataset: fo.Dataset) -> None:
    """Says the number 23 of half the players, and 45 of the others."""
    for sample_id in dataset.values("id"):
        for index in SampleStore(dataset, sample_id).read_tracks():
            correct(dataset, index, number="23" if index % 2 else "45", sample=sample_id)


def test_the_commands_of_the_first_loop_run_in_order(typed: list[list[str]]) -> None:
    for words in typed:
        if words[0] == "app":
            answer(fo.load_dataset(words[1]))
        elif words[0] != "run" or "--stages" in words:
            ran(words)
        elif words[1].endswith(".mp4"):
            assert [Path(name).is_file() for name in words[1:3]] == [True, True]
            street = load_rendered("ours", words[words.index("--dataset") + 1])
            recognize(street)
            street.delete_frame_field("ground_truth")
        else:
            recognize(fo.load_dataset(words[words.index("--dataset") + 1]))
    assert set(list_runs(fo.load_dataset("third"))) == {"before", "after"}
