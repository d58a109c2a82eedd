"""Fine-tuning: the data, the trainers, and the models that they made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hoop_plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from hoop_plugins.specs import ModelSpec, TrainerSpec


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    """Registers the models that were trained on this machine, by their names."""
    from hoop_plugins.training.registry import trained

    for model in trained():
        register(model.spec())


@hookimpl
def register_trainers(register: Callable[[TrainerSpec], None]) -> None:
    """Registers the trainers of RF-DETR and of SmolVLM2."""
    from hoop_plugins.training.trainers import DETECTOR, READER

    register(DETECTOR)
    register(READER)
