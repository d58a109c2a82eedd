"""The profiles for real weights, on checkpoints of exactly those formats and architectures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import fiftyone as fo
import huggingface_hub.constants
import pytest
import torch
from real_weights import E_BARD, FRAME, PROJECT, nano, write_before_1_7, write_bundle, write_now

import hoop_plugins
from hoop_plugins import api, profiles
from hoop_plugins.compat.rfdetr import network_of
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import CheckpointError
from hoop_plugins.models.hub import hub_file
from hoop_plugins.models.rfdetr import RFDETRDetector
from hoop_plugins.profiles import Profile


def load(profile: Profile) -> RFDETRDetector:
    (stage,) = api.plan(profile, stages=["detect"], device="cpu")
    loaded: RFDETRDetector = stage.load_model()
    return loaded


def found_by(detector: RFDETRDetector, output: int) -> set[str]:
    """What the detector calls what one of its outputs is sure of."""
    bias = network_of(detector.network).class_embed.bias
    with torch.no_grad():
        bias.fill_(-9.0)
        bias[output] = 3.0
    return set(detector.detect([FRAME])[0].data["class_name"])


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub, which cannot be reached."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return tmp_path / "hub"


def cached(hub: Path) -> Path:
    """Where the cache has the weights of the profile "nba"."""
    source = hub_file(profiles.load_profile("nba").stages["detect"].model)
    assert source is not None
    repository, file, revision = source
    return hub / f"models--{repository.replace('/', '--')}" / "snapshots" / str(revision) / file


@pytest.mark.parametrize("outputs", [4, 5])
def test_nba_calls_each_output_of_e_bard_as_its_dataset_did(outputs: int, hub: Path) -> None:
    write_before_1_7(nano(outputs, resolution=704), cached(hub), num_classes=4)
    detector = load(profiles.load_profile("nba"))
    assert detector.labels == E_BARD
    assert detector.network.model_config.resolution == 704
    assert found_by(detector, 3) == {"referee"}


def test_nba_runs_from_the_cache_with_our_names(
    hub: Path, dataset: fo.Dataset, make_video: Callable[..., Path]
) -> None:
    model = nano(4, resolution=704)
    bias = network_of(model).class_embed.bias
    with torch.no_grad():
        bias.copy_(torch.tensor([1.0, 0.5, 3.0, 2.0]))
    write_before_1_7(model, cached(hub), num_classes=4)
    dataset.add_sample(fo.Sample(filepath=str(make_video(frames=2))))
    messages = [
        step.message
        for step in hoop_plugins.recognize.steps(dataset, "nba", stages=["detect"], device="cpu")
    ]
    assert not any("downloads" in message for message in messages)
    counts = dataset.count_values("frames.detections.detections.label")
    assert counts
    assert set(counts) <= {"player", "referee", "ball", "rim"}
    record = SampleStore(dataset, dataset.first().id).progress("detect")
    assert record["labels"] == ["ball", "player", "referee", "rim"]
    assert profiles.remembered(dataset) == "nba"


def test_nba_takes_a_copy_by_path(tmp_path: Path) -> None:
    copy = write_before_1_7(nano(4, resolution=704), tmp_path / "copy.pth", num_classes=4)
    nba = profiles.load_profile("nba").with_models(detector=str(copy))
    assert load(nba).labels == E_BARD


def test_what_is_downloaded_is_said_first_and_changes_nothing_where_it_fails(
    hub: Path, dataset: fo.Dataset, make_video: Callable[..., Path]
) -> None:
    dataset.add_sample(fo.Sample(filepath=str(make_video(frames=2))))
    steps = hoop_plugins.recognize.steps(dataset, "nba", stages=["detect"], device="cpu")
    message = next(steps).message
    assert message == "downloads GabrieleGiudici/E-BARD-detection-models (about 121 MB, CC-BY-4.0)"
    with pytest.raises(CheckpointError, match=r"not be downloaded .* give the path of a copy"):
        list(steps)
    dataset.reload()
    assert "detections" not in dataset.get_frame_field_schema()
    assert profiles.remembered(dataset) == "pretrained"


def roboflow(path: Path) -> Profile:
    return profiles.load_profile("roboflow").with_models(detector=str(path))


def test_roboflow_s_classes_of_a_training_are_ours(tmp_path: Path) -> None:
    path = write_now(nano(11), PROJECT, tmp_path / "checkpoint_best_total.pth")
    detector = load(roboflow(path))
    assert detector.labels == PROJECT
    assert found_by(detector, 9) == {"rim"}
    assert found_by(detector, 10) == set()


def test_roboflow_s_classes_of_an_old_training_begin_at_one(tmp_path: Path) -> None:
    path = write_before_1_7(nano(11), tmp_path / "best.pth", class_names=list(PROJECT))
    detector = load(roboflow(path))
    assert found_by(detector, 0) == set()
    assert found_by(detector, 10) == {"rim"}


def test_roboflow_s_weights_pt_is_loaded(tmp_path: Path) -> None:
    detector = load(roboflow(write_bundle(nano(11), PROJECT, tmp_path / "bundle")))
    assert detector.labels == PROJECT
    assert found_by(detector, 8) == {"referee"}


def test_roboflow_s_numbers_are_the_detector_s(
    tmp_path: Path, dataset: fo.Dataset, make_video: Callable[..., Path]
) -> None:
    path = write_now(nano(11), PROJECT, tmp_path / "mine.pth")
    dataset.add_sample(fo.Sample(filepath=str(make_video(frames=2))))
    hoop_plugins.recognize(dataset, "roboflow", detector=str(path), stages=["detect"], device="cpu")
    record = SampleStore(dataset, dataset.first().id).progress("detect")
    assert record["labels"] == sorted(PROJECT)


def test_which_class_an_old_training_began_with_is_asked_for(tmp_path: Path) -> None:
    path = write_before_1_7(nano(11), tmp_path / "best.pth", class_names=list(PROJECT))
    pretrained = profiles.load_profile().with_models(detector=str(path))
    with pytest.raises(CheckpointError, match=r"give first_class = 1 .* for an export of Roboflow"):
        load(pretrained)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"class_names": ["a", "b"], "first_class": 0},
            "4 outputs.* does not fit 2 class names",
        ),
        ({"class_names": [*E_BARD, "coach"]}, "does not fit 5 class names"),
        ({}, r"give them, in order, as class_names of \[detect.options\]"),
        ({"class_names": list(E_BARD), "size": "nano"}, "size is 'nano': give one of rfdetr-nano"),
        ({"class_names": list(E_BARD), "size": "rfdetr-small"}, "as rfdetr-small lacks"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    options: dict[str, object], message: str, tmp_path: Path
) -> None:
    path = write_before_1_7(nano(4), tmp_path / "nameless.pth")
    profile = profiles.load_profile().with_settings("detect", model=str(path), options=options)
    with pytest.raises(CheckpointError, match=message):
        load(profile)
