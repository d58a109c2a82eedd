"""Fine-tuning the number reader: a LoRA adapter for SmolVLM2, or every weight of a small one.

Run it with ``python -m hoop_plugins.training.reader``. It goes on where it stopped.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from torch.nn import functional
from transformers import AutoProcessor

from hoop_plugins.errors import CheckpointError, HoopError
from hoop_plugins.models.device import resolve_device
from hoop_plugins.models.smolvlm import PROMPT, SmolVLMReader, load_adapter, load_base
from hoop_plugins.training.reader_data import (
    NONE,
    Crops,
    Example,
    augment,
    encode_answers,
    read_examples,
    sampling_weights,
)

TEXT_ONLY = r".*text_model.*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
"""LoRA targets of the language model alone. Plain names would also hit the vision tower."""

STATE_FILE = "training_state.pt"
_SAVE_EVERY_SECONDS = 60
_REPORT_EVERY_STEPS = 50


@dataclass(frozen=True)
class Progress:
    """How training stands.

    Attributes:
        step: Steps done, those of earlier runs included.
        seconds: Time spent training, that of earlier runs included.
        loss: Mean cross entropy of an answer's token over the last steps.
        exact: Share of validation crops read right ("none" included) when last measured.
        numbers: The same over crops with a number.
        best: The best ``exact`` so far; its weights are what the output folder holds.
        crops_per_second: Training speed of this run.
    """

    step: int = 0
    seconds: float = 0.0
    loss: float = 0.0
    exact: float = 0.0
    numbers: float = 0.0
    best: float = -1.0
    crops_per_second: float = 0.0


def print_progress(now: Progress) -> None:
    """Prints one line."""
    print(
        f"step {now.step}  {now.seconds:.0f} s  loss {now.loss:.4f}  exact {now.exact:.4f}  "
        f"numbers {now.numbers:.4f}  best {max(now.best, 0):.4f}  "
        f"{now.crops_per_second:.0f} crops/s",
        flush=True,
    )


def train_reader(
    train_jsonl: str | Path,
    valid_jsonl: str | Path,
    output_dir: str | Path,
    *,
    base: str,
    adapter: str | None = None,
    full: bool = False,
    rank: int = 16,
    alpha: int = 32,
    dropout: float = 0.05,
    targets: str | list[str] = "all-linear",
    minutes: float | None = None,
    steps: int | None = None,
    batch_size: int = 32,
    learning_rate: float | None = None,
    image_px: int | None = None,
    prompt: str = PROMPT,
    replay: str | Path | None = None,
    replay_share: float = 0.25,
    validate_every: int = 250,
    validation_size: int = 1000,
    patience: int | None = None,
    device: str = "auto",
    threads: int | None = None,
    seed: int = 0,
    half: bool = False,
    resume: bool = True,
    progress: Callable[[Progress], None] = print_progress,
) -> Progress:
    """Trains a reader and writes the best one so far into ``output_dir``.

    With a budget in ``steps``, on the CPU, a run that was interrupted and resumed ends with the
    same weights as one that was not.

    Args:
        train_jsonl: JSON Lines of crops to learn from, as ``reader_data.read_examples`` reads.
        valid_jsonl: Crops to measure on.
        output_dir: Gets a PEFT adapter, or with ``full`` a whole model, the processor beside
            either, and the state to resume from.
        base: Folder or hub name of the SmolVLM2 to start from.
        adapter: An adapter to go on from, instead of a new one of the shape below.
        full: Train every weight instead of an adapter.
        rank: Of the adapter.
        alpha: Of the adapter.
        dropout: Of the adapter, in [0, 1).
        targets: Layers the adapter changes: "all-linear" (vision, text and connector),
            :data:`TEXT_ONLY`, or whatever peft takes.
        minutes: Budget of time, over all runs.
        steps: Budget of steps, over all runs. One of the two is needed.
        batch_size: Crops a step.
        learning_rate: The highest. By default 2e-4 for an adapter, 2e-3 with ``full``.
        image_px: Side of the model's input. By default the base model's own.
        prompt: What the model is asked.
        replay: Crops of the old domain to mix in, so that it is not forgotten.
        replay_share: Share of draws that go to them, in [0, 1).
        validate_every: Steps between two validations.
        validation_size: Crops to validate on at most, spread evenly over the file.
        patience: Stop after so many validations without a better one. By default never.
        device: "auto", "cpu", "mps", "cuda" or "cuda:1".
        threads: torch's threads on the CPU. By default torch's choice.
        seed: Of weights, order and augmentation.
        half: Store weights in half precision.
        resume: Go on from the state in ``output_dir``, if there is one.
        progress: Called every 50 steps and after each validation.

    Returns:
        How it stood at the end.

    Raises:
        AnnotationError: If a row cannot be used.
        CheckpointError: If the base, the adapter or the state in ``output_dir`` does not fit.
    """
    if minutes is None and steps is None:
        raise HoopError("training needs a budget: give minutes or steps")
    if full and adapter is not None:
        raise HoopError("full training takes no adapter: merge it into the base first")
    if threads:
        torch.set_num_threads(threads)
    output = Path(output_dir)
    output.mkdir(parents=True, exist_ok=True)
    examples = read_examples(train_jsonl, prompt)
    weights = sampling_weights(examples)
    if replay is not None:
        old = read_examples(replay, prompt)
        weights = torch.cat([weights * (1 - replay_share), sampling_weights(old) * replay_share])
        examples += old
    valid = read_examples(valid_jsonl, prompt)
    valid = valid[:: -(-len(valid) // validation_size)]

    torch.manual_seed(seed)
    model, processor = load_base(base)
    if adapter is not None and not full:
        model = load_adapter(model, adapter, trainable=True)
    elif not full:
        model = _add_lora(model, rank, alpha, dropout, targets)
    if not full:
        known = Path(base).name if Path(base).is_dir() else base
        model.peft_config["default"].base_model_name_or_path = known
    reader = SmolVLMReader(
        model.to(resolve_device(device)),
        processor,
        prompt=prompt,
        image_px=image_px,
        batch_size=batch_size,
    )
    training = _Training(
        reader=reader,
        answers=encode_answers(processor.tokenizer, examples),
        crops=Crops(examples, reader.resize),
        weights=weights,
        valid=valid,
        valid_crops=Crops(valid, reader.resize),
        output=output,
        rate=learning_rate or (2e-3 if full else 2e-4),
        half=half,
        settings={
            "full": full,
            "seed": seed,
            "batch_size": batch_size,
            "image_px": reader.image_px,
        },
    )
    if resume:
        training.restore()
    return training.run(minutes, steps, validate_every, patience, progress)


class _Training:
    """The loop, and what it needs to go on from disk."""

    def __init__(
        self,
        reader: SmolVLMReader,
        answers: torch.Tensor,
        crops: Crops,
        weights: torch.Tensor,
        valid: list[Example],
        valid_crops: Crops,
        output: Path,
        rate: float,
        half: bool,
        settings: dict[str, Any],
    ) -> None:
        self.reader, self.model = reader, reader.model
        self.answers, self.crops, self.weights = answers, crops, weights
        self.valid, self.valid_crops = valid, valid_crops
        self.output, self.rate, self.half, self.settings = output, rate, half, settings
        self.learnt = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        self.optimizer = torch.optim.AdamW(
            self.learnt.values(), lr=rate, weight_decay=0.02, betas=(0.9, 0.98)
        )
        self.now = Progress()
        self.stale = 0

    def run(
        self,
        minutes: float | None,
        steps: int | None,
        validate_every: int,
        patience: int | None,
        progress: Callable[[Progress], None],
    ) -> Progress:
        began, before = time.monotonic(), self.now
        saved = began
        while patience is None or self.stale < patience:
            spent = max(
                self.now.seconds / (60 * minutes) if minutes else 0,
                self.now.step / steps if steps else 0,
            )
            if spent >= 1:
                break
            loss = self.step(self.rate * learning_rate_factor(self.now.step, spent))
            seconds, step = time.monotonic() - began, self.now.step + 1
            self.now = replace(
                self.now,
                step=step,
                seconds=before.seconds + seconds,
                loss=0.95 * self.now.loss + 0.05 * loss if self.now.step else loss,
                crops_per_second=(step - before.step) * self.settings["batch_size"] / seconds,
            )
            if step % validate_every == 0:
                self.validate()
            if step % validate_every == 0 or time.monotonic() - saved > _SAVE_EVERY_SECONDS:
                self.remember()
                saved = time.monotonic()
            if step % validate_every == 0 or step % _REPORT_EVERY_STEPS == 0:
                progress(self.now)
        if self.now.step % validate_every:
            self.validate()
            progress(self.now)
        self.remember()
        return self.now

    def step(self, rate: float) -> float:
        """Learns from one batch; returns its loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        drawn = torch.multinomial(self.weights, self.settings["batch_size"], replacement=True)
        device = self.model.device
        pixels = self.reader.normalise(augment(self.crops.batch(drawn.tolist()))).to(device)
        answers = self.answers[drawn].to(device)
        prompt = torch.tensor(self.reader.prompt_ids, device=device).expand(len(answers), -1)
        ids = torch.cat([prompt, answers[:, :-1].clamp_min(0)], 1)
        self.model.train()
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            said = self.model(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                pixel_values=pixels,
                logits_to_keep=answers.shape[1],
                use_cache=False,
            ).logits
        loss = functional.cross_entropy(said.float().flatten(0, 1), answers.flatten())
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.learnt.values(), 1.0)
        self.optimizer.step()
        return loss.item()

    def validate(self) -> None:
        """Measures, and writes the weights where they are the best so far."""
        self.model.eval()
        read, size = [], self.reader.batch_size
        for start in range(0, len(self.valid), size):
            indices = range(start, min(start + size, len(self.valid)))
            pixels = self.reader.normalise(self.valid_crops.batch(indices))
            read += self.reader.score(pixels).argmax(1).tolist()
        right = [guess == e.index for guess, e in zip(read, self.valid, strict=True)]
        numbers = [ok for ok, e in zip(right, self.valid, strict=True) if e.answer != NONE]
        exact = sum(right) / len(right)
        better = exact > self.now.best
        self.stale = 0 if better else self.stale + 1
        self.now = replace(
            self.now,
            exact=exact,
            numbers=sum(numbers) / max(len(numbers), 1),
            best=max(exact, self.now.best),
        )
        if better:
            _write_weights(self.model, self.reader.processor, self.output, self.half)

    def remember(self) -> None:
        """Writes the state to resume from, all or nothing."""
        state = {
            "settings": self.settings,
            "progress": vars(self.now),
            "stale": self.stale,
            "weights": self.learnt,
            "optimizer": self.optimizer.state_dict(),
            "rng": torch.get_rng_state(),
        }
        torch.save(state, self.output / f"{STATE_FILE}.new")
        os.replace(self.output / f"{STATE_FILE}.new", self.output / STATE_FILE)

    def restore(self) -> None:
        """Goes on from the state, if there is one."""
        path = self.output / STATE_FILE
        if not path.is_file():
            return
        state = torch.load(path, map_location="cpu", weights_only=True)
        shapes = {name: p.shape for name, p in self.learnt.items()}
        stored = {name: p.shape for name, p in state["weights"].items()}
        if state["settings"] != self.settings or shapes != stored:
            raise CheckpointError(
                f"{path} is of another training ({state['settings']}): use another output folder, "
                "the same settings, or start afresh"
            )
        with torch.no_grad():
            for name, parameter in self.learnt.items():
                parameter.copy_(state["weights"][name])
        self.optimizer.load_state_dict(state["optimizer"])
        self.now, self.stale = Progress(**state["progress"]), state["stale"]
        torch.set_rng_state(state["rng"])


