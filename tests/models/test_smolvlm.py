"""SmolVLM checkpoints with random weights, loaded and read as users do."""

from pathlib import Path

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import (
    BertConfig,
    LlamaConfig,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
    SmolVLMImageProcessor,
    SmolVLMProcessor,
    SmolVLMVideoProcessor,
)
from transformers.models.smolvlm.configuration_smolvlm import SmolVLMVisionConfig

from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS
from hoop_plugins.errors import CheckpointError
from hoop_plugins.models.roles import NumberReader
from hoop_plugins.models.smolvlm import SmolVLMReader, load, load_adapter, load_base
from hoop_plugins.sample.networks.reader import build, build_tokenizer


def random_crops(*sizes: tuple[int, int]) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]


CROPS = random_crops((40, 31), (64, 64), (23, 50), (90, 12))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    model, processor = build(seed=1)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def write_adapter(folder: Path, **shape: int) -> Path:
    model, _ = build(seed=1, **shape)
    adapted = get_peft_model(model, LoraConfig(r=4, target_modules="all-linear"))
    torch.manual_seed(3)
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.3)
    adapted.save_pretrained(folder)
    return folder


def most_likely(processor, model, crop: np.ndarray, prefix: str) -> torch.Tensor:
    """Probabilities of the next token after the prompt and ``prefix``, by one plain pass."""
    content = [{"type": "image"}, {"type": "text", "text": "Read the number."}]
    text = processor.apply_chat_template(
        [{"role": "user", "content": content}], add_generation_prompt=True
    )
    batch = processor(text=[text + prefix], images=[[crop]], return_tensors="pt")
    with torch.no_grad():
        return model(**batch).logits[0, -1].softmax(-1)


def test_the_distribution_is_that_of_the_sequences(base: Path):
    reader = load(str(base), device="cpu")
    assert isinstance(reader, NumberReader)
    found = reader.read(CROPS[:1])[0]
    model, processor = load_base(str(base))
    model.eval()
    token = processor.tokenizer.convert_tokens_to_ids
    start = most_likely(processor, model, CROPS[0], "")[token("Ġ")]
    first = most_likely(processor, model, CROPS[0], " ")
    for number in ("0", "00", "7", "23", "99"):
        expected = start * first[token(number[0])]
        follow = most_likely(processor, model, CROPS[0], f" {number[0]}")
        if len(number) == 2:
            expected = expected * follow[token(number[1])]
        else:
            expected = expected * (1 - follow[[token(str(d)) for d in range(10)]].sum())
        assert found[NUMBERS.index(number)] == pytest.approx(float(expected), rel=1e-3)
    assert found.sum() == pytest.approx(1, abs=1e-5)
    assert found[NO_NUMBER] == pytest.approx(1 - found[:NO_NUMBER].sum(), abs=1e-5)


def test_crops_of_any_size_are_read_together_as_if_alone(base: Path):
    reader = load(str(base), device="cpu")
    passes = []
    reader.model.model.vision_model.register_forward_pre_hook(lambda *_: passes.append(1))
    together = reader.read(CROPS)
    assert len(passes) == 1
    assert together.shape == (4, 102)
    assert together.dtype == np.float32
    alone = np.concatenate([reader.read([crop]) for crop in CROPS])
    np.testing.assert_allclose(alone, together, atol=1e-6)
    assert reader.read([]).shape == (0, 102)


def test_an_empty_crop_has_no_number(base: Path):
    reader = load(str(base), device="cpu")
    found = reader.read([np.zeros((0, 9, 3), np.uint8), CROPS[0], np.zeros((9, 0, 3), np.uint8)])
    assert found[0, NO_NUMBER] == found[2, NO_NUMBER] == 1
    np.testing.assert_allclose(found[1], reader.read(CROPS[:1])[0], atol=1e-6)


def test_training_sees_what_the_processor_makes(base: Path):
    reader = load(str(base), device="cpu")
    ours = reader.normalize(reader.resize(CROPS))
    theirs = reader.processor.image_processor([[c] for c in CROPS], return_tensors="pt")
    torch.testing.assert_close(ours, theirs["pixel_values"], atol=1e-5, rtol=0)


