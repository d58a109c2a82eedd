"""Fine-tuning the sample's networks under a name, from files: record, choice, export, removal."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import rfdetr
from peft import PeftModel
from PIL import Image
from transformers import SmolVLMForConditionalGeneration
from typer.testing import CliRunner

from hoop_plugins import plugins
from hoop_plugins.api import score_reader, train
from hoop_plugins.cli import main as cli
from hoop_plugins.errors import HoopError, UnknownModelError
from hoop_plugins.models import smolvlm
from hoop_plugins.sample.weights import weights
from hoop_plugins.specs import Role
from hoop_plugins.training import registry
from hoop_plugins.training.job import TrainingFiles, TrainingProgress

SHORT = {"model": "sample", "batch_size": 4, "device": "cpu", "validate_every": 2}


@pytest.fixture(autouse=True)
def models(tmp_path, monkeypatch) -> Path:
    """A folder of models of the test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    return registry.models_folder()


@pytest.fixture
def crops(tmp_path) -> TrainingFiles:
    rows = []
    for index, suffix in enumerate(["7", "23", "none", "7", "23", "none"]):
        pixels = np.random.default_rng(index).integers(0, 255, (40, 30, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{index}.png")
        rows.append(json.dumps({"image": f"{index}.png", "suffix": suffix}))
    path = tmp_path / "crops.jsonl"
    path.write_text("\n".join(rows) + "\n")
    return TrainingFiles(path, path)


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def test_a_trained_reader_is_recorded_chosen_by_name_and_exported(crops, models, tmp_path):
    shipped = digest(weights(Role.READER))
    seen: list[TrainingProgress] = []
    trained = train(Role.READER, "street-1", crops, steps=2, progress=seen.append, **SHORT)
    assert seen[-1].fraction == 1
    assert "loss" in seen[-1].text
    assert "exact match" in seen[-1].text

    assert trained.parent == trained.base == "sample"
    assert trained.data["train_crops"] == 6
    assert trained.configuration["steps"] == 2
    assert {"torch", "peft"} <= set(trained.versions)
    assert set(trained.scores) == {"exact", "exact_before"}
    left = {path.name for path in trained.folder.iterdir()}
    assert {"model.json", "adapter_model.safetensors"} <= left
    assert not left & {"begun.json", "training_state.pt", "data"}

    assert "street-1" in [spec.name for spec in plugins.models(Role.READER)]
    scored = score_reader(crops.valid, "street-1").scores["street-1"]
    assert scored.exact == pytest.approx(trained.scores["exact"])

    base = SmolVLMForConditionalGeneration.from_pretrained(weights(Role.READER))
    registry.export("street-1", tmp_path / "adapter")
    assert PeftModel.from_pretrained(base, tmp_path / "adapter").peft_config["default"].r == 8
    with pytest.raises(HoopError, match="adapter exists already"):
        registry.export("street-1", tmp_path / "adapter", merged=True)
    registry.export("street-1", tmp_path / "merged", merged=True)
    crop = [np.full((40, 30, 3), 200, np.uint8)]
    merged = smolvlm.load(str(tmp_path / "merged"), device="cpu").read(crop)
    named = plugins.load_model(Role.READER, "street-1", device="cpu").read(crop)
    np.testing.assert_allclose(merged, named, atol=1e-5)

    again = train(Role.READER, "street-2", crops, steps=1, **{**SHORT, "model": "street-1"})
    assert (again.parent, again.base) == ("street-1", "sample")
    assert digest(weights(Role.READER)) == shipped

    with pytest.raises(HoopError, match="'street-1' exists already"):
        train(Role.READER, "street-1", crops, steps=1, **SHORT)
    registry.rename("street-1", "street")
    registry.remove("street-2")
    assert [model.name for model in registry.trained()] == ["street"]
    with pytest.raises(UnknownModelError, match=r"no trained model 'street-2'; known: street"):
        registry.find("street-2")
    listed = CliRunner().invoke(cli.app, ["models"], env={"COLUMNS": "300"}).output
    assert "street" in listed
    assert f"exact {trained.scores['exact']:.3f}" in listed


def test_who_has_learned_nothing_is_not_recommended(crops, models):
    words = ["train", "reader", str(crops.train), str(crops.valid), "--name", "same"]
    short = ["--model", "sample", "--steps", "1", "--batch-size", "4", "--learning-rate", "1e-12"]
    told = CliRunner().invoke(cli.app, [*words, *short, "--device", "cpu"]).output
    assert "it is as it was before" in told
    assert "use it" not in told


def test_a_stopped_training_goes_on_with_the_same_settings_only(crops, models):
    steps = train.steps(Role.READER, "street-1", crops, steps=3, **SHORT)
    assert "step 0" in next(steps).text
    steps.close()
    assert "street-1" not in [spec.name for spec in plugins.models()]
    with pytest.raises(HoopError, match="was begun with batch_size 4, not 2"):
        train(Role.READER, "street-1", crops, steps=3, **{**SHORT, "batch_size": 2})
    texts: list[str] = []
    train(Role.READER, "street-1", crops, steps=2, progress=lambda s: texts.append(s.text), **SHORT)
    assert texts[0].startswith("step 0")
    assert texts[-1].startswith("step 2 (100.0%)")


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("street 1", {}, "'street 1' is no name"),
        ("sample", {}, "'sample' exists already"),
        ("street-1", {"model": "ocr"}, "unknown reader 'ocr'"),
        ("street-1", {"rank": 16}, "has rank 8, not 16"),
        ("street-1", {"steps": None}, "needs a budget"),
        ("street-1", {"replay": "gone.jsonl"}, "cannot read"),
        ("street-1", {"device": "cuda:7"}, "is not there"),
    ],
)
def test_what_cannot_be_trained_leaves_nothing(crops, models, name, changes, message):
    with pytest.raises(HoopError, match=message) as raised:
        train(Role.READER, name, crops, **{**SHORT, "steps": 1, **changes})
    assert "\n" not in str(raised.value)
    assert not models.exists() or not list(models.iterdir())


