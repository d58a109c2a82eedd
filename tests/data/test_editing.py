"""What FiftyOne's own editor may change of players."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import people
import pytest

from hoop_plugins.compat.fiftyone import frame_collection
from hoop_plugins.data.editing import offer_editing
from hoop_plugins.data.store import SampleStore


@pytest.fixture
def dataset(clip: SampleStore) -> fo.Dataset:
    people.decide(clip)
    return clip.dataset


def attributes(dataset: fo.Dataset) -> dict[str, dict[str, Any]]:
    schema = dataset.label_schemas["frames.players"]
    return {attribute["name"]: attribute for attribute in schema["attributes"]}


def test_team_and_number_are_chosen_and_all_else_is_read_only(dataset):
    offer_editing(dataset)
    assert dataset.active_label_schemas == ["frames.players"]
    found = attributes(dataset)
    assert found.pop("team")["values"] == ["dark", "light"]
    assert found.pop("number")["values"][:2] == ["0", "1"]
    found.pop("id", None)
    assert all(each["dynamic"] and each["read_only"] for each in found.values())
    assert {"number_status", "track"} <= found.keys()


def test_attributes_that_came_later_are_listed_too(dataset):
    offer_editing(dataset)
    dataset.add_frame_field("players.detections.id_switch", fo.BooleanField)
    assert "id_switch" not in attributes(dataset)
    offer_editing(dataset)
    assert attributes(dataset)["id_switch"]["dynamic"]
    assert list(attributes(dataset))[:2] == ["edited", "id_switch"]  # the first lanes of a track
    assert dataset.active_label_schemas == ["frames.players"]


def test_arrays_are_listed_too_which_the_editor_fails_to_copy(dataset):
    dataset.add_frame_field("players.detections.theirs", fo.VectorField)
    offer_editing(dataset)
    found = attributes(dataset)
    assert all(found[name]["read_only"] and found[name]["dynamic"] for name in ("kit", "theirs"))


def test_the_labels_of_stages_become_keyframes_and_those_of_others_do_not(dataset):
    frames, label = frame_collection(dataset), "players.detections.$[one]"
    theirs = [{"one.index": 2}]
    frames.update_many({}, {"$unset": {f"{label}.made_by": ""}}, array_filters=theirs)
    offer_editing(dataset)
    labels = [label for frame in frames.find() for label in frame["players"]["detections"]]
    assert {label["index"] for label in labels if label.get("keyframe")} == {1, 3, 4, 5}


def test_a_schema_that_somebody_made_is_kept(dataset):
    schema = dataset.generate_label_schemas("frames.players", scan_samples=False)
    dataset.update_label_schema(
        "frames.players", schema | {"classes": ["ball"], "component": "radio"}
    )
    before = dataset.label_schemas
    offer_editing(dataset)
    assert dataset.label_schemas == before
    assert dataset.active_label_schemas == []


def test_without_players_there_is_nothing_to_edit():
    dataset = fo.Dataset()
    dataset.media_type = "video"
    offer_editing(dataset)
    assert dataset.label_schemas == {}
