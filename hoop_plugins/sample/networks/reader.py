"""The small SmolVLM that reads the sample game: SmolVLM2's classes, half a million parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    LlamaConfig,
    PreTrainedTokenizerFast,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
    SmolVLMImageProcessor,
    SmolVLMProcessor,
    SmolVLMVideoProcessor,
)
from transformers.models.smolvlm.configuration_smolvlm import SmolVLMVisionConfig

IMAGE_PX = 64
PATCH_PX = 8
SCALE = 4

_SPECIAL_TOKENS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<fake_token_around_image>",
    "<image>",
    "<global-img>",
    "<end_of_utterance>",
)
_CHAT_TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}"
    "{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}"
    "{% elif line['type'] == 'image' %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n"
    "{% endfor %}{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)


def build_tokenizer() -> PreTrainedTokenizerFast:
    """Makes a tokenizer that spells as SmolVLM2's does: " 23" is a space, "2" and "3"."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    corpus = ["User:Read the number.", "Assistant:", " none", "Assistant: 0123456789", "\n"] * 50
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        min_frequency=2,
        special_tokens=list(_SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|im_start|>",
        eos_token="<end_of_utterance>",
        pad_token="<|im_end|>",
        unk_token="<|endoftext|>",
        padding_side="left",
        model_max_length=2048,
        extra_special_tokens={
            "fake_image_token": "<fake_token_around_image>",
            "image_token": "<image>",
            "end_of_utterance_token": "<end_of_utterance>",
            "global_image_token": "<global-img>",
        },
        chat_template=_CHAT_TEMPLATE,
    )


def build_processor() -> SmolVLMProcessor:
    """Makes the processor: crops are stretched to a square of 64 px, never split into tiles."""
    size: dict[str, Any] = {
        "size": {"longest_edge": IMAGE_PX},
        "max_image_size": {"longest_edge": IMAGE_PX},
    }
    return SmolVLMProcessor(
        SmolVLMImageProcessor(do_image_splitting=False, **size),
        build_tokenizer(),
        SmolVLMVideoProcessor(**size),
        image_seq_len=(IMAGE_PX // PATCH_PX // SCALE) ** 2,
        chat_template=_CHAT_TEMPLATE,
    )


def build(
    vision_width: int = 64,
    vision_layers: int = 4,
    text_width: int = 96,
    text_layers: int = 2,
    seed: int = 0,
) -> tuple[SmolVLMForConditionalGeneration, SmolVLMProcessor]:
    """Builds the network with random weights, and its processor.

    Args:
        vision_width: Channels of the vision transformer; a multiple of its 4 heads.
        vision_layers: Its depth.
        text_width: Channels of the language model; a multiple of its 4 heads.
        text_layers: Its depth.
        seed: Of the random weights.

    Returns:
        The model (half a million parameters by default) and the processor it is used with.
    """
    processor = build_processor()
    tokenizer = processor.tokenizer
    vision = SmolVLMVisionConfig(
        hidden_size=vision_width,
        intermediate_size=3 * vision_width,
        num_hidden_layers=vision_layers,
        num_attention_heads=4,
        image_size=IMAGE_PX,
        patch_size=PATCH_PX,
    )
    text = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=text_width,
        intermediate_size=5 * text_width // 2,
        num_hidden_layers=text_layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=True,
    )
    settings: dict[str, Any] = {
        "vision_config": vision.to_dict(),
        "text_config": text.to_dict(),
        "scale_factor": SCALE,
        "image_token_id": tokenizer.convert_tokens_to_ids("<image>"),
        "tie_word_embeddings": True,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    torch.manual_seed(seed)
    return SmolVLMForConditionalGeneration(SmolVLMConfig(**settings)), processor


def write(output_dir: str | Path, seed: int = 0) -> None:
    """Writes the untrained network and its processor, for ``hoop train reader --full``."""
    model, processor = build(seed=seed)
    model.save_pretrained(output_dir)
    processor.save_pretrained(output_dir)
