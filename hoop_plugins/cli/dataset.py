"""``hoop dataset``: training data from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from hoop_plugins import api
from hoop_plugins.cli.options import takes
from hoop_plugins.cli.terminal import DatasetName, console, run_on, tell
from hoop_plugins.training.settings import ReaderCuration

if TYPE_CHECKING:
    import fiftyone as fo

app = typer.Typer(help="Training data: import, fetch, prelabel, look.", no_args_is_help=True)


@app.command("import")
def import_(
    path: Annotated[
        Path,
        typer.Argument(help="Folder with train, valid, test: COCO, or JSON Lines of number crops."),
    ],
    name: Annotated[str, typer.Option(help="The dataset's name; else the folder's.")] = "",
) -> None:
    """Make a dataset of training data, to look at it before it is trained on."""
    from hoop_plugins.training.datasets import import_dataset

    _describe(import_dataset(path, name))


@app.command()
def fetch(
    source: Annotated[str, typer.Argument(help="WORKSPACE/PROJECT/VERSION on Roboflow Universe.")],
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Folder to download into; else PROJECT-VERSION."),
    ] = None,
    name: Annotated[str, typer.Option(help="The dataset's name; else the folder's.")] = "",
) -> None:
    """Download training data from Roboflow with the key in ROBOFLOW_API_KEY, and import it."""
    from hoop_plugins.training.datasets import fetch_dataset

    _describe(fetch_dataset(source, out or "", name))


@app.command()
def normalize(dataset: DatasetName) -> None:
    """Exchange videos for copies that the App shows frame by frame; labels follow."""
    exchanged = run_on(dataset, api.normalize_videos)
    tell(f"{exchanged} videos exchanged; next: hoop run --dataset {dataset}")


@app.command()
def relocate(
    dataset: DatasetName,
    old: Annotated[Path, typer.Argument(help="The folder, or the file, of the videos before.")],
    new: Annotated[Path, typer.Argument(help="Where it is now.")],
) -> None:
    """Tell a dataset where its videos have moved."""
    tell(f"{api.relocate(api.open_dataset(dataset), old, new)} videos of {dataset} are in {new}")


@app.command()
@takes(api.prelabel, "reader", "name", "stride", "limit", "device")
def prelabel(dataset: DatasetName, **options: Any) -> None:
    """Let a reader read crops, and order them for correcting: the least certain first."""
    from hoop_plugins.training.prelabel import VIEW

    made = run_on(dataset, api.prelabel, **options)
    tell(f"read {made.crops} crops: hoop app {made.dataset.name}, and open the view '{VIEW}'")


@app.command()
@takes(ReaderCuration, "field", "sources", "limit", "within_clips")
def balance(dataset: DatasetName, **options: Any) -> None:
    """Show how many crops of each number a training would see."""
    from hoop_plugins.cli.tables import balance_table
    from hoop_plugins.training import curation

    chosen = curation.plan_reader(api.open_dataset(dataset), **options)
    console.print(balance_table(curation.balance(chosen)))


def _describe(dataset: fo.Dataset) -> None:
    counts = dataset.count_values("split")
    splits = ", ".join(f"{split or 'no split'} {count}" for split, count in counts.items())
    tell(f"{dataset.name}: {splits}; look: hoop app {dataset.name}")
