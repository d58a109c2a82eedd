"""``hoop run`` and ``hoop import``: the job from the command line."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from hoop_plugins import api
from hoop_plugins.cli.options import takes
from hoop_plugins.cli.terminal import StageBars, console, tell
from hoop_plugins.errors import HoopError
from hoop_plugins.specs import Role

if TYPE_CHECKING:
    from hoop_plugins.data.fields import Fields

OF_RUN = ("fresh", "overwrite", "engine", "worker_cpus", "worker_gpus")
"""Options that are of the run, not of what is planned."""

DATASET = "hoop"
"""The dataset that is meant where nobody names one."""


@takes(api.recognize, "profile", *Role, "device", "classes", "roster", "court", *OF_RUN)
def run(
    videos: Annotated[Optional[list[Path]], typer.Argument(help="Video files.")] = None,  # noqa: UP045
    dataset: Annotated[str, typer.Option(help="The dataset to write into.")] = DATASET,
    stages: Annotated[str, typer.Option(help="These stages only, as detect,track.")] = "",
    fields: Annotated[str, typer.Option(help="Other label fields, as detections=boxes.")] = "",
    **job: Any,
) -> None:
    """Recognize the players in videos, or in the videos of a dataset."""
    names = api.named_fields([text.strip() for text in fields.split(",") if text.strip()])
    how = {name: job.pop(name) for name in OF_RUN if name in job}
    job.setdefault("profile", api.dataset_profile(dataset))
    if stages:
        job["stages"] = [name.strip() for name in stages.split(",")]
    api.plan(**job)  # looks at everything that can be wrong before the dataset is touched
    given = api.added(videos, dataset) if videos else nullcontext(_there(dataset))
    with given as view:
        run_on_view(view, fields=names, **job, **how)


def run_on_view(view: Any, *, fields: Fields, **job: Any) -> None:
    """Recognizes the players in the videos of a view, and prints who they are."""
    from hoop_plugins.cli.tables import print_roster

    with StageBars(console) as bars:
        api.recognize(view, **job, fields=fields, progress=bars.show)
    print_roster(console, view, fields)


def _there(dataset: str) -> Any:
    import fiftyone as fo

    from hoop_plugins.data.database import connect

    connect()
    if dataset == DATASET and not fo.dataset_exists(dataset):
        raise HoopError(
            "nothing to recognize yet: give videos, as hoop run game.mp4 --dataset finals, or "
            "--dataset with one that has some; to see it at work first: hoop demo"
        )
    return api.open_dataset(dataset)


@takes(api.import_videos, "clip_length", "into")
def import_(
    videos: Annotated[list[Path], typer.Argument(help="Video files.")],
    dataset: Annotated[str, typer.Option(help="The dataset to add them to.")] = DATASET,
    normalize: Annotated[
        bool,
        typer.Option(
            "--normalize",
            help="Take a copy of each video that the App would not show frame by frame.",
        ),
    ] = False,
    **clips: Any,
) -> None:
    """Add videos to a dataset, as they are or as the App plays them, whole or in clips."""
    with StageBars(console) as bars:
        target, ids = api.import_videos(
            videos, dataset, normalize=normalize, **clips, progress=bars.show
        )
    for line in api.video_notes(target.select(ids)):
        tell(line)
    tell(f"added to {target.name}: {len(ids)}; next: hoop run --dataset {target.name}")
