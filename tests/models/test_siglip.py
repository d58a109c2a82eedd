"""SigLIP checkpoints of both kinds, loaded as users load them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import (
    BertConfig,
    SiglipConfig,
    SiglipImageProcessor,
    SiglipModel,
    SiglipTextConfig,
    SiglipVisionConfig,
    SiglipVisionModel,
)

from hoop_plugins.errors import CheckpointError
from hoop_plugins.models import siglip
from hoop_plugins.models.roles import Embedder
from hoop_plugins.sample.networks.embedder import build


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("small")
    model, processor = build()
    model.half().save_pretrained(path)
    processor.save_pretrained(path)
    return path


@pytest.fixture
def crops() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    sizes = [(80, 32), (31, 47), (1, 1), (120, 20), (64, 64)]
    return [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]


def test_embeds_the_mean_patch_token_in_one_pass(folder: Path, crops: list[np.ndarray]) -> None:
    embedder = siglip.load(str(folder), device="cpu")
    assert isinstance(embedder, Embedder)
    passes: list[int] = []
    embedder._model.register_forward_pre_hook(lambda *_: passes.append(1))
    found = embedder.embed(crops)
    assert len(passes) == 1
    assert found.dtype == np.float32
    model = SiglipVisionModel.from_pretrained(folder, dtype=torch.float32).eval()
    _, processor = build()
    with torch.inference_mode():
        batch = processor(images=crops, return_tensors="pt", input_data_format="channels_last")
        hidden = model(**batch).last_hidden_state
    np.testing.assert_allclose(found, hidden.mean(1).numpy(), atol=1e-5)


def test_no_crops_gray_crops_and_crops_without_pixels(folder: Path) -> None:
    embedder = siglip.load(str(folder), device="cpu")
    assert embedder.embed([]).shape == (0, 64)
    gray = np.arange(200, dtype=np.uint8).reshape(20, 10)
    empty = np.zeros((0, 7, 3), dtype=np.uint8)
    found = embedder.embed([empty, gray, np.dstack([gray] * 3)])
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1:]).all()
    np.testing.assert_allclose(found[1], found[2], atol=1e-6)


def test_a_full_checkpoint_loads_without_noise(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = SiglipTextConfig(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        bos_token_id=1,
        eos_token_id=2,
    )
    vision = SiglipVisionConfig(num_hidden_layers=1)
    config = SiglipConfig(text_config=text.to_dict(), vision_config=vision.to_dict())
    full = SiglipModel(config)
    full.save_pretrained(tmp_path)
    SiglipImageProcessor().save_pretrained(tmp_path)
    capfd.readouterr()
    embedder = siglip.load(str(tmp_path), device="cpu")
    assert capfd.readouterr() == ("", "")
    crop = np.full((30, 20, 3), 90, dtype=np.uint8)
    found = embedder.embed([crop])
    assert found.shape == (1, 768)
    pixels = torch.full((1, 3, 224, 224), 90 / 127.5 - 1)
    with torch.inference_mode():
        hidden = full.eval().vision_model(pixel_values=pixels).last_hidden_state
    np.testing.assert_allclose(found, hidden.mean(1).numpy(), atol=1e-4)


def test_the_base_shape_loads(tmp_path: Path) -> None:
    """google/siglip-base-patch16-224: 12 layers of 768, patches of 16 px."""
    with torch.device("meta"):
        model = SiglipVisionModel(SiglipVisionConfig())
    model = model.to_empty(device="cpu").half()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.02)
    model.save_pretrained(tmp_path)
    SiglipImageProcessor().save_pretrained(tmp_path)
    embedder = siglip.load(str(tmp_path), device="cpu")
    found = embedder.embed([np.zeros((40, 30, 3), dtype=np.uint8)])
    assert found.shape == (1, 768)
    assert np.isfinite(found).all()


def test_wrong_checkpoints_are_named_in_one_line(tmp_path: Path, folder: Path) -> None:
    bert = tmp_path / "bert"
    BertConfig().save_pretrained(bert)
    with pytest.raises(CheckpointError, match="not a SigLIP checkpoint but bert"):
        siglip.load(str(bert), device="cpu")
    for wrong in (tmp_path / "missing", tmp_path):
        with pytest.raises(CheckpointError) as raised:
            siglip.load(str(wrong), device="cpu")
        assert str(wrong) in str(raised.value)
        assert "\n" not in str(raised.value)


def test_broken_and_partial_weights_are_refused(tmp_path: Path) -> None:
    model, processor = build()
    model.config.save_pretrained(tmp_path)
    processor.save_pretrained(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no weights at all")
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        siglip.load(str(tmp_path), device="cpu")
    some = {k: v for k, v in model.state_dict().items() if "layers.3" not in k}
    model.save_pretrained(tmp_path, state_dict=some)
    with pytest.raises(CheckpointError, match="lacks"):
        siglip.load(str(tmp_path), device="cpu")
