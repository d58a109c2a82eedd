"""``hoop train``: fine-tuning from the command line, with the options that trainers declare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from hoop_plugins import api, plugins
from hoop_plugins.cli.options import with_options
from hoop_plugins.cli.terminal import console, tell
from hoop_plugins.errors import HoopError
from hoop_plugins.specs import Role

if TYPE_CHECKING:
    from hoop_plugins.training.job import TrainingProgress

UNLEARNED = (
    "it is as it was before: validation found nothing that it learned to be better; give it more "
    "clips, or mix in others, so that it does not learn these few by heart (--replay)"
)
"""Where validation chose the weights of the beginning."""

app = typer.Typer(help="Fine-tune the detector and the reader.", no_args_is_help=True)


def train(
    role: Role,
    data: Annotated[
        Path | None,
        typer.Argument(
            help="A folder with train and valid, as Roboflow exports it; or what to learn from, a "
            "file of COCO, or of JSON Lines with image, prefix, suffix."
        ),
    ] = None,
    valid: Annotated[
        Path | None, typer.Argument(help="Where DATA is a file: the same, of other games.")
    ] = None,
    valid_option: Annotated[
        Path | None, typer.Option("--valid", help="VALID, in another place of the command.")
    ] = None,
    dataset: Annotated[str, typer.Option(help="A FiftyOne dataset to make the data from.")] = "",
    view: Annotated[str, typer.Option(help="A saved view of that dataset.")] = "",
    name: Annotated[str, typer.Option(help="What the new model is called, and chosen by.")] = "",
    out: Annotated[
        Path | None,
        typer.Option(help="Instead of a name: a folder for the weights. The same folder goes on."),
    ] = None,
    model: Annotated[
        str,
        typer.Option(
            help="What to fine-tune: a name, path or hub name. Default: the profile's, or SmolVLM2 "
            "where that cannot be trained."
        ),
    ] = "",
    **options: Any,
) -> None:
    """Fine-tunes a model of a role; the options are settings and curation of its trainers."""
    from hoop_plugins.training.job import TrainingFiles

    if bool(name) == (out is not None):
        raise HoopError("say where it goes: --name to keep it among the models, or --out")
    if (data is None) == (not dataset):
        raise HoopError("give the training data: a path, or --dataset, one of the two")
    if out is not None and data is None:
        raise HoopError("a model that is trained on a dataset is recorded: give --name, not --out")
    names = [option.name for option in api.training_options(role)[1] if option.name in options]
    curation = {name: options.pop(name) for name in names}
    source = TrainingFiles.at(data, valid or valid_option) if data else _view(dataset, view)
    with _terminal() as show:
        if out is not None:
            api.train_into(out, role, source, model=model, progress=show, **options)
            lines = [f"wrote {out}"]
        else:
            made = api.train(
                role, name, source, model=model, curation=curation, progress=show, **options
            )
            use = f"use it: hoop run --{role.value} {name}"
            lines = [f"{name}: {made.description}", use if made.learned else UNLEARNED]
    for line in lines:
        tell(line)


for each in Role:
    if plugins.trainers(each):
        settings, curating = api.training_options(each)
        app.command(each.value, help=f"Fine-tune the {each.value}.")(
            with_options(partial(train, each), [*curating, *settings])
        )


def _view(dataset: str, view: str) -> Any:
    opened = api.open_dataset(dataset)
    if view and view not in opened.list_saved_views():
        known = ", ".join(opened.list_saved_views()) or "none yet"
        raise HoopError(f"dataset {dataset!r} has no saved view {view!r}; known: {known}")
    return opened.load_saved_view(view) if view else opened


@contextmanager
def _terminal() -> Iterator[Callable[[TrainingProgress], None]]:
    """A bar with the time that is left, and a line a report above it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("train", total=1.0)

        def show(now: TrainingProgress) -> None:
            bar.update(task, completed=now.fraction, description=now.preparing or "train")
            if not now.preparing:
                bar.console.print(now.text, highlight=False, soft_wrap=True)

        try:
            yield show
        except KeyboardInterrupt:
            bar.console.print("stopped: the same command goes on from the last minute")
            raise typer.Exit(130) from None
