"""``hoop doctor --profile``: which weights are here, and which will be downloaded."""

from __future__ import annotations

from pathlib import Path

import fiftyone as fo
import huggingface_hub.constants
import pytest
from typer.testing import CliRunner

import hoop_plugins
from hoop_plugins.cli import main as cli
from hoop_plugins.cli.app import install_plugin
from hoop_plugins.errors import HoopError


@pytest.fixture(autouse=True)
def empty_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("RF_HOME", str(tmp_path))
    return tmp_path


def doctor(profile: object) -> list[str]:
    result = CliRunner().invoke(cli.app, ["doctor", "--profile", str(profile)])
    if isinstance(result.exception, HoopError):
        raise result.exception
    return [line for line in result.output.splitlines() if str(profile) in line or "fix:" in line]


def test_what_a_profile_downloads_is_said_with_its_size() -> None:
    lines = doctor("nba")
    assert (
        "ok  nba detect: GabrieleGiudici/E-BARD-detection-models (about 121 MB, CC-BY-4.0), "
        "will be downloaded"
    ) in lines
    assert "ok  nba read: rapidocr, needs no download" in lines


def test_what_is_here_is_said_with_its_place(empty_caches: Path) -> None:
    (empty_caches / "rf-detr-medium.pth").touch()
    (line,) = (line for line in doctor("pretrained") if "pretrained detect" in line)
    assert line.endswith(f"here: {empty_caches / 'rf-detr-medium.pth'}")


def test_a_path_that_is_not_there_is_to_be_mended(empty_caches: Path) -> None:
    lines = doctor("roboflow")
    assert "--  roboflow detect: checkpoint_best_total.pth is not there" in lines
    assert any("hoop run --detector PATH" in line for line in lines)


def test_a_tracker_without_masks_needs_no_weights_and_what_is_set_in_vain_is_told(
    tmp_path: Path,
) -> None:
    profile = tmp_path / "boxes.toml"
    chosen = '[track]\nmodel = "sam2.1-hiera-small"\n[track.options]\ncheck_every = 5\n'
    profile.write_text(chosen)
    assert any("track: sam2.1-hiera-small (about" in line for line in doctor(profile))
    profile.write_text(f'{chosen}masks = "off"\n')
    assert [line for line in doctor(profile) if " track: " in line] == [
        f"ok  {profile} track: check_every 5 is of no effect: masks is 'off'",
        f"ok  {profile} track: sam2.1-hiera-small, needs no download",
    ]
    profile.write_text(f'{chosen}masks = "of"\n')
    with pytest.raises(HoopError, match=r"track.options.masks is 'of': give every frame or sel"):
        doctor(profile)


def test_of_an_unknown_profile_the_known_ones_are_listed() -> None:
    with pytest.raises(HoopError, match=r"unknown profile 'nbs'.*nba"):
        doctor("nbs")


def test_the_plugin_is_installed_with_every_script_of_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fo.config, "plugins_dir", str(tmp_path))
    folder = install_plugin()
    package = Path(hoop_plugins.__file__).parent
    scripts = sorted(path.relative_to(package.parent) for path in package.rglob("*.js"))
    assert len(scripts) > 1
    for script in scripts:
        assert (folder / script).read_bytes() == (package.parent / script).read_bytes()