def learning_rate_factor(step: int, spent: float) -> float:
    """Share of the highest learning rate: 100 steps of warm-up, level, then a cosine to 1%.

    Args:
        step: Steps done.
        spent: Share of the budget spent, in [0, 1].
    """
    cosine = 0.5 * (1 + math.cos(math.pi * max(0.0, spent - 0.3) / 0.7))
    return min(1.0, (step + 1) / 100) * max(0.01, cosine)


def merge_adapter(base: str, adapter: str, output_dir: str | Path, *, half: bool = False) -> None:
    """Writes a base model with its adapter merged in, and the processor, as one folder.

    Raises:
        CheckpointError: If either is missing or they do not belong together.
    """
    model, processor = load_base(base)
    merged = load_adapter(model, adapter).merge_and_unload()
    if (Path(adapter) / "processor_config.json").is_file():
        processor = AutoProcessor.from_pretrained(adapter)
    _write_weights(merged, processor, Path(output_dir), half)


def _add_lora(model: Any, rank: int, alpha: int, dropout: float, targets: str | list[str]) -> Any:
    config = LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules=targets)
    try:
        return get_peft_model(model, config)
    except ValueError as error:
        raise CheckpointError(f"LoRA targets {targets!r} do not fit this model: {error}") from error


def _write_weights(model: Any, processor: Any, output: Path, half: bool) -> None:
    """Writes beside ``output`` first, so that a stop never leaves half a model in it."""
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output, prefix=".new-") as folder:
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


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Fine-tune the number reader.")
    parser.add_argument("--train", required=True, help="JSON Lines of image, prefix, suffix")
    parser.add_argument("--valid", required=True, help="the same, to measure on")
    parser.add_argument("--out", required=True, help="output folder; training resumes from it")
    parser.add_argument("--base", required=True, help="folder or hub name of a SmolVLM2")
    parser.add_argument("--adapter", help="an adapter to go on from")
    parser.add_argument("--full", action="store_true", help="train every weight")
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--alpha", type=int, default=32)
    parser.add_argument("--targets", default="all-linear", help='"all-linear", "text" or a regex')
    parser.add_argument("--replay", help="crops of the old domain to mix in")
    parser.add_argument("--replay-share", type=float, default=0.25)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--image-px", type=int)
    parser.add_argument("--validate-every", type=int, default=250)
    parser.add_argument("--patience", type=int)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--half", action="store_true", help="store weights in half precision")
    parser.add_argument("--fresh", action="store_true", help="do not resume")
    given = vars(parser.parse_args(arguments))
    files = given.pop("train"), given.pop("valid"), given.pop("out")
    given["resume"] = not given.pop("fresh")
    given["targets"] = TEXT_ONLY if given["targets"] == "text" else given["targets"]
    try:
        train_reader(*files, **given)
    except HoopError as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
