"""``hoop train``: fine-tuning from the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from hoop_plugins.errors import HoopError
from hoop_plugins.specs import Role

if TYPE_CHECKING:
    from hoop_plugins.training.job import TrainingFiles

app = typer.Typer(help="Fine-tune the detector and the reader.", no_args_is_help=True)
console = Console()

Name = Annotated[str, typer.Option(help="What the new model is called, and chosen by.")]
Out = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(help="Instead of a name: a folder for the weights. The same folder goes on."),
]
Model = Annotated[
    str, typer.Option(help="What to fine-tune: a name, path or hub name. Default: pretrained.")
]
DatasetName = Annotated[str, typer.Option(help="A FiftyOne dataset to make the data from.")]
View = Annotated[str, typer.Option(help="A saved view of that dataset.")]
Stride = Annotated[Optional[int], typer.Option(help="Of videos: every how many frames.")]  # noqa: UP045
Limit = Annotated[Optional[int], typer.Option(help="Images or crops at most.")]  # noqa: UP045
Duplicates = Annotated[
    bool, typer.Option("--drop-duplicates", help="Leave out what looks like what is kept.")
]
Within = Annotated[
    bool, typer.Option("--within-clips", help="Validate on the end of each clip: for one game.")
]
Replay = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(help="Data of the old domain, mixed in against forgetting."),
]
ReplayShare = Annotated[float, typer.Option(help="Share that is drawn from there.")]
Minutes = Annotated[Optional[float], typer.Option(help="Budget of time, earlier runs included.")]  # noqa: UP045
Steps = Annotated[Optional[int], typer.Option(help="Budget of steps, instead of minutes.")]  # noqa: UP045
Accumulate = Annotated[int, typer.Option(help="Batches a step: for GPUs of little memory.")]
Rate = Annotated[Optional[float], typer.Option(help="The highest learning rate.")]  # noqa: UP045
Patience = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(help="Stop after so many validations without a better score."),
]
Every = Annotated[int, typer.Option(help="Steps between validations.")]
Device = Annotated[str, typer.Option(help="auto, cpu, mps or cuda:N.")]
Threads = Annotated[Optional[int], typer.Option(help="CPU threads.")]  # noqa: UP045


@app.command()
def detector(
    data: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(help="COCO folder with train and valid, as Roboflow exports it."),
    ] = None,
    valid: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Annotations to validate on, where DATA is an annotation file too."),
    ] = None,
    dataset: DatasetName = "",
    view: View = "",
    stride: Stride = None,
    limit: Limit = None,
    drop_duplicates: Duplicates = False,
    within_clips: Within = False,
    name: Name = "",
    out: Out = None,
    model: Model = "",
    new_classes: Annotated[
        bool, typer.Option("--new-classes", help="Take the data's classes, with a new head.")
    ] = False,
    replay: Replay = None,
    replay_share: ReplayShare = 0.25,
    paste: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="A small, rare class to copy around: ball."),
    ] = None,
    minutes: Minutes = None,
    steps: Steps = None,
    batch_size: Annotated[int, typer.Option()] = 4,
    accumulate: Accumulate = 1,
    learning_rate: Rate = None,
    even_rates: Annotated[bool, typer.Option("--even-rates", help="In all layers.")] = False,
    validate_every: Every = 1000,
    patience: Patience = None,
    device: Device = "auto",
    threads: Threads = None,
    seed: int = 0,
) -> None:
    """Fine-tune RF-DETR on boxes."""
    settings = {
        "new_classes": new_classes,
        "replay": replay,
        "replay_share": replay_share,
        "paste": tuple(paste or ()),
        "minutes": minutes,
        "steps": steps,
        "batch_size": batch_size,
        "accumulate": accumulate,
        "learning_rate": learning_rate,
        "even_rates": even_rates,
        "validate_every": validate_every,
        "patience": patience,
        "device": device,
        "threads": threads,
        "seed": seed,
    }
    _check(minutes, steps, name, out, data, dataset)

    def files() -> TrainingFiles:
        from hoop_plugins.training.detector_data import splits
        from hoop_plugins.training.job import TrainingFiles

        assert data is not None
        train, held_out = splits(data if valid is None else (data, valid))
        return TrainingFiles(train.resolve(), held_out.resolve())

    if out is None:
        source = _view(dataset, view) if dataset else files()
        curation = _curation(stride, limit, drop_duplicates, within_clips)
        _fine_tune(Role.DETECTOR, name, source, model=model, curation=curation, **settings)
        return
    _train(Role.DETECTOR, files(), out, model, **settings)


@app.command()
def reader(
    data: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(help="JSON Lines with image, prefix, suffix."),
    ] = None,
    valid: Annotated[Optional[Path], typer.Argument(help="The same, of other games.")] = None,  # noqa: UP045
    dataset: DatasetName = "",
    view: View = "",
    stride: Stride = None,
    limit: Limit = None,
    drop_duplicates: Duplicates = False,
    within_clips: Within = False,
    name: Name = "",
    out: Out = None,
    model: Model = "",
    full: Annotated[
        bool, typer.Option("--full", help="Train every weight, not an adapter; with --out.")
    ] = False,
    half: Annotated[bool, typer.Option("--half", help="Store half precision.")] = False,
    rank: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="Of a new LoRA adapter. Default: 16."),
    ] = None,
    targets: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="What the adapter changes: text, or text+vision."),
    ] = None,
    negative_share: Annotated[
        float, typer.Option(help="Share of draws that go to crops without a number.")
    ] = 0.15,
    replay: Replay = None,
    replay_share: ReplayShare = 0.25,
    minutes: Minutes = None,
    steps: Steps = None,
    batch_size: Annotated[int, typer.Option()] = 32,
    accumulate: Accumulate = 1,
    learning_rate: Rate = None,
    validate_every: Every = 250,
    patience: Patience = None,
    device: Device = "auto",
    threads: Threads = None,
    seed: int = 0,
) -> None:
    """Fine-tune SmolVLM2 on number crops, with a LoRA adapter."""
    settings = {
        "half": half,
        "rank": rank,
        "targets": targets,
        "negative_share": negative_share,
        "replay": replay,
        "replay_share": replay_share,
        "minutes": minutes,
        "steps": steps,
        "batch_size": batch_size,
        "accumulate": accumulate,
        "learning_rate": learning_rate,
        "validate_every": validate_every,
        "patience": patience,
        "device": device,
        "threads": threads,
        "seed": seed,
    }
    _check(minutes, steps, name, out, data, dataset)
    if data is not None and valid is None:
        raise HoopError(f"give a second file to validate on: hoop train reader {data} VALID.jsonl")
    if out is None:
        from hoop_plugins.training.job import TrainingFiles

        if full:
            raise HoopError("a model trained in full has no adapter to be recorded: give --out")
        source = _view(dataset, view) if dataset else None
        if data is not None and valid is not None:
            source = TrainingFiles(data.resolve(), valid.resolve())
        curation = _curation(stride, limit, drop_duplicates, within_clips)
        _fine_tune(Role.READER, name, source, model=model, curation=curation, **settings)
        return
    assert data is not None
    assert valid is not None
    from hoop_plugins.training.job import TrainingFiles

    _train(Role.READER, TrainingFiles(data, valid), out, model, full=full, **settings)


def _check(
    minutes: float | None,
    steps: int | None,
    name: str,
    out: Path | None,
    data: Path | None,
    dataset: str,
) -> None:
    if (minutes is None) == (steps is None):
        raise HoopError("give a budget: --minutes or --steps, one of the two")
    if bool(name) == (out is not None):
        raise HoopError("say where it goes: --name to keep it among the models, or --out")
    if (data is None) == (not dataset):
        raise HoopError("give the training data: a path, or --dataset, one of the two")
    if dataset and out is not None:
        raise HoopError("a model that is trained on a dataset is recorded: give --name, not --out")


def _view(dataset: str, view: str) -> Any:
    from hoop_plugins.data.videos import open_dataset

    opened = open_dataset(dataset)
    if view and view not in opened.list_saved_views():
        known = ", ".join(opened.list_saved_views()) or "none yet"
        raise HoopError(f"dataset {dataset!r} has no saved view {view!r}; known: {known}")
    return opened.load_saved_view(view) if view else opened


def _curation(
    stride: int | None, limit: int | None, drop_duplicates: bool, within_clips: bool
) -> dict[str, Any]:
    given = {"stride": stride, "limit": limit}
    chosen = {key: value for key, value in given.items() if value is not None}
    return {**chosen, "drop_duplicates": drop_duplicates, "within_clips": within_clips}


def _model(role: Role, model: str) -> str:
    from hoop_plugins.profiles import load_profile

    return model or load_profile().model(role)


def _fine_tune(role: Role, name: str, source: Any, *, model: str, **settings: Any) -> None:
    from hoop_plugins.training.finetune import fine_tune

    with _terminal() as show:
        trained = fine_tune(
            role,
            name,
            source,
            model=_model(role, model),
            progress=lambda step: show(step.fraction, step.text, step.passing),
            **settings,
        )
    console.print(f"{name}: {trained.description}", soft_wrap=True)
    console.print(f"use it: hoop run --{role.value} {name}", soft_wrap=True)


def _train(role: Role, files: TrainingFiles, out: Path, model: str, **settings: Any) -> None:
    from hoop_plugins.training.finetune import train_steps
    from hoop_plugins.training.steps import drain

    steps = train_steps(role, files, out, model=_model(role, model), **settings)
    with _terminal() as show:
        drain(steps, lambda now: show(now.fraction, now.text))
    console.print(f"wrote {out}", soft_wrap=True)


@contextmanager
def _terminal() -> Iterator[Callable[..., None]]:
    """A bar with the time that is left, and a line a report above it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("train", total=1.0)

        def show(fraction: float, text: str, passing: bool = False) -> None:
            bar.update(task, completed=fraction, description=text if passing else "train")
            if not passing:
                bar.console.print(text, highlight=False, soft_wrap=True)

        try:
            yield show
        except KeyboardInterrupt:
            bar.console.print("stopped: the same command goes on from the last minute")
            raise typer.Exit(130) from None
