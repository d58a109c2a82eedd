"""Fine-tuning: the data, the trainers, and the models that they made."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from hoop_plugins.hookspecs import hookimpl
from hoop_plugins.specs import ModelSpec, Role, TrainerSpec
from hoop_plugins.training.settings import (
    DetectorCuration,
    DetectorSettings,
    ReaderCuration,
    ReaderSettings,
)


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    """Registers the models that were trained on this machine, by their names."""
    from hoop_plugins.training.registry import trained

    for model in trained():
        register(model.spec())


@hookimpl
def register_trainers(register: Callable[[TrainerSpec], None]) -> None:
    """Registers the trainers of RF-DETR and of SmolVLM2, which are imported when they train."""
    register(
        TrainerSpec(
            "rfdetr",
            Role.DETECTOR,
            DetectorSettings,
            _later("training.detector:train_detector"),
            accepts=lambda weights: weights.endswith(".pth") or weights.startswith("rfdetr-"),
            files=("checkpoint_best_total.pth",),
            curate=_later("training.curation:detector_steps"),
            curation=DetectorCuration,
            packages=("torch", "rfdetr"),
        )
    )
    register(
        TrainerSpec(
            "smolvlm",
            Role.READER,
            ReaderSettings,
            _later("training.reader:train_reader"),
            # What has a plain name is another package's model, or PP-OCR.
            accepts=lambda weights: "/" in weights or Path(weights).is_dir(),
            files=("adapter_config.json", "adapter_model.safetensors"),
            example="crops",
            curate=_later("training.curation:reader_steps"),
            curation=ReaderCuration,
            base=lambda weights: _later("models.smolvlm:split_source")(weights)[0],
            merge=_later("training.reader:merge_adapter"),
            packages=("torch", "transformers", "peft"),
            start="HuggingFaceTB/SmolVLM2-500M-Video-Instruct",
        )
    )


def _later(target: str) -> Callable[..., Any]:
    """The function "module:name" of this package, imported when it is called."""
    module, _, name = target.partition(":")

    def call(*args: Any, **kwargs: Any) -> Any:
        return getattr(import_module(f"hoop_plugins.{module}"), name)(*args, **kwargs)

    return call
