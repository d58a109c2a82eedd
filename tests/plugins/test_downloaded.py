"""A copy of the repository in FiftyOne's plugin folder, as it is after a download."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import fiftyone.plugins as fop
import yaml

import hoop_plugins

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORY = Path(hoop_plugins.__file__).resolve().parents[1]

LISTED = """
import json, sys
from pathlib import Path
# Where the plugin was downloaded, the package is not installed.
class NotInstalled:
    def find_spec(name, path=None, target=None):
        if name == "hoop_plugins" and sys.argv[1] not in sys.path:
            raise ModuleNotFoundError(name=name)
sys.meta_path.insert(0, NotInstalled)
sys.path = [each for each in sys.path if not (Path(each) / "hoop_plugins/__init__.py").is_file()]
import fiftyone.operators as foo
found = [each.uri for each in foo.list_operators(enabled="all")]
import hoop_plugins
print(json.dumps({"operators": found, "file": hoop_plugins.__file__}))
"""


def declared() -> dict:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text())


def test_requirements_are_those_of_the_package() -> None:
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    assert lines[1:] == declared()["project"]["dependencies"]


def test_fiftyone_finds_them_and_has_them_all() -> None:
    name = "@hoop/hoop_plugins"
    assert fop.load_plugin_requirements(name) == declared()["project"]["dependencies"]
    fop.ensure_plugin_requirements(name, error_level=0)


def test_one_version_everywhere() -> None:
    for name in ("fiftyone.yml", "CITATION.cff"):
        told = yaml.safe_load((REPOSITORY / name).read_text())
        assert told["version"] == hoop_plugins.__version__, name


def test_a_downloaded_folder_brings_its_operators(tmp_path: Path) -> None:
    folder = tmp_path / "plugins" / "downloaded"
    for name in ("fiftyone.yml", "requirements.txt"):
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, folder)
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "hoop_plugins", folder / "hoop_plugins", ignore=unwanted)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", LISTED, str(folder)],
        capture_output=True,
        text=True,
        env=environment | {"FIFTYONE_PLUGINS_DIR": str(tmp_path / "plugins")},
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["file"] == str(folder / "hoop_plugins" / "__init__.py")
    for name in ("detect", "recognize_players", "export", "load_sample_game"):
        assert f"@hoop/hoop_plugins/{name}" in told["operators"]
