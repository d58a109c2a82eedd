"""What the App draws at first."""

from __future__ import annotations

import fiftyone as fo
import pytest

from hoop_plugins.data.appearance import show_teams
from hoop_plugins.data.fields import Fields, declare


@pytest.fixture
def dataset(dataset: fo.Dataset) -> fo.Dataset:
    dataset.media_type = "video"
    return dataset


def shown(dataset: fo.Dataset) -> list[str]:
    show_teams(dataset)
    paths: list[str] = dataset.app_config.active_fields.paths
    return paths


def test_detections_show_until_there_are_players(dataset: fo.Dataset) -> None:
    declare(dataset, Fields(), "detections")
    assert "frames.detections" in shown(dataset)
    declare(dataset, Fields(), "players")
    assert shown(dataset) == ["frames.players", "players", "numbers"]


@pytest.mark.parametrize("path", ["frames.ground_truth", "frames.detections"])
def test_what_a_person_chose_stays(path: str, dataset: fo.Dataset) -> None:
    declare(dataset, Fields(), "detections", "players")
    dataset.app_config.active_fields = fo.ActiveFields(paths=[path])
    dataset.app_config.color_scheme = fo.ColorScheme(color_by="field")
    assert shown(dataset) == [path]
    assert dataset.app_config.color_scheme.color_by == "field"


def test_fields_of_other_names_are_colored_too(dataset: fo.Dataset) -> None:
    show_teams(dataset)
    show_teams(dataset, Fields(players="people"))
    paths = [field["path"] for field in dataset.app_config.color_scheme.fields]
    assert paths == ["frames.players", "players", "tracks", "frames.people", "people"]


def test_colors_that_a_person_chose_for_a_field_stay(dataset: fo.Dataset) -> None:
    mine = [{"path": "frames.players", "colorByAttribute": "number"}]
    dataset.app_config.color_scheme = fo.ColorScheme(color_by="value", fields=mine)
    show_teams(dataset)
    assert dataset.app_config.color_scheme.fields == mine


def test_the_sidebar_begins_with_the_players_and_folds_bookkeeping(dataset: fo.Dataset) -> None:
    dataset.save()
    dataset.reload()
    show_teams(dataset, Fields(players="people"))
    groups = {group.name: group for group in dataset.app_config.sidebar_groups}
    assert groups["labels"].paths[:2] == ["frames.people", "frames.numbers"]
    assert groups["labels"].expanded
    assert "recognition" in groups["bookkeeping"].paths
    assert not groups["bookkeeping"].expanded
    assert not groups["evaluation"].expanded
    placed = [path for group in groups.values() for path in group.paths]
    assert len(placed) == len(set(placed))


def test_groups_that_a_person_made_stay(dataset: fo.Dataset) -> None:
    mine = [fo.SidebarGroupDocument(name="mine", paths=["frames.players"])]
    dataset.app_config.sidebar_groups = mine
    show_teams(dataset)
    assert [group.name for group in dataset.app_config.sidebar_groups] == ["mine"]