def test_a_roster_leaves_only_its_numbers(base: Path):
    free = load(str(base), device="cpu").read(CROPS)
    held = load(str(base), device="cpu", allowed=["7", "00"]).read(CROPS)
    kept = [NUMBERS.index("7"), NUMBERS.index("00"), NO_NUMBER]
    np.testing.assert_allclose(held.sum(1), 1, atol=1e-5)
    assert held[:, [i for i in range(102) if i not in kept]].max() == 0
    expected = free[:, kept] / free[:, kept].sum(1, keepdims=True)
    np.testing.assert_allclose(held[:, kept], expected, rtol=1e-4)
    with pytest.raises(CheckpointError, match="'007' is not a jersey number"):
        load(str(base), device="cpu", allowed=["007"])


def test_an_adapter_is_found_named_and_changes_what_is_read(base: Path, tmp_path: Path):
    adapter = write_adapter(tmp_path / "adapter")
    plain = load(str(base), device="cpu").read(CROPS)
    named = load(str(base), device="cpu", adapter=str(adapter)).read(CROPS)
    joined = load(f"{base}+{adapter}", device="cpu").read(CROPS)
    for file in base.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    found = load(str(tmp_path), device="cpu").read(CROPS)
    model, processor = load_base(str(base))
    wrapped = SmolVLMReader(load_adapter(model, str(adapter)), processor)
    assert not np.allclose(named[:, :NO_NUMBER], plain[:, :NO_NUMBER], rtol=0.1, atol=0)
    np.testing.assert_allclose(wrapped.read(CROPS), named, rtol=1e-2, atol=1e-7)
    np.testing.assert_array_equal(named, joined)
    np.testing.assert_array_equal(named, found)


@pytest.mark.parametrize("shape", [{"vision_width": 96}, {"text_layers": 1}, {"text_layers": 3}])
def test_the_adapter_of_another_base_is_refused(base: Path, tmp_path: Path, shape: dict):
    adapter = write_adapter(tmp_path, **shape)
    with pytest.raises(CheckpointError, match="does not fit this model"):
        load(str(base), device="cpu", adapter=str(adapter))


def test_what_is_no_reader_is_refused_in_one_line(base: Path, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    BertConfig().save_pretrained(tmp_path / "bert")
    write_adapter(tmp_path / "adapter-alone")
    for source, message in {
        "empty": "no config.json",
        "bert": "is a bert model",
        "adapter-alone": "no config.json",
        "missing": "cannot load reader",
    }.items():
        with pytest.raises(CheckpointError, match=message) as raised:
            load(str(tmp_path / source), device="cpu")
        assert "\n" not in str(raised.value)
    with pytest.raises(CheckpointError, match="no LoRA adapter"):
        load(str(base), device="cpu", adapter=str(tmp_path / "empty"))


def test_an_image_size_that_does_not_suit_is_refused(base: Path):
    with pytest.raises(CheckpointError, match="multiple of 32 up to 64"):
        load(str(base), device="cpu", image_px=50)
    assert load(str(base), device="cpu", image_px=32).read(CROPS).shape == (4, 102)


def test_the_architecture_of_smolvlm2_256m(tmp_path: Path):
    """Random weights in the shape of HuggingFaceTB/SmolVLM2-256M-Video-Instruct."""
    tokenizer = build_tokenizer()
    config = SmolVLMConfig(
        vision_config=SmolVLMVisionConfig(
            hidden_size=768,
            intermediate_size=3072,
            num_hidden_layers=12,
            num_attention_heads=12,
            image_size=512,
            patch_size=16,
        ).to_dict(),
        text_config=LlamaConfig(
            vocab_size=49280,
            hidden_size=576,
            intermediate_size=1536,
            num_hidden_layers=30,
            num_attention_heads=9,
            num_key_value_heads=3,
            max_position_embeddings=8192,
            pad_token_id=tokenizer.pad_token_id,
        ).to_dict(),
        scale_factor=4,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
    )
    images = SmolVLMImageProcessor(
        size={"longest_edge": 2048}, max_image_size={"longest_edge": 512}
    )
    SmolVLMProcessor(images, tokenizer, SmolVLMVideoProcessor(), image_seq_len=64).save_pretrained(
        tmp_path
    )
    SmolVLMForConditionalGeneration(config).to(torch.bfloat16).save_pretrained(tmp_path)
    reader = load(str(tmp_path), device="cpu", image_px=128)
    assert reader.model.dtype == torch.float32
    found = reader.read(CROPS[:1])
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)
