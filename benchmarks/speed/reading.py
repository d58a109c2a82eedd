"""Reading numbers: exact probabilities in batches, and one generated answer a crop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from transformers import AutoProcessor

from hoop_plugins import Image, Role, load_model
from hoop_plugins.data.vocabulary import PROMPT
from hoop_plugins.sample.weights import weights
from hoop_plugins.stages.read import ReadSettings, padded_crop
from speed import clip
from speed.harness import Row

CROPS = ReadSettings().batch


def rows(device: str) -> Iterator[Row]:
    """See :mod:`speed.harness`."""
    reader = load_model("reader", "sample", device)
    crops = _crops()
    pixels = reader.normalize(reader.resize(crops))
    whole, split = generator(reader, split=False), generator(reader, split=True)
    yield Row(
        "reading numbers",
        "crop",
        CROPS,
        lambda: reader.read(crops),
        {
            "one answer a crop": lambda: [whole(crop) for crop in crops],
            "one answer a crop, images split": lambda: [split(crop) for crop in crops],
        },
        {"the network alone": lambda: reader.score(pixels).cpu()},
    )


def generator(reader: Any, split: bool) -> Callable[[Image], str]:
    """What reads one crop with the network of a reader as its documentation says.

    Args:
        reader: Of ours.
        split: Whether the crop is cut into tiles, as SmolVLM does unless it is told otherwise.
    """
    processor: Any = AutoProcessor.from_pretrained(weights(Role.READER))
    images, side = processor.image_processor, reader.image_px
    images.do_image_splitting = split
    images.max_image_size = {"longest_edge": side}
    images.size = {"longest_edge": 4 * side if split else side}
    processor.image_seq_len = reader.processor.image_seq_len
    content = [{"type": "image"}, {"type": "text", "text": PROMPT}]
    messages = [{"role": "user", "content": content}]
    text = processor.apply_chat_template(messages, add_generation_prompt=True)
    padding = processor.tokenizer.pad_token_id

    @torch.inference_mode()
    def read(crop: Image) -> str:
        given = processor(text=[text], images=[[crop]], return_tensors="pt").to(reader.model.device)
        answer = reader.model.generate(
            **given, max_new_tokens=4, do_sample=False, pad_token_id=padding
        )
        told = answer[0, given["input_ids"].shape[1] :]
        return str(processor.tokenizer.decode(told, skip_special_tokens=True)).strip()

    return read


def _crops() -> list[np.ndarray]:
    """Crops of numbers that show."""
    padding, found = ReadSettings().padding, []
    for image, frame in zip(clip.images(60), clip.truth(60), strict=True):
        found += [padded_crop(image, number.box, padding) for number in frame.numbers]
    return found[:: len(found) // CROPS][:CROPS]
