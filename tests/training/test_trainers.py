"""Trainers of other packages: found by role, recorded, and their models chosen by name."""

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from hoop_plugins import plugins
from hoop_plugins.api import train
from hoop_plugins.errors import HoopError
from hoop_plugins.hookspecs import hookimpl
from hoop_plugins.profiles import load_profile
from hoop_plugins.specs import ModelSpec, Role, TrainerSpec
from hoop_plugins.training import registry
from hoop_plugins.training.finetune import starting_model
from hoop_plugins.training.job import TrainingFiles, TrainingJob, TrainingProgress


class Scale:
    """An embedder that scales the mean color of a crop."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def embed(self, crops):
        return np.array([crop.mean((0, 1)) * self.factor for crop in crops], np.float32)


def load_scale(source: str, device: str = "auto") -> Scale:
    return Scale(1.0 if source == "scale" else float(Path(source).read_text()))


@dataclass(frozen=True)
class ScaleSettings:
    """How the scale is learnt.

    Attributes:
        steps: How often one is added.
    """

    steps: int = 1


def train_scale(job: TrainingJob) -> Generator[TrainingProgress, None, None]:
    job.folder.mkdir(parents=True, exist_ok=True)
    for step in range(1, job.settings.steps + 1):
        fraction = step / job.settings.steps
        yield TrainingProgress(fraction, step=step, scores={"loss": 1 - fraction})
    (job.folder / "scale.txt").write_text(str(1 + job.settings.steps))


class Package:
    """A stranger's package: an embedder, and what fine-tunes it."""

    @hookimpl
    def register_models(self, register: Callable[[ModelSpec], None]) -> None:
        register(ModelSpec("scale", Role.EMBEDDER, load_scale, accepts=lambda s: "scale" in s))

    @hookimpl
    def register_trainers(self, register: Callable[[TrainerSpec], None]) -> None:
        register(
            TrainerSpec(
                "scaler",
                Role.EMBEDDER,
                ScaleSettings,
                train_scale,
                accepts=lambda weights: weights == "scale",
                files=("scale.txt",),
                packages=("numpy",),
            )
        )


@pytest.fixture
def package(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    package = Package()
    plugins.add(plugins.manager(), package, "their_scale")
    yield package
    if plugins.manager().has_plugin("their_scale"):
        plugins.manager().unregister(package)


@pytest.fixture
def files(tmp_path) -> TrainingFiles:
    path = tmp_path / "crops.jsonl"
    path.write_text("{}\n{}\n")
    return TrainingFiles(path, path)


def test_a_strangers_trainer_makes_models_that_are_recorded_and_chosen(package, files, tmp_path):
    told: list[TrainingProgress] = []
    made = train(Role.EMBEDDER, "twice", files, model="scale", steps=2, progress=told.append)
    assert [now.step for now in told] == [1, 2]
    assert made.data["train_images"] == 2
    assert set(made.versions) == {"hoop-plugins", "numpy"}
    assert json.loads((made.folder / "model.json").read_text())["trainer"] == "scaler"
    crop = np.full((4, 4, 3), 10, np.uint8)
    assert plugins.load_model("embedder", "twice").embed([crop]).tolist() == [[30, 30, 30]]
    assert registry.export("twice", tmp_path / "out") == [tmp_path / "out" / "twice.txt"]
    with pytest.raises(HoopError, match="has no adapter"):
        registry.export("twice", tmp_path / "merged", merged=True)


def test_what_a_trainer_does_not_know_is_refused_by_name(package, files, dataset):
    with pytest.raises(HoopError, match="'scaler' has no setting 'minutes'; known: steps"):
        train(Role.EMBEDDER, "twice", files, model="scale", minutes=1)
    with pytest.raises(HoopError, match=r"nothing here fine-tunes the embedder .*; trainers: scal"):
        train(Role.EMBEDDER, "twice", files, model="sample")
    with pytest.raises(HoopError, match="'scaler' makes no data from a view"):
        train(Role.EMBEDDER, "twice", dataset, model="scale")
    assert not list(registry.models_folder().glob("*"))


@pytest.mark.parametrize(
    ("role", "profile", "model"),
    [
        (Role.READER, "pretrained", "HuggingFaceTB/SmolVLM2-500M-Video-Instruct"),
        (Role.READER, "sample", "sample"),
        (Role.DETECTOR, "pretrained", "rfdetr-medium"),
        (Role.EMBEDDER, "pretrained", "google/siglip-base-patch16-224"),
    ],
)
def test_a_training_starts_from_what_can_be_trained(role: Role, profile: str, model: str) -> None:
    assert starting_model(role, load_profile(profile)) == model


def test_of_a_profile_with_a_strangers_reader_too() -> None:
    class Readers:
        @hookimpl
        def register_models(self, register: Callable[[ModelSpec], None]) -> None:
            register(ModelSpec("ocr", Role.READER, lambda source, device="auto": None))

    plugin = Readers()
    plugins.manager().register(plugin)
    try:
        mine = load_profile("sample").with_models(reader="ocr")
        assert starting_model(Role.READER, mine).startswith("HuggingFaceTB/SmolVLM2-500M")
    finally:
        plugins.manager().unregister(plugin)
    # What nobody knows is refused by its own name.
    assert starting_model(Role.READER, load_profile().with_models(reader="gone")) == "gone"


def test_a_reader_that_cannot_be_trained_is_refused_by_name(package, files):
    with pytest.raises(HoopError, match=r"nothing here fine-tunes the reader 'rapidocr'; trainers"):
        train(Role.READER, "street", files, model="rapidocr", minutes=1)


def test_a_model_whose_trainer_is_gone_is_left_out(package, files, caplog):
    train(Role.EMBEDDER, "twice", files, model="scale")
    plugins.manager().unregister(package)
    assert registry.trained() == []
    assert "'twice' is left out: its trainer 'scaler' is not installed" in caplog.text


def test_a_record_of_the_first_version_names_no_trainer(package):
    folder = registry.models_folder() / "street"
    folder.mkdir(parents=True)
    record = {
        "role": "reader",
        "parent": "sample",
        "base": "sample",
        "data": {"dataset": "street"},
        "configuration": {"minutes": 5},
        "versions": {"torch": "2"},
        "scores": {"exact": 0.7},
        "created": "2026-01-01T00:00:00+00:00",
    }
    (folder / "model.json").write_text(json.dumps(record))
    (model,) = registry.trained()
    assert model.trainer.name == "smolvlm"
    assert model.weights == f"sample+{folder}"
    (folder / "model.json").write_text(json.dumps({**record, "role": "detector", "base": ""}))
    assert registry.find("street").weights == str(folder / "checkpoint_best_total.pth")
