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
    stages: Annotated[str, typer.Option(help="These stages only, as detect,track.")] = "",
    detector: Annotated[str, typer.Option(help="Instead of the profile's: name or path.")] = "",
    tracker: Annotated[str, typer.Option(help="Likewise.")] = "",
    embedder: Annotated[str, typer.Option(help="Likewise.")] = "",
    reader: Annotated[str, typer.Option(help="Likewise.")] = "",
    device: Device = "auto",
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew.")] = False,
) -> None:
    """Recognize the players in videos, or in the videos of a dataset."""
    from hoop_plugins import api
    from hoop_plugins.cli.report import StageBars, print_roster
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.profiles import load_profile

    models = {"detector": detector, "tracker": tracker, "embedder": embedder, "reader": reader}
    job: dict[str, Any] = {
        "profile": load_profile(profile),
        "stages": [name.strip() for name in stages.split(",")] if stages else None,
        "device": device,
        **models,
    }
    api.plan(**job)  # looks at everything that can be wrong before the dataset is touched
    if videos:
        target, ids = api.import_videos(videos, dataset)
        view = target.select(ids)
    else:
        view = api.open_dataset(dataset).view()
    with StageBars(console) as bars:
        api.recognize(view, **job, fresh=fresh, progress=bars.show)
    print_roster(console, view, Fields())
