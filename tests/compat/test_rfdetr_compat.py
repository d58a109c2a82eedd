"""What compat/rfdetr.py relies on."""

from pathlib import Path

import pytest
import rfdetr
import torch
from pydantic import Field
from relied_on import require, require_parameters
from rfdetr.config import RFDETRNanoConfig
from rfdetr.models import lwdetr
from rfdetr.models.backbone import dinov2

from hoop_plugins.compat.rfdetr import (
    CustomSize,
    criterion_of,
    has_class_names,
    knows_coco,
    network_of,
    replace_classes,
)
from hoop_plugins.training.detector import checkpoint_of


class TinyConfig(RFDETRNanoConfig):
    encoder: str = "dinov2_windowed_test"
    out_feature_indexes: list[int] = Field(default=[3, 6])
    hidden_dim: int = 96
    sa_nheads: int = 4
    ca_nheads: int = 4
    num_windows: int = 4
    resolution: int = 128
    positional_encoding_size: int = 8
    num_queries: int = 5
    num_select: int = 5
    group_detr: int = 1
    pretrain_weights: str | None = None


class RFDETRTinyTest(CustomSize):
    size = "rfdetr-tiny-test"
    config = TinyConfig
    backbone = Path(dinov2.__file__).parent / "dinov2_configs" / "dinov2_small.json"
    width = 384
    constants = {"dim_feedforward": 64}  # noqa: RUF012


@pytest.fixture(scope="module")
def tiny():
    return RFDETRTinyTest(num_classes=2, device="cpu")


def test_nothing_that_is_relied_on_has_gone():
    require("rfdetr", rfdetr.detr, "_CHECKPOINT_MODEL_NAME_CLASS_SYMBOLS", "ModelContext")
    require("rfdetr", rfdetr.RFDETRNano, "_model_config_class", "get_model", "class_names")
    require("rfdetr", dinov2, "size_to_width", "size_to_config")
    require_parameters("rfdetr", rfdetr.RFDETR.get_model, "config", "trust_checkpoint")
    require_parameters("rfdetr", lwdetr.build_model_from_config, "defaults")
    require_parameters("rfdetr", lwdetr.build_criterion_from_config, "train_config", "defaults")


def test_a_size_of_our_own_loads_by_the_name_in_its_checkpoint(tiny, tmp_path):
    assert network_of(tiny).transformer.decoder.layers[0].linear1.out_features == 64
    torch.save(checkpoint_of(tiny, ["player", "ball"]), tmp_path / "weights.pth")
    loaded = rfdetr.from_checkpoint(tmp_path / "weights.pth", device="cpu")
    assert type(loaded) is RFDETRTinyTest
    assert loaded.class_names == ["player", "ball"]
    for name, value in network_of(loaded).state_dict().items():
        torch.testing.assert_close(value, network_of(tiny).state_dict()[name])


def test_sizes_of_rfdetr_keep_their_constants():
    nano = rfdetr.RFDETRNano(pretrain_weights=None, device="cpu")
    assert network_of(nano).transformer.decoder.layers[0].linear1.out_features == 2048


def test_classes_are_named_and_replaced():
    model = RFDETRTinyTest(num_classes=2, device="cpu")
    assert not has_class_names(model)
    assert knows_coco(model)
    replace_classes(model, ["player", "ball", "rim"])
    assert has_class_names(model)
    assert not knows_coco(model)
    assert model.class_names == ["player", "ball", "rim"]
    assert network_of(model).class_embed.out_features == 4
    assert model.model_config.num_classes == model.model.args.num_classes == 3


def test_the_criterion_weighs_every_loss_of_a_network(tiny):
    criterion = criterion_of(tiny, torch.device("cpu"))
    network = network_of(tiny).train()
    targets = [{"labels": torch.tensor([0]), "boxes": torch.tensor([[0.5, 0.5, 0.2, 0.2]])}]
    losses = criterion(network(torch.zeros(1, 3, 128, 128)), targets)
    assert {"loss_ce", "loss_bbox", "loss_giou"} <= set(losses) & set(criterion.weight_dict)
