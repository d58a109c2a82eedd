"""``hoop sample``: rendering games, importing them, and training the small networks on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Optional

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress

from hoop_plugins import HoopError
from hoop_plugins.data.folders import files_in

app = typer.Typer(help="The rendered sample game.", no_args_is_help=True)
console = Console()

Train = Annotated[Path, typer.Option(help="Rendered clips to learn from.")]
Valid = Annotated[Path, typer.Option(help="Rendered clips of other seeds, to measure on.")]
Minutes = Annotated[float, typer.Option(help="Budget of time, earlier runs included.")]
Threads = Annotated[int, typer.Option(help="CPU threads.")]
Seed = Annotated[int, typer.Option(help="Of the random weights, and of the order.")]


@app.command("render")
def sample_render(
    out: Annotated[Path, typer.Argument(help="Folder to write into.")],
    seed: Annotated[int, typer.Option(help="Seed of the first clip.")] = 0,
    seconds: Annotated[float, typer.Option(help="Length of a clip.")] = 10.0,
    clips: Annotated[int, typer.Option(help="How many clips; their seeds follow each other.")] = 1,
    domain: Annotated[str, typer.Option(help="arena or street.")] = "arena",
    stride: Annotated[int, typer.Option(help="Frames between training images; 0: none.")] = 10,
    cuts: Annotated[bool, typer.Option("--cuts", help="With camera cuts.")] = False,
    entries: Annotated[bool, typer.Option("--entries", help="Players leave and return.")] = False,
    substitutions: Annotated[
        bool, typer.Option("--substitutions", help="Players are exchanged.")
    ] = False,
) -> None:
    """Render clips of the sample game with their ground truth."""
    from hoop_plugins.sample.difficulty import difficulty_table
    from hoop_plugins.sample.export import render_clips
    from hoop_plugins.sample.kits import DOMAINS

    if domain not in DOMAINS:
        raise HoopError(f"unknown domain {domain!r}: use {' or '.join(DOMAINS)}")
    if clips < 1 or seconds <= 0:
        raise HoopError(f"{clips} clips of {seconds} s cannot be rendered: give more than none")
    options = {"cuts": cuts, "entries": entries, "substitutions": substitutions}
    with _bar("render frames") as show:
        found = render_clips(out, seed, seconds, clips, domain, stride, show, **options)
    console.print(difficulty_table(found))


@app.command("load")
def sample_load(
    out: Annotated[Path, typer.Argument(help="What hoop sample render wrote.")],
    dataset: Annotated[str, typer.Option(help="The dataset to import into.")],
) -> None:
    """Import rendered clips and their ground truth."""
    from hoop_plugins.sample.loading import load_rendered

    with _bar("import clips") as show:
        loaded = load_rendered(out, dataset, show)
    console.print(f"{dataset} holds {len(loaded)} clips", highlight=False)


@app.command("untrained")
def untrained(
    role: Annotated[str, typer.Argument(help="detector or reader.")],
    out: Annotated[Path, typer.Argument(help="A .pth file, or of the reader a folder.")],
    seed: Annotated[int, typer.Option(help="Of the random weights.")] = 0,
) -> None:
    """Write a small network with random weights: what hoop train can start from."""
    if role == "detector":
        from hoop_plugins.sample.networks import detector as network
    elif role == "reader":
        from hoop_plugins.sample.networks import reader as network  # type: ignore[no-redef]
    else:
        raise HoopError(f"{role!r} is not trained by hoop train: give detector or reader")
    network.write(out, seed)
    console.print(f"wrote {out}", soft_wrap=True)


@app.command("train-tracker")
def train_tracker(
    train: Train,
    valid: Valid,
    out: Annotated[Path, typer.Option(help="Checkpoint to write; the same file goes on.")],
    checkpoint: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Weights to begin with, instead of random ones."),
    ] = None,
    minutes: Minutes = 60,
    threads: Threads = 1,
    seed: Seed = 0,
) -> None:
    """Train the sample game's small SAM2."""
    _need_clips(train, valid)
    import torch

    from hoop_plugins.sample import train_tracker as trainer

    torch.set_num_threads(threads)
    trainer.train(train, valid, out, minutes, seed, checkpoint)
    console.print(f"wrote {out}", soft_wrap=True)


@app.command("train-embedder")
def train_embedder(
    train: Train,
    valid: Valid,
    out: Annotated[Path, typer.Option(help="Folder for the network; the same folder goes on.")],
    minutes: Minutes = 60,
    threads: Threads = 1,
    seed: Seed = 0,
) -> None:
    """Train the sample game's small SigLIP."""
    _need_clips(train, valid)
    import torch

    from hoop_plugins.sample import train_embedder as trainer

    torch.set_num_threads(threads)
    trainer.train(train, valid, out, minutes, seed)
    console.print(f"wrote {out / 'siglip'}", soft_wrap=True)


@app.command("pretrain-reader")
def pretrain_reader(
    out: Annotated[Path, typer.Argument(help="Folder to write into.")],
    count: Annotated[int, typer.Option(help="How many crops.")] = 40000,
    seed: Annotated[int, typer.Option(help="Of everything drawn.")] = 0,
) -> None:
    """Draw crops of numbers on jerseys: the first lessons for hoop train reader."""
    from hoop_plugins.sample.pretrain_reader import write_crops

    write_crops(out, count, seed)
    console.print(f"wrote {out / 'annotations.jsonl'}", soft_wrap=True)


@app.command("loop")
def loop(
    work: Annotated[Path, typer.Option(help="Folder for games, data and checkpoints.")] = Path(
        "work/loop"
    ),
    json_file: Annotated[str, typer.Option("--json", help="Also write the figures here.")] = "",
    go_on: Annotated[bool, typer.Option("--go-on", help="Keep what an earlier run did.")] = False,
) -> None:
    """Fine-tune both networks on a domain they have never seen, and show the scores rise."""
    from hoop_plugins.sample.loop import clear, run_loop, table, write_json

    if not go_on:
        clear(work)
    courses = run_loop(work, tell=lambda line: console.print(line, highlight=False))
    console.print(table(courses))
    if json_file:
        write_json(courses, Path(json_file))


@app.command("ladder")
def ladder(
    work: Annotated[
        Path, typer.Option(help="Folder for the games and each rung's figures.")
    ] = Path("work/ladder"),
    seed: Annotated[int, typer.Option(help="Seed of the first game.")] = 70000,
    games: Annotated[int, typer.Option(help="How many games.")] = 3,
    seconds: Annotated[float, typer.Option(help="Length of a game.")] = 60.0,
    processes: Annotated[int, typer.Option(help="Games and rungs at once.")] = 2,
    json_file: Annotated[str, typer.Option("--json", help="Also write the figures here.")] = "",
) -> None:
    """Show what each step from the original's way to ours brings; called again, it goes on."""
    from hoop_plugins.sample.ladder import run_ladder, table

    if min(games, processes) < 1 or seconds <= 0:
        raise HoopError(
            f"{games} games of {seconds:g} s in {processes} processes: give more than 0"
        )
    seeds = range(seed, seed + games)
    found = run_ladder(
        work, seeds, seconds, processes, lambda line: console.print(line, highlight=False)
    )
    console.print(table(found))
    if json_file:
        Path(json_file).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    with Progress(*Progress.get_default_columns(), MofNCompleteColumn(), console=console) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _need_clips(*folders: Path) -> None:
    for folder in folders:
        if not files_in(folder, "clips/*.mp4"):
            raise HoopError(f"{folder} holds no rendered clips: make some with hoop sample render")
