"""What the commands share: where they write, and the options that several have."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

console = Console()
stderr = Console(stderr=True)

Device = Annotated[str, typer.Option(help="auto, cpu, mps or cuda:N.")]
ProfileName = Annotated[str, typer.Option(help="Name or path of a profile: sample, pretrained …")]
DatasetName = Annotated[str, typer.Argument(help="A FiftyOne dataset.")]


def tell(line: str) -> None:
    """Writes one line, as it is."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)
