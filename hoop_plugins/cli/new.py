"""``hoop new``: a video, its first frame, the court, the roster and the profile in one place."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from hoop_plugins import api
from hoop_plugins.cli.options import takes
from hoop_plugins.cli.terminal import tell
from hoop_plugins.errors import HoopError
from hoop_plugins.specs import Role

NONE = "none"
"""The answer that there is no court, or no roster."""


@takes(api.recognize, "profile", *Role, "device", "classes", "roster", "court")
def new(
    video: Annotated[Path, typer.Argument(help="A video file.")],
    dataset: Annotated[
        str, typer.Option(help="The dataset to write into. Default: as the video is called.")
    ] = "",
    picture: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Where its first frame is shown. Default: VIDEO-first-frame.png."),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask/--no-ask", help="Ask for what is not given, or take defaults.")
    ] = True,
    start: Annotated[
        Optional[bool],  # noqa: UP045
        typer.Option("--run/--no-run", help="Run the job at the end, or do not, unasked."),
    ] = None,
    **job: Any,
) -> None:
    """Start with a video: see what is detected in its first frame, answer, and run the job."""
    from hoop_plugins import profiles
    from hoop_plugins.cli.run import run_on_view
    from hoop_plugins.data.roster import read_roster
    from hoop_plugins.data.video import probe

    probe(str(video))
    dataset = dataset or video.stem
    picture = picture or Path(f"{video.stem}-first-frame.png")
    if not picture.absolute().parent.is_dir() or picture.suffix.lower() not in (".png", ".jpg"):
        raise HoopError(f"{picture} cannot be written: give --picture in a folder, as frame.png")
    if "profile" not in job:
        job["profile"] = api.dataset_profile(dataset)
        if ask:
            for name in profiles.names():
                tell(f"{name}: {profiles.describe(name)}")
            job["profile"] = _answer("Profile", job["profile"], profiles.load_profile)
    stages = api.plan(**{**job, "stages": ["detect"], "roster": None})
    tell(api.weights_line(api.plan(**job)))
    preview = api.preview(video, stages)

    def show(court: str) -> None:
        told = ", ".join(f"{count} {name}" for name, count in preview.counts(court).items())
        _write(picture, preview.draw(court))
        tell(f"{picture} shows the first frame: {told or 'nothing was detected'}")

    show(job.get("court", ""))
    if ask and "court" not in job:
        tell("x,y of the court's corners, where feet are; the lines of the picture are tenths.")
        job["court"] = _answer('Court, as "0,0.72 1,0.7 1,1 0,1"', NONE, show)
    if ask and "roster" not in job:
        job["roster"] = _answer("Roster, a CSV file of team, number and name", NONE, read_roster)
    job = {name: value for name, value in job.items() if value}
    api.plan(**job)  # refuses what cannot work
    options = [word for name, value in job.items() for word in (f"--{name}", str(value))]
    tell(shlex.join(["hoop", "run", str(video), "--dataset", dataset, *options]))
    if start is None:
        start = ask and typer.confirm("Run it now?", default=False)
    if start:
        with api.added([video], dataset) as view:
            run_on_view(view, fields=api.named_fields([]), **job)


def _answer(question: str, default: str, check: Callable[[str], Any]) -> str:
    """What a person says, asked again while it cannot work; "" for :data:`NONE`."""
    while True:
        text = str(typer.prompt(question, default=default)).strip().strip("\"'")
        if text == NONE:
            return ""
        try:
            check(text)
        except HoopError as error:
            tell(str(error))
        else:
            return text


def _write(path: Path, picture: Any) -> None:
    import cv2

    if not cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)):
        raise HoopError(f"{path} cannot be written: give another place with --picture")
