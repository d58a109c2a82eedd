"""What compat/transformers.py relies on."""

import pytest
import torch
from transformers import SiglipVisionConfig, SiglipVisionModel
from transformers.utils import logging

from hoop_plugins.compat.transformers import (
    load_in_float32,
    loading_quietly,
    merge_images_of_any_size,
)
from hoop_plugins.sample.networks.reader import build


@pytest.fixture
def tower():
    return SiglipVisionModel(
        SiglipVisionConfig(
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            image_size=16,
            patch_size=8,
        )
    )


def test_what_a_checkpoint_lacks_is_reported(tower, tmp_path):
    weights = {name: x for name, x in tower.half().state_dict().items() if "k_proj" not in name}
    tower.save_pretrained(tmp_path, state_dict=weights)
    model, missing = load_in_float32(SiglipVisionModel, str(tmp_path))
    assert model.dtype == torch.float32
    assert [name.rpartition("k_proj.")[2] for name in missing] == ["bias", "weight"]


def test_reports_come_back_after_loading():
    level = logging.get_verbosity()
    with loading_quietly():
        assert logging.get_verbosity() == logging.ERROR
        assert not logging.is_progress_bar_enabled()
    assert logging.get_verbosity() == level
    assert logging.is_progress_bar_enabled()


def test_images_of_four_tokens_are_merged():
    model, _ = build(seed=0)
    merge_images_of_any_size(model)
    token = model.config.image_token_id
    ids = torch.tensor([[1, *[token] * 4, 2]])
    pixels = torch.rand(1, 1, 3, 64, 64)
    with torch.no_grad():
        one = model(input_ids=ids, pixel_values=pixels).logits
        other = model(input_ids=ids, pixel_values=1 - pixels).logits
    assert not torch.allclose(one[0, -1], other[0, -1]), (
        "this transformers no longer puts images where they belong: "
        "adapt hoop_plugins/compat/transformers.py"
    )
