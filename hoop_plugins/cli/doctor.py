"""Checks the installation and says how to fix it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

import yaml

from hoop_plugins.errors import HoopError

PLUGIN_NAME = "hoop_plugins"


@dataclass(frozen=True)
class Check:
    """One finding.

    Attributes:
        name: What was looked at.
        passed: Whether it is as it should be.
        finding: What was found.
        remedy: How to fix it.
    """

    name: str
    passed: bool
    finding: str
    remedy: str = ""


def checkup() -> Iterator[Check]:
    """Looks at everything the job needs, one finding after the other."""
    yield _python()
    yield _mongodb()
    yield _ffmpeg()
    yield _opencv()
    yield _torch()
    yield from _weights()
    yield from _plugins()


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 10) <= sys.version_info[:2] <= (3, 12)
    return Check("Python", fits, version, "use Python 3.10, 3.11 or 3.12")


def _mongodb() -> Check:
    import fiftyone as fo

    from hoop_plugins.data.database import connect, find_mongod

    remedy = "python -m hoop_plugins.data.database, or set FIFTYONE_DATABASE_URI"
    if find_mongod() is None:
        return Check("MongoDB", False, "FiftyOne has none", remedy)
    try:
        connect()
    except HoopError as error:
        return Check("MongoDB", False, str(error), remedy)
    return Check("MongoDB", True, f"answers, {len(fo.list_datasets())} dataset(s)")


def _ffmpeg() -> Check:
    found = shutil.which("ffmpeg")
    # The main job decodes and encodes with PyAV.
    return Check("ffmpeg", True, found or "not installed; only FiftyOne's own sampling needs it")


def _opencv() -> Check:
    named = (str(found.metadata["Name"]).lower() for found in distributions())
    builds = sorted({name for name in named if name.startswith("opencv-")})
    return Check(
        "OpenCV",
        builds == ["opencv-python-headless"],
        ", ".join(builds) or "none",
        "pip uninstall -y opencv-python opencv-contrib-python; "
        "pip install --force-reinstall 'opencv-python-headless<5'",
    )


def _torch() -> Check:
    import torch

    from hoop_plugins.models.device import resolve_device

    return Check("torch", True, f"{torch.__version__}, auto is {resolve_device()}")


def _weights() -> Iterator[Check]:
    from hoop_plugins import plugins

    for spec in plugins.models():
        # Of a reader: BASE+ADAPTER, where the base may be the name of another model.
        path = Path(spec.weights.rpartition("+")[2])
        if spec.weights:
            name = f"{spec.name} {spec.role.value}"
            yield Check(name, path.exists(), str(path), "reinstall what it belongs to")


def _plugins() -> Iterator[Check]:
    from hoop_plugins import plugins

    counts = (
        f"{len(plugins.models())} models, {len(plugins.stages())} stages, "
        f"{len(plugins.operators())} operators, {len(plugins.panels())} panels"
    )
    yield Check("hooks", True, counts)
    for name, reason in plugins.failures().items():
        yield Check(f"plugin {name}", False, reason, f"fix or uninstall the package of {name!r}")
    folder = plugin_folder()
    linked = (folder / "fiftyone.yml").is_file()
    finding = str(folder) if linked else "not linked into FiftyOne's plugin folder"
    yield Check("App plugin", linked, finding, "hoop plugin install")


def plugin_folder() -> Path:
    """Where the plugin lies in FiftyOne's plugin folder."""
    import fiftyone as fo

    return Path(fo.config.plugins_dir) / PLUGIN_NAME


def install_plugin() -> Path:
    """Makes the plugin known to FiftyOne: its description, entry and script in a folder of its own.

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
    for name in (wanted["py_entry"], wanted["js_bundle"]):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(package.parent / name, target)
    shutil.copyfile(description, folder / "fiftyone.yml")
    return folder
