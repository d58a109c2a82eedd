"""The real architectures with random weights, saved in the real format and loaded as users do."""

import numpy as np
import pytest
import rfdetr
import torch

from hoop_plugins.compat.rfdetr import network_of
from hoop_plugins.data.vocabulary import CLASSES
from hoop_plugins.errors import CheckpointError
from hoop_plugins.models.rfdetr import RFDETRDetector
from hoop_plugins.models.rfdetr import load_checkpoint as load
from hoop_plugins.models.roles import Detector
from hoop_plugins.sample.networks.detector import RFDETRCourt
from hoop_plugins.training.detector import checkpoint_of

FRAME = np.random.default_rng(0).integers(0, 256, (90, 160, 3), dtype=np.uint8)


def save(model, names, path):
    content = checkpoint_of(model, names)
    # Confident of everything, the empty slot included, so that every translation is seen.
    torch.nn.init.constant_(content["model"]["class_embed.bias"], 3.0)
    torch.save(content, path)
    return str(path)


@pytest.fixture(scope="module")
def court(tmp_path_factory):
    model = RFDETRCourt(device="cpu")
    return save(model, CLASSES, tmp_path_factory.mktemp("court") / "court.pth")


def test_nano_with_names_of_its_own(tmp_path):
    names = ("person", "sports ball", "mascot")
    nano = rfdetr.RFDETRNano(pretrain_weights=None, num_classes=3, device="cpu")
    detector = load(save(nano, names, tmp_path / "best.pth"), device="cpu")
    assert isinstance(detector, Detector)
    assert detector.labels == ("player", "ball", "mascot")
    (found,) = detector.detect([FRAME])
    assert set(found.data["class_name"]) <= {"player", "ball", "mascot"}
    assert len(found) > 0
    assert found.class_id.max() < 3
    assert found.xyxy.dtype == np.float32


def test_medium_keeps_its_size(tmp_path):
    medium = rfdetr.RFDETRMedium(pretrain_weights=None, num_classes=len(CLASSES), device="cpu")
    detector = load(save(medium, CLASSES, tmp_path / "best.pth"), device="cpu")
    assert type(detector.network).__name__ == "RFDETRMedium"
    assert detector.network.model_config.resolution == 576


def test_coco_names_become_player_and_ball():
    nano = rfdetr.RFDETRNano(pretrain_weights=None, device="cpu")
    torch.nn.init.constant_(nano.model.model.class_embed.bias, 3.0)
    detector = RFDETRDetector(nano)
    assert detector.labels == ("player", "ball")
    (found,) = detector.detect([FRAME])
    assert set(found.data["class_name"]) <= {"player", "ball"}


def test_the_court_size_leaves_real_sizes_alone(court):
    assert (
        load(court, device="cpu")
        .network.model.model.transformer.decoder.layers[0]
        .linear1.out_features
        == 256
    )
    nano = rfdetr.RFDETRNano(pretrain_weights=None, device="cpu")
    assert nano.model.model.transformer.decoder.layers[0].linear1.out_features == 2048


def test_frames_go_through_the_network_together_and_come_out_as_if_alone(court):
    other = np.ascontiguousarray(FRAME[:64, ::-1])
    detector = load(court, device="cpu")
    passes = []
    network_of(detector.network).register_forward_pre_hook(lambda *_: passes.append(1))
    together = detector.detect([FRAME, other, FRAME])
    assert len(passes) == 1
    alone = [detector.detect([frame])[0] for frame in (FRAME, other, FRAME)]
    for a, b in zip(alone, together, strict=True):
        np.testing.assert_allclose(a.xyxy, b.xyxy, atol=0.01)
        np.testing.assert_allclose(a.confidence, b.confidence, atol=1e-4)
    assert detector.detect([]) == []


def test_half_precision_loads_and_finds_the_same(court, tmp_path):
    half = tmp_path / "half.pth"
    content = torch.load(court, map_location="cpu", weights_only=True)
    weights = content["model"].items()
    content["model"] = {name: w.half() if w.is_floating_point() else w for name, w in weights}
    torch.save(content, half)
    assert half.stat().st_size < 4e6
    whole, small = (load(str(path), device="cpu") for path in (court, half))
    assert small.labels == CLASSES
    assert {p.dtype for p in small.network.model.model.parameters()} == {torch.float32}
    np.testing.assert_allclose(
        np.sort(whole.detect([FRAME])[0].confidence)[-5:],
        np.sort(small.detect([FRAME])[0].confidence)[-5:],
        atol=0.02,
    )


def test_a_missing_file_lists_the_stock_names(tmp_path):
    with pytest.raises(CheckpointError, match=r"no detector checkpoint at .*rfdetr-nano"):
        load(str(tmp_path / "absent.pth"), device="cpu")


def write_text(path):
    path.write_text("not weights")


def write_empty(path):
    path.touch()


def write_other_weights(path):
    torch.save({"linear.weight": torch.zeros(2, 2)}, path)


def write_a_list(path):
    torch.save([1, 2], path)


def write_other_network(path):
    torch.save({"model": {}, "args": {}, "model_name": "ResNet"}, path)


def write_missing_weights(path):
    torch.save({"model": {}, "args": {}, "model_name": "RFDETRCourt"}, path)


@pytest.mark.parametrize(
    "write",
    [
        write_text,
        write_empty,
        write_other_weights,
        write_a_list,
        write_other_network,
        write_missing_weights,
    ],
)
def test_what_is_no_checkpoint_is_said_in_one_line(tmp_path, write):
    path = tmp_path / "weights.pth"
    write(path)
    with pytest.raises(CheckpointError, match="is not an RF-DETR checkpoint") as caught:
        load(str(path), device="cpu")
    assert "\n" not in str(caught.value)


def test_a_segmentation_checkpoint_is_refused(tmp_path):
    model = rfdetr.RFDETRSegNano(pretrain_weights=None, num_classes=2, device="cpu")
    path = tmp_path / "masks.pth"
    torch.save(checkpoint_of(model, ("player", "ball")), path)
    with pytest.raises(CheckpointError, match="finds masks or keypoints"):
        load(str(path), device="cpu")


def test_a_checkpoint_without_class_names_is_refused(tmp_path):
    model = rfdetr.RFDETRNano(pretrain_weights=None, num_classes=2, device="cpu")
    content = checkpoint_of(model, ("player", "ball"))
    del content["args"]["class_names"]
    torch.save(content, tmp_path / "nameless.pth")
    with pytest.raises(CheckpointError, match="2 classes without names"):
        load(str(tmp_path / "nameless.pth"), device="cpu")
