"""The sample game is a guest: nothing imports it, and the package works without it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from distributions import documented_modules, imports

import hoop_plugins

PACKAGE = Path(hoop_plugins.__file__).parent
SAMPLE = "hoop_plugins.sample"


def is_sample(file: Path) -> bool:
    return file.is_relative_to(PACKAGE / "sample")


def package_of(file: Path) -> str:
    return ".".join(("hoop_plugins", *file.relative_to(PACKAGE).parent.parts))


def test_nothing_imports_the_sample() -> None:
    found = [
        f"{file.relative_to(PACKAGE)}: {name}"
        for file in PACKAGE.rglob("*.py")
        if not is_sample(file)
        for name in imports(file.read_text(encoding="utf-8"), package_of(file))
        if f"{name}.".startswith(f"{SAMPLE}.")
    ]
    assert found == []


def test_the_sample_imports_public_names_and_documented_modules_only() -> None:
    public = (SAMPLE, *(f"hoop_plugins.{name}" for name in hoop_plugins.__all__))
    allowed = (*public, *(f"hoop_plugins.{module}" for module in documented_modules()))
    found = {
        f"{file.relative_to(PACKAGE)}: {name}"
        for file in (PACKAGE / "sample").rglob("*.py")
        for name in imports(file.read_text(encoding="utf-8"), package_of(file))
        if name.startswith("hoop_plugins.")
        if not any(f"{name}.".startswith(f"{prefix}.") for prefix in allowed)
    }
    assert sorted(found) == []


WITHOUT = """
import json, os, sys
import hoop_plugins
from hoop_plugins import plugins
from hoop_plugins.profiles import load_profile
import fiftyone as fo

listed = {
    name: len(getattr(plugins, name)())
    for name in ("models", "stages", "operators", "panels", "formats", "profiles", "commands")
}
dataset = fo.Dataset()
dataset.add_sample(fo.Sample(filepath=sys.argv[1]))
hoop_plugins.recognize(dataset, "courtside", stages=["detect", "track", "heads"], device="cpu")
print(json.dumps({
    "file": hoop_plugins.__file__,
    "listed": listed,
    "roles": sorted({spec.role.value for spec in plugins.models()}),
    "sample": [name for name in sys.modules if name.startswith("hoop_plugins.sample")],
    "heads": dataset.count("frames.heads.detections"),
    "failures": plugins.failures(),
}))
dataset.delete()
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package without the sample game."""
    folder = tmp_path_factory.mktemp("bare")
    unwanted = shutil.ignore_patterns("sample", "sample_data", "__pycache__")
    shutil.copytree(PACKAGE, folder / "hoop_plugins", ignore=unwanted)
    shutil.copy(PACKAGE.parent / "fiftyone.yml", folder)
    return folder


def run(bare: Path, built: Path, *words: str) -> str:
    environment = os.environ | {"PYTHONPATH": f"{bare}:{built}"}
    command = [sys.executable, *words]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=bare)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_without_it_everything_is_listed_and_a_job_runs(bare, built, make_video) -> None:
    video = make_video(frames=4)
    told = json.loads(run(bare, built, "-c", WITHOUT, str(video)).splitlines()[-1])
    assert told["file"] == str(bare / "hoop_plugins" / "__init__.py")
    assert told["sample"] == []
    assert all(told["listed"].values()), told["listed"]
    assert told["roles"] == ["detector", "embedder", "reader", "tracker"]
    assert told["failures"] == {}


def test_without_it_hoop_shows_its_commands_and_profiles(bare, built) -> None:
    hoop = "from hoop_plugins.cli.main import main; main()"
    shown = run(bare, built, "-c", hoop, "--help")
    assert "evaluate" in shown
    assert "demo" not in shown
    profiles = run(bare, built, "-c", hoop, "profile", "list")
    assert "pretrained:" in profiles
    assert "sample" not in profiles
