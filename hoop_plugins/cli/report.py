"""What the terminal shows: progress bars, the roster, tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import fiftyone as fo
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.specs import ModelSpec
from hoop_plugins.stages.stage import Progress as Step
from hoop_plugins.stages.stage import Stage

if TYPE_CHECKING:
    from hoop_plugins.mining.views import ErrorCount


class Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        """See rich."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="cyan")


class StageBars:
    """A progress bar for each stage, or other use case, and video: count, rate, time left.

    Args:
        console: Where to draw.
    """

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}s"),
            Rate(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def __enter__(self) -> StageBars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, step: Step) -> None:
        """Draws one step of progress."""
        video = step.video if step.unit == "frame" else ""
        key = (step.stage, video)
        if key not in self._tasks:
            title = f"{step.stage:<9}{video}"
            self._tasks[key] = self._progress.add_task(title, total=step.total, unit=step.unit)
        self._progress.update(self._tasks[key], completed=step.done, total=step.total)
        if step.message:
            self._progress.console.print(f"{step.stage}: {step.message}", highlight=False)


def print_roster(console: Console, view: Any, names: Fields) -> None:
    """Prints who was recognized: a row a track of every clip of the view that was tracked."""
    for sample_id in view.values("id"):
        store = SampleStore(dataset_of(view), sample_id, names)
        tracks = store.read_tracks()
        if tracks:
            console.print(roster_table(store.name, tracks.values()))
        elif store.progress("track"):
            console.print(f"{store.name}: no players were found", highlight=False)


def roster_table(title: str, tracks: Iterable[Track]) -> Table:
    """The roster of a clip: track, team, number, status.

    Args:
        title: The clip's name.
        tracks: Its tracks.
    """
    table = Table(title=f"Who is on the court in {title}", title_justify="left")
    for column in ("track", "role", "team", "number", "status", "confidence", "reads", "frames"):
        right = column in ("track", "number", "confidence", "reads", "frames")
        table.add_column(column, justify="right" if right else "left")
    for track in sorted(tracks, key=lambda track: (track.role, track.team or "", track.index)):
        table.add_row(
            str(track.index),
            track.role,
            track.team or "",
            track.number or "",
            track.number_status or "",
            "" if track.number_confidence is None else f"{track.number_confidence:.2f}",
            "" if track.reads is None else str(track.reads),
            f"{track.first}-{track.last}",
        )
    return table


def models_table(specs: Sequence[ModelSpec]) -> Table:
    """The models that can be chosen, a row each."""
    table = Table("role", "name", "what it is")
    for spec in specs:
        table.add_row(spec.role.value, spec.name, spec.description)
    return table


def stages_table(stages: Sequence[type[Stage]]) -> Table:
    """The stages that can be run, a row each."""
    table = Table("stage", "reads", "writes", "from")
    for stage in stages:
        package = stage.__module__.partition(".")[0]
        table.add_row(stage.name, ", ".join(stage.reads), ", ".join(stage.writes), package)
    return table


def errors_table(counts: Sequence[ErrorCount]) -> Table:
    """The errors that were found, a row a saved view."""
    table = Table()
    table.add_column("saved view", no_wrap=True)
    table.add_column("found", no_wrap=True)
    table.add_column("what it shows")
    for count in counts:
        table.add_row(count.kind.title, count.text, count.kind.meaning)
    return table


def corrections_table(dataset: fo.Dataset) -> Table:
    """What people put right, a row a correction."""
    from hoop_plugins.corrections import listed, shown_tracks

    table = Table("video", "track", "correction", "frame", "when", "key")
    for sample_id in dataset.values("id"):
        store = SampleStore(dataset, sample_id)
        tracks = shown_tracks(store)
        for fix in listed(store):
            track = str(tracks.get(fix.key, "none now"))
            when = f"{fix.created_at:%Y-%m-%d %H:%M}"
            table.add_row(store.name, track, str(fix), str(fix.frame), when, fix.key)
    return table
