"""The LoRA adapter that learns: a new one, or one to go on from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from peft import LoraConfig, get_peft_model
from torch import nn

from hoop_plugins.errors import CheckpointError
from hoop_plugins.models.smolvlm import load_adapter
from hoop_plugins.training.settings import ReaderSettings

TARGETS: dict[str, str] = {
    "text": r".*text_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)",
    "text+vision": "all-linear",
}
"""What LoRA changes: the language model alone, or the vision tower and the connector too. Plain
layer names would hit both towers."""

RANK, ALPHA, DROPOUT = 16, 32, 0.05
"""Of a new adapter."""


def adapt(model: Any, adapter: str | None, settings: ReaderSettings) -> Any:
    """Puts an adapter on a base model: the one to go on from, or a new one.

    Raises:
        CheckpointError: If the adapter does not fit the model or the settings.
    """
    targets = settings.targets
    pattern = TARGETS.get(targets or "text+vision", targets)
    try:
        re.compile(pattern or "")
    except re.error as error:
        raise CheckpointError(
            f"LoRA targets {targets!r} are no regular expression: {error}"
        ) from error
    if adapter is None:
        config = LoraConfig(
            r=settings.rank or RANK,
            lora_alpha=settings.alpha or ALPHA,
            lora_dropout=DROPOUT if settings.dropout is None else settings.dropout,
            target_modules=pattern,
        )
        try:
            return get_peft_model(model, config)
        except ValueError as error:
            raise CheckpointError(
                f"LoRA targets {targets!r} do not fit this model: {error}"
            ) from error
    linear = [name for name, part in model.named_modules() if isinstance(part, nn.Linear)]
    adapted = load_adapter(model, adapter, trainable=True)
    config = adapted.peft_config["default"]
    own = {"rank": config.r, "alpha": config.lora_alpha, "dropout": config.lora_dropout}
    for name, value in own.items():
        if (wanted := getattr(settings, name)) not in (None, value):
            raise CheckpointError(
                f"adapter {adapter} has {name} {value}, not {wanted}: leave the {name} out, or "
                "start from its base model"
            )
    changed = adapted.base_model.targeted_module_names
    if targets is not None and pattern == "all-linear":
        if all("text_model" in name for name in changed):
            raise CheckpointError(
                f"adapter {adapter} changes the language model alone: leave the targets out, or "
                "start from its base model"
            )
    elif targets is not None:
        _learn(adapted, adapter, targets, linear)
    return adapted


def _learn(adapted: Any, adapter: str, targets: str, linear: Sequence[str]) -> None:
    """Lets those layers of an adapter alone learn that targets name."""
    changed = adapted.base_model.targeted_module_names
    pattern = re.compile(r".*text_model.*" if targets == "text" else targets)
    learn = set(filter(pattern.fullmatch, changed))
    # An adapter of some layers of the language model is one of it, too.
    named = filter(pattern.fullmatch, linear) if targets != "text" else ()
    lacking = next((name for name in named if name not in learn), None if learn else "anything")
    if lacking is not None:
        raise CheckpointError(
            f"adapter {adapter} does not change {lacking}, which targets {targets!r} name: leave "
            "the targets out, or start from its base model"
        )
    for name, parameter in adapted.named_parameters():
        layer = name.removeprefix("base_model.model.").partition(".lora_")[0]
        if parameter.requires_grad and layer not in learn:
            parameter.requires_grad_(False)
