"""``hoop sample``: rendering games and importing them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hoop_plugins.errors import HoopError

app = typer.Typer(help="The rendered sample game.", no_args_is_help=True)
console = Console()


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
    substitutions: Annotated[bool, typer.Option("--substitutions")] = False,
) -> None:
    """Render clips of the sample game with their ground truth."""
    from hoop_plugins.report import CountBar, difficulty_table
    from hoop_plugins.sample.export import render_clips
    from hoop_plugins.sample.kits import DOMAINS

    if domain not in DOMAINS:
        raise HoopError(f"unknown domain {domain!r}: use {' or '.join(DOMAINS)}")
    if clips < 1 or seconds <= 0:
        raise HoopError(f"{clips} clips of {seconds} s cannot be rendered: give more than none")
    options = {"cuts": cuts, "entries": entries, "substitutions": substitutions}
    with CountBar(console, "render", "frames") as bar:
        found = render_clips(out, seed, seconds, clips, domain, stride, bar.show, **options)
    console.print(difficulty_table(found))


@app.command("load")
def sample_load(
    out: Annotated[Path, typer.Argument(help="What hoop sample render wrote.")],
    dataset: Annotated[str, typer.Option(help="The dataset to import into.")],
) -> None:
    """Import rendered clips and their ground truth."""
    from hoop_plugins.report import CountBar
    from hoop_plugins.sample.loading import load_rendered

    with CountBar(console, "import", "clips") as bar:
        loaded = load_rendered(out, dataset, bar.show)
    console.print(f"{dataset} holds {len(loaded)} clips", highlight=False)
