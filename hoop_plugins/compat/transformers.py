"""transformers (5): loading without its reports, and what its versions do differently.

Relied on: ``from_pretrained(output_loading_info=True)`` returns the model and a report of
``missing_keys``; before 5.21, the newest for Python 3.10 being 5.20, ``inputs_merger`` of SmolVLM
can be replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import torch
from transformers import PreTrainedModel
from transformers.utils import logging

Model = TypeVar("Model", bound=PreTrainedModel)


@contextmanager
def loading_quietly() -> Iterator[None]:
    """Hides transformers' progress bar, and its report of weights that a model does not use."""
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def load_in_float32(kind: type[Model], source: str, **options: Any) -> tuple[Model, list[str]]:
    """Loads a model, whatever precision its weights are stored in.

    Args:
        kind: The model's class.
        source: A folder or hub name.
        **options: Passed to ``from_pretrained``.

    Returns:
        The model, and the names of the weights that the source lacks, sorted.
    """
    with loading_quietly():
        # Its declared type knows nothing of output_loading_info, which makes it a pair.
        loaded: Any = kind.from_pretrained(
            source, dtype=torch.float32, output_loading_info=True, **options
        )
    model, report = loaded
    return model, sorted(report["missing_keys"])


def merge_images_of_any_size(model: Any) -> None:
    """Lets a SmolVLM have as few image tokens as it likes.

    transformers before 5.21 merges images in blocks of ``patch_size`` tokens: right for SmolVLM2's
    own 64 tokens, but not for networks that have fewer.
    """
    if hasattr(model.model, "inputs_merger"):
        model.model.inputs_merger = partial(_merge_images, model.config.image_token_id)


def _merge_images(
    image_token: int,
    input_ids: torch.Tensor,
    inputs_embeds: torch.Tensor,
    image_hidden_states: torch.Tensor,
) -> torch.Tensor:
    """Puts images' features ``(images, tokens of an image, D)`` in the places of their tokens
    ``(N, T)`` among the embeddings ``(N, T, D)``; the names are transformers'.
    """
    places = (input_ids == image_token)[..., None]
    return inputs_embeds.masked_scatter(places, image_hidden_states.to(inputs_embeds.dtype))
