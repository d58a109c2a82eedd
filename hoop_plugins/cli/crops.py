"""``hoop embed`` and ``hoop frames``: crops, and the images that they are cut out of."""

from __future__ import annotations

from typing import Annotated

import typer

from hoop_plugins.cli.terminal import DatasetName, Device, ProfileName, console, tell


def embed(
    name: DatasetName,
    crops: Annotated[str, typer.Option(help="players or numbers.")] = "players",
    profile: ProfileName = "pretrained",
    embedder: Annotated[str, typer.Option(help="Instead of the profile's.")] = "",
    interval: Annotated[float, typer.Option(help="Seconds between two crops of a track.")] = 1.0,
    device: Device = "auto",
) -> None:
    """Lay crops of players or numbers out for the App's Embeddings panel."""
    from hoop_plugins import api
    from hoop_plugins.cli.report import StageBars

    with StageBars(console) as bars:
        made = api.embed(
            api.open_dataset(name),
            crops,
            profile,
            embedder=embedder,
            interval=interval,
            device=device,
            progress=bars.show,
        )
    tell(
        f"hoop app {name}: open the dataset {made.dataset!r} and, in its Embeddings panel, "
        f"{made.brain_key}"
    )


def frames(
    name: DatasetName,
    remove: Annotated[bool, typer.Option("--remove", help="Remove them.")] = False,
) -> None:
    """Say where the images lie that patches are cut out of, or remove them."""
    from hoop_plugins.data.frame_images import images_folder, remove_images
    from hoop_plugins.data.videos import open_dataset

    dataset = open_dataset(name)
    folder = images_folder(dataset)
    if remove:
        removed = remove_images(dataset)
        tell(f"removed {removed} images from {folder}")
        return
    sizes = [path.stat().st_size for path in folder.rglob("*.jpg")]
    tell(f"{len(sizes)} images, {sum(sizes) / 1e6:.0f} MB, in {folder}")
