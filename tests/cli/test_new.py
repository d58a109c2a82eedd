"""``hoop new``: a guided start, by questions or by flags."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import cv2
import fiftyone as fo
import numpy as np
import pytest
import supervision as sv
from typer.testing import CliRunner

from hoop_plugins import plugins
from hoop_plugins.cli import main as cli
from hoop_plugins.errors import HoopError
from hoop_plugins.hookspecs import hookimpl
from hoop_plugins.specs import ModelSpec, Role

LEFT, RIGHT = (20.0, 40.0, 60.0, 120.0), (220.0, 60.0, 260.0, 170.0)
COURT = "0.5,0.2 1,0.2 1,1 0.5,1"
"""Where only the right one stands."""


def load_two(source: str, device: str = "auto") -> object:
    """A detector that sees two people and a ball."""

    def detect(frames: list[object]) -> list[sv.Detections]:
        names = np.array(["Athlete", "person", "sports ball"], dtype=object)
        boxes = np.array([LEFT, RIGHT, (100, 20, 110, 30)], np.float32)
        sure = np.full(3, 0.9, np.float32)
        found = sv.Detections(boxes, confidence=sure, class_id=np.arange(3))
        found.data["class_name"] = names
        return [found for _ in frames]

    return SimpleNamespace(detect=detect, labels=("Athlete", "person", "sports ball"))


class Package:
    @hookimpl
    def register_models(self, register: Callable[[ModelSpec], None]) -> None:
        register(ModelSpec("two", Role.DETECTOR, load_two, classes={"Athlete": "player"}))


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    package = Package()
    plugins.manager().register(package)
    monkeypatch.chdir(tmp_path)
    yield
    plugins.manager().unregister(package)
    for name in ("clip", "finals"):
        if fo.dataset_exists(name):
            fo.delete_dataset(name)


def new(*words: object, answers: str = "") -> str:
    command = ["new", *map(str, words), "--detector", "two", "--device", "cpu"]
    result = CliRunner().invoke(cli.app, command, input=answers)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def command_of(shown: str) -> list[str]:
    return shlex.split(next(line for line in shown.splitlines() if line.startswith("hoop run")))


def test_every_answer_can_be_a_flag(make_video: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "finals.csv").write_text("team,number,name\nHawks,7,Ann\n")
    video = make_video()
    shown = new(
        *(video, "--dataset", "finals", "--profile", "sample", "--court", COURT),
        *("--roster", "finals.csv", "--no-ask", "--no-run"),
    )
    assert "clip-first-frame.png shows the first frame: 1 off the court, 1 player, 1 ball" in shown
    words = command_of(shown)
    assert words[:5] == ["hoop", "run", str(video), "--dataset", "finals"]
    options = dict(zip(words[5::2], words[6::2], strict=True))
    assert options == {
        "--profile": "sample",
        "--detector": "two",
        "--device": "cpu",
        "--court": COURT,
        "--roster": "finals.csv",
    }
    assert not fo.dataset_exists("finals")


def test_questions_are_asked_again_until_the_answers_can_work(
    make_video: Callable[..., Path],
) -> None:
    answers = ["smaple", "sample", "0,0", f'"{COURT}"', "nowhere.csv", "none", "n"]
    shown = new(make_video(), answers="\n".join(answers) + "\n")
    assert "pretrained: What the hubs give" in shown
    assert "unknown profile 'smaple'" in shown
    assert "court: '0,0' encloses nothing" in shown
    assert "nowhere.csv" in shown
    assert "first frame: 2 player, 1 ball" in shown
    assert "first frame: 1 off the court, 1 player, 1 ball" in shown
    options = command_of(shown)
    assert options[options.index("--court") + 1] == COURT
    assert "--roster" not in options
    assert not fo.dataset_exists("clip")


def test_the_picture_shows_boxes_and_the_court(
    make_video: Callable[..., Path], tmp_path: Path
) -> None:
    new(make_video(), "--picture", "plain.png", "--no-ask")
    new(make_video(), "--picture", "court.png", "--court", COURT, "--no-ask")
    plain, court = (cv2.imread(str(tmp_path / f"{name}.png")) for name in ("plain", "court"))
    assert plain.shape == court.shape == (720, 1280, 3)
    left = np.s_[4 * 45 : 4 * 115, 4 * 20 - 1 : 4 * 20 + 1]
    assert not np.array_equal(plain[left], court[left])


def test_the_job_runs_at_the_end(make_video: Callable[..., Path]) -> None:
    shown = new(make_video(), "--profile", "sample", "--dataset", "finals", "--no-ask", "--run")
    assert "hoop run" in shown
    assert fo.load_dataset("finals").count("frames.detections.detections") == 90


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere.mp4"], r"nowhere\.mp4 does not exist"),
        (["clip.mp4", "--picture", "no/where.png"], "cannot be written: give --picture"),
        (["clip.mp4", "--picture", "where.txt"], "cannot be written: give --picture"),
        (["clip.mp4", "--court", "1,2"], "corner 1,2 is outside the picture"),
        (["clip.mp4", "--roster", "nobody.csv"], r"nobody\.csv"),
        (["clip.mp4", "--profile", "smaple"], "unknown profile 'smaple'"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(
    words: list[str], message: str, make_video: Callable[..., Path]
) -> None:
    make_video()
    with pytest.raises(HoopError, match=message):
        new(*words, "--no-ask", "--no-run")
    assert not fo.dataset_exists("clip")
