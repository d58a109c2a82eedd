"""The ``hoop`` command."""

from __future__ import annotations

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Annotated, Any, Optional

# Before torch is loaded: threads that spin while they wait make two cores slower than one.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import typer
from rich.console import Console

from hoop_plugins.cli.dataset import app as dataset_app
from hoop_plugins.cli.models import app as models_app
from hoop_plugins.cli.train import app as train_app
from hoop_plugins.errors import HoopError
from hoop_plugins.sample.commands import app as sample_app

app = typer.Typer(
    name="hoop",
    help="Who is on the court, frame by frame.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
profile_app = typer.Typer(help="Profiles: models and thresholds in a file.", no_args_is_help=True)
plugin_app = typer.Typer(help="The plugin in the FiftyOne App.", no_args_is_help=True)
app.add_typer(sample_app, name="sample")
app.add_typer(train_app, name="train")
app.add_typer(dataset_app, name="dataset")
app.add_typer(models_app, name="models")
app.add_typer(profile_app, name="profile")
app.add_typer(plugin_app, name="plugin")

console = Console()
stderr = Console(stderr=True)

Device = Annotated[str, typer.Option(help="auto, cpu, mps or cuda:N.")]
ProfileName = Annotated[str, typer.Option(help="Name or path of a profile: sample, pretrained …")]
DatasetName = Annotated[str, typer.Argument(help="A FiftyOne dataset.")]


def main() -> None:
    """Runs the command; what a user can mend is told in one line."""
    warnings.filterwarnings("ignore")
    logging.getLogger("hoop_plugins").addHandler(logging.StreamHandler())
    try:
        app(standalone_mode=True)
    except HoopError as error:
        stderr.print(f"hoop: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)


@app.command()
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
    _run(view, job, fresh)
    print_roster(console, view, Fields())


def _run(view: Any, job: list[Any], fresh: bool) -> None:
    from hoop_plugins.cli.report import StageBars
    from hoop_plugins.stages.pipeline import run_stages

    with StageBars(console) as bars:
        for step in run_stages(view, job, fresh=fresh):
            bars.show(step)


@app.command()
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
        console.print(line, highlight=False, markup=False, soft_wrap=True)


@app.command()
def evaluate(
    name: DatasetName,
    json_file: Annotated[
        str, typer.Option("--json", help="Also write the figures here; - for standard output.")
    ] = "",
    key: Annotated[
        str, typer.Option(help="Name to keep the evaluation under; one of that name is replaced.")
    ] = "evaluation",
    compare: Annotated[str, typer.Option(help="Key of an earlier one: show what changed.")] = "",
    per_label: Annotated[
        bool,
        typer.Option("--per-label", help="FiftyOne's own evaluation too: about 25 ms a frame."),
    ] = False,
    no_marks: Annotated[
        bool, typer.Option("--no-marks", help="Write nothing to the dataset.")
    ] = False,
    detections: Annotated[str, typer.Option(help="Frame field of the detector's boxes.")] = "",
    players: Annotated[str, typer.Option(help="Frame field of the tracked people.")] = "",
    numbers: Annotated[str, typer.Option(help="Frame field of the number boxes.")] = "",
    ground_truth: Annotated[str, typer.Option(help="Frame field of what is true.")] = "",
) -> None:
    """Compare what was recognized with the truth, and mark what is right.

    Clips without ground truth are compared with what was corrected in them.
    """
    from hoop_plugins.cli.report import CountBar
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.data.videos import open_dataset
    from hoop_plugins.evaluation.job import Evaluation
    from hoop_plugins.mining.views import find_errors

    if json_file and not Path(json_file).parent.is_dir():
        raise HoopError(f"{json_file} cannot be written: its folder is not there; make it first")
    given = {"detections": detections, "players": players, "numbers": numbers}
    given["ground_truth"] = ground_truth
    job = Evaluation(
        open_dataset(name),
        Fields.named(given),
        key=key,
        mark=not no_marks,
        per_label=per_label,
        against=compare or None,
        processes=os.cpu_count() or 1,
    )
    with CountBar(stderr, "evaluate", "clips") as bar:
        for step in job.run():
            bar.show(step.done, step.total)
    if job.mark:
        with CountBar(stderr, "find errors", "clips") as bar:
            for done, total in find_errors(job.view, job.names, compare=False):
                bar.show(done, total)
    figures = job.report.to_json()
    if job.comparison:
        figures["comparison"] = job.comparison.to_json()
    text = json.dumps(figures, indent=2)
    if json_file == "-":
        print(text)
        return
    if json_file:
        Path(json_file).write_text(text + "\n", encoding="utf-8")
    console.print(job.report.table())
    for note in job.report.notes:
        console.print(note, highlight=False, markup=False, soft_wrap=True)
    if job.comparison:
        console.print(job.comparison.table())


@app.command()
def errors(name: DatasetName) -> None:
    """Find every error, save a view of each kind, and count them."""
    from hoop_plugins.cli.report import CountBar, errors_table
    from hoop_plugins.data.videos import open_dataset
    from hoop_plugins.mining.views import count_errors, find_errors

    dataset = open_dataset(name)
    with CountBar(stderr, "find errors", "clips") as bar:
        for done, total in find_errors(dataset):
            bar.show(done, total)
    console.print(errors_table(count_errors(dataset)))
    console.print(f"Look at them among the saved views: hoop app {name}", highlight=False)


@app.command()
def correct(
    name: DatasetName,
    track: Annotated[int, typer.Option(help="The track's id; without it, list corrections.")] = 0,
    sample: Annotated[str, typer.Option(help="Id or file name, where there are several.")] = "",
    number: Annotated[Optional[str], typer.Option(help="0 to 99, or 00.")] = None,  # noqa: UP045
    team: Annotated[Optional[str], typer.Option(help="Its name.")] = None,  # noqa: UP045
    role: Annotated[Optional[str], typer.Option(help="player or referee.")] = None,  # noqa: UP045
    same_as: Annotated[Optional[int], typer.Option(help="Another track's id.")] = None,  # noqa: UP045
    not_a_person: Annotated[bool, typer.Option("--not-a-person", help="Nobody.")] = False,
    undo: Annotated[str, typer.Option(help="Key of a correction to take back.")] = "",
) -> None:
    """Correct a track: it shows at once and outlives every re-run; or list or undo corrections."""
    from hoop_plugins import corrections
    from hoop_plugins.cli.report import corrections_table
    from hoop_plugins.data.videos import find_video, open_dataset

    dataset = open_dataset(name)
    problems: list[str] = []
    if undo:
        problems = corrections.undo(corrections.find_store(dataset, undo), [undo])
    elif track:
        problems = corrections.correct(
            find_video(dataset, sample),
            track,
            number=number,
            team=team,
            role=role,
            same_as=same_as,
            not_a_person=not_a_person,
        )
    for line in problems:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print(corrections_table(dataset))


@app.command()
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


@app.command()
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


@app.command()
def render(
    name: DatasetName,
    out: Annotated[Path, typer.Argument(help="Folder for the annotated MP4s.")],
) -> None:
    """Write videos with masks in team colours and number tags."""
    from hoop_plugins.data.videos import open_dataset
    from hoop_plugins.formats.annotated_video import annotate_videos

    for path in annotate_videos(open_dataset(name), out):
        console.print(f"wrote {path}", highlight=False)


@app.command()
def demo(
    no_app: Annotated[bool, typer.Option("--no-app", help="End after the tables.")] = False,
    dataset: Annotated[str, typer.Option(help="The dataset to make.")] = "hoop-sample",
    device: Device = "auto",
) -> None:
    """Run everything, afresh, on the sample game, and open the App on the result."""
    from hoop_plugins import profiles
    from hoop_plugins.api import evaluate as evaluate_view
    from hoop_plugins.cli.doctor import install_plugin
    from hoop_plugins.cli.report import print_roster
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.models.device import resolve_device
    from hoop_plugins.sample.loading import load_sample
    from hoop_plugins.stages.pipeline import build_stages

    console.print(
        "The sample game is rendered, and its small networks know that world only. "
        "For real footage use real weights: see the README."
    )
    install_plugin()
    view = load_sample(dataset)
    job = build_stages(profiles.load_profile("sample"), device=resolve_device(device))
    _run(view, job, fresh=True)
    print_roster(console, view, Fields())
    console.print(evaluate_view(view).table())
    if no_app:
        console.print(f"Look at it: hoop app {dataset}")
    else:
        launch(dataset)


@app.command(name="app")
def launch(
    name: DatasetName,
    port: Annotated[int, typer.Option(help="Port of the App.")] = 5151,
) -> None:
    """Open the FiftyOne App on a dataset."""
    import fiftyone as fo

    from hoop_plugins.cli.doctor import install_plugin
    from hoop_plugins.data.appearance import show_teams
    from hoop_plugins.data.videos import open_dataset

    dataset = open_dataset(name)
    install_plugin()
    show_teams(dataset)
    session = fo.launch_app(dataset, port=port, auto=False)
    console.print(f"The App shows {name} at http://localhost:{session.server_port}")
    console.print("Stop with Ctrl-C.")
    session.wait(-1)


@app.command()
def doctor() -> None:
    """Check the installation, and say how to mend it."""
    from hoop_plugins.cli.doctor import checkup

    healthy = True
    for check in checkup():
        healthy &= check.passed
        mark = "[green]ok[/]" if check.passed else "[red]--[/]"
        console.print(f"{mark}  {check.name}: {check.finding}", highlight=False, soft_wrap=True)
        if not check.passed:
            console.print(f"      mend: {check.remedy}", highlight=False, soft_wrap=True)
    raise typer.Exit(0 if healthy else 1)


@plugin_app.command("install")
def plugin_install() -> None:
    """Link the plugin into FiftyOne's plugin folder."""
    from hoop_plugins.cli.doctor import install_plugin

    console.print(f"linked {install_plugin()}", highlight=False, soft_wrap=True)


@profile_app.command("new")
def profile_new(
    name: Annotated[str, typer.Argument(help="The profile's name.")],
    detector: Annotated[str, typer.Option(help="Fine-tuned RF-DETR weights.")] = "",
    tracker: Annotated[str, typer.Option(help="SAM2.1 by name, or weights.")] = "",
    embedder: Annotated[str, typer.Option(help="SigLIP by hub name or folder.")] = "",
    reader: Annotated[str, typer.Option(help="SmolVLM2 by hub name or folder.")] = "",
) -> None:
    """Write a profile of your own, with every setting in it."""
    from hoop_plugins.profiles import new_profile

    models = {"detector": detector, "tracker": tracker, "embedder": embedder, "reader": reader}
    path = new_profile(name, **models)
    console.print(f"wrote {path}: edit it, then hoop run --profile {name}", soft_wrap=True)


@profile_app.command("list")
def profile_list() -> None:
    """List the profiles."""
    from hoop_plugins.profiles import load_profile, names

    for name in names():
        console.print(f"{name}: {load_profile(name).description}", highlight=False)
