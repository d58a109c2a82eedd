"""``hoop train``: fine-tuning from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer
from rich.console import Console

from hoop_plugins.errors import HoopError

app = typer.Typer(help="Fine-tune the detector and the reader.", no_args_is_help=True)
console = Console()

Out = Annotated[Path, typer.Option(help="Folder for the checkpoints; the same folder goes on.")]
Minutes = Annotated[Optional[float], typer.Option(help="Budget of time, earlier runs included.")]  # noqa: UP045
Steps = Annotated[Optional[int], typer.Option(help="Budget of steps, instead of minutes.")]  # noqa: UP045
Rate = Annotated[Optional[float], typer.Option(help="The highest learning rate.")]  # noqa: UP045
Device = Annotated[str, typer.Option(help="auto, cpu, mps or cuda:N.")]
Threads = Annotated[Optional[int], typer.Option(help="CPU threads.")]  # noqa: UP045


@app.command()
def detector(
    dataset: Annotated[
        Path, typer.Argument(help="COCO folder with train and valid, as Roboflow exports it.")
    ],
    out: Out,
    valid: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Annotations to validate on, where DATASET is an annotation file too."),
    ] = None,
    checkpoint: Annotated[
        str,
        typer.Option(help="What to fine-tune: weights, or rfdetr-medium …; none: from scratch."),
    ] = "",
    minutes: Minutes = None,
    steps: Steps = None,
    batch_size: Annotated[int, typer.Option()] = 4,
    learning_rate: Rate = None,
    device: Device = "auto",
    threads: Threads = None,
    seed: int = 0,
) -> None:
    """Fine-tune RF-DETR on boxes."""
    _budget(minutes, steps)
    from hoop_plugins.training.detector import train_detector

    best = train_detector(
        dataset if valid is None else (dataset, valid),
        out,
        checkpoint=checkpoint or None,
        minutes=minutes,
        steps=steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        device=device,
        threads=threads,
        seed=seed,
    )
    console.print(f"wrote {best}: hoop run --detector {best}", soft_wrap=True)


@app.command()
def reader(
    train: Annotated[Path, typer.Argument(help="JSON Lines with image, prefix, suffix.")],
    valid: Annotated[Path, typer.Argument(help="The same, of other games.")],
    out: Out,
    base: Annotated[str, typer.Option(help="Folder or hub name of a SmolVLM2.")],
    adapter: Annotated[str, typer.Option(help="An adapter to go on from.")] = "",
    replay: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Crops of the old domain, mixed in against forgetting."),
    ] = None,
    rank: Annotated[int, typer.Option(help="Of the LoRA adapter.")] = 16,
    minutes: Minutes = None,
    steps: Steps = None,
    batch_size: Annotated[int, typer.Option()] = 32,
    learning_rate: Rate = None,
    full: Annotated[
        bool, typer.Option("--full", help="Train every weight, not an adapter.")
    ] = False,
    device: Device = "auto",
    threads: Threads = None,
    seed: int = 0,
) -> None:
    """Fine-tune SmolVLM2 on number crops, with a LoRA adapter."""
    _budget(minutes, steps)
    from hoop_plugins.training.reader import train_reader

    train_reader(
        train,
        valid,
        out,
        base=base,
        adapter=adapter or None,
        full=full,
        rank=rank,
        minutes=minutes,
        steps=steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        replay=replay,
        device=device,
        threads=threads,
        seed=seed,
    )
    console.print(f"wrote {out}", soft_wrap=True)


def _budget(minutes: float | None, steps: int | None) -> None:
    if (minutes is None) == (steps is None):
        raise HoopError("give a budget: --minutes or --steps, one of the two")
