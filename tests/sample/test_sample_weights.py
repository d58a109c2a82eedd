"""The small networks as a plugin brings them: by name, and detectors by what is in the file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from hoop_plugins import CLASSES, HoopError, Role, load_model, plugins
from hoop_plugins.sample.commands import app
from hoop_plugins.sample.weights import is_court, weights


def test_a_checkpoint_of_the_small_detector_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    copy = shutil.copy(weights(Role.DETECTOR), tmp_path / "fine-tuned.pth")
    assert plugins.find_model(Role.DETECTOR, str(copy)).name == "rfdetr-court"
    torch.save({"model_name": "RFDETRNano"}, tmp_path / "nano.pth")
    (tmp_path / "empty.pth").touch()
    for other in ("nano.pth", "empty.pth", "absent.pth"):
        assert not is_court(str(tmp_path / other))
        assert plugins.find_model(Role.DETECTOR, str(tmp_path / other)).name == "rfdetr"


def test_a_fresh_process_loads_such_a_checkpoint_by_path() -> None:
    code = (
        "import sys, hoop_plugins; "
        "print(hoop_plugins.load_model('detector', sys.argv[1], 'cpu').labels)"
    )
    command = [sys.executable, "-c", code, str(weights(Role.DETECTOR))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == str(CLASSES)


def test_the_untrained_detector_can_be_trained_and_loaded(tmp_path: Path) -> None:
    path = tmp_path / "untrained.pth"
    assert CliRunner().invoke(app, ["untrained", "detector", str(path)]).exit_code == 0
    assert load_model("detector", str(path), "cpu").labels == CLASSES


def test_the_tracker_has_the_options_of_its_family() -> None:
    assert list(plugins.find_model(Role.TRACKER, "sample").options()) == [
        "masks",
        "check_every",
        "drift_iou",
    ]
    tracker = load_model("tracker", "sample", "cpu", check_every=3)
    assert tracker.check_every == 3


def test_other_roles_have_no_untrained_network() -> None:
    with pytest.raises(HoopError, match="'embedder' is not trained by hoop train"):
        CliRunner().invoke(app, ["untrained", "embedder", "x"], catch_exceptions=False)
