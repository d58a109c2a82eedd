"""Reading jersey numbers with SmolVLM2 (transformers) and a LoRA adapter (peft).

The model is never asked to write freely. The probability of every number is computed exactly, in
two passes: one over the image, the prompt and the space that starts the answer, and one over each
possible first digit. Whatever the model would rather say than a number, the trained answer "none"
included, is *no number*.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoConfig, AutoProcessor, SmolVLMForConditionalGeneration

from hoop_plugins.compat.transformers import load_in_float32, merge_images_of_any_size
from hoop_plugins.data.image import Image
from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS, PROMPT
from hoop_plugins.errors import CheckpointError
from hoop_plugins.models.loading import refuse_partial, refusing, resolve_device


class SmolVLMReader:
    """A :class:`~hoop_plugins.models.roles.NumberReader`.

    Args:
        model: A SmolVLM, or a ``PeftModel`` around one.
        processor: Its processor. It is set to the size below, without splitting into tiles.
        prompt: What the model was trained to answer; empty for our own.
        image_px: Side of the square that crops are stretched to; 0 or ``None`` for the processor's
            own tile. Adapters read well only at the size they were trained at.
        allowed: The only numbers that may be read, as a roster's; empty for all.

    Raises:
        CheckpointError: If the tokenizer or ``image_px`` does not suit.
    """

    def __init__(
        self,
        model: Any,
        processor: Any,
        prompt: str = "",
        image_px: int | None = None,
        allowed: Sequence[str] = (),
    ) -> None:
        self.model = model.eval()
        self.processor = processor
        self.image_px = _set_image_size(processor, model.config, image_px)
        self.prompt_ids = self._encode_prompt(prompt or PROMPT)
        self._space, self._digits = _answer_tokens(processor.tokenizer)
        for number in allowed:
            if number not in NUMBERS:
                raise CheckpointError(f'{number!r} is not a jersey number: "0" to "99" or "00"')
        readable = [not allowed or number in allowed for number in NUMBERS]
        self._allowed = torch.tensor([*readable, True])
        images = processor.image_processor
        self._mean = torch.tensor(images.image_mean).view(3, 1, 1) * 255
        self._std = torch.tensor(images.image_std).view(3, 1, 1) * 255

    def read(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """Reads crops, see :class:`~hoop_plugins.models.roles.NumberReader`; they may be of any
        size, and an empty one has no number.
        """
        found = np.eye(NO_NUMBER + 1, dtype=np.float32)[[NO_NUMBER] * len(crops)]
        visible = [i for i, crop in enumerate(crops) if crop.size]
        if visible:
            pixels = self.resize([crops[i] for i in visible])
            found[visible] = self.score(self.normalize(pixels)).cpu().numpy()
        return found

    def resize(self, crops: Sequence[Image]) -> torch.Tensor:
        """Stretches crops to the model's square: uint8 ``(N, 3, image_px, image_px)``."""
        resized = self.processor.image_processor(
            [[crop] for crop in crops],
            do_rescale=False,
            do_normalize=False,
            input_data_format="channels_last",
            return_tensors="pt",
        )
        result: torch.Tensor = resized["pixel_values"][:, 0].to(torch.uint8)
        return result

    def normalize(self, pixels: torch.Tensor) -> torch.Tensor:
        """Turns resized crops, 0 to 255, ``(N, 3, H, W)`` into the model's ``pixel_values``."""
        return ((pixels.float() - self._mean) / self._std).unsqueeze(1)

    @torch.inference_mode()
    def score(self, pixel_values: torch.Tensor) -> torch.Tensor:
        """The distribution over numbers.

        A number ends where its digits end: "7" is what remains of "7" once all of "70" to "79" are
        taken away, whatever the model says next.

        Args:
            pixel_values: float ``(N, 1, 3, image_px, image_px)``.

        Returns:
            float32 ``(N, 102)``, rows that sum to 1.
        """
        count, device = len(pixel_values), self.model.device
        digits = torch.tensor(self._digits, device=device)
        ids = torch.tensor([*self.prompt_ids, self._space], device=device).expand(count, -1)
        image = self.model(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            pixel_values=pixel_values.to(device=device, dtype=self.model.dtype),
            use_cache=True,
            logits_to_keep=2,
        )
        start = image.logits.float().softmax(-1)
        first = start[:, 0, self._space, None] * start[:, 1, digits]
        cache = image.past_key_values
        cache.batch_repeat_interleave(10)
        second = self.model(
            input_ids=digits.repeat(count)[:, None],
            attention_mask=ids.new_ones(10 * count, ids.shape[1] + 1),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        follow = second.logits[:, -1].float().softmax(-1)[:, digits].view(count, 10, 10)
        pairs = first[:, :, None] * follow
        scores = torch.cat([first - pairs.sum(-1), pairs[:, 1:].flatten(1), pairs[:, 0, :1]], 1)
        rest = 1 - scores.sum(1, keepdim=True)
        scores = torch.cat([scores, rest], 1).clamp_min(0) * self._allowed.to(device)
        total = scores.sum(1, keepdim=True)
        nothing = torch.eye(NO_NUMBER + 1, device=device)[NO_NUMBER]
        return torch.where(total > 0, scores / total, nothing)

    def _encode_prompt(self, prompt: str) -> list[int]:
        content = [{"type": "image"}, {"type": "text", "text": prompt}]
        text = self.processor.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True
        )
        blank = np.zeros((self.image_px, self.image_px, 3), dtype=np.uint8)
        batch = self.processor(text=[text], images=[[blank]], return_tensors="pt")
        result: list[int] = batch["input_ids"][0].tolist()
        return result