def test_a_record_that_cannot_be_read_is_left_out(models, caplog):
    (models / "broken").mkdir(parents=True)
    (models / "broken" / "model.json").write_text("{}")
    assert "broken" not in [spec.name for spec in plugins.models()]
    assert "trained model 'broken' is left out" in caplog.text


def test_a_trained_detector_is_recorded_and_exported_for_rfdetr(tmp_path):
    files = TrainingFiles(*(write_coco(tmp_path / split) for split in ("train", "valid")))
    trained = train(Role.DETECTOR, "street-d", files, steps=1, **SHORT)
    assert set(trained.scores) == {"ap50", "ap50_before"}
    assert trained.data["train_images"] == 2
    detector = plugins.load_model(Role.DETECTOR, "street-d", device="cpu")
    assert set(detector.labels) >= {"player", "ball", "rim"}
    (exported,) = registry.export("street-d", tmp_path / "out")
    assert rfdetr.from_checkpoint(exported).class_names == list(detector.labels)
    with pytest.raises(HoopError, match="a detector, which has no adapter"):
        registry.export("street-d", tmp_path / "out", merged=True)


def write_coco(folder: Path) -> Path:
    folder.mkdir()
    image = np.random.default_rng(0).integers(0, 255, (72, 128, 3), dtype=np.uint8)
    boxes = {1: [10, 20, 30, 40], 2: [80, 10, 12, 12]}
    coco = {
        "categories": [{"id": 1, "name": "player"}, {"id": 2, "name": "ball"}],
        "images": [{"id": index, "file_name": f"{index}.png"} for index in range(2)],
        "annotations": [
            {"id": 2 * index + label, "image_id": index, "category_id": label, "bbox": box}
            for index in range(2)
            for label, box in boxes.items()
        ],
    }
    for index in range(2):
        Image.fromarray(image).save(folder / f"{index}.png")
    path = folder / "_annotations.coco.json"
    path.write_text(json.dumps(coco))
    return path
