"""The reader's weights: which of them learn, and how they are written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoProcessor

from hoop_plugins.errors import CheckpointError
from hoop_plugins.models.smolvlm import load_adapter, load_base
from hoop_plugins.training.checkpoints import disk_space

TARGETS: dict[str, str] = {
    "text": r".*text_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)",
    "text+vision": "all-linear",
}
"""What LoRA changes: the language model alone, or the vision tower and the connector too. Plain
layer names would hit both towers."""

RANK = 16


def adapt(
    model: Any,
    adapter: str | None,
    *,
    rank: int | None,
    alpha: int,
    dropout: float,
    targets: str | None,
) -> Any:
    """Puts an adapter on a base model: the one to go on from, or a new one.

    Args:
        model: A SmolVLM.
        adapter: Folder or hub name of the one to go on from.
        rank: Of the adapter; by default that of ``adapter``, or :data:`RANK`.
        alpha: Of a new adapter.
        dropout: Of a new adapter, in [0, 1).
        targets: "text" or "text+vision" or a regular expression of peft's; by default all that
            ``adapter`` has, or "text+vision". Where ``adapter`` has both, "text" leaves its
            vision layers as they are.

    Returns:
        The ``PeftModel``.

    Raises:
        CheckpointError: If the adapter does not fit the model, the rank or the targets.
    """
    if adapter is None:
        config = LoraConfig(
            r=rank or RANK,
            lora_alpha=alpha,
            lora_dropout=dropout,
            target_modules=TARGETS.get(targets or "text+vision", targets),
        )
        try:
            return get_peft_model(model, config)
        except ValueError as error:
            raise CheckpointError(
                f"LoRA targets {targets!r} do not fit this model: {error}"
            ) from error
    adapted = load_adapter(model, adapter, trainable=True)
    own = adapted.peft_config["default"].r
    if rank not in (None, own):
        raise CheckpointError(
            f"adapter {adapter} has rank {own}, not {rank}: leave the rank out, or start from its "
            "base model"
        )
    learnt = {name: p for name, p in adapted.named_parameters() if p.requires_grad}
    if targets == "text":
        for name, parameter in learnt.items():
            parameter.requires_grad_("text_model" in name)
    elif targets is not None and all("text_model" in name for name in learnt):
        raise CheckpointError(
            f"adapter {adapter} changes the language model alone: leave the targets out, or start "
            "from its base model"
        )
    return adapted


def write_weights(model: Any, processor: Any, output: Path, half: bool = False) -> None:
    """Writes an adapter or a whole model, and the processor.

    It is written beside ``output`` first, so that a stop never leaves half a model in it.

    Raises:
        HoopError: If it cannot be written.
    """
    output.mkdir(parents=True, exist_ok=True)
    with disk_space(output), tempfile.TemporaryDirectory(dir=output, prefix=".new-") as folder:
        if isinstance(model, PeftModel):
            # Else peft looks for the base model's vocabulary, on the hub if need be.
            model.save_pretrained(folder, save_embedding_layers=False)
        else:
            model.save_pretrained(folder)
        processor.save_pretrained(folder)
        for path in Path(folder).iterdir():
            if half and path.suffix == ".safetensors":
                halved = {name: weight.half() for name, weight in load_file(path).items()}
                save_file(halved, path, metadata={"format": "pt"})
            os.replace(path, output / path.name)


def merge_adapter(base: str, adapter: str, output_dir: str | Path, *, half: bool = False) -> None:
    """Writes a base model with its adapter merged in, and the processor, as one folder.

    Raises:
        CheckpointError: If either is missing or they do not belong together.
    """
    model, processor = load_base(base)
    merged = load_adapter(model, adapter).merge_and_unload()
    if (Path(adapter) / "processor_config.json").is_file():
        processor = AutoProcessor.from_pretrained(adapter)
    write_weights(merged, processor, Path(output_dir), half)
