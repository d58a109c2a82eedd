"""``hoop import-labels`` and ``hoop render``: labels in, videos out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from hoop_plugins.cli.terminal import DatasetName, console, tell


def import_labels(
    dataset: DatasetName,
    path: Annotated[str, typer.Argument(help="A file or folder; of --format field, its name.")],
    kind: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--format", help="mot, coco, cvat, sample or field; by the files' names."),
    ] = None,
    field: Annotated[str, typer.Option(help="The frame field to write.")] = "ground_truth",
    first_frame: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="The number of a video's first frame in the files: 0 or 1."),
    ] = None,
    video: Annotated[str, typer.Option(help="The video, where one file does not name it.")] = "",
    classes: Annotated[
        str, typer.Option(help="Our names for the files' classes: athlete=player,crowd=")
    ] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace labels.")] = False,
) -> None:
    """Import ground truth: MOTChallenge text, COCO, CVAT for video, or another field."""
    from hoop_plugins.cli.report import CountBar
    from hoop_plugins.data.videos import open_dataset
    from hoop_plugins.formats.importing import read_labels
    from hoop_plugins.formats.names import parse_classes

    found = read_labels(
        open_dataset(dataset),
        path,
        kind,
        into=field,
        numbered_from=first_frame,
        video=video or None,
        classes=parse_classes(classes),
        overwrite=overwrite,
    )
    with CountBar(console, "import", "frames") as bar:
        for done in found.write():
            bar.show(done, found.frames)
    for line in found.summary():
        tell(line)


def render(
    name: DatasetName,
    out: Annotated[Path, typer.Argument(help="Folder for the annotated MP4s.")],
) -> None:
    """Write videos with masks in team colours and number tags."""
    from hoop_plugins.data.videos import open_dataset
    from hoop_plugins.formats.annotated_video import annotate_videos

    for path in annotate_videos(open_dataset(name), out):
        console.print(f"wrote {path}", highlight=False)
