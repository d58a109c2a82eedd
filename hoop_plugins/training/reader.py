"""Fine-tuning the number reader: a LoRA adapter for SmolVLM2, or every weight of a small one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from torch.nn import functional
from transformers import AutoProcessor

from hoop_plugins.data.saving import disk_space
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.jsonl import read_examples
from hoop_plugins.models.loading import resolve_device
from hoop_plugins.models.smolvlm import SmolVLMReader, load_adapter, load_base, split_source
from hoop_plugins.training.adapter import adapt
from hoop_plugins.training.job import TrainingJob, TrainingProgress
from hoop_plugins.training.loop import train
from hoop_plugins.training.reader_data import (
    Crops,
    augment,
    encode_answers,
    sampling_weights,
)
from hoop_plugins.training.scores import score_crops
from hoop_plugins.training.settings import ReaderSettings


def train_reader(job: TrainingJob) -> Generator[TrainingProgress, None, None]:
    """Fine-tunes a SmolVLM2 on number crops, and yields how it stands; closing it stops it.

    The job's folder gets a PEFT adapter, or with ``full`` a whole model, and the processor beside
    either: those that did best in validation.

    Args:
        job: ``weights`` is the folder or hub name of a SmolVLM2, or "BASE+ADAPTER" to go on with an
            adapter. Their files are only read.

    Yields:
        How it stands; figures are shares of crops that were read right ("exact", "none" included),
        and of those with a number.

    Raises:
        AnnotationError: If a row cannot be used.
        CheckpointError: If the base, the adapter or the state in the folder does not fit.
        HoopError: If disk space or GPU memory runs out, or the loss diverges.
    """
    return train(job, ReaderLearner)


class ReaderLearner:
    """A SmolVLM2, the weights of it that learn, and its crops: what a job asks for."""

    metric = "exact"
    warmup_steps = 100
    level = 0.3
    gradient_norm = 1.0

    def __init__(self, job: TrainingJob) -> None:
        settings: ReaderSettings = job.settings
        self._settings, self._folder = settings, job.folder
        prompt = settings.prompt
        examples = read_examples(job.files.train, prompt)
        self._weights = sampling_weights(examples, settings.negative_share)
        if settings.replay is not None:
            old = read_examples(settings.replay, prompt)
            share = settings.replay_share
            replayed = sampling_weights(old, settings.negative_share)
            self._weights = torch.cat([self._weights * (1 - share), replayed * share])
            examples += old
        valid = read_examples(job.files.valid, prompt)
        self._valid = valid[:: -(-len(valid) // settings.validation_images)]
        torch.manual_seed(settings.seed)
        model, processor = self._load(job.weights)
        self._reader = SmolVLMReader(
            model.to(resolve_device(settings.device)),
            processor,
            prompt=prompt,
            image_px=settings.image_px,
        )
        self._model = self._reader.model
        self._answers = encode_answers(processor.tokenizer, examples)
        self._crops = Crops(examples, self._reader)
        self._valid_crops = Crops(self._valid, self._reader)
        self._learned = {n: p for n, p in self._model.named_parameters() if p.requires_grad}
        keeps = settings.keep_share > 0
        self._begun = {n: p.detach().clone() for n, p in self._learned.items() if keeps}
        self.optimizer: torch.optim.Optimizer = torch.optim.AdamW(
            self._learned.values(),
            lr=settings.learning_rate or (2e-3 if settings.full else 2e-4),
            weight_decay=0.02,
            betas=(0.9, 0.98),
            fused=self._model.device.type in ("cpu", "cuda"),
        )
        self.scored_before = not settings.full
        self.identity = {
            "full": settings.full,
            "image_px": self._reader.image_px,
            "learnt": {name: list(p.shape) for name, p in self._learned.items()},
            **({"keep_share": settings.keep_share} if keeps else {}),
        }

    def _load(self, weights: str) -> tuple[Any, Any]:
        settings = self._settings
        base, adapter = split_source(weights)
        model, processor = load_base(base)
        if settings.full:
            if adapter is not None:
                raise HoopError(f"full training takes no adapter, {adapter}: merge it first")
            of_adapter = ("rank", "alpha", "dropout", "targets")
            if vain := [name for name in of_adapter if getattr(settings, name) is not None]:
                raise HoopError(
                    f"full training makes no adapter, which {' and '.join(vain)} would be of: "
                    "leave out one or the other"
                )
            return model, processor
        model = adapt(model, adapter, settings)
        known = Path(base).name if Path(base).is_dir() else base
        model.peft_config["default"].base_model_name_or_path = known
        return model, processor

    def batches(self, start: int) -> Generator[torch.Tensor, None, None]:
        """Yields what is drawn: int64 ``(batch_size,)`` indexes of crops."""
        while True:
            yield torch.multinomial(self._weights, self._settings.batch_size, replacement=True)

    def loss(self, batch: torch.Tensor) -> torch.Tensor:
        """The mean cross entropy of an answer's token."""
        self._model.train()
        device = self._model.device
        pixels = self._reader.normalize(augment(self._crops.batch(batch.tolist()))).to(device)
        answers = self._answers[batch].to(device)
        prompt = torch.tensor(self._reader.prompt_ids, device=device).expand(len(answers), -1)
        ids = torch.cat([prompt, answers[:, :-1].clamp_min(0)], 1)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            logits = self._model(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                pixel_values=pixels,
                logits_to_keep=answers.shape[1],
                use_cache=False,
            ).logits
        return functional.cross_entropy(logits.float().flatten(0, 1), answers.flatten())

    def after_step(self, step: int) -> None:
        """Nothing: the weights themselves are measured and kept."""

    def validate(self) -> dict[str, float]:
        """The exact match over all crops, and over those with a number."""
        self._model.eval()

        def read(indexes: range) -> Any:
            return self._reader.score(self._reader.normalize(self._valid_crops.batch(indexes)))

        with self._averaged():
            scores = score_crops(self._valid, read, self._settings.batch_size)
        return {"exact match": scores.exact, "numbers": scores.numbers or 0.0}

    def save_best(self) -> None:
        """Writes the adapter or the whole model, and the processor."""
        with self._averaged():
            write_weights(self._model, self._reader.processor, self._folder, self._settings.half)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """Puts what is used, the average with the beginning, in the place of what learns."""
        learned = {name: self._learned[name].detach().clone() for name in self._begun}
        with torch.no_grad():
            for name, begun in self._begun.items():
                self._learned[name].lerp_(begun, self._settings.keep_share)
        try:
            yield
        finally:
            self.restore(learned)

    def state(self) -> dict[str, Any]:
        """The weights that learn."""
        return dict(self._learned)

    def restore(self, state: dict[str, Any]) -> None:
        """Takes them back."""
        with torch.no_grad():
            for name, weight in state.items():
                self._learned[name].copy_(weight)


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


def merge_adapter(weights: str, folder: Path) -> None:
    """Writes "BASE+ADAPTER" as one model, and the processor, into a folder.

    Raises:
        CheckpointError: If either is missing or they do not belong together.
    """
    base, adapter = split_source(weights)
    assert adapter is not None
    model, processor = load_base(base)
    merged = load_adapter(model, adapter).merge_and_unload()
    if (Path(adapter) / "processor_config.json").is_file():
        processor = AutoProcessor.from_pretrained(adapter)
    write_weights(merged, processor, folder)
