"""Fine-tuning the number reader: a LoRA adapter for SmolVLM2, or every weight of a small one."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import torch

from hoop_plugins.data.vocabulary import PROMPT
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.jsonl import read_examples
from hoop_plugins.models.device import resolve_device
from hoop_plugins.models.smolvlm import SmolVLMReader, load_base
from hoop_plugins.training.checkpoints import gpu_memory
from hoop_plugins.training.reader_data import Crops, encode_answers, sampling_weights
from hoop_plugins.training.reader_loop import Progress, ReaderTraining
from hoop_plugins.training.reader_weights import adapt


def print_progress(now: Progress) -> None:
    """Prints one line."""
    print(now, flush=True)


def train_reader(
    train_jsonl: str | Path,
    valid_jsonl: str | Path,
    output_dir: str | Path,
    *,
    progress: Callable[[Progress], None] = print_progress,
    **settings: Any,
) -> Progress:
    """Trains a reader and writes the best one so far into ``output_dir``.

    Args:
        train_jsonl: Crops to learn from.
        valid_jsonl: Crops to measure on.
        output_dir: The folder for what is learnt.
        progress: Called with each report.
        **settings: As for :func:`reader_steps`, which says what is raised, too.

    Returns:
        How it stood at the end.
    """
    now = Progress()
    with closing(reader_steps(train_jsonl, valid_jsonl, output_dir, **settings)) as steps:
        for now in steps:
            progress(now)
    return now


def reader_steps(
    train_jsonl: str | Path,
    valid_jsonl: str | Path,
    output_dir: str | Path,
    *,
    base: str,
    adapter: str | None = None,
    full: bool = False,
    rank: int | None = None,
    alpha: int = 32,
    dropout: float = 0.05,
    targets: str | None = None,
    minutes: float | None = None,
    steps: int | None = None,
    batch_size: int = 32,
    accumulate: int = 1,
    learning_rate: float | None = None,
    negative_share: float = 0.15,
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
) -> Generator[Progress, None, None]:
    """Trains a reader, and yields how it stands; closing the iterator stops it.

    What was stopped goes on with another call. With a budget in ``steps``, on the CPU, it ends with
    the same weights as without the stop.

    Args:
        train_jsonl: JSON Lines of crops to learn from, as ``reader_data.read_examples`` reads.
        valid_jsonl: Crops to measure on.
        output_dir: Gets a PEFT adapter, or with ``full`` a whole model, the processor beside
            either, and the state to resume from.
        base: Folder or hub name of the SmolVLM2 to start from. Its files are only read.
        adapter: An adapter to go on from, instead of a new one of the shape below.
        full: Train every weight instead of an adapter.
        rank: Of the adapter: see ``reader_weights.adapt``, also for the next three.
        alpha: Of a new adapter.
        dropout: Of a new adapter, in [0, 1).
        targets: Layers the adapter changes: "text", "text+vision", or a regular expression.
        minutes: Budget of time, over all runs.
        steps: Budget of steps, over all runs. One of the two is needed.
        batch_size: Crops that go through the network together.
        accumulate: Batches a step, which then learns from ``batch_size * accumulate`` crops.
        learning_rate: The highest. By default 2e-4 for an adapter, 2e-3 with ``full``.
        negative_share: Share of draws that go to crops without a number, in [0, 1).
        image_px: Side of the model's input. By default the base model's own.
        prompt: What the model is asked.
        replay: Crops of the old domain to mix in, so that it is not forgotten.
        replay_share: Share of draws that go to them, in [0, 1).
        validate_every: Steps between two validations.
        validation_size: Crops to validate on at most, spread evenly over the file.
        patience: Stop after so many validations without a better one. By default never.
        device: "auto", "cpu", "mps", "cuda" or "cuda:1". On CUDA in mixed precision.
        threads: torch's threads on the CPU. By default torch's choice.
        seed: Of weights, order and augmentation.
        half: Store weights in half precision.
        resume: Go on from the state in ``output_dir``, if there is one.

    Yields:
        How it stands, every 50 steps or 10 seconds, after each validation, and at the end.

    Raises:
        AnnotationError: If a row cannot be used.
        CheckpointError: If the base, the adapter or the state in ``output_dir`` does not fit.
        HoopError: If disk space or GPU memory runs out, the loss diverges, or there is no budget.
    """
    if minutes is None and steps is None:
        raise HoopError("training needs a budget: give minutes or steps")
    if full and adapter is not None:
        raise HoopError("full training takes no adapter: merge it into the base first")
    if threads:
        torch.set_num_threads(threads)
    output = Path(output_dir)
    examples = read_examples(train_jsonl, prompt)
    weights = sampling_weights(examples, negative_share)
    if replay is not None:
        old = read_examples(replay, prompt)
        shares = 1 - replay_share, replay_share
        both = weights, sampling_weights(old, negative_share)
        weights = torch.cat([part * share for part, share in zip(both, shares, strict=True)])
        examples += old
    valid = read_examples(valid_jsonl, prompt)
    valid = valid[:: -(-len(valid) // validation_size)]

    torch.manual_seed(seed)
    model, processor = load_base(base)
    if not full:
        model = adapt(model, adapter, rank=rank, alpha=alpha, dropout=dropout, targets=targets)
        known = Path(base).name if Path(base).is_dir() else base
        model.peft_config["default"].base_model_name_or_path = known
    with gpu_memory(batch_size):
        reader = SmolVLMReader(
            model.to(resolve_device(device)),
            processor,
            prompt=prompt,
            image_px=image_px,
        )
        training = ReaderTraining(
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
                "accumulate": accumulate,
                "image_px": reader.image_px,
            },
        )
        if resume:
            training.restore()
        yield from training.run(minutes, steps, validate_every, patience)
