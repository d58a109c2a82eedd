"""``hoop run``: the job from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from hoop_plugins.cli.terminal import Device, ProfileName, console


def run(
    videos: Annotated[Optional[list[Path]], typer.Argument(help="Video files.")] = None,  # noqa: UP045
    dataset: Annotated[str, typer.Option(help="The dataset to write into.")] = "hoop",
    profile: ProfileName = "pretrained",
    stages: Annotated[str, typer.Option(help="Some stages only, as detect,track.")] = "",
    detector: Annotated[str, typer.Option(help="Instead of the profile's: name or path.")] = "",
    tracker: Annotated[str, typer.Option(help="Likewise.")] = "",
    embedder: Annotated[str, typer.Option(help="Likewise.")] = "",
    reader: Annotated[str, typer.Option(help="Likewise.")] = "",
    device: Device = "auto",
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew.")] = False,
) -> None:
    """Recognize the players in videos, or in the videos of a dataset."""
    from hoop_plugins import profiles
    from hoop_plugins.cli.report import print_roster
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.data.videos import import_videos, open_dataset
    from hoop_plugins.models.device import resolve_device
    from hoop_plugins.stages.pipeline import build_stages

    # Everything that can be wrong is looked at before the dataset is touched.
    models = {"detector": detector, "tracker": tracker, "embedder": embedder, "reader": reader}
    chosen = profiles.load_profile(profile).with_models(**models)
    names = [name.strip() for name in stages.split(",")] if stages else None
    job = build_stages(chosen, names, resolve_device(device))
    if videos:
        target, ids = import_videos(videos, dataset)
        view = target.select(ids)
    else:
        target = open_dataset(dataset)
        view = target.view()
    run_job(view, job, fresh)
    print_roster(console, view, Fields())


def run_job(view: Any, job: list[Any], fresh: bool) -> None:
    from hoop_plugins.cli.report import StageBars
    from hoop_plugins.stages.pipeline import run_stages

    with StageBars(console) as bars:
        for step in run_stages(view, job, fresh=fresh):
            bars.show(step)
