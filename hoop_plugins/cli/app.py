"""``hoop app``, ``hoop plugin`` and ``hoop doctor``: the App, and the installation."""

from __future__ import annotations

import itertools
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Annotated

import typer
import yaml

from hoop_plugins import api, plugins
from hoop_plugins.cli.terminal import DatasetName, console, tell
from hoop_plugins.data.folders import files_in
from hoop_plugins.errors import HoopError

plugin_app = typer.Typer(help="The plugin in the FiftyOne App.", no_args_is_help=True)


def launch(
    name: DatasetName,
    port: Annotated[int, typer.Option(help="Port of the App.")] = 5151,
    annotate: Annotated[
        bool, typer.Option(help="Let people edit class, team and number in the tab Annotate.")
    ] = False,
) -> None:
    """Open the FiftyOne App on a dataset."""
    import fiftyone as fo

    from hoop_plugins.data.appearance import show_teams
    from hoop_plugins.data.editing import offer_editing

    dataset = api.open_dataset(name)
    install_plugin()
    show_teams(dataset)
    if annotate:
        offer_editing(dataset)
    session = fo.launch_app(dataset, port=port, auto=False)
    console.print(f"The App shows {name} at http://localhost:{session.server_port}")
    console.print("Stop with Ctrl-C.")
    session.wait(-1)


def doctor(
    profile: Annotated[
        str, typer.Option(help="Which weights a profile has, and which it will download.")
    ] = "",
) -> None:
    """Check the installation, and say how to fix it."""
    healthy = True
    found = itertools.chain(checkup(), weights_of(profile) if profile else ())
    for name, passed, finding, remedy in found:
        healthy &= passed
        mark = "[green]ok[/]" if passed else "[red]--[/]"
        console.print(f"{mark}  {name}: {finding}", highlight=False, soft_wrap=True)
        if not passed:
            console.print(f"      fix: {remedy}", highlight=False, soft_wrap=True)
    raise typer.Exit(0 if healthy else 1)


@plugin_app.command("install")
def plugin_install() -> None:
    """Link the plugin into FiftyOne's plugin folder."""
    tell(f"linked {install_plugin()}")


def checkup() -> Iterator[tuple[str, bool, str, str]]:
    """Looks at everything the job needs.

    Yields:
        What was looked at, whether it is as it should be, what was found, and how to fix it.
    """
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 10) <= sys.version_info[:2] <= (3, 12)
    yield "Python", fits, version, "use Python 3.10, 3.11 or 3.12"
    yield _mongodb()
    # The main job decodes and encodes with PyAV.
    found = shutil.which("ffmpeg") or "not installed; only FiftyOne's own sampling needs it"
    yield "ffmpeg", True, found, ""
    names = (str(package.metadata["Name"]).lower() for package in distributions())
    builds = sorted({name for name in names if name.startswith("opencv-")})
    yield (
        "OpenCV",
        builds == ["opencv-python-headless"],
        ", ".join(builds) or "none",
        "pip uninstall -y opencv-python opencv-contrib-python; "
        "pip install --force-reinstall 'opencv-python-headless<5'",
    )
    import torch

    from hoop_plugins.models.loading import resolve_device

    yield "torch", True, f"{torch.__version__}, auto is {resolve_device()}", ""
    for spec in filter(lambda spec: spec.weights, plugins.models()):
        (weights,) = plugins.weights_of(spec.role, spec.name)
        name = f"{spec.name} {spec.role.value}"
        yield name, weights.here, str(weights.path), "reinstall what it belongs to"
    kinds = ("models", "stages", "operators", "panels")
    counts = ", ".join(f"{len(getattr(plugins, kind)())} {kind}" for kind in kinds)
    yield "hooks", True, counts, ""
    for name, reason in plugins.failures().items():
        yield f"plugin {name}", False, reason, f"fix or uninstall the package of {name!r}"
    folder = plugin_folder()
    linked = (folder / "fiftyone.yml").is_file()
    finding = str(folder) if linked else "not linked into FiftyOne's plugin folder"
    yield "App plugin", linked, finding, "hoop plugin install"


def weights_of(profile: str) -> Iterator[tuple[str, bool, str, str]]:
    """Looks for the weights of a profile, as :func:`checkup`.

    Raises:
        HoopError: If there is no such profile, or it cannot run.
    """
    for stage in api.plan(profile):
        if stage.role is None:
            continue
        found = stage.weights()
        for note in stage.notes():
            yield f"{profile} {stage.name}", True, note, ""
        for weights in found:
            name = f"{profile} {stage.name}"
            if weights.here:
                yield name, True, f"{weights.text}, here: {weights.path}", ""
            elif weights.fetched:
                yield name, True, f"{weights.text}, will be downloaded", ""
            else:
                remedy = f"put them there, or give others: hoop run --{stage.role.value} PATH"
                yield name, False, f"{weights.text} is not there", remedy
        if not found:
            yield f"{profile} {stage.name}", True, f"{stage.settings.model}, needs no download", ""


def _mongodb() -> tuple[str, bool, str, str]:
    import fiftyone as fo

    from hoop_plugins.data.database import connect, find_mongod

    remedy = "python -m hoop_plugins.data.database, or set FIFTYONE_DATABASE_URI"
    if find_mongod() is None:
        return "MongoDB", False, "FiftyOne has none", remedy
    try:
        connect()
    except HoopError as error:
        return "MongoDB", False, str(error), remedy
    return "MongoDB", True, f"answers, {len(fo.list_datasets())} dataset(s)", ""


def plugin_folder() -> Path:
    """Where the plugin lies in FiftyOne's plugin folder."""
    import fiftyone as fo

    return Path(fo.config.plugins_dir) / "hoop_plugins"


def install_plugin() -> Path:
    """Makes the plugin known to FiftyOne: description, entry and scripts in a folder of its own.

    They are copied, small as they are: FiftyOne refuses an entry that is a link out of its folder.
    The entry imports this package from wherever it is installed.

    Returns:
        The folder.

    Raises:
        HoopError: If something else lies there.
    """
    package = Path(__file__).resolve().parents[1]
    packaged = package / "fiftyone_plugin.yml"
    description = packaged if packaged.is_file() else package.parent / "fiftyone.yml"
    folder = plugin_folder()
    if folder.is_symlink() or (folder.exists() and not (folder / "fiftyone.yml").is_file()):
        raise HoopError(f"{folder} is in the way: remove it, then hoop plugin install")
    wanted = yaml.safe_load(description.read_text(encoding="utf-8"))
    for source in (package.parent / wanted["py_entry"], *files_in(package, "*/*.js")):
        target = folder / source.relative_to(package.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    shutil.copyfile(description, folder / "fiftyone.yml")
    return folder