def load(
    source: str,
    device: str | None = "auto",
    adapter: str = "",
    prompt: str = "",
    image_px: int = 0,
    allowed: Sequence[str] = (),
) -> SmolVLMReader:
    """Loads a reader, see :func:`hoop_plugins.models.load_reader` and :func:`split_source`. Its
    processor is the one saved with the adapter, else with the model.

    Raises:
        CheckpointError: If there is no such model, or one of another kind, or the adapter belongs
            to another base model.
        DeviceError: If the machine has no such device.
    """
    where = resolve_device(device)
    base, own = split_source(source)
    model, processor = load_base(base)
    if adapter := adapter or own or "":
        model = load_adapter(model, adapter).merge_and_unload()
        if (Path(adapter) / "processor_config.json").is_file():
            processor = AutoProcessor.from_pretrained(adapter)
    return SmolVLMReader(model.to(where), processor, prompt, image_px, allowed)


def split_source(source: str) -> tuple[str, str | None]:
    """Tells the base model and its adapter, or ``None``, apart: of "BASE+ADAPTER", or of a hub name
    or folder, which may have its adapter in the subfolder ``adapter``.
    """
    if Path(source).is_dir():
        own = Path(source) / "adapter"
        return source, str(own) if (own / "adapter_config.json").is_file() else None
    splits = [(source[:i], source[i + 1 :]) for i, sign in enumerate(source) if sign == "+"]
    # A folder's name may have a plus in it, too.
    folders = [split for split in splits if Path(split[0]).is_dir()]
    return next(iter(folders or splits), (source, None))


def load_base(source: str) -> tuple[Any, Any]:
    """Loads a SmolVLM in float32 and its processor from a folder or the hub.

    Raises:
        CheckpointError: If it is not there, cannot be reached, or is another kind of model.
    """
    folder = Path(source)
    if folder.is_dir() and not (folder / "config.json").is_file():
        raise CheckpointError(f"{source} has no config.json: give the folder of a SmolVLM2 model")
    remedy = "give a folder that is there, or a hub name and a connection to the hub"
    errors = (OSError, ValueError, RuntimeError)
    with refusing(f"cannot load reader {source!r}", remedy, *errors):
        config = AutoConfig.from_pretrained(source)
        if config.model_type != "smolvlm":
            raise CheckpointError(
                f"{source} is a {config.model_type} model: the reader needs a SmolVLM2 (smolvlm)"
            )
        model, missing = load_in_float32(SmolVLMForConditionalGeneration, source, config=config)
        processor = AutoProcessor.from_pretrained(source)
    refuse_partial(source, missing)
    merge_images_of_any_size(model)
    return model, processor


def load_adapter(model: Any, adapter: str, *, trainable: bool = False) -> Any:
    """Puts a LoRA adapter on its base model.

    Args:
        model: The SmolVLM the adapter was trained on.
        adapter: A folder or hub name that PEFT can read.
        trainable: Whether training goes on from it.

    Returns:
        The ``PeftModel``.

    Raises:
        CheckpointError: If there is no such adapter, or it fits another base model.
    """
    from peft import PeftConfig, PeftModel, get_peft_model_state_dict
    from peft.utils import load_peft_weights

    remedy = "give a folder that PEFT wrote, or a hub name"
    with refusing(f"no LoRA adapter at {adapter!r}", remedy, OSError, ValueError):
        config = PeftConfig.from_pretrained(adapter)
        stored = load_peft_weights(adapter, device="cpu")
    unfit = f"adapter {adapter} does not fit this model"
    remedy = f"load it with {config.base_model_name_or_path or 'the base'}, which it was trained on"
    with refusing(unfit, remedy, RuntimeError, ValueError):
        adapted = PeftModel.from_pretrained(model, adapter, is_trainable=trainable)
    needed = get_peft_model_state_dict(adapted, save_embedding_layers=False)
    if set(needed) != {name for name in stored if "lora_" in name}:
        raise CheckpointError(f"{unfit}: {remedy}")
    return adapted


def _set_image_size(processor: Any, config: Any, image_px: int | None) -> int:
    images = processor.image_processor
    side = int(image_px or images.max_image_size["longest_edge"])
    unit = config.vision_config.patch_size * config.scale_factor
    largest = config.vision_config.image_size
    if side % unit or not 0 < side <= largest:
        raise CheckpointError(
            f"image size {side} px does not suit this reader: use a multiple of {unit} up to "
            f"{largest}"
        )
    images.do_image_splitting = False
    images.size = images.max_image_size = {"longest_edge": side}
    processor.image_seq_len = (side // unit) ** 2
    return side


def _answer_tokens(tokenizer: Any) -> tuple[int, list[int]]:
    spelled = [tokenizer(f" {digit}", add_special_tokens=False)["input_ids"] for digit in range(10)]
    pair = tokenizer(" 10", add_special_tokens=False)["input_ids"]
    if any(len(ids) != 2 for ids in spelled) or pair != [*spelled[1], spelled[0][1]]:
        raise CheckpointError(
            "this model's tokenizer does not spell numbers digit by digit: use a SmolVLM2"
        )
    return spelled[0][0], [ids[1] for ids in spelled]
