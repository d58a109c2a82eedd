"""``hoop embed`` and ``hoop frames``: crops, and the images that they are cut out of."""

from __future__ import annotations

from typing import Annotated

import typer

from hoop_plugins.cli.terminal import DatasetName, Device, ProfileName, console


def embed(
    name: DatasetName,
    crops: Annotated[str, typer.Option(help="players or numbers.")] = "players",
    profile: ProfileName = "pretrained",
    embedder: Annotated[str, typer.Option(help="Instead of the profile's.")] = "",
    interval: Annotated[float, typer.Option(help="Seconds between two crops of a track.")] = 1.0,
    device: Device = "auto",
) -> None:
    """Lay crops of players or numbers out for the App's Embeddings panel."""
    from hoop_plugins.cli.report import CountBar
    from hoop_plugins.data.videos import open_dataset
    from hoop_plugins.mining.crops import KINDS, crops_name, embed_crops
    from hoop_plugins.models.device import resolve_device
    from hoop_plugins.profiles import load_profile

    chosen = load_profile(profile).with_models(embedder=embedder)
    dataset, place = open_dataset(name), resolve_device(device)
    with CountBar(console, "embed", "crops") as bar:
        steps = embed_crops(dataset, crops, chosen, interval=interval, device=place)
        for done, total in steps:
            bar.show(done, total)
    console.print(
        f"hoop app {name}: open the dataset {crops_name(dataset, crops)!r} and, in its Embeddings "
        f"panel, {KINDS[crops].key}",
        highlight=False,
        soft_wrap=True,
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
        console.print(f"removed {removed} images from {folder}", highlight=False, soft_wrap=True)
        return
    sizes = [path.stat().st_size for path in folder.rglob("*.jpg")]
    console.print(
        f"{len(sizes)} images, {sum(sizes) / 1e6:.0f} MB, in {folder}",
        highlight=False,
        soft_wrap=True,
    )
