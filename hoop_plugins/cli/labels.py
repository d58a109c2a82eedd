"""Labels: imported, exported, drawn and put right; and crops of what they are of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hoop_plugins import api
from hoop_plugins.cli.options import takes
from hoop_plugins.cli.terminal import DatasetName, console, run_on, tell


@takes(
    *(api.import_labels, "path", "field", "first_frame", "video", "classes", "overwrite"),
    kind="--format",
)
def import_labels(dataset: DatasetName, **options: Any) -> None:
    """Import ground truth: MOTChallenge, COCO, CVAT for video, SoccerNet, or another field."""
    for line in run_on(dataset, api.import_labels, **options).summary():
        tell(line)


@takes(api.export_labels, "path", "field", kind="--format")
def export_labels(dataset: DatasetName, **options: Any) -> None:
    """Write ground truth, or what was recognized, to files that others read."""
    for line in run_on(dataset, api.export_labels, **options):
        tell(line)


@takes(api.export, "path", "field", kind="--format")
def export(dataset: DatasetName, **options: Any) -> None:
    """Write what was recognized: tables of players or frames, labels, or annotated videos."""
    for line in run_on(dataset, api.export, **options):
        tell(line)


def render(
    name: DatasetName,
    out: Annotated[Path, typer.Argument(help="Folder for the annotated MP4s.")],
) -> None:
    """Write videos with masks in team colors and number tags."""
    api.render(api.open_dataset(name), out, progress=lambda step: tell(f"wrote {out / step.video}"))


@takes(
    *(api.correct, "sample", "frame", "number", "team", "role", "same_as", "not_a_person"),
    *("other_from", "confirm"),
)
def correct(
    name: DatasetName,
    track: Annotated[int, typer.Option(help="The track's id; without it, list corrections.")] = 0,
    undo: Annotated[str, typer.Option(help="Keys of corrections to take back: a,b.")] = "",
    **options: Any,
) -> None:
    """Correct or confirm a track: it outlives every re-run; or list or undo corrections."""
    from hoop_plugins.cli.tables import table

    dataset = api.open_dataset(name)
    problems = api.take_over_edits(dataset)
    if undo:
        problems += api.undo(dataset, [key.strip() for key in undo.split(",")])
    elif track:
        problems += api.correct(dataset, track, **options)
    for line in problems:
        tell(line)
    rows = []
    for clip, index, fix in api.list_corrections(dataset):
        when = f"{fix.created_at:%Y-%m-%d %H:%M}"
        rows.append((clip.name, index or "none now", fix, fix.frame, when, fix.key))
    console.print(table("video,track,correction,frame,when,key", rows))


@takes(api.track_again, "frame", "track", "sample", "device")
def track_again(name: DatasetName, **options: Any) -> None:
    """Track a stretch again, from a frame in which boxes or masks were put right."""
    made = run_on(name, api.track_again, **options)
    for line in made.summary():
        tell(line)
    if made.due:
        tell(f"next: hoop run --dataset {name}")


@takes(api.embed, "profile", "embedder", "interval", "device", role="--crops")
def embed(name: DatasetName, **options: Any) -> None:
    """Lay crops of players or numbers out for the App's Embeddings panel."""
    made = run_on(name, api.embed, **options)
    tell(
        f"hoop app {name}: open the dataset {made.dataset!r} and, in its Embeddings panel, "
        f"{made.brain_key}"
    )


def frames(
    name: DatasetName,
    remove: Annotated[bool, typer.Option("--remove", help="Remove them.")] = False,
) -> None:
    """Say where the images lie that patches are cut out of, or remove them."""
    from hoop_plugins.data.folders import files_in
    from hoop_plugins.data.frame_images import images_folder, remove_images

    dataset = api.open_dataset(name)
    folder = images_folder(dataset)
    if remove:
        tell(f"removed {remove_images(dataset)} images from {folder}")
        return
    sizes = [path.stat().st_size for path in files_in(folder, "**/*.jpg")]
    tell(f"{len(sizes)} images, {sum(sizes) / 1e6:.0f} MB, in {folder}")
