"""``hoop import-labels``, ``hoop export-labels`` and ``hoop render``: labels in and out."""

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
    from hoop_plugins import api
    from hoop_plugins.cli.report import StageBars
    from hoop_plugins.formats.names import parse_classes

    with StageBars(console) as bars:
        found = api.import_labels(
            api.open_dataset(dataset),
            path,
            kind,
            field=field,
            first_frame=first_frame,
            video=video or None,
            classes=parse_classes(classes),
            overwrite=overwrite,
            progress=bars.show,
        )
    for line in found.summary():
        tell(line)


def export_labels(
    dataset: DatasetName,
    path: Annotated[str, typer.Argument(help="The file or folder to write.")],
    kind: Annotated[str, typer.Option("--format", help="mot, coco, cvat, or another package's.")],
    field: Annotated[str, typer.Option(help="The frame field to write.")] = "ground_truth",
) -> None:
    """Write ground truth, or what was recognized, to files that others read."""
    from hoop_plugins import api
    from hoop_plugins.cli.report import StageBars

    with StageBars(console) as bars:
        lines = api.export_labels(api.open_dataset(dataset), path, kind, field, progress=bars.show)
    for line in lines:
        tell(line)


def render(
    name: DatasetName,
    out: Annotated[Path, typer.Argument(help="Folder for the annotated MP4s.")],
) -> None:
    """Write videos with masks in team colors and number tags."""
    from hoop_plugins import api

    api.render(api.open_dataset(name), out, progress=lambda step: tell(f"wrote {out / step.video}"))
