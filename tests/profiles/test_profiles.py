"""Profiles: models and thresholds in a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from hoop_plugins import profiles
from hoop_plugins.errors import HoopError, ProfileError
from hoop_plugins.specs import Role


def test_the_built_in_ones_name_the_four_models() -> None:
    sample, pretrained = map(profiles.load_profile, ("sample", "pretrained"))
    for role in Role:
        assert sample.model(role) == "sample"
    assert pretrained.stages["track"].model == "auto"
    assert pretrained.stages["detect"].confidence == 0.4


def test_settings_of_a_file_are_taken(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[pair]\nios = 0.8\n[detect]\nmodel = 'w/best.pth'\n")
    mine = profiles.load_profile(tmp_path / "mine.toml")
    assert mine.stages["pair"].ios == 0.8
    assert mine.stages["detect"].model == "w/best.pth"


def test_without_a_table_the_models_are_those_of_pretrained(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[pair]\nios = 0.8\n")
    mine, pretrained = map(profiles.load_profile, (tmp_path / "mine.toml", "pretrained"))
    assert [mine.model(role) for role in Role] == [pretrained.model(role) for role in Role]


def test_names_of_classes_are_taken(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[classes]\n'jersey box' = 'number'\ncrowd = ''\n")
    mine = profiles.load_profile(tmp_path / "mine.toml")
    assert mine.classes == {"jersey box": "number", "crowd": ""}
    assert mine.job == profiles.load_profile("pretrained").job


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[pair]\nois = 0.8", "no setting 'ois'; known: ios"),
        ("[guess]\na = 1", r"unknown stage \[guess\]; known: detect"),
        ("[pair]\nios = 'high'", "ios = 'high' is not a float"),
        ("[detect]\nconfidence = 5", "confidence is 5: give at least 0 and at most 1"),
        ("[read]\nbatch = 0", "batch is 0: give at least 1"),
        ("[pair\n", "not valid TOML"),
        ("[classes]\nathlete = 'hero'", r"\[classes\] 'athlete=hero': give NAME=OURS"),
        ("classes = 3", r"\[classes\]: 3 does not give our names"),
    ],
)
def test_what_is_unknown_is_refused(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(content)
    with pytest.raises(ProfileError, match=message):
        profiles.load_profile(tmp_path / "bad.toml")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ProfileError, match=r"'smaple'.*nba, pretrained, roboflow, sample"):
        profiles.load_profile("smaple")


def test_a_new_one_holds_every_setting_and_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "USER", tmp_path)
    path = profiles.new_profile("mine", detector='odd "name".pth')
    mine = profiles.load_profile("mine")
    assert mine.stages == profiles.load_profile(path).stages
    assert mine.stages["detect"].model == 'odd "name".pth'
    assert mine.stages["track"] == profiles.load_profile("pretrained").stages["track"]
    for taken in ("mine", "pretrained"):
        with pytest.raises(ProfileError, match=f"'{taken}' exists already"):
            profiles.new_profile(taken)


@pytest.mark.parametrize("name", ["street-1", "finals_2026", "7", "v1.2"])
def test_a_profile_may_have_a_name_that_a_model_may_have(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "USER", tmp_path)
    profiles.new_profile(name)
    (tmp_path / f"._{name}.toml").write_bytes(b"of a Mac")
    assert name in profiles.names()
    assert f"._{name}" not in profiles.names()
    assert profiles.load_profile(name).name == name


@pytest.mark.parametrize("name", ["", "-a", "../a", "two words", "a/b", ".hidden", "mine.toml"])
def test_what_is_no_name_makes_no_profile(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "USER", tmp_path / "profiles")
    with pytest.raises(HoopError, match=r"is no name for a profile: use letters|taken for a file"):
        profiles.new_profile(name)
    assert not (tmp_path / "profiles").exists()
