"""The ``hoop`` command: bad input ends in one line and a status that is not zero."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import fiftyone as fo
import people
import pytest
from typer.testing import CliRunner

from hoop_plugins import corrections
from hoop_plugins.cli import main as cli
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError


def hoop(*words: object) -> str:
    """Runs a command in this process; what it could not do is raised."""
    result = CliRunner().invoke(cli.app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def text_file(folder: Path) -> Path:
    (folder / "text.mp4").write_text("no video")
    return folder / "text.mp4"


def checkpoint(folder: Path) -> Path:
    (folder / "weights.pth").write_text("no weights")
    return folder / "weights.pth"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "nowhere.mp4", "--dataset", "cli-a"], "nowhere.mp4 does not exist"),
        (["run"], "nothing to recognize yet: give videos, as hoop run game.mp4"),
        (["run", "--stages", "validate"], "nothing to recognize yet"),
        (["run", "--dataset", "cli-nobody"], "no dataset 'cli-nobody'"),
        (["run", "--profile", "smaple"], "unknown profile 'smaple'"),
        (["run", "--stages", "guess"], "unknown stage 'guess'"),
        (["run", "--device", "cuda:7"], "device 'cuda:7' is not there"),
        (["evaluate", "cli-nobody", "--json", "nowhere/x.json"], "its folder is not there"),
        (["evaluate", "cli-nobody"], "no dataset 'cli-nobody'"),
        (["errors", "cli-nobody"], "no dataset 'cli-nobody'"),
        (["render", "cli-nobody", "out"], "no dataset 'cli-nobody'"),
        (["sample", "render", "out", "--domain", "moon"], "unknown domain 'moon'"),
        (["sample", "load", "nowhere", "--dataset", "cli-a"], "holds no rendered clips"),
        (["train", "reader", __file__, __file__, "--out", "x"], "give minutes or steps"),
        (["train", "detector", "nowhere", "--steps", "1"], "--name to keep it"),
        (["train", "detector", "--steps", "1", "--name", "x"], "a path, or --dataset"),
        (["train", "detector", "nowhere", "--steps", "1", "--name", "x"], "no annotations at"),
        (["train", "reader", "a", "b", "--steps", "1", "--name", "x"], "no annotations at"),
        (
            ["train", "reader", "--dataset", "cli-nobody", "--steps", "1", "--name", "x"],
            "no dataset 'cli-nobody'",
        ),
        (["models", "export", "nobody", "out"], "no trained model 'nobody'"),
        (
            ["sample", "train-tracker", "--train", "nowhere", "--valid", "x", "--out", "x"],
            "nowhere holds no rendered clips",
        ),
    ],
)
def test_what_cannot_work_is_told_in_one_line(words: list[str], message: str) -> None:
    with pytest.raises(HoopError, match=message) as raised:
        hoop(*words)
    assert "\n" not in str(raised.value)
    assert not fo.dataset_exists("cli-a")


def test_a_text_file_is_refused_before_a_dataset_is_made(tmp_path: Path) -> None:
    with pytest.raises(HoopError, match=r"text\.mp4 is not a video"):
        hoop("run", text_file(tmp_path), "--dataset", "cli-a", "--profile", "sample")
    assert not fo.dataset_exists("cli-a")


def test_what_fiftyone_takes_for_an_image_is_refused_before_a_dataset_is_made(
    make_video: Callable[..., Path], tmp_path: Path
) -> None:
    image = make_video().rename(tmp_path / "a.jpg")
    with pytest.raises(HoopError, match=r"a\.jpg is no video by its name but image"):
        hoop("run", image, "--dataset", "cli-a", "--profile", "sample")
    assert not fo.dataset_exists("cli-a")


def test_an_unknown_model_lists_the_known_ones(make_video: Callable[..., Path]) -> None:
    with pytest.raises(HoopError, match=r"unknown detector 'yolo'.*rfdetr-nano.*sample"):
        hoop("run", make_video(), "--dataset", "cli-b", "--profile", "sample", "--detector", "yolo")


def test_a_checkpoint_of_the_wrong_kind_leaves_stored_labels_alone(
    clip: SampleStore, tmp_path: Path
) -> None:
    before = [found.xyxy.tolist() for _, found in clip.read("detections")]
    with pytest.raises(HoopError, match=r"weights\.pth"):
        hoop(
            *("run", "--dataset", clip.dataset.name, "--profile", "sample"),
            *("--detector", checkpoint(tmp_path), "--fresh"),
        )
    assert [found.xyxy.tolist() for _, found in clip.read("detections")] == before


def test_an_image_dataset_is_refused(dataset: fo.Dataset, tmp_path: Path) -> None:
    dataset.add_sample(fo.Sample(filepath=str(tmp_path / "a.jpg")))
    with pytest.raises(HoopError, match="holds image samples"):
        hoop("run", "--dataset", dataset.name, "--profile", "sample")


def test_stages_that_need_no_network_run_and_print_the_roster(clip: SampleStore) -> None:
    shown = hoop(
        *("run", "--dataset", clip.dataset.name, "--profile", "sample", "--stages"),
        "pair,validate",
    )
    assert "Who is on the court" in shown
    assert "unread" in shown


def test_nobody_is_found_only_where_somebody_looked(clip: SampleStore) -> None:
    words = ("run", "--dataset", clip.dataset.name, "--profile", "sample", "--stages", "pair")
    clip.write_tracks([])
    assert "no players were found" not in hoop(*words)
    clip.record("track", {}, clip.video.frame_count, complete=True)
    assert "clip.mp4: no players were found" in hoop(*words)


def test_errors_are_counted_and_saved_as_views(clip: SampleStore) -> None:
    people.decide(clip)
    clip.assign("players", [(2, None, {"number": "23"})])
    shown = " ".join(hoop("errors", clip.dataset.name).split())
    assert "60 labels in 1 clip" in shown
    assert "needs" in shown
    clip.dataset.reload()
    assert len(clip.dataset.load_saved_view("hoop: duplicate numbers")) == 1


def test_a_track_is_corrected_listed_and_put_back(clip: SampleStore) -> None:
    people.decide(clip)
    name = clip.dataset.name
    shown = hoop("correct", name, "--track", 1, "--number", "99", "--sample", "clip.mp4")
    (key,) = (one.key for one in corrections.listed(clip))
    assert "number 99" in shown
    assert key in shown
    assert clip.read_tracks()[1].number == "99"
    for words, message in (
        (("--track", 1, "--number", "7B"), "'7B' is not a jersey number"),
        (("--track", 9, "--number", "7"), "has no track 9"),
        (("--track", 1, "--number", "7", "--sample", "b.mp4"), "0 videos of .* are 'b.mp4'"),
        (("--undo", "x"), "has no correction 'x'"),
    ):
        with pytest.raises(HoopError, match=message):
            hoop("correct", name, *words)
    hoop("correct", name, "--undo", key)
    assert clip.read_tracks()[1].number == "23"


def test_the_shell_sees_one_line_and_status_one() -> None:
    command = [sys.executable, "-c", "from hoop_plugins.cli.main import main; main()"]
    ended = subprocess.run(
        [*command, "run", "nowhere.mp4", "--profile", "sample"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith("hoop: nowhere.mp4 does not exist: give the path of a video file")


def test_the_first_lines_of_a_first_run_are_ours_alone(tmp_path: Path) -> None:
    mine = {name: text for name, text in os.environ.items() if not name.startswith("FIFTYONE")}
    ended = subprocess.run(
        [sys.executable, "-c", "from hoop_plugins.cli.main import main; main()", "run"],
        env=mine | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith("hoop: nothing to recognize yet: give videos, as hoop run game.mp4")


def test_a_database_that_does_not_answer_is_told_in_one_line() -> None:
    address = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100"
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from hoop_plugins.cli.main import main; main()",
            "errors",
            "finals",
        ],
        env={**os.environ, "FIFTYONE_DATABASE_URI": address},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    (line,) = ended.stderr.strip().splitlines()
    assert line.startswith(f"hoop: FiftyOne's database, {address}, does not answer")


def test_doctor_finds_mongodb_and_opencv_in_order() -> None:
    shown = hoop("doctor")
    for name in ("Python", "MongoDB", "OpenCV", "torch", "sample detector", "hooks"):
        assert f"{name}:" in shown
    assert "ok  MongoDB" in shown
    assert "ok  OpenCV" in shown


def test_evaluations_are_kept_and_compared(clip: SampleStore, tmp_path: Path) -> None:
    people.decide(clip)
    clip.write("ground_truth", dict(clip.read("players")))
    clip.dataset.rename_frame_field("ground_truth", "truth")
    words = ("evaluate", clip.dataset.name, "--ground-truth", "truth")
    assert "identity.frame_accuracy" in hoop(*words, "--key", "first")
    clip.assign("players", [(1, None, {"number": "99"})])
    shown = hoop(*words, "--compare", "first", "--json", tmp_path / "figures.json")
    assert "Comparison over 1 clip" in shown
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["identity"]["frame_accuracy"] == 0.75
    change = figures["comparison"]["changes"]["identity.frame_accuracy"]
    assert (change["old"], change["new"], change["difference"]) == (1, 0.75, -0.25)


def test_what_was_corrected_stands_for_ground_truth(clip: SampleStore) -> None:
    people.decide(clip)
    corrections.correct(clip, 1, number="99")
    shown = hoop("evaluate", clip.dataset.name, "--no-marks")
    assert "clip.mp4 has no ground truth: 1 corrected track stands for it." in shown


def test_an_evaluation_may_leave_the_dataset_alone(clip: SampleStore) -> None:
    clip.write("ground_truth", dict(clip.read("players")))
    before = clip.dataset.get_frame_field_schema(flat=True)
    assert "tracking.hota" in hoop("evaluate", clip.dataset.name, "--no-marks")
    assert fo.load_dataset(clip.dataset.name).get_frame_field_schema(flat=True) == before


def test_labels_are_exported_and_imported_again(clip: SampleStore, tmp_path: Path) -> None:
    name, out = clip.dataset.name, tmp_path / "labels"
    shown = hoop("export-labels", name, out, "--format", "mot", "--field", "players")
    assert "30 frames of clip.mp4 written to" in " ".join(shown.split())
    shown = hoop("import-labels", name, out, "--field", "truth")
    assert "30 frames of clip.mp4 labeled" in shown
    clip.dataset.reload()
    players = clip.dataset.count("frames.players.detections")
    assert clip.dataset.count("frames.truth.detections") == players


def test_a_run_that_cannot_begin_leaves_nothing(
    make_video: Callable[..., Path], tmp_path: Path, dataset: fo.Dataset
) -> None:
    broken = ("--detector", checkpoint(tmp_path), "--profile", "sample")
    with pytest.raises(HoopError, match=r"weights\.pth"):
        hoop("run", make_video(), "--dataset", "cli-a", *broken)
    assert not fo.dataset_exists("cli-a")
    dataset.add_sample(fo.Sample(str(make_video("old.mp4"))))
    fields = [*dataset.get_field_schema(), *dataset.get_frame_field_schema()]
    # Also where what is broken would be needed last.
    reader = tmp_path / "reader"
    reader.mkdir()
    (reader / "config.json").write_text("{}")
    with pytest.raises(HoopError, match="reader"):
        hoop(
            "run",
            make_video(),
            "--dataset",
            dataset.name,
            "--profile",
            "sample",
            "--reader",
            reader,
        )
    dataset.reload()
    assert len(dataset) == 1
    assert "profile" not in dataset.info
    after = [*dataset.get_field_schema(), *dataset.get_frame_field_schema()]
    assert after == fields
