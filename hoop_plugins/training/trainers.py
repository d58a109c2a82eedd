"""Our two trainers, as they are registered. What they need is imported when they train."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

from hoop_plugins.specs import Role, TrainerSpec
from hoop_plugins.training.job import TrainingJob, TrainingProgress
from hoop_plugins.training.settings import DetectorSettings, ReaderSettings

Curation = Generator[tuple[int, int], None, Any]
TrainingSteps = Generator[TrainingProgress, None, None]


def _curate_detector(view: Any, folder: Path, **curation: Any) -> Curation:
    from hoop_plugins.training.curation import detector_steps

    return detector_steps(view, folder, **curation)


def _curate_reader(view: Any, folder: Path, **curation: Any) -> Curation:
    from hoop_plugins.training.curation import reader_steps

    return reader_steps(view, folder, **curation)


def _train_detector(job: TrainingJob) -> TrainingSteps:
    from hoop_plugins.training.detector import train_detector

    return train_detector(job)


def _train_reader(job: TrainingJob) -> TrainingSteps:
    from hoop_plugins.training.reader import train_reader

    return train_reader(job)


def _base(weights: str) -> str:
    from hoop_plugins.models.smolvlm import split_source

    return split_source(weights)[0]


def _merge(weights: str, folder: Path) -> None:
    from hoop_plugins.models.smolvlm import split_source
    from hoop_plugins.training.reader_weights import merge_adapter

    base, adapter = split_source(weights)
    assert adapter is not None
    merge_adapter(base, adapter, folder)


DETECTOR = TrainerSpec(
    "rfdetr",
    Role.DETECTOR,
    DetectorSettings,
    _train_detector,
    accepts=lambda weights: weights.endswith(".pth") or weights.startswith("rfdetr-"),
    files=("checkpoint_best_total.pth",),
    curate=_curate_detector,
    packages=("torch", "rfdetr"),
)

READER = TrainerSpec(
    "smolvlm",
    Role.READER,
    ReaderSettings,
    _train_reader,
    accepts=lambda weights: True,
    files=("adapter_config.json", "adapter_model.safetensors"),
    example="crops",
    curate=_curate_reader,
    base=_base,
    merge=_merge,
    packages=("torch", "transformers", "peft"),
)
