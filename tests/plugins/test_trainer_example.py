"""The trainer of docs/plugins.md: its model is recorded, and chosen by its name."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

import hoop_plugins
from hoop_plugins import HoopError, TrainingFiles
from hoop_plugins.training import registry


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainingFiles:
    """One image with a person whose upper half is light gray."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    image = np.full((100, 100, 3), 20, np.uint8)
    image[20:50, 20:50] = 150
    cv2.imwrite(str(tmp_path / "person.png"), image)
    coco = {
        "images": [{"id": 1, "file_name": "person.png"}],
        "annotations": [{"image_id": 1, "bbox": [20, 20, 30, 60]}],
    }
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(coco))
    return TrainingFiles(path, path)


def test_the_example_trains_a_model_that_sees_what_its_parent_does_not(
    courtside: Path, files: TrainingFiles
) -> None:
    settings = {"model": "white-shirts", "share": 0.4}
    made = hoop_plugins.train("detector", "gray-shirts", files, **settings)
    assert made.parent == "white-shirts"
    assert made.configuration == {"share": 0.4}
    image = cv2.imread(str(files.train.with_name("person.png")))
    assert len(hoop_plugins.load_model("detector", "white-shirts").detect([image])[0]) == 0
    (found,) = hoop_plugins.load_model("detector", "gray-shirts").detect([image])
    assert found.xyxy.tolist() == [[20, 20, 50, 50]]
    with pytest.raises(HoopError, match="trainer 'shirts' has no setting 'rate'; known: share"):
        hoop_plugins.train("detector", "other", files, model="white-shirts", rate=1)


def test_its_setting_is_an_option_of_hoop_train(courtside: Path, files: TrainingFiles) -> None:
    command = importlib.reload(importlib.import_module("hoop_plugins.cli.train"))
    words = ["detector", str(files.train), str(files.valid), "--model", "white-shirts"]
    share = ["--share", "0.4", "--name", "gray-shirts"]
    result = CliRunner().invoke(command.app, [*words, *share])
    assert "use it: hoop run --detector gray-shirts" in result.output
    assert registry.find("gray-shirts").configuration == {"share": 0.4}
    unknown = CliRunner().invoke(command.app, [*words, "--name", "other", "--minutes", "1"])
    assert "trainer 'shirts' has no setting 'minutes'" in str(unknown.exception)
