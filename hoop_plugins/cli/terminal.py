"""What the commands share: where they write, and how they run a use case."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import progress
from rich.console import Console
from rich.text import Text

from hoop_plugins import api
from hoop_plugins.errors import HoopError

if TYPE_CHECKING:
    from hoop_plugins.stages.stage import Progress as Step

console = Console()
stderr = Console(stderr=True)

PLAIN_SECONDS = 10
"""Between two lines of progress, where no bar can be drawn."""

Device = Annotated[str, typer.Option(help="auto, cpu, mps or cuda:N.")]
DatasetName = Annotated[str, typer.Argument(help="A FiftyOne dataset.")]
JsonFile = Annotated[
    str, typer.Option("--json", help="Also write the figures here; - for standard output.")
]


def tell(line: str) -> None:
    """Writes one line, as it is."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def check_writable(json_file: str) -> None:
    """Looks, before hours are spent, whether figures can be written where ``--json`` says.

    Raises:
        HoopError: If the folder is not there.
    """
    if json_file and not Path(json_file).parent.is_dir():
        raise HoopError(f"{json_file} cannot be written: its folder is not there; make it first")


def wrote_to_stdout(json_file: str, figures: Any) -> bool:
    """Writes figures where ``--json`` says; whether that is standard output, which is theirs alone
    then.
    """
    text = json.dumps(figures, indent=2)
    if json_file == "-":
        print(text)
    elif json_file:
        Path(json_file).write_text(text + "\n", encoding="utf-8")
    return json_file == "-"


class Rate(progress.ProgressColumn):
    """How many a second."""

    def render(self, task: progress.Task) -> Text:
        """See rich."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="cyan")


class StageBars(progress.Progress):
    """A progress bar for each stage, or other use case, and video: count, rate, time left; or, in a
    file or pipe, a line now and then.

    Args:
        console: Where to draw.
    """

    def __init__(self, console: Console) -> None:
        self._told = 0.0
        super().__init__(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(bar_width=24),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[unit]}s"),
            Rate(),
            progress.TimeElapsedColumn(),
            progress.TextColumn("left"),
            progress.TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._known: dict[tuple[str, str], progress.TaskID] = {}

    def show(self, step: Step) -> None:
        """Draws one step of progress."""
        video = step.video if step.unit == "frame" else ""
        key = (step.stage, video)
        if begins := key not in self._known:
            title = f"{step.stage:<9}{video}"
            self._known[key] = self.add_task(title, total=step.total, unit=step.unit)
        self.update(self._known[key], completed=step.done, total=step.total)
        now = time.monotonic()
        told = begins or step.done >= step.total or now - self._told >= PLAIN_SECONDS
        if self.disable and told:
            self._told = now
            self.console.print(step.text, highlight=False, markup=False, soft_wrap=True)
        if step.message:
            self.console.print(f"{step.stage}: {step.message}", highlight=False)


def run_on(
    dataset: str, use_case: Callable[..., Any], show: Console = console, **options: Any
) -> Any:
    """Runs a use case on a dataset, with progress bars, and returns its result."""
    with StageBars(show) as bars:
        return use_case(api.open_dataset(dataset), **options, progress=bars.show)
